"""Prerequisites: at any depth, in any shape, never round in a circle."""

from typing import Any

import pytest

from flagsdk.core import Context, Decision, Reason, evaluate
from flagsdk.core.explain import explain, explained
from tests.core.making import WHOLE, flag, snapshot, split

ANN = Context("ann")


def _needs(*parents: str, variants: tuple[str, ...] = ("on",)) -> list[dict[str, Any]]:
    return [{"flag": parent, "variants": list(variants)} for parent in parents]


def _decided(*flags: dict[str, Any], key: str = "f", context: Any = ANN) -> Decision:
    loaded = snapshot(*flags)
    decision = evaluate(loaded, key, context)
    assert decision == explained(loaded, key, context)
    return decision


def test_met_prerequisites_let_the_flag_decide() -> None:
    decision = _decided(flag(prerequisites=_needs("p", "q")), flag("p"), flag("q"))

    assert (decision.variant, decision.reason, decision.prerequisite) == ("on", "DEFAULT", None)


@pytest.mark.parametrize(
    "parents",
    [
        [],
        [flag("p", archived=True)],
        [flag("p", enabled=False, offVariant="on")],
        [flag("p", default={"serve": "off"})],
        [flag("p", type="unknown")],
        [flag("p", default=split({"on": WHOLE}, by="absent"), offVariant="on")],
        [flag("p", default=split({"on": WHOLE}, hash="later"), offVariant="on")],
        [flag("p", prerequisites=_needs("p"), offVariant="on")],
        [flag("p", prerequisites=_needs("missing"))],
    ],
)
def test_an_unmet_prerequisite_serves_the_off_variant_and_is_named(parents: list[dict[str, Any]]) -> None:
    decision = _decided(flag(prerequisites=_needs("p")), *parents)

    assert decision == Decision(value=False, variant="off", reason=Reason.DEFAULT, revision=1, prerequisite="p")


def test_the_first_unmet_prerequisite_is_named() -> None:
    documents = [flag(prerequisites=_needs("p", "q", "r")), flag("p"), flag("q", default={"serve": "off"})]

    assert _decided(*documents).prerequisite == "q"


def test_prerequisites_come_before_targets_and_after_the_switch() -> None:
    targets = [{"variant": "on", "units": ["ann"]}]

    assert _decided(flag(prerequisites=_needs("p"), targets=targets)).prerequisite == "p"
    assert _decided(flag(prerequisites=_needs("p"), enabled=False)).reason == "DISABLED"


def test_a_parent_that_serves_a_listed_off_variant_is_met() -> None:
    parent = flag("p", prerequisites=_needs("missing"))

    assert _decided(flag(prerequisites=_needs("p", variants=("on", "off"))), parent).variant == "on"


def test_no_variant_listed_is_never_met() -> None:
    assert _decided(flag(prerequisites=_needs("p", variants=())), flag("p")).prerequisite == "p"


def _chain(length: int, **last: Any) -> list[dict[str, Any]]:
    links = [flag(f"f{number}", prerequisites=_needs(f"f{number + 1}")) for number in range(length)]
    return [*links, flag(f"f{length}", **last)]


@pytest.mark.parametrize("length", [1, 15, 16, 17, 3000])
def test_any_depth_is_evaluated(length: int) -> None:
    rollout = split({"on": 50_000, "off": 50_000})
    loaded = snapshot(*_chain(length, default=rollout))

    for unit in ("ann", "bob", "carl", "dora"):
        context = Context(unit)
        parent, child = evaluate(loaded, f"f{length}", context), evaluate(loaded, "f0", context)
        assert child == explained(loaded, "f0", context)
        assert (child.variant, child.prerequisite) == (parent.variant, None if parent.value else "f1")


def test_diamonds_are_evaluated_once_per_flag() -> None:
    """Sixty doublings would never end if each parent were asked by each child."""
    layers = [
        flag(f"{side}{level}", prerequisites=_needs(f"l{level + 1}", f"r{level + 1}"))
        for level in range(60)
        for side in "lr"
    ]
    loaded = snapshot(*layers, flag("l60"), flag("r60", default=split({"on": 50_000, "off": 50_000})))

    for unit in ("ann", "bob", "carl"):
        last, first = evaluate(loaded, "r60", Context(unit)), evaluate(loaded, "l0", Context(unit))
        assert first == explained(loaded, "l0", Context(unit))
        assert first.value is last.value
        assert first.prerequisite == (None if last.value else "l1")


def test_a_flag_in_a_circle_is_an_error_and_rests_safe() -> None:
    loaded = snapshot(
        flag("a", prerequisites=_needs("b")),
        flag("b", prerequisites=_needs("c")),
        flag("c", prerequisites=_needs("a")),
        flag("d", prerequisites=_needs("a")),
        flag("e", prerequisites=_needs("e")),
    )

    for order in ("abcde", "edcba"):
        for key in order:
            decision = evaluate(loaded, key, ANN)
            assert decision == explained(loaded, key, ANN)
            assert decision.variant == "off"
            assert decision.error == (None if key == "d" else "GENERAL")


def test_a_disabled_flag_breaks_the_circle() -> None:
    documents = [flag(prerequisites=_needs("g")), flag("g", enabled=False, prerequisites=_needs("f"))]

    assert _decided(*documents) == Decision(
        value=False, variant="off", reason=Reason.DEFAULT, revision=1, prerequisite="g"
    )


def test_a_trace_nests_each_parent_once() -> None:
    documents = [
        flag(prerequisites=_needs("p", "q")),
        flag("p", prerequisites=_needs("base")),
        flag("q", prerequisites=_needs("base")),
        flag("base"),
    ]

    trace = explain(snapshot(*documents), "f", ANN)

    enabled, p, q, default, *_ = trace["steps"]
    assert (enabled["step"], p["flag"], q["flag"], default["step"]) == ("enabled", "p", "q", "default")
    assert p["steps"][1]["steps"] == [{"step": "enabled", "outcome": "true"}, {"step": "default"}]
    assert q["steps"][1]["steps"] == []
    assert q["steps"][1]["decision"]["variant"] == "on"


def test_a_trace_of_great_depth_stays_writable() -> None:
    trace = explain(snapshot(*_chain(3000)), "f0", ANN)

    depth, steps = 0, trace["steps"]
    while len(steps) > 1 and steps[1]["step"] == "prerequisite":
        depth, steps = depth + 1, steps[1]["steps"]
    assert depth == 33
