"""A rollout as a picture: what is drawn for which status, and what is said to have changed."""

from typing import Any

import pytest
from rich.console import Console

from flagsvc.ctl.facts import is_over
from flagsvc.ctl.news import news
from flagsvc.ctl.spans import painted, plain
from flagsvc.ctl.tree import PHASES, tree
from tests.ctl.rollouts import NOW, gate, metric, rollout, target


def drawn(found: dict[str, Any]) -> list[str]:
    return [plain(line) for line in tree(found, "production", NOW)]


def test_a_canary_under_way_is_drawn_with_its_steps_figures_and_time_left() -> None:
    found = rollout(
        verdict={
            "kind": "healthy",
            "reason": "no alarm",
            "metrics": [
                metric("error rate", "healthy", 0.0031, 0.0028, ratio=1.107),
                metric("cart", "unknown", None, None, detail="too few"),
            ],
        }
    )
    found["status"]["steps"][0]["gates"] = [gate("smoke", "smoke", "passed"), gate("share", "share", "passed")]
    found["status"]["steps"][3]["gates"] = [gate("go", title="Head of shop")]

    assert drawn(found) == [
        "⟳ checkout-v2 @ production   ◐ baking   step 3/5   target 25 %   actual 24.6 %   04:12 left",
        "├─ ✔ 1    5 %   hold 10m   2/2 passed",
        "├─ ✔ 2   10 %   hold 10m",
        "├─ ◐ 3   25 %   hold 15m",
        "│       error rate  0.31 % vs 0.28 %  1.107 times  healthy",
        "│       cart        too few  unknown",
        "├─ · 4   50 %   Head of shop",
        "└─ · 5  100 %",
        "  verdict: no alarm",
    ]


def test_gates_of_the_step_under_way_are_drawn_with_who_passed_them_and_what_is_to_be_done() -> None:
    found = rollout(verdict={})
    found["status"]["steps"][2]["gates"] = [
        gate("smoke", "smoke", "passed", detail="3 of 3 checks"),
        gate("security", "checklist", "passed", by="ann"),
        gate("go"),
    ]

    assert drawn(found)[4:7] == [
        "│       ✔ smoke  3 of 3 checks",
        "│       ✔ security  by ann",
        "│       ○ go",
    ]
    assert drawn(found)[-1] == "  waits for people: flagctl rollout approve checkout-v2 go"


def test_a_rollback_says_its_cause_and_its_blast_radius() -> None:
    found = rollout(
        "rolled-back",
        cause="errors: 2.31 % vs 0.28 %",
        startedAt="2026-11-22T13:00:00Z",
        endedAt="2026-11-22T14:00:30Z",
        exposure={"requests": 12_400, "bad": 31, "excess": 27.4, "excessLow": 19, "excessHigh": 36, "units": 800},
        targets=[target(weight=0, standing="back")],
        verdict={
            "kind": "unhealthy",
            "reason": "errors",
            "metrics": [metric("error rate", "unhealthy", 0.0231, 0.0028)],
        },
    )

    assert drawn(found) == [
        "⟳ checkout-v2 @ production   ↩ rolled-back   step 3/5   target 0 %   took 1h30s",
        "├─ ✔ 1    5 %   hold 10m",
        "├─ ✔ 2   10 %   hold 10m",
        "├─ ✘ 3   25 %   hold 15m",
        "│       error rate  2.31 % vs 0.28 %  unhealthy",
        "├─ · 4   50 %",
        "└─ · 5  100 %",
        "  cause: errors: 2.31 % vs 0.28 %",
        "  blast radius: 12,400 requests of at most 800 users where judged, 31 bad: 27.4 too many (95 %: 19 to 36)",
    ]


def test_several_targets_are_told_one_by_one_and_a_step_names_those_that_it_moves() -> None:
    targets = [
        target(name="edge", kind="split", key="web", candidate="green", weight=25_000, observed=24_000),
        target(weight=10_000, standing="placed", rule="beta"),
    ]
    found = rollout(targets=targets, verdict={})
    found["status"]["steps"][2]["weights"] = {"edge": {"green": 25_000, "blue": 75_000}, "main": 10_000}
    found["status"]["steps"][3]["weights"] = {"edge": 50_000, "main": {"on": 50_000, "off": 50_000}}

    lines = drawn(found)

    assert "edge 25 %, main 10 %   hold 15m" in lines[3]
    assert "  50 %" in lines[4]
    assert lines[-2:] == [
        "  split web                   green 25 %  actual 24 %  applied",
        "  flag checkout-v2 rule beta  on 10 %  placed",
    ]


def test_gates_before_the_first_step_hang_at_the_top_and_those_of_the_end_at_the_bottom() -> None:
    before = drawn(rollout("preparing", None, gates=[gate("code", "checklist", title="Reviewed")], targets=[]))
    after = drawn(rollout("verifying", 5, gates=[gate("smoke", "smoke")]))

    assert before[1:3] == ["├─ ◐ before", "│       ○ Reviewed"]
    assert after[6:8] == ["└─ ◐ after", "        ○ smoke"]


def test_a_start_that_is_planned_is_told() -> None:
    found = rollout("scheduled", None, startAt="2026-11-22T18:00:00Z", targets=[])

    assert drawn(found)[0] == "⟳ checkout-v2 @ production   ◷ scheduled   starts 2026-11-22T18:00:00Z"


def test_a_pause_says_how_to_go_on() -> None:
    assert drawn(rollout("paused", cause="a gate failed"))[-1] == "  paused: flagctl rollout resume checkout-v2"


@pytest.mark.parametrize("phase", PHASES)
def test_a_status_of_any_phase_with_nothing_else_is_drawn(phase: str) -> None:
    first, *rest = drawn({"key": "x", "status": {"phase": phase}})

    assert len(rest) == (phase == "paused")
    assert first == f"⟳ x @ production   {PHASES[phase][0]} {phase}"


def test_a_phase_of_a_later_release_is_drawn_as_it_is_called() -> None:
    assert drawn({"key": "x", "status": {"phase": "dozing"}}) == ["⟳ x @ production   ? dozing"]
    assert drawn({}) == ["⟳  @ production   ? unknown"]


def test_foreign_texts_cannot_steer_the_terminal() -> None:
    found = rollout(cause="\x1b[2Jgone\nand more", warnings=["\x07bell"])

    picture = "\n".join(drawn(found))
    assert "  cause: [2Jgone and more\n" in picture
    assert "  ! bell" in picture
    assert all(line.isprintable() for line in [*drawn(found), *news(None, found, NOW)])


def test_only_three_phases_are_the_end_and_one_of_them_is_a_success() -> None:
    ended = {phase: is_over(rollout(phase)) for phase in PHASES}

    assert {phase: over for phase, over in ended.items() if over is not None} == {
        "succeeded": True,
        "rolled-back": False,
        "aborted": False,
    }


def test_the_picture_in_colour_has_the_same_words() -> None:
    found = rollout()
    console = Console(width=200, color_system="standard", force_terminal=True, legacy_windows=False)

    with console.capture() as captured:
        console.print(painted(tree(found, "production", NOW)))

    assert "\x1b[33m◐ baking\x1b[0m" in captured.get()
    assert painted(tree(found, "production", NOW)).plain.rstrip() == "\n".join(drawn(found))


def test_nothing_new_is_no_line() -> None:
    assert news(rollout(), rollout(), NOW) == []


def test_each_change_is_one_line_with_the_time() -> None:
    before = rollout("baking", 2, targets=[target(weight=10_000)])
    after = rollout("moving", 3, targets=[target(weight=25_000, standing="placed")], warnings=["few requests"])

    assert news(before, after, NOW) == [
        "2026-11-22T14:05:00Z moving",
        "2026-11-22T14:05:00Z step 2/5 done: 10 %, hold 10m",
        "2026-11-22T14:05:00Z step 3/5 begins: 25 %, hold 15m",
        "2026-11-22T14:05:00Z flag checkout-v2 on 25 % placed",
        "2026-11-22T14:05:00Z warning: few requests",
    ]


def test_the_first_answer_tells_what_is_so_now_and_not_what_has_yet_to_come() -> None:
    first = rollout("baking", 1, targets=[target(weight=5_000)])
    first["status"]["steps"][3]["gates"] = [gate("later")]
    first["status"]["steps"][0]["gates"] = [gate("go")]

    assert [line.split(" ", 1)[1] for line in news(None, first, NOW)] == [
        "baking",
        "step 1/5 begins: 5 %, hold 10m",
        "flag checkout-v2 on 5 % applied",
        "gate go open",
    ]


def test_a_gate_that_passed_and_a_verdict_are_told_with_their_figures() -> None:
    before, after = rollout(), rollout()
    before["status"]["steps"][2]["gates"] = [gate("go")]
    after["status"]["steps"][2]["gates"] = [gate("go", standing="passed", by="ann", detail="fine")]
    after["status"]["verdict"] = {
        "kind": "unhealthy",
        "reason": "errors",
        "metrics": [metric("error rate", "unhealthy", 0.0231, 0.0028)],
    }

    assert [line.split(" ", 1)[1] for line in news(before, after, NOW)] == [
        "gate go passed by ann: fine",
        "unhealthy: errors",
        "error rate  2.31 % vs 0.28 %  unhealthy",
    ]


def test_the_end_tells_the_blast_radius_once() -> None:
    exposure = {"requests": 100, "bad": 3, "excess": 2.5}
    before, after = rollout("rolling-back", exposure=exposure), rollout("rolled-back", exposure=exposure, cause="bad")

    said = [line.split(" ", 1)[1] for line in news(before, after, NOW)]

    assert said == ["rolled-back: bad", "blast radius: 100 requests where judged, 3 bad: 2.5 too many"]
    assert news(after, after, NOW) == []


def test_on_the_way_back_no_step_is_said_to_begin() -> None:
    said = news(None, rollout("rolling-back", 2, cause="errors"), NOW)

    assert [line for line in said if "begins" in line] == []
    assert any(line.endswith("step 1/5 done: 5 %, hold 10m") for line in said)
