"""Applications without an SDK: OFREP, one flag or all of them."""

from typing import Any

from locust import task

from loadtests.users.common import OFREP, PLAN, Visitor, Wrong, bearer, context, variant_of

HEADERS = bearer(PLAN.sdk_token)


class Single(Visitor):
    """Asks for one flag, as fast as it is answered."""

    abstract = False

    @task
    def single(self) -> None:
        """Ask for one flag."""
        path = f"{OFREP}/{PLAN.flags[-1]}"
        self.asked(
            "POST", path, "OFREP single", lambda answer: variant_of(answer.json()), json=context(), headers=HEADERS
        )


class Bulk(Visitor):
    """Asks for all flags, as fast as they are answered."""

    abstract = False

    @task
    def bulk(self) -> None:
        """Ask for every flag of the environment."""
        self.asked("POST", OFREP, "OFREP bulk", _checked, json=context(), headers=HEADERS)


def _checked(answer: Any) -> None:
    flags = {each["key"]: each for each in answer.json()["flags"]}
    if missing := set(PLAN.flags) - flags.keys():
        raise Wrong(f"{len(missing)} flags are missing")
    for key in PLAN.flags:
        variant_of(flags[key])
