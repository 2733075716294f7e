"""The generic source: an address with variables, pointers into the answer, and what the answer says of its own time."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flagsvc.domain.analysis.measurement import Arm
from flagsvc.domain.analysis.spec import Metric
from flagsvc.metric_sources.http_json import HttpJson, Options
from tests.metric_sources.contract import BASELINE, CANDIDATE, SourceContract, errors, is_nothing
from tests.support.fake_http import Answer, Asked, Fake
from tests.support.link import Link

START, END = 1_800_000_000.0, 1_800_000_060.0
COUNTS = {"stable": BASELINE, "canary": CANDIDATE}
PATH = "/counts/{metric}?scene=SCENE&arm={arm}&from={start}&to={end}"


class Counts(Fake):
    """A program that counts events by arm and answers in JSON; its state may hold more members for the answer."""

    page: Callable[[Asked], Answer] | None = None
    """What is answered in the place of counts."""

    def is_write(self, asked: Asked) -> bool:
        return True  # so that its faults hit every request

    def answer(self, asked: Asked) -> Answer:
        if self.page:
            return self.page(asked)
        if asked.path == "/shop" and not asked.query:
            return Answer(404, {"message": "ask for counts"})
        given = asked.json() or asked.query
        span = (float(given["from"]), float(given["to"]))
        if given["arm"] == "both":
            return Answer(200, {arm: _counted(COUNTS[arm], *span) for arm in COUNTS})
        return Answer(200, {"data": [_of_scene(given["scene"], given["arm"], span)], **self.state})


def _of_scene(scene: str, arm: str, span: tuple[float, float]) -> Mapping[str, Any]:
    if (scene, arm) in {("quiet", "canary"), ("alone", "stable")}:
        return {}
    counted = _counted(COUNTS[arm], *span)
    return {"all": counted["all"]} if (scene, arm) == ("clean", "canary") else counted


def _counted(arm: Arm, start: float, end: float) -> Mapping[str, int]:
    """Count what happened in [start, end), evenly over the minute from START on."""
    return {
        name: int(total * (end - START) / 60) - int(total * (start - START) / 60)
        for name, total in (("all", arm.events), ("failed", arm.bad))
    }


class JsonWorld:
    """That program behind a link."""

    start, middle, end = START, START + 20, END

    def __init__(self, link: Link, **options: Any) -> None:
        self.link = link
        self.source = HttpJson(Options(url=f"http://127.0.0.1:{link.port}/shop", **options))

    def query(self, scene: str) -> Mapping[str, Any]:
        return {
            "arms": {"baseline": "stable", "candidate": "canary"},
            "path": PATH.replace("SCENE", scene),
            "events": "/data/0/all",
            "bad": "/data/0/failed",
            "zero": ["bad"],
        }


@pytest.fixture
def counts() -> Iterator[Counts]:
    with Counts() as fake:
        yield fake


@pytest.fixture
def world(counts: Counts) -> Iterator[JsonWorld]:
    with Link(counts.port) as link:
        yield JsonWorld(link)


class TestHttpJson(SourceContract):
    """The contract."""


def test_an_answer_for_both_arms_is_asked_for_once(world: JsonWorld, counts: Counts) -> None:
    query = {**world.query("usual"), "path": "?arm=both&from={start}&to={end}"}
    pointers = {"events": "/{arm}/all", "bad": "/{arm}/failed"}

    read = world.source.measure(errors({**query, **pointers}), START, END)

    assert (read.baseline, read.candidate) == (BASELINE, CANDIDATE)
    assert len(counts.asked) == 1


def test_a_question_may_be_a_body(world: JsonWorld, counts: Counts) -> None:
    body = {"arm": "{arm}", "from": "{start}", "to": "{end}", "scene": "usual", "size": 0}

    read = world.source.measure(errors({**world.query("usual"), "path": "/ask", "body": body}), START, END)

    assert read.candidate == CANDIDATE
    assert counts.asked[0].json() == {
        "arm": "stable",
        "from": "1800000000",
        "to": "1800000060",
        "scene": "usual",
        "size": 0,
    }


def test_a_value_stays_in_its_place_in_an_address(world: JsonWorld, counts: Counts) -> None:
    arms = {"baseline": "a/../b?x=1&y#z", "candidate": "c"}

    world.source.measure(errors({**world.query("usual"), "arms": arms, "path": "/counts/{arm}?arm={arm}"}), START, END)

    assert counts.asked[0].path == "/shop/counts/a%2F..%2Fb%3Fx%3D1%26y%23z"
    assert dict(counts.asked[0].query) == {"arm": "a/../b?x=1&y#z"}


def test_times_are_given_in_every_form(world: JsonWorld, counts: Counts) -> None:
    path = "?a={start}&b={end_ms}&c={start_iso}&d={bound}&e={far_bound}"
    metric = Metric(
        name="slow",
        kind="latency",
        source="here",
        query={**world.query("usual"), "far": "/data/0/far", "path": path},
        bound_seconds=0.25,
    )

    world.source.measure(metric, START + 0.5, END)

    assert dict(counts.asked[0].query) == {
        "a": "1800000000.5",
        "b": "1800000060000",
        "c": "2027-01-15T08:00:00.500Z",
        "d": "0.25",
        "e": "0.375",
    }


@pytest.mark.parametrize(
    "form", [float, lambda time: time * 1000, lambda time: datetime.fromtimestamp(time, UTC).isoformat()]
)
def test_an_answer_that_says_its_own_time_is_believed_only_for_that_time(
    world: JsonWorld, counts: Counts, form: Any
) -> None:
    metric = errors({**world.query("usual"), "until": "/seen", "from": "/window/0", "to": "/window/1"})

    def read(seen: float, start: float, end: float) -> str:
        counts.state = {"seen": form(seen), "window": [form(start), form(end)]}
        told = world.source.measure(metric, START, END)
        return "data" if told.candidate == CANDIDATE else f"{told.missing} {is_nothing(told)}"

    assert read(END, START, END) == "data"
    assert read(END - 30, START, END) == "no-data True"
    assert read(END, START - 60, END) == "unreachable True"
    assert read(END, START, END + 60) == "unreachable True"


def test_a_member_that_is_absent_is_zero_only_where_the_query_says_so(world: JsonWorld) -> None:
    query = {name: content for name, content in world.query("clean").items() if name != "zero"}

    read = world.source.measure(errors(query), START, END)

    assert is_nothing(read)
    assert (read.missing, read.detail) == ("no-data", "candidate: there is nothing at /data/0/failed")


def test_secrets_come_from_files_as_they_are_now_and_stand_in_no_error(counts: Counts, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary-of-a-key\n")
    with Link(counts.port) as link:
        world = JsonWorld(link, header_files={"X-Key": tmp_path / "key"}, headers={"X-Tenant": "shop"})
        world.source.measure(errors(world.query("usual")), START, END)
        (tmp_path / "key").write_text("another-key")
        with counts.bent("forbid"):
            refused = world.source.measure(errors(world.query("usual")), START, END)
        (tmp_path / "key").unlink()
        without = world.source.measure(errors(world.query("usual")), START, END)

    assert [(asked.headers["X-Key"], asked.headers["X-Tenant"]) for asked in counts.asked] == [
        ("canary-of-a-key", "shop"),
        ("canary-of-a-key", "shop"),
        ("another-key", "shop"),
    ]
    assert is_nothing(refused)
    assert refused.detail == 'baseline: GET /shop/counts/errors: 403 {"message": "no"}'
    assert is_nothing(without)
    assert "there is no secret in" in without.detail


def test_an_error_page_that_repeats_the_request_gives_no_secret_away(counts: Counts, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary-of-a-key\n")
    counts.page = lambda asked: Answer(502, f"no: {dict(asked.headers)}".encode())
    with Link(counts.port) as link:
        world = JsonWorld(link, header_files={"X-Key": tmp_path / "key"}, headers={"X-Tenant": "shop-of-ours"})
        refused = world.source.measure(errors(world.query("usual")), START, END)

    assert is_nothing(refused)
    assert "'X-Key': '***'" in refused.detail
    assert "shop-of-ours" in refused.detail
    assert "canary-of-a-key" not in refused.detail


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"path": "counts"}, "path: expected a text that begins with / or ?"),
        ({"path": "/counts/../secrets"}, "path: a path stays below the source's url"),
        ({"path": "/counts/%2E%2e/secrets"}, "path: a path stays below the source's url"),
        ({"path": "//elsewhere/counts"}, "path: a path stays below the source's url"),
        ({"path": "/counts#x"}, "path: a path has no blanks, no # and no \\"),
        ({"path": "/{cohrt}"}, "path: there is no variable {cohrt} here; known: {arm}, {bound}, {cohort}"),
        ({"path": "/{arm!r}"}, "path: there is no variable {arm} here"),
        ({"path": "/{arm"}, "path: expected '}' before end of string"),
        ({"body": "x"}, "body: expected an object"),
        ({"events": "data/all"}, "events: expected a JSON pointer, such as"),
        ({"events": "/a~2"}, "events: in a JSON pointer ~ stands only in ~0"),
        ({"events": 5}, "events: expected a JSON pointer"),
        ({"zero": ["events"]}, "zero: expected a list of members that are zero"),
        ({"until": "seen"}, "until: expected a JSON pointer"),
        (
            {"arms": {"baseline": {"start": "a"}, "candidate": {"start": "b"}}, "path": "/"},
            "arms: start is a variable of this source: take another name",
        ),
    ],
)
def test_what_is_wrong_with_a_query_is_found_without_asking(
    world: JsonWorld, counts: Counts, change: Mapping[str, Any], fault: str
) -> None:
    metric = errors({**world.query("usual"), **change})

    (found,) = world.source.check(metric)

    assert found.startswith(fault)
    assert not counts.asked


def test_a_path_is_needed(world: JsonWorld) -> None:
    query = {name: content for name, content in world.query("usual").items() if name != "path"}

    assert list(world.source.check(errors(query))) == ["path: is needed: what is appended to the source's url"]
    assert is_nothing(world.source.measure(errors(query), START, END))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "ftp://x"}, "url has addresses such as"),
        ({"url": "https://name:word@x"}, "no name and password in an address"),
        ({"url": "https://x/?key=1"}, "url: no query in it"),
        ({"url": "http://stats.example", "token_file": Path("t")}, "url: a secret is sent there"),
        ({"url": "https://x", "username": "a"}, "username and password_file: both or none"),
        ({"url": "https://x", "username": "a", "password_file": Path("p"), "token_file": Path("t")}, "one of them"),
        ({"url": "https://x", "headers": {"X Key": "1"}}, "no name of a header"),
    ],
)
def test_options_that_cannot_be_are_told_at_the_start(options: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**options)
