"""Sample data for a first look: two flags, a segment and a traffic split that shares its cohorts with one of them."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flagsvc.domain.errors import Exists
from flagsvc.ports import Store
from flagsvc.usecases.documents import create_document
from flagsvc.usecases.flags import create_flag, get_flag
from flagsvc.usecases.intent import Intent

Step = Callable[[Store, Intent], None]
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


def plant(store: Store, intent: Intent) -> None:
    """Put the samples where they are missing; what is there already stays as it is."""
    for step in (_segment, _flag_of(NEW_CHECKOUT), _flag_of(CHECKOUT_THEME), _split):
        with suppress(Exists):
            step(store, intent)


def _segment(store: Store, intent: Intent) -> None:
    create_document(store, intent, ENVIRONMENT, "segment", BETA)


def _flag_of(body: dict[str, Any]) -> Step:
    def step(store: Store, intent: Intent) -> None:
        create_flag(store, intent, body)

    return step


def _split(store: Store, intent: Intent) -> None:
    salt = get_flag(store, NEW_CHECKOUT["key"]).document["salt"]
    default = {"split": {"weights": {"canary": 5_000, "stable": 95_000}, "salt": salt}}
    create_document(store, intent, ENVIRONMENT, "split", {**CHECKOUT, "default": default})
