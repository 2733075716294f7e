"""The picture in terminals of all sizes: it fills them, nothing wraps, and what matters is always there."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from examples.demo.scene import Scene
from examples.demo.tally import Reading
from examples.demo.view import picture
from tests.demo.scenes import CAUSE, rollout, scene

SIZES = ((80, 24), (81, 25), (100, 30), (111, 40), (112, 26), (140, 36), (220, 60))


def drawn(shown: Scene, width: int, height: int, **options: Any) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, height=height, **options).print(picture(shown, width, height))
    return out.getvalue().rstrip("\n").split("\n")


@pytest.mark.parametrize("phase", ["baking", "rolled-back"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_picture_fills_its_terminal_and_nothing_in_it_is_wider(width: int, height: int, phase: str) -> None:
    lines = drawn(scene(phase), width, height)

    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_phase_cause_shares_errors_and_the_last_entry_are_there_in_every_size(width: int, height: int) -> None:
    lines = drawn(scene("rolled-back"), width, height)
    text = " ".join(" ".join(lines).replace("│", " ").split())

    for words in ("rolled-back", f"cause: {CAUSE[:50]}", "blast radius: 512 requests", "v2 stable", "v3 canary"):
        assert words in text, words
    for words in ("75.1%", "24.9%", "22.0%", "180 requests/s", "flag gift-cards: on for 24.8%", "all in the canary"):
        assert words in text, words
    assert "entry 11" in text
    assert "1:12" in lines[0]


def test_a_heading_that_is_too_long_goes_on_in_the_next_line() -> None:
    narrow = drawn(scene("baking"), 80, 24)
    wide = drawn(scene("baking"), 160, 40)

    assert any("◐ baking" in line and "step 3/5" not in line for line in narrow)
    assert any("◐ baking" in line and "step 3/5" in line and "00:04 left" in line for line in wide)


def test_steps_to_come_give_way_to_what_has_happened() -> None:
    crowded = scene("rolled-back")

    assert not any("· 5" in line for line in drawn(crowded, 80, 24))
    assert any("· 5" in line for line in drawn(crowded, 80, 50))


def test_there_is_a_picture_before_there_is_anything() -> None:
    lines = drawn(Scene(), 80, 24)

    assert len(lines) == 24
    assert any("No rollout yet" in line for line in lines)


def test_visitors_with_the_flag_outside_the_canary_are_said() -> None:
    shown = scene("baking")
    strayed = replace(shown.reading, features={("gift-cards", "v3"): 130, ("gift-cards", "v2"): 4})

    lines = drawn(replace(shown, reading=strayed), 120, 30)

    assert any("4 outside the canary" in line for line in lines)


@pytest.mark.parametrize(("e", "filled", "figure"), [(0.5, 0.0, " 0"), (10.0, 0.5, " 10"), (2e7, 1.0, " 99,999")])
@pytest.mark.parametrize(("width", "cells"), [(80, 34), (120, 35)])
def test_evidence_grows_by_the_same_length_for_each_tenfold(
    e: float, filled: float, figure: str, width: int, cells: int
) -> None:
    shown = scene("baking")
    assert shown.rollout
    status = {**shown.rollout["status"], "verdict": {"kind": "healthy", "e": e}}

    lines = drawn(replace(shown, rollout={**shown.rollout, "status": status}), width, 30)

    (place,) = [number for number, line in enumerate(lines) if "evidence against v3" in line]
    bar = lines[place + (width == 120)].rpartition("│")[0]
    assert figure in bar
    assert abs(bar.count("█") - filled * cells) <= 1


def test_requests_without_an_answer_are_said_in_every_size() -> None:
    for width, height in SIZES:
        shown = replace(scene("baking"), reading=Reading(per_second=180, unanswered=7, total=900))

        assert any("7 unanswered" in line for line in drawn(shown, width, height)), width


def test_without_colour_nothing_is_coloured_and_everything_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    lines = drawn(scene("baking"), 120, 30, force_terminal=True, color_system="truecolor")

    assert not any("\x1b[3" in line or "38;2" in line for line in lines)
    assert any("22.00 % vs 0.40 %" in line for line in lines)


def test_a_version_in_both_places_is_shown_once() -> None:
    promoted = replace(scene("baking"), places={"stable": "v2", "canary": "v2"}, rollout=rollout("baking"))

    lines = drawn(replace(promoted, reading=Reading(shares={"v2": 1.0})), 120, 30)

    assert sum("v2 stable + canary" in line for line in lines) == 1
