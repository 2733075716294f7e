"""A load balancer that asks for a cohort with every request it has."""

from typing import Any

from locust import task

from loadtests.users.common import PLAN, Visitor, Wrong, unit

BACKENDS = {"stable", "canary"}


class Balancer(Visitor):
    """Asks for decisions, as fast as they are given."""

    abstract = False

    @task
    def decide(self) -> None:
        """Ask for one cohort."""
        path = f"/traffic/v1/{PLAN.environment}/{PLAN.split}/decide"
        self.asked("GET", path, "traffic decide", _checked, headers={"X-User-Id": unit()})


def _checked(answer: Any) -> None:
    cohort = answer.headers.get("X-Cohort")
    if cohort not in BACKENDS or "X-Cohort-Reason" in answer.headers:
        raise Wrong(f"cohort {cohort}, {answer.headers.get('X-Cohort-Reason')}")
