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
CONTEXTS: list[Any] = [
    *(Context(f"user-{number}", company="acme") for number in range(50)),
    Context("é"),
    Context("\ud800"),
    Context(""),
    Context(),
    {"targetingKey": 5},
    {"targetingKey": "user-1"},
    None,
    42,
]


@pytest.mark.parametrize("context", CONTEXTS)
def test_bulk_leads_to_the_outcome_of_each_single_call(context: Any) -> None:
    loaded = snapshot(*FLAGS)

    outcomes = loaded.bulk(context)

    assert outcomes == {key: loaded.decide[key](context) for key in loaded.keys("flag") if key != "archived"}


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
