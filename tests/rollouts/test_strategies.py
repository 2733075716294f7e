"""Strategies: whatever the facts, the plan is sound, and it does what its name says."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.rollouts.check import STRATEGIES
from flagsvc.domain.rollouts.checklists import AFTER, BEFORE
from flagsvc.domain.rollouts.facts import COMMON, FACTS, OWN, SHAPE, facts_of, facts_problems
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.reading import plan_of
from flagsvc.domain.rollouts.strategies import plan_from
from tests.rollouts.plans import FULL, changed, json_values

SPLIT = {"name": "edge", "kind": "split", "key": "web", "candidate": "canary", "baseline": "stable"}
FLAG = {"name": "code", "kind": "flag", "key": "new", "candidate": "on", "baseline": "off"}
HOOK = {"url": "https://ci.example.com/do", "body": {"team": "web"}}
CHECKS = [{"url": "http://127.0.0.1:8080/health"}]
FACTS_OF: Mapping[str, Mapping[str, Any]] = {
    "canary": {"targets": [SPLIT]},
    "blue-green": {"targets": [SPLIT]},
    "rolling": {"targets": [SPLIT], "instances": ["canary", "stable", "web-3"], "hook": HOOK},
    "recreate": {"targets": [SPLIT], "hook": HOOK},
    "dark-launch": {"targets": [FLAG]},
}
"""The least that each strategy has to be told."""


def plan(strategy: str, **facts: Any) -> Plan:
    members, problems = plan_from({"strategy": strategy, **FACTS_OF[strategy], **facts})
    assert problems == []
    return plan_of(members)


durations = st.sampled_from(["0s", "30s", "15m", "1d"])
ramps = st.lists(st.integers(1, WHOLE - 1), unique=True, max_size=9).map(lambda found: [*sorted(found), WHOLE])
instances = st.lists(st.sampled_from("abcdefgh"), min_size=2, unique=True)
keys = st.text("abc", min_size=1, max_size=80)
hooks = st.just(HOOK) | st.just({"url": "http://x", "deadline": "1h"})
OWN_FACTS: Mapping[str, st.SearchStrategy[Any]] = {
    "weights": ramps,
    "hold": durations,
    "approval": st.none() | st.booleans(),
    "share": st.booleans(),
    "keep": durations,
    "drain": durations,
    "internalRule": st.sampled_from(["", "own people"]),
    "betaRule": st.sampled_from(["", "friends"]),
}
COMMON_FACTS: Mapping[str, st.SearchStrategy[Any]] = {
    "checks": st.just([]) | st.just(CHECKS),
    "analysis": st.none() | st.just(FULL["analysis"]),
    "checklist": st.booleans(),
    "verification": st.booleans(),
    "downtime": st.sampled_from(["", "five minutes"]),
    "reminder": st.sampled_from(["", "tidy up"]),
}


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """Any facts that are sound."""
    strategy = draw(st.sampled_from(STRATEGIES))
    offered = {**{name: each for name, each in OWN_FACTS.items() if name in OWN[strategy]}, **COMMON_FACTS}
    found: dict[str, Any] = draw(st.fixed_dictionaries({}, optional=offered))
    found["strategy"] = strategy
    found.update(FACTS_OF[strategy])
    if strategy == "rolling":
        found["instances"] = draw(instances)
        found["shares"] = draw(st.just({}) | shares(found["instances"]))
    elif strategy != "dark-launch":
        found["targets"] = [{**each, "name": draw(keys)} for each in draw(st.permutations([SPLIT, FLAG]))]
        found["targets"] = found["targets"][: 1 + (found["targets"][0]["name"] != found["targets"][1]["name"])]
    if "hook" in OWN[strategy]:
        found["hook"] = draw(hooks)
    return found


@st.composite
def shares(draw: st.DrawFn, names: list[str]) -> dict[str, int]:
    cuts = sorted(draw(st.sets(st.integers(1, WHOLE - 1), min_size=len(names) - 1, max_size=len(names) - 1)))
    edges = [0, *cuts, WHOLE]
    return {name: edges[index + 1] - edges[index] for index, name in enumerate(names)}


@given(facts())
def test_sound_facts_make_a_sound_plan_that_moves_routers_first(found: dict[str, Any]) -> None:
    members, problems = plan_from(found)

    assert problems == []
    made = plan_of(members)
    assert made.strategy == found["strategy"]
    kinds = [target.kind for target in made.targets]
    assert kinds == sorted(kinds, reverse=True)
    assert [gate.name for gate in made.before] == ([name for name, _ in BEFORE] if found.get("checklist", True) else [])
    assert bool(made.after) == found.get("verification", True)
    assert (made.analysis is None) == (found.get("analysis") is None)
    assert made.downtime.startswith(found.get("downtime") or "")


@given(facts())
def test_in_the_end_everybody_has_it(found: dict[str, Any]) -> None:
    made = plan_of(plan_from(found)[0])

    last: dict[str, Any] = {}
    for step in made.steps:
        last |= step.weights
    whole = found.get("shares") or None
    if made.strategy == "rolling":
        assert last == {"edge": whole or last["edge"]}
        assert sum(last["edge"].values()) == WHOLE
        assert max(last["edge"].values()) - min(last["edge"].values()) <= (1 if whole is None else WHOLE)
    else:
        assert last == dict.fromkeys([target.name for target in made.targets], WHOLE)


@given(facts().filter(lambda found: found["strategy"] == "rolling"))
def test_a_rolling_update_has_one_instance_out_at_a_time_and_each_once(found: dict[str, Any]) -> None:
    made = plan_of(plan_from(found)[0])

    out: list[str] = []
    for take, update, back in zip(made.steps[::3], made.steps[1::3], made.steps[2::3], strict=True):
        weights, restored = take.weights["edge"], back.weights["edge"]
        assert isinstance(weights, Mapping)
        assert isinstance(restored, Mapping)
        gone = [name for name, weight in weights.items() if not weight]
        assert len(gone) == 1
        assert sum(weights.values()) == WHOLE
        assert all(weights[name] >= restored[name] for name in weights if name != gone[0])
        assert not update.weights
        assert update.hook is not None
        assert update.hook.body["instance"] == gone[0]
        assert update.undo is not None
        assert update.undo.body == {**update.hook.body, "action": "undo"}
        out += gone
    assert out == found["instances"]
    assert made.back == "hooks-first"


def test_a_canary_takes_six_steps_of_a_quarter_to_half_an_hour() -> None:
    made = plan("canary", targets=[FLAG, SPLIT], checks=CHECKS)

    assert [target.name for target in made.targets] == ["edge", "code"]
    assert [step.weights for step in made.steps] == [
        {"edge": weight, "code": weight} for weight in (5_000, 10_000, 25_000, 50_000, 75_000, 100_000)
    ]
    assert [step.name for step in made.steps] == ["5 %", "10 %", "25 %", "50 %", "75 %", "100 %"]
    assert [step.hold_seconds / 60 for step in made.steps] == [15, 15, 20, 30, 30, 15]
    assert [gate.kind for gate in made.steps[0].gates] == ["smoke", "share"]
    assert [gate.kind for gate in made.steps[1].gates] == ["share"]
    assert [gate.kind for gate in made.after] == ["smoke", *["checklist"] * len(AFTER)]


def test_nobody_waits_for_the_share_of_flags_which_nobody_counts() -> None:
    targets = [{"name": "code", "kind": "flag", "key": "new-checkout", "candidate": "on", "baseline": "off"}]

    made = plan("canary", targets=targets)

    assert not [gate for step in made.steps for gate in step.gates if gate.kind == "share"]


def test_a_canary_may_have_its_own_steps_and_ask_a_person() -> None:
    made = plan("canary", weights=[12_500, WHOLE], hold="1m", approval=True, share=False)

    assert [(step.name, step.hold_seconds) for step in made.steps] == [("12.5 %", 60), ("100 %", 60)]
    assert [[gate.kind for gate in step.gates] for step in made.steps] == [["approval"], []]


def test_blue_green_looks_switches_everybody_at_once_keeps_and_retires() -> None:
    made = plan("blue-green", checks=CHECKS, hook=HOOK, keep="2h")
    preview, switch, retire = made.steps

    assert (preview.weights, [gate.kind for gate in preview.gates]) == ({}, ["smoke", "approval"])
    assert (switch.weights, switch.hold_seconds) == ({"edge": WHOLE}, 7200)
    assert retire.hook is not None
    assert retire.hook.body == {"team": "web", "action": "retire", "instance": "stable"}
    assert retire.undo is None
    assert "no instant way back" in retire.say


def test_blue_green_without_a_hook_retires_nothing_and_may_go_without_approval() -> None:
    made = plan("blue-green", approval=False)

    assert [step.name for step in made.steps] == ["preview", "switch"]
    assert made.steps[0].gates == ()


def test_a_rolling_update_asks_each_instance_by_its_own_address() -> None:
    made = plan("rolling", checks=[{"url": "http://{instance}:8080/health"}], drain="5s")

    assert [step.name for step in made.steps[:3]] == ["take out canary", "update canary", "put back canary"]
    assert made.steps[0].weights == {"edge": {"canary": 0, "stable": 50_000, "web-3": 50_000}}
    assert made.steps[0].hold_seconds == 5
    assert made.steps[1].gates[0].checks[0].url == "http://canary:8080/health"
    assert made.steps[2].weights == {"edge": {"canary": 33_334, "stable": 33_333, "web-3": 33_333}}
    assert [gate.kind for gate in made.steps[2].gates] == ["share"]
    assert [gate.kind for gate in made.after] == ["checklist"] * len(AFTER)


def test_what_an_instance_had_is_shared_among_the_others_by_largest_remainder() -> None:
    made = plan("rolling", shares={"canary": 20_000, "stable": 30_001, "web-3": 49_999})

    assert made.steps[0].weights == {"edge": {"canary": 0, "stable": 37_501, "web-3": 62_499}}


def test_recreate_says_its_downtime_aloud_and_goes_back_the_way_it_came() -> None:
    made = plan("recreate", checks=CHECKS, downtime="about two minutes")
    stop, start, opened = made.steps

    assert made.downtime == "about two minutes"
    assert "down from here on (about two minutes)" in stop.say
    assert "up again" in opened.say
    assert [(hook.body["action"], hook.body["instance"]) for hook in (stop.hook, stop.undo) if hook] == [
        ("stop", "stable"),
        ("start", "stable"),
    ]
    assert [(hook.body["action"], hook.body["instance"]) for hook in (start.hook, start.undo) if hook] == [
        ("start", "canary"),
        ("stop", "canary"),
    ]
    assert (opened.weights, made.back) == ({"edge": WHOLE}, "hooks-first")


def test_recreate_can_do_without_any_router() -> None:
    made = plan("recreate", targets=[])

    assert made.targets == ()
    assert [step.weights for step in made.steps] == [{}, {}, {}]
    assert "step 'stop'" in made.downtime


def test_a_dark_launch_opens_rules_first_and_reminds_of_the_flag() -> None:
    made = plan("dark-launch", internalRule="staff", betaRule="friends")

    assert [(target.name, target.rule) for target in made.targets] == [
        ("code", ""),
        ("code-internal", "staff"),
        ("code-beta", "friends"),
    ]
    assert [step.weights for step in made.steps] == [
        {"code-internal": WHOLE},
        {"code": 1_000},
        {"code-beta": 10_000},
        {"code-internal": WHOLE, "code-beta": WHOLE, "code": WHOLE},
    ]
    assert "the flag 'new'" in made.reminder


def test_a_dark_launch_without_rules_begins_with_a_thousandth() -> None:
    made = plan("dark-launch", approval=True)

    assert [step.weights["code"] for step in made.steps] == [100, 1_000, 10_000, WHOLE]
    assert [gate.kind for gate in made.steps[2].gates] == ["approval"]


FAULTS: list[tuple[str, str, Any, str, str]] = [
    # strategy, fact, its value, pointer, code
    ("canary", "targets", [], "/targets", "missing"),
    ("canary", "targets", [SPLIT, SPLIT], "/targets/1/name", "duplicate"),
    ("canary", "targets", [{**SPLIT, "name": "x" * 81}], "/targets/0/name", "wrong-length"),
    ("canary", "weights", [], "/weights", "empty"),
    ("canary", "weights", [5_000, 5_000, WHOLE], "/weights", "wrong-order"),
    ("canary", "weights", [10_000, 5_000], "/weights", "wrong-order"),
    ("canary", "weights", [5_000], "/weights", "wrong-end"),
    ("canary", "weights", [0, WHOLE], "/weights/0", "wrong-type"),
    ("canary", "weights", "5", "/weights", "wrong-type"),
    ("canary", "hold", 900, "/hold", "wrong-type"),
    ("canary", "drain", "5s", "/drain", "misplaced"),
    ("canary", "hook", HOOK, "/hook", "misplaced"),
    ("canary", "colour", 1, "/colour", "unknown-member"),
    ("canary", "strategy", "canari", "/strategy", "unknown-word"),
    ("canary", "strategy", ..., "/strategy", "missing"),
    ("canary", "checks", [{"url": "http://{instance}/"}], "/checks/0/url", "misplaced"),
    ("canary", "checks", [{"url": "ftp://x"}], "/checks/0/url", "bad-url"),
    ("canary", "checks", ["x"], "/checks/0", "wrong-type"),
    ("canary", "checks", {}, "/checks", "wrong-type"),
    ("canary", "analysis", {"metrics": []}, "/analysis/metrics", "empty"),
    ("canary", "share", 1, "/share", "wrong-type"),
    ("blue-green", "keep", "91d", "/keep", "out-of-range"),
    ("blue-green", "weights", [WHOLE], "/weights", "misplaced"),
    ("rolling", "targets", [FLAG], "/targets", "wrong-targets"),
    ("rolling", "targets", [SPLIT, {**SPLIT, "name": "b", "key": "b"}], "/targets", "wrong-targets"),
    ("rolling", "instances", ["a"], "/instances", "too-few"),
    ("rolling", "instances", [], "/instances", "missing"),
    ("rolling", "instances", ["a", "a"], "/instances/1", "duplicate"),
    ("rolling", "instances", ["a", "b c"], "/instances/1", "bad-name"),
    ("rolling", "instances", [f"web-{n}" for n in range(31)], "/instances", "too-many"),
    ("rolling", "hook", None, "/hook", "missing"),
    ("rolling", "shares", {"canary": WHOLE}, "/shares", "wrong-instances"),
    ("rolling", "shares", {"canary": 1, "stable": 1, "web-3": 1}, "/shares", "wrong-sum"),
    ("rolling", "shares", {"canary": WHOLE, "stable": 0, "web-3": 0}, "/shares/stable", "wrong-type"),
    ("rolling", "shares", [], "/shares", "wrong-type"),
    ("rolling", "checks", [{"url": "http://web:{instance}/"}], "/checks/0/url", "bad-url"),
    ("recreate", "hook", ..., "/hook", "missing"),
    ("dark-launch", "targets", [SPLIT], "/targets", "wrong-targets"),
    ("dark-launch", "targets", [{**FLAG, "rule": "staff"}], "", "duplicate"),
    ("recreate", "hook", {"url": "http://x", "body": {"x": "y" * 9_980}}, "", "too-long"),
]


@pytest.mark.parametrize(("strategy", "fact", "value", "pointer", "code"), FAULTS)
def test_wrong_facts_make_no_plan_and_are_told_by_their_place(
    strategy: str, fact: str, value: Any, pointer: str, code: str
) -> None:
    told = {"strategy": strategy, **FACTS_OF[strategy]}
    if not pointer:
        told |= {"internalRule": "staff"} if strategy == "dark-launch" else {}

    problems = plan_from(changed(told, f"/{fact}", value))[1]

    assert (pointer, code) in [(problem.pointer, problem.code) for problem in problems]


@given(facts(), st.sampled_from(sorted(SHAPE)), json_values)
def test_no_json_makes_the_maker_raise(found: dict[str, Any], name: str, value: Any) -> None:
    members, problems = plan_from({**found, name: value})

    assert bool(members) or bool(problems)


@given(json_values)
def test_nothing_at_all_makes_the_check_of_facts_raise(value: Any) -> None:
    assert facts_problems(value)


def test_every_fact_is_read_checked_and_belongs_to_somebody() -> None:
    assert FACTS.keys() == SHAPE.keys() == COMMON.union(*OWN.values())
    assert facts_of({"strategy": "canary", "hold": None}).hold_seconds is None
