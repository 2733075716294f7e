"""As whom a metrics server is asked: headers, tokens and passwords from files, each read anew so that it may change."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import urllib3

from flagsvc.outbound.addresses import demand_addresses
from flagsvc.outbound.files import secret_of
from flagsvc.outbound.http import CONNECT_SECONDS, LOOPBACK, READ_SECONDS, HttpClient

AT_ONCE = 8
HEADER = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Options that all HTTP kinds have.

    `url`: where it is, with the path before the API's own. `token_file`: a bearer token; `username` and
    `password_file`: Basic instead. `headers`: sent as they are (a tenant); `header_files`: header to a file with its
    secret. `ca_file`: who signed the certificate, where it is not one of the system's. `plain_http`: send secrets over
    http to another host.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    url: str
    token_file: Path | None = None
    username: str = ""
    password_file: Path | None = None
    headers: dict[str, str] = field(default_factory=dict)
    header_files: dict[str, Path] = field(default_factory=dict)
    ca_file: Path | None = None
    plain_http: bool = False

    def __post_init__(self) -> None:
        demand_access(self)


def demand_access(options: Access) -> None:
    """Pass for options that go together; raises ValueError with the option."""
    demand_addresses("url", (options.url,))
    parts = urlsplit(options.url)
    if parts.query or parts.fragment:
        raise ValueError("url: no query in it; what is asked stands in the plan, what is secret in files")
    if bool(options.username) != bool(options.password_file):
        raise ValueError("username and password_file: both or none")
    if options.username and options.token_file:
        raise ValueError("token_file or username: one of them")
    for name in (*options.headers, *options.header_files):
        if not name or not set(name) <= HEADER:
            raise ValueError(f"headers: {name!r} is no name of a header")
    is_open = parts.scheme == "http" and parts.hostname not in LOOPBACK and not options.plain_http
    if is_open and (options.token_file or options.username or options.header_files):
        raise ValueError("url: a secret is sent there: https://…, or plain_http: true where the network is your own")


class Asking:
    """A bounded client that sends the secrets as the files have them now."""

    def __init__(self, options: Access) -> None:
        self._options = options
        authority = str(options.ca_file) if options.ca_file else None
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        pool = urllib3.PoolManager(retries=False, timeout=timeout, ca_certs=authority, maxsize=AT_ONCE)
        self.client = HttpClient(options.url, {"Accept": "application/json", **options.headers}, pool=pool)

    def headers(self) -> Mapping[str, str]:
        """Give the secret headers; raises CallError where a file is not there."""
        options = self._options
        secret = {name: secret_of(path) for name, path in options.header_files.items()}
        if options.token_file:
            secret["Authorization"] = f"Bearer {secret_of(options.token_file)}"
        elif options.password_file:
            pair = f"{options.username}:{secret_of(options.password_file)}"
            secret["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return secret
