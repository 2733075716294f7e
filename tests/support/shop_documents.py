"""The other documents of the web shop: environments, segments, traffic splits, plans and a freeze."""

from typing import Any

from tests.support.shop_flags import PRODUCTION, WHOLE, where

ENVIRONMENTS: tuple[dict[str, Any], ...] = (
    {"key": "development", "name": "Development", "description": "Every developer's playground."},
    {"key": "staging", "name": "Staging", "description": "The release candidate, with yesterday's catalogue."},
    {"key": PRODUCTION, "name": "Production", "description": "Real customers, real money."},
)
YES = (True,)
POLICY = {"protected": True, "requireReason": True}
SEGMENTS: tuple[dict[str, Any], ...] = (
    {"key": "employees", "name": "Employees", "owner": "platform", "tags": ["internal"],
     "description": "Everybody with a company address.", "when": where("email", "endsWith", "@shop.example")},
    {"key": "beta-testers", "name": "Beta testers", "owner": "growth", "tags": ["beta"],
     "description": "Customers who asked to see things first.",
     "included": [f"customer-{number}" for number in range(1001, 1013)], "excluded": ["customer-1007"],
     "when": where("beta", "equals", *YES)},
    {"key": "loyal-customers", "name": "Loyal customers", "owner": "pricing", "tags": ["loyalty"],
     "description": "Ten orders or more, or a member of the club.",
     "when": {"any": [where("orders", "greaterThanOrEqual", 10), where("club", "equals", *YES)]}},
    {"key": "dach", "name": "Germany, Austria, Switzerland", "owner": "growth", "tags": ["region"],
     "when": where("country", "in", "DE", "AT", "CH")},
    {"key": "app-users", "name": "App users", "owner": "growth", "tags": ["mobile"],
     "when": where("platform", "in", "ios", "android")},
    {"key": "insiders", "name": "Insiders", "owner": "platform", "tags": ["internal", "beta"],
     "description": "Employees and beta testers.",
     "when": {"any": [{"segment": "employees"}, {"segment": "beta-testers"}]}},
)  # fmt: skip


def _backends(key: str, name: str, owner: str, stable: str, other: str, percent: float) -> dict[str, Any]:
    part = round(percent * WHOLE / 100)
    default = {"split": {"weights": {stable: WHOLE - part, other: part}}}
    unit = {"headers": ["X-User-Id"]}
    members = {"backends": [stable, other], "stable": stable, "unit": unit, "default": default}
    return {
        "key": key,
        "name": name,
        "owner": owner,
        "tags": ["edge"],
        "force": {"header": "X-Force-Cohort"},
        **members,
    }


SPLITS = (
    _backends("storefront", "Storefront", "platform", "stable", "canary", 0),
    _backends("search-api", "Search API", "discovery", "stable", "canary", 5),
    _backends("payments-api", "Payments API", "payments", "blue", "green", 0),
)
FREEZE = {
    "key": "weekend",
    "name": "Weekend",
    "owner": "platform",
    "reason": "Nobody is on call for releases from Saturday to Monday morning.",
    "weekly": {"weekdays": ["saturday", "sunday"], "start": "00:00", "end": "00:00", "zone": "Europe/Berlin"},
}
METRICS: tuple[dict[str, Any], ...] = (
    {"name": "errors", "kind": "errors", "source": "own"},
    {"name": "latency", "kind": "latency", "source": "own", "bound": "300ms"},
)


def target(split: str, candidate: str = "canary", baseline: str = "stable") -> dict[str, Any]:
    """Make the target of a rollout that moves a traffic split."""
    return {"name": "edge", "kind": "split", "key": split, "candidate": candidate, "baseline": baseline}


def canary(split: str, shares: tuple[float, ...], hold: str, every: str) -> dict[str, Any]:
    """Make the plan of a canary that the service's own counts of outcomes judge."""
    steps = [
        {"name": f"{share:g} %", "weights": {"edge": round(1000 * share)}, "hold": hold if share < 100 else "0s"}
        for share in shares
    ]
    analysis = {"metrics": list(METRICS), "every": every, "warmup": "0s", "unknownFor": "2m"}
    return {"strategy": "canary", "targets": [target(split)], "steps": steps, "analysis": analysis, "cooldown": "0s"}


def _approved() -> dict[str, Any]:
    plan = canary("search-api", (5, 25, 50, 100), "15m", "15s")
    gate = {"name": "look", "kind": "approval", "title": "Search quality was looked at"}
    plan["steps"][0]["gates"] = [gate]
    return plan


PLANS: tuple[dict[str, Any], ...] = (
    {"key": "storefront-canary", "name": "Storefront, canary", "owner": "platform",
     **canary("storefront", (5, 10, 25, 50, 75, 100), "15m", "15s")},
    {"key": "search-with-approval", "name": "Search API, with approval", "owner": "discovery", **_approved()},
    {"key": "payments-blue-green", "name": "Payments API, blue-green", "owner": "payments", "strategy": "blue-green",
     "targets": [target("payments-api", "green", "blue")],
     "steps": [
         {"name": "preview", "gates": [{"name": "looked", "kind": "approval", "title": "The green side was tried"}]},
         {"name": "switch", "weights": {"edge": WHOLE}, "hold": "1h"},
     ]},
)  # fmt: skip
EDITS: tuple[tuple[str, float, str], ...] = (
    ("search-facets-v2", 50, "Facets: half of our customers, until Monday"),
    ("home-dark-mode", 50, "Dark mode for half"),
    ("checkout-one-page", 10, "First customers see one page"),
    ("search-facets-v2", 75, "Facets: last step before all"),
    ("checkout-one-page", 25, "Conversion is up 2 %, go on"),
    ("home-dark-mode", 80, "Dark mode for most"),
)
"""What was done in production before it was protected: flag, per cent, reason. Its history ends with these."""
