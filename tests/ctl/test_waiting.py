"""What waiting does with each answer, told one after the other: those that no real service gives on demand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flagsvc.ctl.api import Answer, Api
from flagsvc.ctl.facts import Json
from flagsvc.ctl.failure import WAITED, Failure, Refused, Unreachable
from flagsvc.ctl.waiting import wait_for_all
from flagsvc.ctl.watching import demand_end, follow
from tests.ctl.rollouts import rollout

WRITTEN = {"version": 7, "revision": 9, "bindings": ["edge"]}


class Scripted(Api):
    """A service that gives these answers about a binding, and knows no client."""

    def __init__(self, *bindings: Any) -> None:
        super().__init__("http://127.0.0.1:1", "t")
        self.bindings = list(bindings)

    def get(self, path: str, **query: str) -> Answer:
        """Give what comes next."""
        if path.endswith("/clients"):
            assert query["revision"] == "7"
            return answer({"summary": {"clients": 0, "current": 0, "behind": []}})
        found = self.bindings.pop(0) if len(self.bindings) > 1 else self.bindings[0]
        if isinstance(found, Exception):
            raise found
        return answer(found)


def answer(content: Any) -> Answer:
    return Answer(status=200, content=content, raw=b"", headers={}, at=datetime(2026, 1, 1, tzinfo=UTC))


def binding(phase: str, settled: int, desired: int = 7) -> dict[str, Any]:
    revisions = {"settled": {"revision": f"e.{settled}"}, "desired": {"revision": f"e.{desired}"}}
    return {"enabled": True, "status": {"phase": phase, "summary": f"is {phase}", **revisions}}


def test_what_was_applied_before_the_change_is_not_its_confirmation() -> None:
    api = Scripted(binding("applied", 6, 6), Unreachable("away"), binding("applied", 7))

    wait_for_all(api, "e", WRITTEN, 50)

    assert len(api.bindings) == 1


@pytest.mark.parametrize("phase", ["failed", "returning"])
def test_a_router_that_failed_ends_the_wait_at_once(phase: str) -> None:
    with pytest.raises(Failure, match=f"binding edge {phase}: is {phase}") as failed:
        wait_for_all(Scripted(binding(phase, 6)), "e", WRITTEN, 50)

    assert failed.value.code == 1


def test_a_failure_of_an_earlier_change_is_waited_out_and_the_time_ends() -> None:
    with pytest.raises(Failure, match="not confirmed in time: binding edge is failed") as failed:
        wait_for_all(Scripted(binding("failed", 5, 6)), "e", WRITTEN, 0)

    assert failed.value.code == WAITED


def test_a_binding_without_a_status_is_waited_for_only_while_it_is_on() -> None:
    wait_for_all(Scripted({"enabled": False, "status": None}), "e", WRITTEN, 0)

    with pytest.raises(Failure, match="has not begun"):
        wait_for_all(Scripted({"enabled": True, "status": None}), "e", WRITTEN, 0)


class Seen:
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.phases: list[str] = []

    def see(self, rollout: Json, now: datetime) -> None:
        """Keep the phase."""
        self.phases.append(rollout["status"]["phase"])

    def lost(self, detail: str) -> None:
        """Keep the detail."""
        self.phases.append(detail)


def test_watching_goes_on_over_faults_of_the_service_and_ends_with_those_of_the_question() -> None:
    busy, gone = Refused(503, {"detail": "busy"}), Refused(404, {"detail": "gone"})
    script: list[Any] = [rollout("baking"), busy, Unreachable("away"), rollout("moving"), gone]
    view = Seen()

    def ask() -> Answer:
        found = script.pop(0)
        if isinstance(found, Exception):
            raise found
        return answer(found)

    with pytest.raises(Refused, match="gone"):
        follow(ask, view, lambda _: None)

    assert view.phases == ["baking", "busy", "away", "moving"]


def test_an_end_that_was_not_wanted_ends_with_6_and_its_cause() -> None:
    demand_end(rollout("succeeded"), {"succeeded"})

    with pytest.raises(Failure, match=r"checkout-v2 is rolled-back: bad") as failed:
        demand_end(rollout("rolled-back", cause="bad"), {"succeeded"})

    assert failed.value.code == WAITED
