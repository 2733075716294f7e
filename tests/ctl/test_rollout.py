"""`flagctl rollout` against a real service: begun, watched to its end, told what to do, and taken back."""

import json
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from flagsvc.ctl.failure import Failure
from flagsvc.ctl.plans import body_of, read_file
from flagsvc.ctl.rollouts import checked_lines
from flagsvc.domain.rollouts.check import plan_problems
from tests.ctl.conftest import ENVIRONMENT
from tests.ctl.program import Flagctl
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually

NewFlag = Callable[..., str]
Start = Callable[..., str]
_numbers = count()


def plan_of(split: str, hold: str, *gates: dict[str, str]) -> dict[str, Any]:
    """Make a canary of two steps, of which the first has these gates."""
    target = {"name": "edge", "kind": "split", "key": split, "candidate": "canary", "baseline": "stable"}
    first = {"name": "25 %", "weights": {"edge": 25_000}, "hold": hold, "gates": list(gates)}
    last = {"name": "everybody", "weights": {"edge": 100_000}, "hold": "0s"}
    return {"strategy": "canary", "targets": [target], "steps": [first, last]}


APPROVAL = {"name": "go", "kind": "approval", "title": "Head of shop"}


@pytest.fixture
def start(ctl: Flagctl, new_split: NewFlag, tmp_path: Path) -> Start:
    """Begin a rollout of a split of its own; gives its key."""

    def begin(*gates: dict[str, str], hold: str = "0s") -> str:
        key, file = f"rollout-{next(_numbers)}", tmp_path / "plan.json"
        file.write_text(json.dumps(plan_of(new_split(), hold, *gates)))
        ctl.good("rollout", "start", "-f", str(file), "--key", key, "--yes", "--release", "2.4.0")
        return key

    return begin


def phase(service: Service, key: str) -> str:
    return str(service.call("GET", f"environments/{ENVIRONMENT}/rollouts/{key}")["status"]["phase"])


def test_a_plan_is_shown_and_nothing_begins(ctl: Flagctl, service: Service, new_split: NewFlag, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(YAML.format(split=new_split()))

    shown = ctl.good("rollout", "plan", "-f", str(tmp_path / "plan.yaml"), "--key", "never", "-o", "table")

    assert shown.out.splitlines()[:3] == [
        f"⟳ never @ {ENVIRONMENT}   ◷ scheduled",
        "├─ · 1   25 %   hold 15m",
        "└─ · 2  100 %   everybody",
    ]
    assert ctl.run("rollout", "status", "never").code == 1


def test_a_plan_that_could_not_begin_says_why_and_ends_with_1(ctl: Flagctl, new_split: NewFlag, tmp_path: Path) -> None:
    split = new_split()
    ctl.good("kill", split, "--split")
    (tmp_path / "plan.json").write_text(json.dumps(plan_of(split, "0s")))

    refused = ctl.run("rollout", "plan", "-f", str(tmp_path / "plan.json"), "-o", "table")

    assert refused.code == 1
    assert "switch it on first" in refused.out + refused.err


def test_what_stands_in_the_way_of_a_plan_is_not_said_to_keep_it_from_beginning(
    ctl: Flagctl, new_split: NewFlag, tmp_path: Path
) -> None:
    """A metric without a past is advice: the rollout begins all the same, and knows nothing yet."""
    metric = {"name": "errors", "kind": "errors", "source": "own"}
    plan = {**plan_of(new_split(), "1h"), "analysis": {"metrics": [metric]}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))

    advised = ctl.run("rollout", "plan", "-f", str(tmp_path / "plan.json"), "-o", "table")
    begun = ctl.run("rollout", "start", "-f", str(tmp_path / "plan.json"), "--key", f"blind-{next(_numbers)}", "--yes")

    assert (advised.code, advised.err) == (1, "flagctl: something stands in its way\n")
    assert begun.code == 0


def test_what_is_told_of_a_plan_are_the_sentences_of_the_check() -> None:
    metric = {"sentences": ["A 4-fold regression is noticed.", "A 2-fold one is not."]}
    preflight = {
        "summary": "It can begin.",
        "findings": [{"level": "warning", "detail": "few requests"}],
        "steps": [{"number": 2, "metrics": [metric]}],
    }

    assert list(checked_lines(preflight)) == [
        "It can begin.",
        "warning: few requests",
        "at the traffic of the last hour:",
        "step 2: A 4-fold regression is noticed.",
        "step 2: A 2-fold one is not.",
    ]


def test_a_rollout_is_begun_and_watched_line_by_line_to_its_success(
    ctl: Flagctl, new_split: NewFlag, tmp_path: Path
) -> None:
    split = new_split()
    (tmp_path / "plan.json").write_text(json.dumps(plan_of(split, "0s")))
    words = ("rollout", "start", "-f", str(tmp_path / "plan.json"), "--yes", "--watch", "-o", "table")

    result = ctl.alone(*words)

    assert result.code == 0, result
    lines = [line.partition("Z ")[2] for line in result.out.splitlines()[1:]]
    assert lines[-1] == "step 2/2 done: 100 %, everybody" or "succeeded" in lines
    assert f"split {split} canary 100 % applied" in lines
    assert f"⟳ {split}-1 @ {ENVIRONMENT}   ◷ scheduled" in result.err


def test_without_anybody_to_ask_nothing_begins(ctl: Flagctl, new_split: NewFlag, tmp_path: Path) -> None:
    split = new_split()
    (tmp_path / "plan.json").write_text(json.dumps(plan_of(split, "0s")))

    result = ctl.run("rollout", "start", "-f", str(tmp_path / "plan.json"))

    assert (result.code, "Begin this?" in result.err) == (2, True)
    assert f"{split}-1" not in ctl.good("rollout", "list", "-o", "name").out


def test_a_terminal_shows_the_tree_until_the_end(ctl: Flagctl, start: Start) -> None:
    key = start(APPROVAL)

    def approve() -> str:
        ctl.good("rollout", "approve", key, "--reason", "fine")
        return ""

    result = ctl.on_terminal("rollout", "watch", key, answers=[("waits for people", approve)])

    assert result.code == 0
    assert "\x1b[33m○\x1b[0m Head of shop" in result.out
    assert f"waits for people: flagctl rollout approve {key} go" in result.out
    assert "✔ succeeded" in result.out
    assert result.out.count("waits for people") <= 3  # drawn again only when it changes


def test_a_rollback_takes_everything_back_without_asking_and_those_who_watch_end_with_6(
    ctl: Flagctl, service: Service, start: Start
) -> None:
    key = start(APPROVAL)
    watching = ctl.begin("rollout", "watch", key)
    eventually(lambda: phase(service, key) == "baking", "the first step")

    result = ctl.good("rollout", "rollback", key, "--reason", "INC-7", "--watch", "-o", "table")

    printed, errors = watching.communicate(timeout=60)
    assert result.out.splitlines()[0].startswith(f"⟳ {key} @ {ENVIRONMENT}   ↩ ")
    assert (watching.returncode, "rolled-back" in printed) == (6, True)
    assert f"{key} is rolled-back: " in errors
    assert "INC-7" in errors
    assert ctl.run("rollout", "watch", key, "-o", "json").code == 6


def test_pause_resume_promote_and_a_gate_without_its_name(ctl: Flagctl, service: Service, start: Start) -> None:
    key = start(APPROVAL, hold="1h")
    eventually(lambda: phase(service, key) == "baking", "the first step")

    ctl.good("rollout", "pause", key)
    assert phase(service, key) == "paused"
    assert f"flagctl rollout resume {key}" in ctl.good("rollout", "status", key, "-o", "table").out
    ctl.good("rollout", "resume", key)
    ctl.good("rollout", "approve", key)
    again = ctl.run("rollout", "approve", key)
    assert (again.code, "no gate waits for people" in again.err) == (2, True)
    full = ctl.run("rollout", "promote", key, "--full")
    assert (full.code, "past all steps" in full.err) == (2, True)
    ctl.good("rollout", "promote", key, "--watch")
    assert phase(service, key) == "succeeded"


def test_a_rejected_gate_takes_it_back_by_its_plan(ctl: Flagctl, service: Service, start: Start) -> None:
    key = start(APPROVAL)
    eventually(lambda: phase(service, key) == "baking", "the first step")

    ctl.good("rollout", "reject", key, "go", "--reason", "not today")

    assert ctl.run("rollout", "watch", key).code == 6


def test_the_log_tells_what_happened_newest_first(ctl: Flagctl, start: Start) -> None:
    key = start()
    ctl.good("rollout", "watch", key)

    entries = ctl.good("rollout", "log", key).json
    lines = ctl.good("rollout", "log", key, "-o", "table").out.splitlines()

    assert [each["number"] for each in entries] == list(range(len(entries), 0, -1))
    assert len(lines) == len(entries)
    assert "the rollout reached its end" in lines[0]
    assert len(ctl.good("rollout", "log", key, "--limit", "2").json) == 2


def test_what_a_rollout_did_is_undone_after_its_end(ctl: Flagctl, service: Service, start: Start) -> None:
    key = start()
    ctl.good("rollout", "watch", key)
    split = service.call("GET", f"environments/{ENVIRONMENT}/rollouts/{key}")["status"]["targets"][0]["key"]

    asked = ctl.run("rollout", "undo", key)
    done = ctl.good("rollout", "undo", key, "--yes", "--reason", "too slow after all")

    assert (asked.code, f"Put split/{split} back" in asked.err) == (2, True)
    assert "who moves: 90.0 % canary → stable, nobody else" in done.err
    default = service.call("GET", f"environments/{ENVIRONMENT}/splits/{split}")["default"]
    assert default["split"]["weights"] == {"canary": 10_000, "stable": 90_000}


def test_several_places_are_undone_the_last_one_first(
    ctl: Flagctl, new_split: NewFlag, new_flag: NewFlag, tmp_path: Path
) -> None:
    split, flag = new_split(), new_flag()
    plan = plan_of(split, "0s")
    plan["targets"].append({"name": "code", "kind": "flag", "key": flag, "candidate": "on", "baseline": "off"})
    plan["steps"][1]["weights"]["code"] = 100_000
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    ctl.good("rollout", "start", "-f", str(tmp_path / "plan.json"), "--key", split, "--yes", "--watch")

    done = ctl.good("rollout", "undo", split, "--yes", "-o", "name")

    assert done.out.splitlines() == [f"flag/{flag}", f"split/{split}"]


def test_what_is_under_way_is_not_undone(ctl: Flagctl, start: Start) -> None:
    key = start(APPROVAL)

    result = ctl.run("rollout", "undo", key, "--yes")

    assert (result.code, f"flagctl rollout rollback {key}" in result.err) == (1, True)


@pytest.mark.parametrize("word", ["status", "watch", "log", "pause", "approve", "rollback", "undo"])
def test_a_rollout_that_is_not_there_is_told_with_the_nearest(ctl: Flagctl, start: Start, word: str) -> None:
    key = start()

    result = ctl.run("rollout", word, f"{key}x", *(["--yes"] if word == "undo" else []))

    assert (result.code, f"Did you mean {key}?" in result.err) == (1, True)


def test_who_stops_watching_is_told_that_it_goes_on(ctl: Flagctl, service: Service, start: Start) -> None:
    key = start(APPROVAL)
    process = ctl.begin("rollout", "watch", key)
    try:
        assert process.stdout is not None
        process.stdout.readline()
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert f"{key} goes on" in errors
    assert f"flagctl rollout rollback {key}" in errors
    assert phase(service, key) == "baking"


def test_what_cools_down_says_how_to_begin_all_the_same(ctl: Flagctl, new_split: NewFlag, tmp_path: Path) -> None:
    first, again = f"hot-{next(_numbers)}", f"hot-{next(_numbers)}"
    (tmp_path / "plan.json").write_text(json.dumps(plan_of(new_split(), "1h")))
    words = ("rollout", "start", "-f", str(tmp_path / "plan.json"), "--yes", "--key")
    ctl.good(*words, first)
    ctl.good("rollout", "rollback", first)
    ctl.run("rollout", "watch", first)

    refused = ctl.run(*words, again)
    planned = ctl.run("rollout", "plan", *words[2:], again)

    assert (refused.code, "--override" in refused.err) == (1, True)
    assert (planned.code, "--override" in planned.err) == (1, True)
    assert ctl.good(*words, again, "--override", "this is the fix").code == 0


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Service]:
    """Start a service of the test's own, to be killed."""
    running = Service({})
    try:
        running.start()
        yield running
    finally:
        running.close()


def test_watching_goes_on_when_the_service_is_killed_and_starts_again(own: Service, tmp_path: Path) -> None:
    variables = {"FLAGSVC_URL": own.url, "FLAGSVC_TOKEN": ADMIN_TOKEN, "FLAGSVC_ENVIRONMENT": ENVIRONMENT}
    ctl = Flagctl(tmp_path, variables)
    body = {"key": "web", "backends": ["stable", "canary"], "stable": "stable", "default": {"serve": "stable"}}
    own.call("POST", f"environments/{ENVIRONMENT}/splits", body)
    (tmp_path / "plan.json").write_text(json.dumps(plan_of("web", "0s", APPROVAL)))
    ctl.good("rollout", "start", "-f", str(tmp_path / "plan.json"), "--key", "r", "--yes")
    eventually(lambda: phase(own, "r") == "baking", "the first step")
    watching = ctl.begin("rollout", "watch", "r")
    assert watching.stdout is not None
    assert watching.stderr is not None
    watching.stdout.readline()

    own.kill()
    said = watching.stderr.readline()
    own.start()
    ctl.good("rollout", "approve", "r")

    printed, _ = watching.communicate(timeout=60)
    assert "Connection refused; trying on" in said
    assert (watching.returncode, "succeeded" in printed) == (0, True)


YAML = """
strategy: canary
targets:
  - {{name: edge, kind: split, key: {split}, candidate: canary, baseline: stable}}
steps:
  - {{name: 25 %, weights: {{edge: 25000}}, hold: 15m}}
  - {{name: everybody, weights: {{edge: 100000}}}}
"""


def test_a_body_is_a_stored_plan_or_a_file_and_options_go_before_it(tmp_path: Path) -> None:
    file = tmp_path / "start.yaml"
    file.write_text("planKey: canary\nkey: a\n")

    assert body_of("canary", "", {"key": "b", "startAt": ""}) == {"planKey": "canary", "key": "b"}
    assert body_of("", str(file), {"key": "b"}) == {"planKey": "canary", "key": "b"}
    for neither_or_both in (("", ""), ("a", str(file))):
        with pytest.raises(Failure, match="one of them"):
            body_of(*neither_or_both, {})


def test_a_file_may_hold_the_plan_as_it_is_kept(ctl: Flagctl, new_split: NewFlag, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(
        json.dumps({"key": "kept", "tags": ["a"], "owner": "me"} | plan_of(new_split(), "0s"))
    )

    shown = ctl.good("rollout", "plan", "-f", str(tmp_path / "plan.json"), "--key", "never", "-o", "name")

    assert shown.out.strip() == "never"


def test_every_example_is_read_as_a_plan() -> None:
    examples = sorted((Path(__file__).parents[2] / "examples/rollouts").glob("*.json"))

    problems = {each.name: plan_problems(body_of("", str(each), {})["plan"]) for each in examples}

    assert set(problems) >= {"canary.json", "blue-green.json", "rolling.json", "recreate.json", "dark-launch.json"}
    assert not any(problems.values())


@pytest.mark.parametrize("text", ["- a", "a: [", "{", "a: &x\n  b: *y\n", "\x00", "a: 1\na: 2\n"])
def test_a_file_that_is_no_plan_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(text)

    with pytest.raises(Failure) as failed:
        read_file(str(file))

    assert (failed.value.code, "\n" in failed.value.detail) == (2, False)
    with pytest.raises(Failure):
        read_file(str(tmp_path / "nowhere"))
