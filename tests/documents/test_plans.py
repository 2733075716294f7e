"""The plan files of examples/plans: sound to the API, begun on a real service to their first step, and back again."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.documents.deploying import PLANS, PRODUCTION, Elsewhere, elsewhere, furnish, plan_of, settings, status
from tests.support.service import Service
from tests.support.timing import eventually

pytestmark = pytest.mark.servers
CLOSED = {"checklist", "approval"}
OPPOSITE = {"stop": "start", "start": "stop"}


@pytest.fixture(scope="module")
def place() -> Iterator[Elsewhere]:
    with elsewhere() as server:
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("plans")
    with closing(Service(settings(folder))) as running:
        running.start()
        furnish(running)
        yield running


def passed(service: Service, key: str, gates: list[Any]) -> None:
    """Tick off what people have to; the service looks at the rest by itself."""
    for gate in gates:
        if gate["kind"] in CLOSED:
            service.call("POST", f"{PRODUCTION}/rollouts/{key}/gates/{gate['name']}/pass", {"reason": "a test"})


def served(service: Service, plan: Any) -> list[Any]:
    """Give what the places that a plan moves serve, rules included."""
    kinds = {"split": "splits", "flag": "flags"}
    paths = [f"{PRODUCTION}/{kinds[target['kind']]}/{target['key']}" for target in plan["targets"]]
    documents = [service.call("GET", path) for path in paths]
    return [(document["default"], document.get("rules")) for document in documents]


def until(service: Service, key: str, holds: Callable[[Any], object], what: str) -> Any:
    eventually(lambda: holds(status(service, key)), f"{key}: {what}")
    return status(service, key)


def test_there_is_a_plan_for_each_strategy_and_it_says_which() -> None:
    assert set(PLANS) == {"blue-green", "canary", "dark-launch", "recreate", "rolling"}
    assert all(f"\nstrategy: {name}\n" in path.read_text("utf-8") for name, path in PLANS.items())


def assert_sound(service: Service, strategy: str, plan: Any) -> None:
    """Ask the check before a rollout begins, and for a dry run of it; both while nothing cools down."""
    checked = service.call("POST", f"{PRODUCTION}/rollouts/preflight", {"plan": plan})
    drafted = service.call("POST", f"{PRODUCTION}/rollouts?dryRun=true", {"key": f"draft-{strategy}", "plan": plan})

    wrong = {finding["code"] for finding in checked["findings"] if finding["level"] == "error"}
    assert wrong <= {"no-baseline"}  # nobody has reported anything yet
    assert drafted["document"]["plan"]["strategy"] == strategy
    assert [step["name"] for step in drafted["document"]["plan"]["steps"]] == [step["name"] for step in plan["steps"]]


@pytest.mark.parametrize("strategy", PLANS)
def test_a_plan_is_sound_begins_moves_its_first_step_and_goes_back_to_what_was_served(
    service: Service, place: Elsewhere, strategy: str
) -> None:
    plan, key = plan_of(strategy, place), f"release-{strategy}"
    assert_sound(service, strategy, plan)
    before = served(service, plan)
    service.call("POST", f"{PRODUCTION}/rollouts", {"key": key, "plan": plan})
    until(service, key, lambda seen: seen["phase"] == "preparing", "the checklist")
    passed(service, key, plan["before"])

    reached = until(service, key, lambda seen: seen["phase"] == "baking" or (seen["step"] or 0) > 1, "its first step")
    wanted = plan["steps"][0].get("weights", {})
    moved = {target["name"]: target["weight"] for target in reached["targets"]}
    service.call("POST", f"{PRODUCTION}/rollouts/{key}/abort", {"reason": "a test"})
    ended = until(service, key, lambda seen: seen["phase"] in {"rolled-back", "aborted"}, "its end")

    assert all(moved[name] == weight for name, weight in wanted.items() if isinstance(weight, int))
    assert ended["phase"] == ("rolled-back" if wanted or strategy == "recreate" else ended["phase"])
    assert served(service, plan) == before
    asked = [(body["body"]["action"], body["body"]["instance"]) for body in place.asked if body["rollout"] == key]
    there, back = asked[: len(asked) // 2], asked[len(asked) // 2 :]
    sure = back[len(back) - len(there) :]  # before it, what was just going to be asked for
    assert sure == [(OPPOSITE[action], instance) for action, instance in reversed(there)]
    assert there[:1] == ([("stop", "old")] if strategy == "recreate" else [])
