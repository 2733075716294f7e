"""`flagctl eval` and `flagctl bucket`: who gets what, and why, with the service and without it."""

import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest

from flagsvc.ctl.evaluating import context_of, traced
from flagsvc.ctl.failure import Failure
from tests.ctl.conftest import ENVIRONMENT
from tests.ctl.program import Flagctl
from tests.support.service import Service

NewFlag = Callable[..., str]
GERMAN = '{"targetingKey": "ann", "country": "DE"}'


def test_a_context_is_given_inline_in_a_file_or_by_standard_input(
    ctl: Flagctl, new_flag: NewFlag, tmp_path: Path
) -> None:
    key, file = new_flag(on=0), tmp_path / "user.json"
    file.write_text(GERMAN)

    inline = ctl.good("eval", key, "-c", GERMAN).json
    of_file = ctl.good("eval", key, "--context", str(file)).json
    typed = ctl.alone("eval", key, "-c", "-", stdin=GERMAN).json
    without = ctl.good("eval", key, "--unit", "ann").json

    assert inline["decision"] == of_file["decision"] == typed["decision"]
    assert (inline["decision"]["variant"], inline["decision"]["rule"]) == ("on", "germany")
    assert without["decision"]["variant"] == "off"


@pytest.mark.parametrize("text", ["[1]", "{", "nowhere.json", "{}{}", '{"a":' * 5000])
def test_what_is_no_context_is_refused(text: str) -> None:
    with pytest.raises(Failure) as failed:
        context_of(text, "")

    assert failed.value.code == 2


def test_an_answer_for_people_says_what_and_why(ctl: Flagctl, new_flag: NewFlag) -> None:
    key = new_flag()

    lines = ctl.good("eval", key, "-c", GERMAN, "--explain", "-o", "table").out.splitlines()

    assert lines[0].startswith(f"{key} @ {ENVIRONMENT}, revision ")
    assert "  value         true" in lines
    assert "  rule          germany" in lines
    assert lines[lines.index("why") + 1] == "├─ enabled  → true"
    assert any('attribute country  operator in  left DE  right ["DE"]' in line for line in lines)


def test_the_past_is_asked_for_by_revision_by_time_and_by_how_long_ago(
    ctl: Flagctl, service: Service, new_flag: NewFlag
) -> None:
    key = new_flag(on=0)
    before = int(service.call("GET", f"environments/{ENVIRONMENT}/flags/{key}")["version"])
    at = datetime.now(UTC).isoformat()
    ctl.good("set", key, "-w", "on=100,off=0", "--yes")

    def variant(*when: str) -> str:
        return str(ctl.good("eval", key, "--unit", "ann", *when, "-o", "name").out.strip())

    assert variant() == "on"
    assert variant("--at", str(before)) == "off"
    assert variant("--at", at) == "off"
    assert ctl.run("eval", key, "--unit", "ann", "--at", "30d").code == 1  # there was no such flag
    assert ctl.run("eval", key, "--unit", "ann", "--at", "yesterday").code == 2


def test_a_traffic_split_is_evaluated_alike_and_wrong_names_are_helped(
    ctl: Flagctl, new_flag: NewFlag, new_split: NewFlag
) -> None:
    split = new_split(canary=100)

    assert ctl.good("eval", split, "--split", "--unit", "ann", "-o", "name").out == "canary\n"
    assert "--split." in ctl.run("eval", split, "--unit", "ann").err


def test_watching_tells_each_change_until_it_is_interrupted(ctl: Flagctl, service: Service, new_flag: NewFlag) -> None:
    key = new_flag(on=0)
    process = ctl.begin("eval", key, "--unit", "ann", "--watch")
    try:
        first = json.loads(_line(process.stdout))
        ctl.good("set", key, "-w", "on=100,off=0", "--yes")
        second = json.loads(_line(process.stdout))
    finally:
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)

    assert [first["decision"]["variant"], second["decision"]["variant"]] == ["off", "on"]
    assert (process.returncode, rest, errors) == (130, "", "")


def test_watching_the_past_makes_no_sense(ctl: Flagctl) -> None:
    assert ctl.run("eval", "x", "--watch", "--at", "1").code == 2


def test_steps_are_drawn_as_deep_as_they_go() -> None:
    steps = [{"step": "rule", "rule": "r", "when": {"all": [{"attribute": "a"}, {"not": {"attribute": "b"}}]}}]

    assert list(traced(steps)) == [
        "└─ rule  rule r",
        "   └─ ",
        "      ├─ attribute a",
        "      └─ ",
        "         └─ attribute b",
    ]


def test_buckets_are_those_of_the_service_and_nobody_is_asked(
    ctl: Flagctl, service: Service, new_flag: NewFlag, tmp_path: Path
) -> None:
    key, units = new_flag(on=30), tmp_path / "units.txt"
    names = [f"user-{number}" for number in range(12)]
    units.write_text("\n".join(names) + "\n\n", encoding="utf-8")
    salt = service.call("GET", f"environments/{ENVIRONMENT}/flags/{key}")["salt"]

    offline = ctl.good(
        "bucket", "--salt", salt, "--units", str(units), "-w", "on=30,off=70", "--last", "off",
        FLAGSVC_URL="http://127.0.0.1:1", FLAGSVC_TOKEN="",
    ).json  # fmt: skip

    decisions = [ctl.good("eval", key, "--unit", name).json["decision"] for name in names]
    assert [each["unit"] for each in offline["units"]] == names
    assert [(each["bucket"], each["variant"]) for each in offline["units"]] == [
        (decision["bucket"], decision["variant"]) for decision in decisions
    ]
    assert sum(offline["variants"].values()) == offline["count"] == 12


def test_buckets_for_people_end_with_the_distribution(ctl: Flagctl) -> None:
    result = ctl.alone("bucket", "--salt", "s", "--units", "-", "-w", "a=50,b=50", "-o", "table", stdin="x\ny\nö\n")

    assert [line.split()[0] for line in result.out.splitlines()][:4] == ["unit", "x", "y", "ö"]
    assert result.out.splitlines()[-1].startswith(("a: ", "b: "))
    summary = ctl.good("bucket", "--salt", "s", "--units", "-", "--summary", stdin="x\n" * 1000).json
    assert (summary["units"], summary["count"], summary["space"]) == ([], 1000, 100_000)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--salt", "s", "--units", "nowhere"], "nowhere"),
        (["--salt", "s", "--units", "-", "--hash", "md6"], "Known: "),
        (["--salt", "s", "--units", "-", "-w", "a=50"], "50 %, not 100 %"),
        (["--salt", "s", "--units", "-", "-w", "a=100", "--last", "b"], "none of a"),
        (["--units", "-"], "--salt"),
    ],
)
def test_wrong_questions_end_with_2(ctl: Flagctl, words: list[str], said: str) -> None:
    result = ctl.run("bucket", *words)

    assert (result.code, said in result.err) == (2, True)


def _line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()
