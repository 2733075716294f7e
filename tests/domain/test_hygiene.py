"""Which flags are called stale, for which reasons, and since when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flagsvc.domain.hygiene import ADVICE, Flag, Place, reasons_of
from flagsvc.domain.instants import text_of

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
DAYS = 30


def _ago(days: float) -> str:
    return text_of(NOW - timedelta(days=days))


def _place(environment: str = "prod", state: str = "on", **members: Any) -> Place:
    cells: dict[str, dict[str, Any]] = {
        "on": {"enabled": True, "serves": "on", "weights": None},
        "off": {"enabled": False, "serves": "off", "weights": None},
        "split": {"enabled": True, "serves": None, "weights": {"on": 25_000, "off": 75_000}},
        "rules": {"enabled": True, "serves": "on", "weights": None},
    }
    cell = {"state": state, **cells[state], **members.pop("cell", {})}
    given = {"changed_at": _ago(40), "evaluated_at": _ago(0), **members}
    return Place(environment=environment, cell=cell, **given)


def _flag(*places: Place, **members: Any) -> Flag:
    return Flag(**{"created_at": _ago(100), "expires": None, "places": places, **members})


def _codes(flag: Flag) -> list[str]:
    return [reason.code for reason in reasons_of(flag, NOW, DAYS)]


def test_a_flag_in_use_is_not_stale() -> None:
    assert _codes(_flag(_place(state="rules"), _place("dev"))) == []


def test_never_evaluated_is_what_no_client_reported_in_any_environment() -> None:
    never = _flag(_place(state="rules", evaluated_at=None), _place("dev", "rules", evaluated_at=None))

    [reason] = reasons_of(never, NOW, DAYS)

    assert (reason.code, reason.environment, reason.since) == ("never-evaluated", None, _ago(100))
    assert "as far as clients have reported" in reason.detail
    assert _codes(_flag(_place(state="rules"), _place("dev", "rules", evaluated_at=None))) == []


@pytest.mark.parametrize(("days", "codes"), [(30, ["not-evaluated"]), (29, [])])
def test_not_evaluated_counts_from_the_last_time_anywhere(days: int, codes: list[str]) -> None:
    flag = _flag(_place(state="rules", evaluated_at=_ago(60)), _place("dev", "rules", evaluated_at=_ago(days)))

    assert _codes(flag) == codes


def test_off_everywhere_is_off_in_all_environments_for_long() -> None:
    old, young = _place(state="off"), _place("dev", "off", changed_at=_ago(10))

    assert _codes(_flag(old, _place("dev", "off"))) == ["off-everywhere"]
    assert _codes(_flag(old, young)) == []
    assert _codes(_flag(old, _place("dev", "rules"))) == []


def test_rolled_out_says_where_and_since_when() -> None:
    flag = _flag(_place(), _place("dev", "off"), _place("qa", changed_at=_ago(50)))

    found = reasons_of(flag, NOW, DAYS)

    assert [(each.code, each.environment, each.since) for each in found] == [
        ("fully-rolled-out", "prod", _ago(40)),
        ("fully-rolled-out", "qa", _ago(50)),
    ]


@pytest.mark.parametrize(
    "other",
    [
        _place("qa", "split", changed_at=_ago(1)),
        _place("qa", "rules"),
        _place("qa", cell={"serves": "off"}),
        _place("qa", changed_at=_ago(29)),
        _place("qa", moved=True),
    ],
    ids=["split", "rules", "another variant", "changed lately", "moved by a rollout"],
)
def test_what_another_environment_still_decides_is_not_rolled_out(other: Place) -> None:
    assert _codes(_flag(_place(), other)) == []


def test_a_split_that_nobody_moves_is_left_over() -> None:
    left = _place(state="split")

    [reason] = reasons_of(_flag(left), NOW, DAYS)

    assert (reason.code, reason.environment) == ("unchanged", "prod")
    assert reason.detail.startswith("Left at 25 % on, 75 % off")
    assert _codes(_flag(replace(left, moved=True))) == []
    assert _codes(_flag(replace(left, changed_at=_ago(29)))) == []


@pytest.mark.parametrize(
    ("expires", "expired"),
    [
        ("2026-06-29", True),
        ("2026-06-30", False),
        ("2026-06-30T12:00:00Z", True),
        ("2026-06-30T12:00:01Z", False),
        ("2026-06-30T13:59:00+02:00", True),
        ("9999-12-31", False),
    ],
)
def test_a_flag_expires_with_its_time_or_at_the_end_of_its_day(expires: str, expired: bool) -> None:  # noqa: FBT001
    found = reasons_of(_flag(_place(state="rules"), created_at=_ago(1), expires=expires), NOW, DAYS)

    assert [(each.code, each.since) for each in found] == ([("expired", expires)] if expired else [])


def test_a_young_flag_is_left_alone() -> None:
    assert _codes(_flag(_place(state="off", evaluated_at=None), created_at=_ago(29))) == []


def test_reasons_come_in_the_order_of_the_advice() -> None:
    codes = _codes(_flag(_place(state="off", evaluated_at=None), expires="2026-01-01"))

    assert codes == ["never-evaluated", "off-everywhere", "expired"]
    assert codes == [code for code in ADVICE if code in codes]
