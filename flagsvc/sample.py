"""Sample data for a first look: two flags, a segment and a traffic split that shares its cohorts with one of them."""

from collections.abc import Callable
from typing import Any

from flagsvc.domain.errors import Exists
from flagsvc.ports import Store
from flagsvc.usecases.documents import create_document
from flagsvc.usecases.flags import create_flag
from flagsvc.usecases.intent import Intent

ENVIRONMENT = "production"

NEW_CHECKOUT: dict[str, Any] = {
    "key": "new-checkout",
    "name": "New checkout",
    "description": "The checkout page, rewritten.",
    "owner": "payments",
    "tags": ["checkout"],
    "type": "boolean",
    "variants": {"on": True, "off": False},
    "environments": {
        "development": {"enabled": True, "offVariant": "off", "default": {"serve": "on"}},
        "staging": {"enabled": True, "offVariant": "off", "default": {"serve": "on"}},
        ENVIRONMENT: {
            "enabled": True,
            "offVariant": "off",
            "default": {"split": {"weights": {"on": 30_000, "off": 70_000}}},
        },
    },
}

CHECKOUT_THEME: dict[str, Any] = {
    "key": "checkout-theme",
    "name": "Theme of the checkout",
    "description": "Three looks, compared; members of the beta see the dark one.",
    "owner": "payments",
    "tags": ["checkout", "experiment"],
    "type": "string",
    "variants": {"classic": "classic", "light": "light", "dark": "dark"},
    "environments": {
        ENVIRONMENT: {
            "enabled": True,
            "offVariant": "classic",
            "rules": [{"id": "beta", "when": {"segment": "beta"}, "serve": "dark"}],
            "default": {"split": {"weights": {"classic": 50_000, "light": 25_000, "dark": 25_000}}},
        }
    },
}

BETA: dict[str, Any] = {
    "key": "beta",
    "name": "Beta testers",
    "description": "Listed users, and everybody with an address at example.com.",
    "included": ["user-1", "user-2"],
    "excluded": [],
    "when": {"attribute": "email", "op": "endsWith", "values": ["@example.com"]},
}

CHECKOUT: dict[str, Any] = {
    "key": "checkout",
    "name": "Checkout service",
    "description": "Shares its salt with new-checkout: who is in the canary also sees the new page.",
    "backends": ["stable", "canary"],
    "stable": "stable",
    "enabled": True,
    "unit": {"headers": ["X-User-Id"], "cookies": ["uid"], "clientAddress": False},
    "force": {"header": "X-Force-Cohort"},
    "sticky": {"cookie": "flagsvc_unit", "maxAgeSeconds": 31_536_000, "secure": False},
}


def plant(store: Store, intent: Callable[[str], Intent]) -> None:
    """Put the samples where they are missing; what is there already stays as it is. `intent` makes one for a reason."""
    because = intent("sample data")
    _unless_there(lambda: create_document(store, because, ENVIRONMENT, "segment", BETA))
    for flag in (NEW_CHECKOUT, CHECKOUT_THEME):
        _unless_there(lambda flag=flag: create_flag(store, because, flag))
    _unless_there(lambda: create_document(store, because, ENVIRONMENT, "split", _checkout(store)))


def _checkout(store: Store) -> dict[str, Any]:
    weights = {"canary": 5_000, "stable": 95_000}
    return CHECKOUT | {"default": {"split": {"weights": weights, "salt": _salt_of_new_checkout(store)}}}
