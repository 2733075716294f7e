"""A web shop in a running service, made over HTTP: for browser tests, screenshots and looking around.

`seed` makes it, once; `many` adds a thousand flags; `begin_good_rollout` and `begin_bad_rollout` begin one that reaches
its end within two minutes, and one that goes back by itself once its candidate is `BROKEN`.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx2

from tests.support import shop_documents as documents
from tests.support import shop_flags
from tests.support.plain import PLAIN
from tests.support.shop_flags import ENVIRONMENTS, PRODUCTION, WHOLE, share
from tests.support.shop_traffic import BROKEN, HEALTHY, Outcomes, Rates, report_usage

__all__ = [
    "BROKEN",
    "HEALTHY",
    "Outcomes",
    "Rates",
    "Seeded",
    "begin_bad_rollout",
    "begin_good_rollout",
    "begin_waiting_rollout",
    "many",
    "outcomes",
    "seed",
]
REASON = "Set up the shop"
SPLIT = "storefront"
AT_ONCE = 4


class Seeded(NamedTuple):
    """What was made: the keys of the flags, and an SDK token for each environment."""

    flags: tuple[str, ...]
    sdk_tokens: Mapping[str, str]


class Shop:
    """The admin API of a service; a refusal is an AssertionError with its words."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.client = httpx2.Client(base_url=url, headers=headers, trust_env=False, verify=PLAIN, timeout=60)

    def call(self, method: str, path: str, body: Any = None, reason: str = REASON, **headers: str) -> Any:
        """Ask the API below /api/v1."""
        said = {"X-Change-Reason": f"UTF-8''{reason.replace('%', '%25')}", **headers}
        answer = self.client.request(method, f"/api/v1/{path}", json=body, headers=said)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def keys(self, path: str) -> set[str]:
        """List the keys of a collection."""
        found: set[str] = set()
        cursor = ""
        while True:
            page = self.call("GET", f"{path}?limit=200{f'&cursor={cursor}' if cursor else ''}")
            found |= {item["key"] for item in page["items"]}
            cursor = page["nextCursor"]
            if not cursor:
                return found

    def make(self, path: str, bodies: Iterable[Mapping[str, Any]]) -> bool:
        """Create what is not there yet; tells whether anything was."""
        known = self.keys(path)
        missing = [body for body in bodies if body["key"] not in known]
        for body in missing:
            self.call("POST", path, body)
        return bool(missing)


@contextmanager
def _shop(url: str, token: str) -> Iterator[Shop]:
    shop = Shop(url, token)
    with shop.client:
        yield shop


def seed(url: str, admin_token: str, *, flags: Iterable[Mapping[str, Any]] | None = None) -> Seeded:
    """Make the shop; what is there already stays as it is. `flags`: bodies to take instead of the shop's own."""
    bodies = tuple(shop_flags.flags() if flags is None else flags)
    with _shop(url, admin_token) as shop:
        shop.make("environments", documents.ENVIRONMENTS)
        for place in ENVIRONMENTS:
            at = f"environments/{place}"
            shop.make(f"{at}/segments", documents.SEGMENTS)
            shop.make(f"{at}/splits", documents.SPLITS)
        is_new = shop.make("flags", bodies)
        shop.make(f"environments/{PRODUCTION}/plans", documents.PLANS)
        shop.make(f"environments/{PRODUCTION}/freezes", [documents.FREEZE])
        _protect(shop, [] if flags is not None or not is_new else documents.EDITS)
        tokens = {place: _sdk_token(shop, place) for place in ENVIRONMENTS}
        if flags is None:
            for place, token in tokens.items():
                report_usage(shop.client, place, token)
    return Seeded(tuple(str(body["key"]) for body in bodies), tokens)


def many(url: str, token: str, count: int = 1000) -> tuple[str, ...]:
    """Add flags to all three environments until there are `count` of these; gives their keys."""
    areas = ("checkout", "search", "pricing", "delivery", "account", "home", "product", "payments")
    keys = [f"{areas[number % len(areas)]}-idea-{number:04d}" for number in range(count)]
    with _shop(url, token) as shop, ThreadPoolExecutor(AT_ONCE) as pool:
        known = shop.keys("flags")
        missing = [(number, key) for number, key in enumerate(keys) if key not in known]
        list(pool.map(lambda each: shop.call("POST", "flags", _idea(*each)), missing))
    return tuple(keys)


def begin_good_rollout(url: str, token: str, key: str | None = None) -> str:
    """Begin a rollout of the storefront that reaches everybody within two minutes, while outcomes are good."""
    return _begin(url, token, key, documents.canary(SPLIT, (10, 50, 100), "5s", "5s"), "2.5.0")


def begin_bad_rollout(url: str, token: str, key: str | None = None) -> str:
    """Begin one that holds at its first step for ten minutes: time for its candidate to turn bad."""
    return _begin(url, token, key, documents.canary(SPLIT, (25, 100), "10m", "5s"), "2.6.0")


def begin_waiting_rollout(url: str, token: str, key: str | None = None) -> str:
    """Begin one that waits for a person: its first step has an open approval."""
    with _shop(url, token) as shop:
        return _create(shop, {"key": key, "planKey": "search-with-approval", "deployment": _deployment("3.1.0")})


@contextmanager
def outcomes(url: str, admin_token: str, sdk_token: str, **members: Any) -> Iterator[Outcomes]:
    """Let visitors come to the storefront in production; as long as the block lasts."""
    with _shop(url, admin_token) as shop, Outcomes(shop.client, sdk_token, (PRODUCTION, SPLIT), **members) as told:
        yield told


def _begin(url: str, token: str, key: str | None, plan: Mapping[str, Any], version: str) -> str:
    with _shop(url, token) as shop:
        _all_stable(shop)
        return _create(shop, {"key": key, "plan": plan, "deployment": _deployment(version)})


def _all_stable(shop: Shop) -> None:
    """Bring everybody back to the stable storefront, so that a release can begin with nobody."""
    path = f"environments/{PRODUCTION}/splits/{SPLIT}"
    found = shop.call("GET", path)
    weights = {"stable": WHOLE, "canary": 0}
    if found["default"].get("split", {}).get("weights") != weights:
        headers = {"If-Match": f'"{found["version"]}"'}
        shop.call("POST", f"{path}/weights", {"weights": weights}, "The next release begins", **headers)


def _create(shop: Shop, body: Mapping[str, Any]) -> str:
    override = {"reason": "A release that may not wait"}  # else it would wait for the end of a weekend's freeze
    path = f"environments/{PRODUCTION}/rollouts"
    written = shop.call("POST", path, {**body, "override": override}, reason=f"Release {body['deployment']['version']}")
    return str(written["document"]["key"])


def _deployment(version: str) -> dict[str, str]:
    return {"version": version, "commit": "9f1c2ab", "deployer": "ci", "url": f"https://ci.shop.example/{version}"}


def _protect(shop: Shop, edits: Iterable[tuple[str, float, str]]) -> None:
    found = shop.call("GET", f"environments/{PRODUCTION}")
    if found.get("protected"):
        return
    for flag, percent, reason in edits:
        weights = share(percent)["default"]["split"]["weights"]
        shop.call("POST", f"environments/{PRODUCTION}/flags/{flag}/weights", {"weights": weights}, reason)
    version = shop.call("GET", f"environments/{PRODUCTION}")["version"]
    headers = {"If-Match": f'"{version}"'}
    shop.call("PATCH", f"environments/{PRODUCTION}", documents.POLICY, "Customers are here", **headers)


def _sdk_token(shop: Shop, place: str) -> str:
    body = {"kind": "sdk", "environment": place, "name": f"web-shop-{place}"}
    return str(shop.call("POST", "tokens", body)["document"]["token"])


def _idea(number: int, key: str) -> dict[str, Any]:
    area = key.partition("-")[0]
    serving = {place: share((number * 7 + 13 * index) % 101) for index, place in enumerate(ENVIRONMENTS)}
    texts = {"name": f"{area.capitalize()} idea {number}", "owner": area, "tags": [area, "idea"]}
    return {"key": key, "type": "boolean", "variants": {"on": True, "off": False}, **texts, "environments": serving}
