"""What the cell of a flag says, state by state."""

from typing import Any

import pytest

from flagsvc.domain.cells import cell_of, moved_state, served_by

RULE = {"id": "r", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": "on"}
UNITS = {"variant": "on", "units": ["u1"]}
QUARTER = {"split": {"weights": {"on": 25_000, "off": 75_000}}}
ALL = {"split": {"weights": {"on": 100_000, "off": 0}}}


def _cell(**members: Any) -> dict[str, Any]:
    flag = {"enabled": True, "offVariant": "off", "default": {"serve": "on"}, "rules": [], "targets": []}
    return cell_of({**flag, **members})


@pytest.mark.parametrize(
    ("members", "state", "serves"),
    [
        ({}, "on", "on"),
        ({"default": ALL}, "on", "on"),
        ({"default": QUARTER}, "split", None),
        ({"default": QUARTER, "rules": [RULE]}, "rules", None),
        ({"rules": [RULE]}, "rules", "on"),
        ({"targets": [UNITS]}, "rules", "on"),
        ({"enabled": False, "rules": [RULE]}, "off", "off"),
        ({"archived": True}, "off", None),
    ],
)
def test_the_first_state_that_holds_is_told(members: dict[str, Any], state: str, serves: str | None) -> None:
    cell = _cell(**members)

    assert (cell["state"], cell["serves"]) == (state, serves)


def test_weights_are_told_only_of_what_serves_several_variants() -> None:
    assert served_by(QUARTER) == (None, {"on": 25_000, "off": 75_000})
    assert served_by(ALL) == ("on", None)
    assert _cell(enabled=False, default=QUARTER)["weights"] is None


def test_rules_and_listed_units_are_counted() -> None:
    cell = _cell(rules=[RULE, RULE], targets=[UNITS])

    assert (cell["rules"], cell["targets"]) == (2, 1)


@pytest.mark.parametrize(
    ("state", "phase", "told"),
    [
        ("split", "baking", "rollout"),
        ("split", "scheduled", "split"),
        ("split", None, "split"),
        ("off", "baking", "off"),
    ],
)
def test_a_rollout_that_has_begun_comes_before_all_but_off(state: str, phase: str | None, told: str) -> None:
    assert moved_state(state, phase) == told
