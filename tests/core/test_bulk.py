"""All flags at once."""

from typing import Any

import pytest

from flagsdk.core import Context, evaluate
from flagsdk.core.bulk import rollout_of
from tests.core.making import WHOLE, flag, ruled, snapshot, split

THIRTY = split({"on": 30_000, "off": 70_000})
FLAGS = [
    flag("constant"),
    flag("disabled", enabled=False),
    flag("archived", archived=True),
    flag("broken", type="?"),
    flag("rollout", default=THIRTY),
    flag("whole", default=split({"on": WHOLE})),
    flag("three", default=split({"on": 10, "off": 20}, allocation=[["on", 0, 10], ["off", 10, 20], ["on", 20, WHOLE]])),
    flag("company", default=split({"on": 30_000, "off": 70_000}, by="company")),
    flag(
        "other-hash", default=split({"on": 50, "off": 50}, hash="unleash", allocation=[["on", 0, 50], ["off", 50, 100]])
    ),
    flag("targeted", targets=[{"variant": "on", "units": ["ann"]}], default=THIRTY),
    flag("gated", prerequisites=[{"flag": "rollout", "variants": ["on"]}], default=THIRTY),
    ruled({"attribute": "plan", "op": "exists"}, key="ruled", default=THIRTY),
]
MANY = [
    *(flag(f"targeted-{n}", targets=[{"variant": "on", "units": [f"user-{n}"]}], default=THIRTY) for n in range(4)),
    *(flag(f"by-{n}", default=split({"on": 30_000, "off": 70_000}, by="company", salt=f"salt{n}")) for n in range(4)),
    *(ruled({"attribute": "plan", "op": "in", "values": ["pro", f"p{n}"]}, key=f"ruled-{n}") for n in range(4)),
    *(ruled({"attribute": "size", "op": "in", "values": ["big", f"s{n}"]}, key=f"sized-{n}") for n in range(4)),
    *(ruled({"attribute": "a.b", "op": "lessThan", "values": [n]}, key=f"deep-{n}", default=THIRTY) for n in range(4)),
    *(ruled({"attribute": "plan", "op": "exists"}, key=f"exists-{n}", serve=THIRTY) for n in range(4)),
]
"""Several of each shape, so that loops decide them; two groups differ only in the attribute."""


class Strange(dict[str, Any]):
    """A mapping whose own members cannot be read in the ordinary way."""

    def get(self, key: str, default: Any = None) -> Any:
        raise RuntimeError(key)


CONTEXTS: list[Any] = [
    *(Context(f"user-{number}", company="acme") for number in range(50)),
    Context("é"),
    Context("\ud800"),
    Context(""),
    Context(),
    {"targetingKey": 5},
    {"targetingKey": "user-1"},
    Context("user-2", plan="p2", size="s3", a={"b": 1}, company="é"),
    Context("user-3", plan="pro", size=5, a={"b": "x"}, company=["x"]),
    Context("user-1", plan=None, a=Strange(b=2)),
    Strange(targetingKey="user-1", plan="pro"),
    None,
    42,
]


@pytest.mark.parametrize("context", CONTEXTS)
def test_bulk_leads_to_the_outcome_of_each_single_call(context: Any) -> None:
    loaded = snapshot(*FLAGS, *MANY)

    outcomes = loaded.bulk(context)

    assert outcomes == {key: loaded.decide[key](context) for key in loaded.keys("flag") if key != "archived"}
    assert all(outcome.uses == 1 for outcome in outcomes.values())


def test_flags_of_a_shape_that_read_the_same_are_decided_by_a_loop() -> None:
    everything = snapshot(*FLAGS, *MANY).everything

    assert [len(loop.members) for loop in everything._loops] == [5, 5, 4, 4, 4, 4]  # two of FLAGS are like them
    assert not {key for loop in everything._loops for key, _ in loop.members} & {key for key, _ in everything._others}


def test_only_plain_rollouts_are_taken_apart() -> None:
    loaded = snapshot(*FLAGS)

    assert [key for key in loaded.keys("flag") if rollout_of(key, loaded.compiled("flag", key))] == ["rollout"]


def test_every_call_gives_a_mapping_of_its_own() -> None:
    loaded = snapshot(flag())

    loaded.bulk(Context("ann")).clear()

    assert list(loaded.bulk(Context("ann"))) == ["f"]


def test_bulk_follows_changes() -> None:
    loaded = snapshot(flag("a"), flag("b"))
    loaded.bulk(Context("ann"))

    after = loaded.apply(2, {"flag/a": None})

    assert list(after.bulk(Context("ann"))) == ["b"]
    assert evaluate(after, "a", Context("ann")).error == "FLAG_NOT_FOUND"
