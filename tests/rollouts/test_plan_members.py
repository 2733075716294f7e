"""Plans as members: what is written is read back the same, every fault is found at once, and nothing raises."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flagsvc.domain.durations import MAX_LENGTH, duration_of, seconds_of
from flagsvc.domain.rollouts.check import plan_problems
from flagsvc.domain.rollouts.plan import Plan, Step
from flagsvc.domain.rollouts.reading import PLAN, plan_members, plan_of, plan_part
from tests.rollouts.plans import FULL, PLAIN, changed, json_values, places, plans

MICROSECOND = 0.000001


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900),
        ("1h30m", 5400),
        ("90s", 90),
        ("500ms", 0.5),
        ("0s", 0),
        ("1d12h", 129_600),
        ("1.5h", 5400),
        ("0.25ms", 0.00025),
        ("1d1h1m1s1ms", 90_061.001),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "15", "m", "1m1h", "1m1m", "-1s", "+1s", "1e3s", "1.s", ".5s", "1..5s", "1.2.3s", "1 m", "1M", "1us"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration with a unit"):
        seconds_of(text)


@pytest.mark.parametrize("text", ["٣s", "1m ", "1mm", "9" * MAX_LENGTH + "s", "1/2s", "1_0s", "infs", "nans"])
def test_no_number_of_another_sort_is_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match="duration with a unit"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (90, "1m30s"),
        (5400, "1h30m"),
        (86_400, "1d"),
        (0.5, "500ms"),
        (61.25, "1m1s250ms"),
        (5e-4, "0.0005s"),
    ],
)
def test_a_duration_is_written_as_people_write_it(seconds: float, text: str) -> None:
    assert duration_of(seconds) == text


@given(st.floats(MICROSECOND, 1e9) | st.integers(0, 10**12).map(lambda count: count / 1000))
def test_a_duration_that_is_written_is_read_back_exactly(seconds: float) -> None:
    assert seconds_of(duration_of(seconds)) == seconds


@given(st.text("0123456789.dhms", max_size=12))
def test_whatever_looks_like_a_duration_is_one_or_is_refused(text: str) -> None:
    try:
        seconds = seconds_of(text)
    except ValueError:
        return
    assert seconds >= 0


@given(plans())
def test_a_plan_that_is_written_is_read_back_the_same(plan: Plan) -> None:
    members = json.loads(json.dumps(plan_members(plan)))

    assert plan_of(members) == plan
    assert plan_problems(members) == []


def test_a_plan_with_every_member_is_read_and_written() -> None:
    plan = plan_of(FULL)

    assert plan_problems(FULL) == []
    assert plan.target("code").rule == "beta"
    assert plan.steps[0].hold_seconds == 900
    assert plan.steps[0].weights["code"] == {"on": 5_000, "off": 95_000}
    assert plan.steps[0].gates[2].checks[0].timeout_seconds == 0.5
    assert plan.steps[1].name == "step 2"
    assert plan.analysis
    assert [metric.guard for metric in plan.analysis.metrics] == [2.0, 1.25, 0.1, 0.0]
    assert plan_of(plan_members(plan)) == plan


def test_what_is_left_out_has_the_default() -> None:
    plan = plan_of(PLAIN)

    assert plan == Plan(
        strategy="canary", targets=plan.targets, steps=(Step(name="step 1", weights={"edge": 100_000}),)
    )
    written = plan_members(plan)
    assert written["onFailure"] == "rollback"
    assert written["applyWithin"] == "2m"
    assert "before" not in written


def test_a_document_is_more_than_its_plan() -> None:
    document = {"key": "web", "tags": ["a"], "version": 3, **PLAIN}

    assert plan_part(document) == PLAIN
    assert plan_of(document) == plan_of(PLAIN)
    assert set(PLAN) >= set(FULL)


FREE = "/steps/0/gates/3/hook/body"
URL = "/steps/0/hook/url"
CHECK = "/steps/0/gates/2/checks/0"
METRIC = "/analysis/metrics"
FAULTS: list[tuple[str, Any, str, str, str]] = [
    # where FULL is changed, to what; pointer, code, words of the sentence
    ("", None, "", "wrong-type", "an object"),
    ("", [], "", "wrong-type", "an object"),
    ("/colour", 1, "/colour", "unknown-member", "no member 'colour'"),
    ("/step", [], "/step", "unknown-member", "did you mean 'steps'?"),
    ("/format", 2, "/format", "unknown-format", "format 1, not 2"),
    ("/format", True, "/format", "unknown-format", "not True"),
    ("/strategy", "cannary", "/strategy", "unknown-word", "did you mean 'canary'?"),
    ("/strategy", ..., "/strategy", "missing", "missing"),
    ("/onFailure", "stop", "/onFailure", "unknown-word", "rollback"),
    ("/applyWithin", "500ms", "/applyWithin", "out-of-range", "from 1s to 90d"),
    ("/cooldown", 1800, "/cooldown", "wrong-type", '"15m"'),
    ("/cooldown", "91d", "/cooldown", "out-of-range", "0s to 90d"),
    ("/reminder", "x" * 1001, "/reminder", "wrong-length", "1000"),
    ("/targets", [], "/steps/0/weights/edge", "unknown-target", "no target 'edge'."),
    ("/back", "hooks", "/back", "unknown-word", "did you mean 'hooks-first'?"),
    ("/targets", {}, "/targets", "wrong-type", "a list"),
    ("/targets/0/name", "a b", "/targets/0/name", "bad-name", "form of a key"),
    ("/targets/1/name", "edge", "/targets/1/name", "duplicate", "target 'edge'"),
    ("/targets/0/kind", "flags", "/targets/0/kind", "unknown-word", "did you mean 'flag'?"),
    ("/targets/0/key", "-", "/targets/0/key", "bad-key", "A-Z"),
    ("/targets/0/candidate", "stable", "/targets/0/candidate", "same", "must differ"),
    ("/targets/0/candidate", "", "/targets/0/candidate", "wrong-length", "1 to 100"),
    ("/targets/0/colour", 1, "/targets/0/colour", "unknown-member", "colour"),
    ("/targets/2", {**FULL["targets"][0], "name": "more"}, "/targets/2", "duplicate", "split checkout"),
    ("/targets/2", {**FULL["targets"][0], "name": "more", "key": "k"}, "/targets/2", "never-moved", "'more'"),
    ("/steps", [], "/steps", "empty", "At least one"),
    ("/steps", [FULL["steps"][0]] * 101, "/steps", "too-many", "At most 100"),
    ("/steps/0/name", "", "/steps/0/name", "wrong-length", "1 to 100"),
    ("/steps/0/weights/egde", 1, "/steps/0/weights/egde", "unknown-target", "did you mean 'edge'?"),
    ("/steps/0/weights/edge", 100_001, "/steps/0/weights/edge", "wrong-type", "from 0 to 100000"),
    ("/steps/0/weights/edge", -1, "/steps/0/weights/edge", "wrong-type", "from 0 to 100000"),
    ("/steps/0/weights/edge", 5.0, "/steps/0/weights/edge", "wrong-type", "an integer"),
    ("/steps/0/weights/edge", True, "/steps/0/weights/edge", "wrong-type", "an integer"),
    ("/steps/0/weights/code/on", 6_000, "/steps/0/weights/code", "wrong-sum", "101000"),
    ("/steps/0/weights/code/on", 4_000, "/steps/0/weights/code", "wrong-sum", "99000"),
    ("/steps/0/weights/code/", 0, "/steps/0/weights/code/", "wrong-length", "1 to 100"),
    ("/steps/0/weights/code/on", "1", "/steps/0/weights/code/on", "wrong-type", "an integer"),
    ("/steps/0/weights", [], "/steps/0/weights", "wrong-type", "an object"),
    ("/steps/0/hold", 900, "/steps/0/hold", "wrong-type", '"15m"'),
    ("/steps/0/hold", "15", "/steps/0/hold", "wrong-type", '"15m"'),
    ("/steps/0/hold", "90d1ms", "/steps/0/hold", "out-of-range", "90d"),
    ("/steps/0/gates/1/name", "healthy", "/steps/0/gates/1/name", "duplicate", "gate 'healthy'"),
    ("/steps/0/gates/1/kind", "shared", "/steps/0/gates/1/kind", "unknown-word", "did you mean 'share'?"),
    (
        "/steps/0/gates/1/checks",
        FULL["steps"][0]["gates"][2]["checks"],
        "/steps/0/gates/1/checks",
        "misplaced",
        "smoke",
    ),
    ("/steps/0/gates/2/checks", [], "/steps/0/gates/2/checks", "missing", "needs 'checks'"),
    ("/steps/0/gates/3/hook", ..., "/steps/0/gates/3/hook", "missing", "needs 'hook'"),
    ("/steps/0/gates/3/hook", None, "/steps/0/gates/3/hook", "missing", "needs 'hook'"),
    ("/steps/0/gates/2/attempts", 0, "/steps/0/gates/2/attempts", "wrong-type", "from 1 to 100"),
    ("/steps/0/gates/1/deadline", "91d", "/steps/0/gates/1/deadline", "out-of-range", "90d"),
    ("/before/0/kind", "analysis", "/before/0/kind", "misplaced", "Nothing has moved yet"),
    ("/before/0/kind", "share", "/before/0/kind", "misplaced", "Nothing has moved yet"),
    ("/before/1", FULL["before"][0], "/before/1/name", "duplicate", "gate 'tests'"),
    ("/analysis", ..., "/steps/0/gates/0/kind", "no-analysis", "no 'analysis'"),
    ("/analysis", None, "/steps/0/gates/0/kind", "no-analysis", "no 'analysis'"),
    (URL, "ftp://x", URL, "bad-url", "http://"),
    (URL, "https://", URL, "bad-url", "no host"),
    (URL, "https://:80/", URL, "bad-url", "no host"),
    (URL, "https://a:b@x/", URL, "bad-url", "send a header"),
    (URL, "https://x/ y", URL, "bad-url", "%XX"),
    (URL, "https://x/#top", URL, "bad-url", "fragments"),
    (URL, "https://x:0/", URL, "bad-url", "1 to 65535"),
    (URL, "https://x:65536/", URL, "bad-url", "1 to 65535"),
    (URL, "https://x:/", URL, "bad-url", "1 to 65535"),
    (URL, "https://[x]/", URL, "bad-url", "no host"),
    (URL, "https://x/" + "y" * 2000, URL, "bad-url", "2000"),
    (URL, 7, URL, "wrong-type", "an address"),
    (f"{CHECK}/method", "get", f"{CHECK}/method", "unknown-word", "there is"),
    (f"{CHECK}/headers/a b", "1", f"{CHECK}/headers/a b", "bad-token", "RFC 9110"),
    (f"{CHECK}/headers/X", "a\r\nb", f"{CHECK}/headers/X", "bad-header", "printable"),
    (f"{CHECK}/headers/X", 1, f"{CHECK}/headers/X", "wrong-type", "a text"),
    (f"{CHECK}/headers", [], f"{CHECK}/headers", "wrong-type", "an object"),
    (f"{CHECK}/headers", {f"h{n}": "" for n in range(51)}, f"{CHECK}/headers", "too-many", "50"),
    (f"{CHECK}/statuses", [], f"{CHECK}/statuses", "empty", "At least one"),
    (f"{CHECK}/statuses/0", 600, f"{CHECK}/statuses/0", "wrong-type", "100 to 599"),
    (f"{CHECK}/timeout", "61s", f"{CHECK}/timeout", "out-of-range", "1m"),
    (FREE, [], FREE, "wrong-type", "an object"),
    (FREE, {"x": "y" * 10_000}, FREE, "too-long", "10000"),
    (FREE, json.loads('{"x":' * 17 + "1" + "}" * 17), FREE, "too-deep", "16"),
    (METRIC, [], METRIC, "empty", "At least one"),
    (f"{METRIC}/1/name", "errors", f"{METRIC}/1/name", "duplicate", "metric 'errors'"),
    (f"{METRIC}/0/kind", "error", f"{METRIC}/0/kind", "unknown-word", "did you mean 'errors'?"),
    (f"{METRIC}/0/guard", 0.5, f"{METRIC}/0/guard", "out-of-range", "from 1 to 100"),
    (f"{METRIC}/1/guard", 0, f"{METRIC}/1/guard", "out-of-range", "from 1 to 100"),
    (f"{METRIC}/2/guard", 0, f"{METRIC}/2/guard", "out-of-range", "between 0 and 10"),
    (f"{METRIC}/3/guard", 1, f"{METRIC}/3/guard", "out-of-range", "from 0 to 0"),
    (f"{METRIC}/0/guard", True, f"{METRIC}/0/guard", "wrong-type", "a number"),
    (f"{METRIC}/0/weight", 0, f"{METRIC}/0/weight", "out-of-range", "from 0.001"),
    (f"{METRIC}/0/weight", float("nan"), f"{METRIC}/0/weight", "wrong-type", "a number"),
    (f"{METRIC}/0/weight", float("inf"), f"{METRIC}/0/weight", "wrong-type", "a number"),
    (f"{METRIC}/0/minimum", 1, f"{METRIC}/0/minimum", "misplaced", "'value'"),
    (f"{METRIC}/0/bound", "1s", f"{METRIC}/0/bound", "misplaced", "'latency'"),
    (f"{METRIC}/0/better", "lower", f"{METRIC}/0/better", "misplaced", "'mean' or 'ratio'"),
    (f"{METRIC}/3/minimum", 2, f"{METRIC}/3/minimum", "out-of-range", "more than 'maximum'"),
    (f"{METRIC}/3/breaches", 0, f"{METRIC}/3/breaches", "wrong-type", "from 1 to 100"),
    ("/analysis/alpha", 0, "/analysis/alpha", "out-of-range", "between 0 and 0.5"),
    ("/analysis/alpha", 0.5, "/analysis/alpha", "out-of-range", "between 0 and 0.5"),
    ("/analysis/alpha", 10**400, "/analysis/alpha", "out-of-range", "a huge number"),
    ("/analysis/beta", -1, "/analysis/beta", "out-of-range", "between"),
    ("/analysis/proveRatio", 1, "/analysis/proveRatio", "out-of-range", "1.01"),
    ("/analysis/nullRatio", 0.9, "/analysis/nullRatio", "out-of-range", "from 1"),
    ("/analysis/every", "0s", "/analysis/every", "out-of-range", "1s to 1h"),
    ("/analysis/minEvents", 0, "/analysis/minEvents", "wrong-type", "from 1"),
    ("/analysis/onUnknown", "abort", "/analysis/onUnknown", "unknown-word", "there is"),
]


FOLLOWING = {"unknown-target", "never-moved", "wrong-sum"}
"""What a wrong name of a target, or a weight of a wrong type, brings with it."""


@pytest.mark.parametrize(("where", "value", "pointer", "code", "words"), FAULTS)
def test_a_fault_is_found_with_its_place_and_the_fix(
    where: str, value: Any, pointer: str, code: str, words: str
) -> None:
    problems = plan_problems(changed(FULL, where, value))

    found = {(problem.pointer, problem.code): problem.detail for problem in problems}
    assert words in found[pointer, code]
    assert len(found) == 1 or {each for _, each in found.keys() - {(pointer, code)}} <= FOLLOWING


def test_a_value_needs_a_limit_and_means_prove_nothing() -> None:
    mean = changed(FULL, "/analysis/metrics", [FULL["analysis"]["metrics"][2]])
    bare = changed(FULL, "/analysis/metrics/3", {"name": "cpu", "kind": "value", "source": "prom"})

    assert [problem.code for problem in plan_problems(bare)] == ["missing"]
    assert plan_problems(mean) == []
    none = changed(changed(mean, "/analysis/advanceWhen", "proven"), "/analysis/metrics", [])
    assert [problem.code for problem in plan_problems(none)] == ["empty"]
    unproven = plan_problems(changed(mean, "/analysis/advanceWhen", "proven"))
    assert [(problem.pointer, problem.code) for problem in unproven] == [("/analysis/advanceWhen", "nothing-to-prove")]


def test_all_faults_are_found_at_once() -> None:
    members = changed(changed(FULL, "/strategy", "x"), "/steps/0/hold", "x")

    assert [problem.pointer for problem in plan_problems(members)] == ["/strategy", "/steps/0/hold"]


PLACES = places(json.loads(json.dumps(FULL)))


@given(st.sampled_from(PLACES), json_values)
@example("", 10**5000)
@example("/steps/0/weights/edge", {"\ud800": 1})
def test_no_json_makes_the_check_raise_and_what_it_passes_can_be_read(where: str, value: Any) -> None:
    members = changed(FULL, where, value)

    problems = plan_problems(members)

    if not problems:
        plan = plan_of(members)
        assert plan_of(plan_members(plan)) == plan


@given(st.sampled_from(PLACES[1:]))
def test_a_member_that_is_taken_away_is_missed_or_has_a_default(where: str) -> None:
    members = changed(FULL, where, ...)

    if not plan_problems(members):
        plan = plan_of(members)
        assert plan_of(plan_members(plan)) == plan
