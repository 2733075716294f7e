"""The service under load: our own on loopback, with a bare Starlette route beside it; or one that is elsewhere."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2

from benchmarks.http import Bare
from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SHARE = {"split": {"weights": {"on": 30_000, "off": 70_000}}}
TOKEN_NAME = "load test"  # noqa: S105 - its name, not its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the load goes, and what was made there for it. `bare` is "" and `pids` empty where it is not ours."""

    url: str
    environment: str
    flags: tuple[str, ...]
    split: str
    admin_token: str = field(repr=False)
    sdk_token: str = field(repr=False)
    bare: str = ""
    pids: Mapping[str, int] = field(default_factory=dict)


def is_loopback(url: str) -> bool:
    """Whether an address leads to this very machine."""
    return urlsplit(url).hostname in LOOPBACK


@contextmanager
def own(flags: int, *, large: bool) -> Iterator[Target]:
    """Start a service of our own, `large` on PostgreSQL and Redis, else on SQLite; and the bare route."""
    with ExitStack() as stack:
        settings = {"LOG_LEVEL": "warning"}
        if large:
            postgres, redis = PostgresServer(), RedisServer()
            for server in (postgres, redis):
                stack.callback(server.close)
                server.start()
            settings |= {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
        service = Service(settings)
        stack.callback(service.close)
        service.start()
        bare = Bare()
        stack.callback(bare.close)
        with prepared(service.url, ADMIN_TOKEN, "production", flags, keep=True) as target:
            yield Target(
                url=target.url, environment=target.environment, flags=target.flags, split=target.split,
                admin_token=target.admin_token, sdk_token=target.sdk_token,
                bare=bare.url, pids={"service": service.pid, "bare": bare.pid},
            )  # fmt: skip


@contextmanager
def prepared(url: str, admin_token: str, environment: str, flags: int, *, keep: bool = False) -> Iterator[Target]:
    """Make flags, a traffic split and an SDK token; archive and revoke them in the end, unless told to `keep` them."""
    mark = f"load-{secrets.token_hex(4)}"
    keys = tuple(f"{mark}-{number}" for number in range(flags))
    headers = {"Authorization": f"Bearer {admin_token}", "X-Change-Reason": "load test"}
    with httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client, ExitStack() as stack:
        for key in keys:
            _written(client, "POST", "flags", _flag(key, environment))
            stack.callback(_archive, client, f"flags/{key}")
        splits = f"environments/{environment}/splits"
        _written(client, "POST", splits, _split(mark))
        stack.callback(_archive, client, f"{splits}/{mark}")
        made = _written(client, "POST", "tokens", {"kind": "sdk", "environment": environment, "name": TOKEN_NAME})
        stack.callback(_written, client, "DELETE", f"tokens/{made['document']['id']}")
        token = str(made["document"]["token"])
        eventually(lambda: _knows(client, token, keys[-1]), "the service with its flags and token")
        if keep:
            stack.pop_all()
        yield Target(url=url, environment=environment, flags=keys, split=mark, admin_token=admin_token, sdk_token=token)


def _flag(key: str, environment: str) -> dict[str, Any]:
    configuration = {"enabled": True, "offVariant": "off", "default": SHARE}
    return {"key": key, "type": "boolean", "tags": ["load-test"], "environments": {environment: configuration}}


def _split(key: str) -> dict[str, Any]:
    weights = {"split": {"weights": {"canary": 5_000, "stable": 95_000}}}
    unit = {"headers": ["X-User-Id"], "cookies": [], "clientAddress": False}
    return {
        "key": key, "backends": ["stable", "canary"], "stable": "stable", "enabled": True, "unit": unit,
        "default": weights,
    }  # fmt: skip


def _knows(client: httpx2.Client, token: str, key: str) -> bool:
    body = {"context": {"targetingKey": "user-1"}}
    headers = {"Authorization": f"Bearer {token}"}
    return bool(client.post(f"/ofrep/v1/evaluate/flags/{key}", json=body, headers=headers).is_success)


def _archive(client: httpx2.Client, path: str) -> None:
    version = client.get(f"/api/v1/{path}").json()["version"]
    client.post(f"/api/v1/{path}/archive", headers={"If-Match": f'"{version}"'}).raise_for_status()


def _written(client: httpx2.Client, method: str, path: str, body: Any = None) -> Any:
    response = client.request(method, f"/api/v1/{path}", json=body)
    if not response.is_success:
        raise SystemExit(f"{method} {path}: {response.status_code} {response.text[:300]}")
    return response.json()
