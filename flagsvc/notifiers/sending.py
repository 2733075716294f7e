"""What notifiers over HTTP share: one bounded POST, and what its answer means for sending it again.

The operator's own file names the address, so that private networks are fine; redirects are not followed, there is no
proxy, and where clouds hand out credentials nothing is ever sent.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from flagsvc.domain.calls import CallError
from flagsvc.domain.rollouts.notice import NoticeError
from flagsvc.outbound.files import secret_of
from flagsvc.outbound.guarded import Guarded, Request
from flagsvc.outbound.outcome import said
from flagsvc.outbound.reach import EVERYWHERE, Reach
from flagsvc.outbound.target import target_of

SECONDS = 8.0
MOST_BYTES = 2048
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SECRET_SIGNS = 5
"""Parts of a secret address that are shorter are no secret by themselves."""
SENT = frozenset(range(200, 300))
OF_THE_NOTICE = frozenset({400, 413, 422})
"""The notice itself is not liked. Any other refusal is about the address or the secret, which somebody can mend."""


def client_of(ca_file: Path | None) -> Guarded:
    """Make a client for an address of the operator's; ValueError for a `ca_file` that cannot be read."""
    return Guarded(Reach(EVERYWHERE), ca_file=ca_file)


def post(client: Guarded, url: str, body: bytes, headers: Mapping[str, str], *, secret: bool = False) -> None:
    """Send it, within a few seconds; raises NoticeError. `secret`: the address is shown to nobody."""
    place = "the address of the file" if secret else url.partition("?")[0]
    try:
        request = Request("POST", url, {"Content-Type": "application/json", **headers}, body)
        answer = client.ask(request, SECONDS, MOST_BYTES)
    except CallError as error:
        raise NoticeError(f"{place}: {error}") from error
    if answer.status not in SENT:
        words = said(_without(answer.body, url, path=secret))
        detail = f"{place} gave {answer.status}{f': {words}' if words else ''}"
        raise NoticeError(detail, permanent=answer.status in OF_THE_NOTICE)


def _without(body: bytes, url: str, *, path: bool) -> bytes:
    """Take an address out of what an error page repeats of it: whole, and its query and `path` part by part."""
    parts = urlsplit(url)
    steps = re.split(r"[/&=]", f"{parts.path if path else ''}&{parts.query}")
    for part in (url, *sorted((step for step in steps if len(step) >= SECRET_SIGNS), key=len, reverse=True)):
        body = body.replace(part.encode(), "…".encode())
    return body


def secret_from(path: Path) -> str:
    """Read a secret anew at each use, so that it can be changed; NoticeError when there is none."""
    try:
        return secret_of(path)
    except CallError as error:
        raise NoticeError(str(error)) from error


def demand_url(option: str, url: str, *, plain: bool) -> None:
    """Pass for https, for this very host, and for http where that is said to be meant; raises ValueError."""
    try:
        target_of(url)
    except CallError as error:
        raise ValueError(f"{option}: {error}") from None
    parts = urlsplit(url)
    if parts.scheme == "http" and not (plain or parts.hostname in LOOPBACK):
        raise ValueError(f"{option}: https, or say plain_http: true")
