"""No answer that is not whole, fresh and of this very window ever gives arms, whatever the source."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flagsvc.domain.analysis.spec import Metric
from flagsvc.metric_sources import Source, datadog, http_json, prometheus
from tests.metric_sources.contract import errors, is_nothing
from tests.support.fake_http import Answer, Asked, Fake, FaultName
from tests.support.timing import within

START, END = 1_800_000_000, 1_800_000_060
ARMS = {"baseline": "stable", "candidate": "canary"}
KINDS = ("prometheus", "http", "datadog")
QUERIES: Mapping[str, Mapping[str, Any]] = {
    "prometheus": {"events": 'a{cohort="$cohort"}', "bad": 'b{cohort="$cohort"}'},
    "http": {"path": "/?arm={arm}", "events": "/all", "bad": "/bad", "until": "/until"},
    "datadog": {"events": "sum:a{v:$cohort}.as_count()", "bad": "sum:b{v:$cohort}.as_count()"},
}


class Oracle(Fake):
    """Says what it is told to say, to every request."""

    said: Callable[[Asked], Answer] = staticmethod(lambda _: Answer(200))

    def is_write(self, asked: Asked) -> bool:
        return True  # so that its faults hit every request

    def answer(self, asked: Asked) -> Answer:
        return self.said(asked)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle() as fake:
        yield fake


@pytest.fixture(scope="module")
def sources(oracle: Oracle, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Source]:
    key = tmp_path_factory.mktemp("keys") / "key"
    key.write_text("canary-of-a-key")
    return {
        "prometheus": prometheus.make("p", prometheus.Options(url=oracle.url, token_file=key, up="")),
        "http": http_json.make("h", http_json.Options(url=oracle.url, token_file=key)),
        "datadog": datadog.make("d", datadog.Options(url=oracle.url, api_key_file=key, application_key_file=key)),
    }


def matrix(*rows: Any) -> Mapping[str, Any]:
    return {"status": "success", "data": {"resultType": "matrix", "result": list(rows)}}


def vector(*values: Any) -> Mapping[str, Any]:
    return {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": {}, "value": value} for value in values]},
    }


def row(*values: Any, **labels: str) -> Mapping[str, Any]:
    return {"metric": {"__name__": "a", "instance": "1", **labels}, "values": list(values)}


def series(*points: Any, **more: Any) -> Mapping[str, Any]:
    return {"status": "ok", "series": [{"interval": 60, "pointlist": list(points), **more}]}


GOOD: Mapping[str, Mapping[str, Any]] = {
    "prometheus": matrix(row([START - 5, "1"], [END - 5, "9"])),
    "http": {"all": 9, "bad": 1, "until": END},
    "datadog": series([START * 1000.0, 9.0]),
}
EARLY = START - 3600
BAD: Mapping[str, list[Any]] = {
    "prometheus": [
        matrix(),
        matrix(row([START - 5, "NaN"], [END - 5, "9"])),
        matrix(row([START - 5, "1"], [END - 5, "+Inf"])),
        matrix(row([START - 5, "-1"], [END - 5, "9"])),
        matrix(row([START - 5, 1], [END - 5, 9])),
        matrix(row([START - 5, "1"], [END - 5, "many"])),
        matrix(row([START - 5, "1", 3])),
        matrix(row()),
        matrix(row([END - 5, "9"], [START - 5, "1"])),
        matrix(row([END + 15, "9"])),
        matrix(row([EARLY, "1"], [EARLY + 15, "9"])),
        matrix(row([START - 20, "1"], [START - 10, "9"])),
        matrix(row([END - 5, "9"]), row([END - 5, "9"])),
        matrix({"metric": {"a": 5}, "values": [[END - 5, "9"]]}),
        matrix(*(row([END - 5, "9"], pod=str(number)) for number in range(10_001))),
        {"status": "success", "data": {"resultType": "vector", "result": []}},
        {"status": "success", "data": {"resultType": "matrix"}},
        {"status": "success", "data": {**GOOD["prometheus"]["data"], "resultType": "vector"}},
        {"status": "success", "data": None},
        {"status": "error", "errorType": "timeout", "error": "query timed out"},
        {**GOOD["prometheus"], "warnings": ["a store gateway is missing"]},
        vector(),
        vector([END, "NaN"]),
        vector([END, "-Inf"]),
        vector([END, 9]),
        vector([END, "-9"]),
        vector([END, "many"]),
        vector([EARLY, "9"]),
        vector(["now", "9"]),
        vector([END]),
    ],
    "http": [
        {"all": 9, "bad": 1},
        {"all": 9, "until": END},
        {"bad": 1, "until": END},
        {"all": "9", "bad": 1, "until": END},
        {"all": True, "bad": True, "until": END},
        {"all": None, "bad": 1, "until": END},
        {"all": 9, "bad": 10, "until": END},
        {"all": -9, "bad": -10, "until": END},
        {"all": 9, "bad": -1, "until": END},
        {"all": 9, "bad": 1, "until": END - 1},
        {"all": 9, "bad": 1, "until": "soon"},
        {"all": 9, "bad": 1, "until": "2027-01-15T08:01:00"},
        {"all": 10**400, "bad": 1, "until": END},
        b'{"all": NaN, "bad": 1, "until": 1800000060}',
        b'{"all": 9, "bad": 1, "until": Infinity}',
        b'{"all": Infinity, "bad": 1, "until": 1800000060}',
    ],
    "datadog": [
        {"status": "ok", "series": []},
        {"status": "ok"},
        {"status": "error", "error": "too many queries"},
        series(),
        series([START * 1000.0, None]),
        series([START * 1000.0, "9"]),
        series([START * 1000.0, -9.0]),
        series([START * 1000.0]),
        series([EARLY * 1000.0, 9.0]),
        series([START * 1000.0 + 1, 9.0]),
        series([START * 1000.0, 9.0], [START * 1000.0, 9.0]),
        series([START * 1000.0, 9.0], interval=20),
        series([START * 1000.0, 9.0], pointlist=None),
        {"status": "ok", "series": [*series([START * 1000.0, 9.0])["series"]] * 2},
        b'{"status": "ok", "series": [{"interval": 60, "pointlist": [[1800000000000, NaN]]}]}',
    ],
}
EVERYWHERE: list[Any] = [
    b"", b"<html>sign in</html>", b"null", b"[]", b"{}", b'"text"', b"5", b"\xff\xfe", b"[" * 100_000, b"9" * 5_000,
    b'{"status": "success", "data": {"resultType": "matrix", "result": [',
]  # fmt: skip


def metric_of(kind: str) -> Metric:
    return errors({"arms": ARMS, **QUERIES[kind]})


def read_with(sources: Mapping[str, Source], oracle: Oracle, kind: str, answer: Answer) -> bool:
    """Whether both ways of reading say nothing, with their reason and without our key."""
    oracle.said = lambda _: answer
    oracle.asked.clear()
    read = [ask(metric_of(kind), START, END) for ask in (sources[kind].measure, sources[kind].history)]
    return all(is_nothing(one) and "canary-of-a-key" not in one.detail for one in read)


@pytest.mark.parametrize("kind", KINDS)
def test_the_good_answer_that_the_bad_ones_are_made_of_gives_arms(
    sources: Mapping[str, Source], oracle: Oracle, kind: str
) -> None:
    oracle.said = lambda _: Answer(200, GOOD[kind])

    read = sources[kind].measure(metric_of(kind), START, END)

    assert read.missing == ""
    assert read.candidate is not None
    assert read.candidate.events == {"prometheus": 8}.get(kind, 9)


@pytest.mark.parametrize(("kind", "number"), [(kind, number) for kind in KINDS for number in range(len(BAD[kind]))])
def test_what_is_not_whole_or_not_of_this_window_is_nothing(
    sources: Mapping[str, Source], oracle: Oracle, kind: str, number: int
) -> None:
    assert read_with(sources, oracle, kind, Answer(200, BAD[kind][number]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", EVERYWHERE, ids=range(len(EVERYWHERE)))
def test_what_is_no_answer_of_such_a_server_is_nothing(
    sources: Mapping[str, Source], oracle: Oracle, kind: str, body: bytes
) -> None:
    assert read_with(sources, oracle, kind, Answer(200, body))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [204, 301, 302, 307, 400, 401, 403, 404, 422, 429, 500, 502, 503])
def test_a_refusal_or_a_redirect_is_nothing_even_with_a_good_body(
    sources: Mapping[str, Source], oracle: Oracle, kind: str, status: int
) -> None:
    answer = Answer(status, None if status == 204 else {"message": "no"}, {"Location": f"{oracle.url}/elsewhere"})

    assert read_with(sources, oracle, kind, answer)
    assert all(asked.path != "/elsewhere" for asked in oracle.asked)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["late", "drip"])
def test_an_answer_that_does_not_end_is_nothing_before_long(
    sources: Mapping[str, Source], oracle: Oracle, kind: str, fault: FaultName
) -> None:
    oracle.said = lambda _: Answer(200, GOOD[kind])

    with oracle.bent(fault), within(5):
        assert is_nothing(sources[kind].measure(metric_of(kind), START, END))


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_is_too_large_is_nothing(
    sources: Mapping[str, Source], oracle: Oracle, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source: Any = sources[kind]
    asking = source._api._asking if kind == "prometheus" else source._asking
    monkeypatch.setattr(asking.client, "_max_bytes", 100)

    assert read_with(sources, oracle, kind, Answer(200, {**GOOD[kind], "padding": "x" * 200}))


MANGLED: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1e308, "NaN", "", [], {}, "9", 10**30, -(10**400), [[]], {"a": None}]
)


def _places(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to every member of a document."""
    members = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, value in members:
        yield (*at, name)
        yield from _places(value, (*at, name))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_put_in_the_place_of_a_part_never_raises_and_gives_both_arms_or_none(
    sources: Mapping[str, Source], oracle: Oracle, kind: str, data: st.DataObject
) -> None:
    document = json.loads(json.dumps(GOOD[kind]))
    place = data.draw(st.sampled_from(list(_places(document))))
    within_it = document
    for name in place[:-1]:
        within_it = within_it[name]
    within_it[place[-1]] = data.draw(MANGLED)
    oracle.said = lambda _: Answer(200, document)

    read = sources[kind].measure(metric_of(kind), START, END)

    whole = read.missing == "" and read.baseline is not None and read.candidate is not None
    assert whole != is_nothing(read)
    if whole:
        assert read.candidate is not None
        assert 0 <= read.candidate.bad <= read.candidate.events < float("inf")


@contextmanager
def one_of_four(oracle: Oracle, kind: str, missing: str) -> Iterator[None]:
    """Answer well but to what asks about one arm."""
    empty = {"prometheus": matrix(), "http": {"until": END}, "datadog": {"status": "ok", "series": []}}[kind]

    def said(asked: Asked) -> Answer:
        about = missing in asked.query.get("query", asked.query.get("arm", ""))
        return Answer(200, empty if about else GOOD[kind])

    oracle.said = said
    yield


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("arm", ["stable", "canary"])
def test_one_arm_without_the_other_is_nothing(
    sources: Mapping[str, Source], oracle: Oracle, kind: str, arm: str
) -> None:
    with one_of_four(oracle, kind, arm):
        read = sources[kind].measure(metric_of(kind), START, END)

    assert is_nothing(read)
    assert read.missing == "no-data"
    assert read.detail.startswith({"stable": "baseline: ", "canary": "candidate: "}[arm])


def test_without_the_word_of_up_nothing_is_known(oracle: Oracle) -> None:
    source = prometheus.make("p", prometheus.Options(url=oracle.url))
    failing = {"status": "error", "errorType": "execution", "error": "no"}
    oracle.said = lambda asked: Answer(200, failing if asked.query["query"].startswith("up{") else GOOD["prometheus"])

    read = source.measure(metric_of("prometheus"), START, END)

    assert is_nothing(read)
    assert read.detail == "baseline: execution: no"


def test_a_fault_of_the_program_itself_is_nothing_too(
    sources: Mapping[str, Source], oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(http_json, "_arm", broken)
    oracle.said = lambda _: Answer(200, GOOD["http"])

    read = sources["http"].measure(metric_of("http"), START, END)

    assert is_nothing(read)
    assert read.detail == "ZeroDivisionError: a fault of the program, see its log"


def test_a_path_to_nowhere_is_told(tmp_path: Path) -> None:
    source = prometheus.make("p", prometheus.Options(url="http://127.0.0.1:1", token_file=tmp_path / "none"))

    read = source.measure(metric_of("prometheus"), START, END)

    assert is_nothing(read)
    assert "there is no secret in" in read.detail
