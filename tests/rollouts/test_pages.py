"""The pages about plans and strategies: every member with its default, every code, and examples as they say."""

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

import pytest

from flagsvc.domain.analysis.spec import Analysis, Metric
from flagsvc.domain.durations import duration_of
from flagsvc.domain.rollouts import check, check_analysis, check_gates, facts, reading
from flagsvc.domain.rollouts.check import STRATEGIES, plan_problems
from flagsvc.domain.rollouts.check_document import plan_document_problems
from flagsvc.domain.rollouts.events import Answered, Routed, Tick
from flagsvc.domain.rollouts.plan import Check, Gate, Hook, Plan, PlanTarget, Step
from flagsvc.domain.rollouts.reading import plan_members, plan_of, plan_part
from flagsvc.domain.rollouts.wayback import undo_of
from scripts.rollout_examples import EXAMPLES, example
from scripts.rollout_examples import facts as facts_on_the_page
from tests.rollouts.worlds import World
from tests.support.snippets import snippets
from tests.support.tree import ROOT

PLANS = (ROOT / "docs/rollouts/plans.md").read_text()
STRATEGY_PAGE = (ROOT / "docs/rollouts/strategies.md").read_text()
TABLES: Mapping[str, tuple[Any, reading.Table, Any]] = {
    "Plan": (Plan, reading.PLAN, check.PLAN),
    "Targets": (PlanTarget, reading.TARGET, check.TARGET),
    "Steps": (Step, reading.STEP, check.STEP),
    "Gates": (Gate, reading.GATE, check_gates.GATE),
    "Checks": (Check, reading.CHECK, check_gates.CHECK),
    "Hooks": (Hook, reading.HOOK, check_gates.HOOK),
    "Analysis": (Analysis, reading.ANALYSIS, check_analysis.ANALYSIS),
    "Metrics": (Metric, reading.METRIC, check_analysis.METRIC),
}
ROW = re.compile(r"^\| `(\w+)` \|(.*?)\|", re.MULTILINE)

NEEDED = re.compile(r"needed for `\w+`")


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ", 1)[0]


def rows(page: str, title: str) -> dict[str, str]:
    return dict(ROW.findall(section(page, title).split("| kind | is passed by")[0]))


@pytest.mark.parametrize("title", TABLES)
def test_members_are_read_checked_and_written_down_alike(title: str) -> None:
    kind, table, shape = TABLES[title]

    assert rows(PLANS, title).keys() == table.keys() == shape.keys()
    assert {member.attribute for member in table.values()} == {field.name for field in fields(kind)}


@pytest.mark.parametrize("title", TABLES)
def test_every_default_on_the_page_is_the_one_that_is_taken(title: str) -> None:
    kind, table, _ = TABLES[title]
    members = {field.name: field for field in fields(kind)}

    for name, shown in rows(PLANS, title).items():
        told = NEEDED.sub("none", shown.strip()).strip("`")
        assert told in _defaults(table[name], members[table[name].attribute]), name


def _defaults(member: reading.Member, field: Field[Any]) -> set[str]:
    """Give every way in which the default of a member may be written."""
    if field.default is MISSING and field.default_factory is MISSING:
        return {"needed", "step N"}
    value: Any = field.default_factory() if field.default_factory is not MISSING else field.default
    if field.name.endswith("_seconds"):
        return {duration_of(float(value))}
    if value in ((), None):
        return {"none"}
    if value == {}:
        return {"none", "{}", "nothing moves"}
    return {f"{value:g}"} if isinstance(value, float) and value else {str(member.write(value)), "by kind", ""}


def test_every_gate_and_every_finding_has_its_line() -> None:
    judges = ("places", "preflight_places", "preflight_steps", "preflight_metrics")
    sources = "".join((ROOT / f"flagsvc/domain/rollouts/{name}.py").read_text() for name in judges)
    codes = set(re.findall(r'"([a-z-]+)", (?:detail|f")', sources))

    assert {"disabled", "too-coarse", "low-power", "downwards", "no-room"} <= codes
    assert [code for code in sorted(codes) if f"`{code}`" not in section(PLANS, "Before it begins")] == []
    assert all(f"| `{kind}` |" in section(PLANS, "Gates") for kind in check_gates.GATE_KINDS)


def test_every_fact_has_its_line() -> None:
    told = re.findall(
        r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", section(STRATEGY_PAGE, "The facts"), re.MULTILINE))
    )

    assert set(told) == set(facts.SHAPE)
    for strategy, own in facts.OWN.items():
        for name in own:
            line = next(line for line in STRATEGY_PAGE.splitlines() if re.match(rf"\| .*`{name}`.* \|", line))
            meant = {word for word in STRATEGIES if word in line.split("|")[3].split(":")[0]}
            assert (strategy in meant) or "all but" in line or "see above" in line, (strategy, name)


def test_the_plan_on_the_page_is_sound() -> None:
    [document] = (json.loads(text) for text in snippets("docs/rollouts/plans.md", "json"))

    documents = {"split/checkout": {"backends": ["stable", "canary"], "default": {"serve": "stable"}}}
    assert plan_document_problems({**document}, documents) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_example_is_the_plan_of_the_facts_on_the_page(strategy: str) -> None:
    kept = json.loads((EXAMPLES / f"{strategy}.json").read_text())

    assert kept == example(facts_on_the_page()[strategy]), "run python -m scripts.rollout_examples"
    assert plan_problems(plan_part(kept)) == []
    assert plan_members(plan_of(kept)) == plan_part(kept)


class Walk(World):
    """A rollout whose routers, hooks, gates and people all say yes."""

    def turn(self) -> None:
        """Let an hour pass, answer what is open, and tick."""
        self.now += 3_600.0
        for each in self.plan.targets:
            if self.state.target(each.name).standing in {"placed", "restored"}:
                self.tell(Routed(at=self.now, target=each.name, standing="applied"))
        going_back = self.state.phase == "rolling-back"
        if self.state.hook and not (going_back and undo_of(self.plan, self.state) is None):
            self.tell(Answered(at=self.now, what="undo" if going_back else "hook", outcome="passed"))
        for name, gate in dict(self.state.gates).items():
            if gate.standing == "open" and self.state.phase in {"preparing", "baking", "verifying"}:
                self.order("pass", gate=name)
        self.tell(Tick(at=self.now))

    def until(self, *phases: str) -> None:
        for _ in range(1_000):
            if self.state.phase in phases:
                return
            self.turn()
        raise AssertionError(f"still {self.state.phase} in step {self.state.step}")


def unjudged(strategy: str) -> Plan:
    kept = json.loads((EXAMPLES / f"{strategy}.json").read_text())
    return plan_of({name: value for name, value in kept.items() if name != "analysis"})


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_example_walks_to_its_end(strategy: str) -> None:
    walk = Walk(unjudged(strategy))

    walk.until("succeeded", "rolled-back", "aborted")

    assert walk.state.phase == "succeeded"
    assert walk.state.begun == len(walk.plan.steps)
    told = [(index, name) for index, step in enumerate(walk.plan.steps) for name in step.weights]
    assert sorted((index, name) for index, name, _ in walk.moves) == sorted(told)
    assert walk.replayed() == walk.state


@pytest.mark.parametrize(
    ("strategy", "step"), [(name, step) for name in STRATEGIES for step in range(len(unjudged(name).steps))]
)
def test_each_example_goes_back_from_every_step(strategy: str, step: int) -> None:
    walk = Walk(unjudged(strategy))
    while walk.state.step < step:
        walk.turn()

    walk.order("roll-back")
    walk.until("rolled-back", "aborted")

    assert walk.places == {target.name: walk.original(target.name) for target in walk.plan.targets}
    order = [target.name for target in walk.plan.targets][::-1]
    assert walk.restores == sorted(walk.restores, key=order.index)
    undone = [index for index in range(step + 1) if walk.plan.steps[index].undo]
    assert walk.state.undone == len(undone)
