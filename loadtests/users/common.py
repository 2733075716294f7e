"""What users share: the plan, units to ask for, and answers that are checked."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from locust import FastHttpUser, constant_throughput, task

from loadtests.plan import present

PLAN = present()
OFREP = "/ofrep/v1/evaluate/flags"
BARE = "bare Starlette route"
OK = 200
Check = Callable[[Any], Any]
CALM = 5.0
"""Requests per second of a paced user."""

_units = count()


class Wrong(Exception):
    """An answer that is not what it has to be."""


def unit() -> str:
    """Give another unit each time."""
    return f"user-{next(_units) % 100_000}"


def context() -> dict[str, Any]:
    """Give the body of an evaluation."""
    return {"context": {"targetingKey": unit(), "country": "DE"}}


def bearer(token: str) -> dict[str, str]:
    """Give the header of a token."""
    return {"Authorization": f"Bearer {token}"}


class Visitor(FastHttpUser):
    """Somebody who asks the service; only its subclasses are at work."""

    abstract = True
    host = PLAN.url
    connection_timeout = 10.0
    network_timeout = 30.0

    def asked(self, method: str, path: str, name: str, check: Check, **options: Any) -> Any:
        """Ask, and give what `check` makes of a good answer; None for a failure, which any status but 200 is."""
        with self.client.request(method, path, name=name, catch_response=True, **options) as answer:
            if answer.status_code != OK:
                answer.failure(Wrong(f"status {answer.status_code}: {(answer.text or '')[:200]}"))
                return None
            try:
                return check(answer)
            except (Wrong, LookupError, TypeError, ValueError) as wrong:
                answer.failure(wrong)
                return None


class BareRoute(Visitor):
    """Asks the bare Starlette route, as fast as it answers."""

    abstract = False
    host = PLAN.bare

    @task
    def bare(self) -> None:
        """Ask once."""
        self.asked("GET", "/bare", BARE, lambda answer: answer.json()["key"])


class PacedBare(BareRoute):
    """Asks it at a steady rate, beside others: what the machine makes of the simplest request meanwhile."""

    abstract = False
    wait_time = constant_throughput(CALM)


def variant_of(flag: Mapping[str, Any]) -> str:
    """Check an evaluated flag, and give its variant; raises Wrong."""
    variant = str(flag["variant"])
    if flag["value"] is not (variant == "on"):
        raise Wrong(f"{flag['key']}: variant {variant} has the value {flag['value']}")
    return variant
