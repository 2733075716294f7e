"""The table of docs/who-moves.md: ours at the minimum on every row, and the kept result the current one."""

from pathlib import Path

import pytest

from scripts import who_moves

DOCS = Path(__file__).parents[2] / "docs" / "who-moves.md"
PUBLISHED = {
    "90/5/5 → 80/10/10": (10.0, 15.0, 15.0, 15.0),
    "25x4 → 15/25/25/35": (10.0, 30.0, 10.0, 30.0),
    "25x4 → 20x5 (add an arm)": (20.0, 50.0, 35.0, 50.0),
    "10x10, one point first → last": (1.0, 9.0, 1.0, 9.0),
    "two arms 50/50 → 49/51": (1.0, 1.0, 1.0, 1.0),
    "exposure 10 → 20 → 15 %, last step": (5.0, 7.5, 7.5, 12.5),
    "exposure 10 → 20 %, then 50/50 → 60/40": (2.0, 2.0, 2.0, 8.0),
    "exposure 5→10→20→40→80, then 79 %": (1.0, 1.5, 1.5, 40.5),
}
"""Needed, contiguous, Flagsmith, Featurevisor: computed by hand from each one's rule, in per cent of all users."""


@pytest.mark.parametrize("change", who_moves.CHANGES, ids=lambda change: change.title)
def test_every_layout_moves_what_its_rule_says(change: who_moves.Change) -> None:
    needed, *others = PUBLISHED[change.title]

    moved = {name: len(who_moves.differing(layout(change.steps))) for name, layout in who_moves.LAYOUTS.items()}

    assert moved == dict(zip(who_moves.LAYOUTS, (round(share * 1_000) for share in (*others, needed)), strict=True))
    assert who_moves.needed(change) == round(needed * 1_000)


def test_a_small_run_prints_a_row_per_change(capsys: pytest.CaptureFixture[str]) -> None:
    who_moves.main(["--units", "500"])

    assert capsys.readouterr().out.count("\n") == len(who_moves.CHANGES) + 2


def test_a_layout_that_moves_too_much_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(who_moves.LAYOUTS, "flagsvc", who_moves.contiguous)

    with pytest.raises(AssertionError, match="15000 buckets moved, 10000 needed"):
        who_moves.rows(10)


def test_the_documented_result_is_what_the_documented_command_prints() -> None:
    text = DOCS.read_text(encoding="utf-8")

    assert "scripts/who_moves.py --units 100000" in text
    assert who_moves.table_text(100_000) in text
