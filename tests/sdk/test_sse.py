"""Server-sent events come out the same however the stream is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.sources.sse import Event, Parser
from flagsdk.wire import Corrupt

STREAM = (
    b"retry: 2500\n: welcome\n\n"
    b'id: e1.7\nevent: change\ndata: {"a":1}\n\n'
    b": still here\n\n"
    b"event: resync\ndata:\n\n"
    b"data: one\ndata: two\r\n\r\n"
    b"unknown: field\nevent: farewell\ndata\n\n"
)  # fmt: skip
EVENTS = [
    Event("comment", "welcome"),
    Event("change", '{"a":1}', "e1.7"),
    Event("comment", "still here"),
    Event("resync"),
    Event("message", "one\ntwo"),
    Event("farewell"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20).map(sorted))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    parser = Parser()
    places = [0, *cuts, len(STREAM)]
    chunks = [STREAM[start:end] for start, end in pairwise(places)]

    events = [event for chunk in chunks for event in parser.feed(chunk)]

    assert [event for event in events if event.kind != "retry"] == EVENTS
    assert parser.retry_seconds == 2.5


def test_an_unfinished_event_is_none() -> None:
    assert Parser().feed(b"event: change\ndata: {}\n") == []


@pytest.mark.parametrize("retry", [b"soon", b"-1", b"", "٣".encode()])
def test_a_delay_that_is_no_number_is_ignored(retry: bytes) -> None:
    parser = Parser()

    parser.feed(b"retry: " + retry + b"\n\n")

    assert parser.retry_seconds == 0


def test_what_is_no_text_is_corrupt() -> None:
    with pytest.raises(Corrupt):
        Parser().feed(b"data: \xff\n")


def test_an_event_without_an_end_is_corrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsdk.sources.sse.MAX_LINE", 100)

    with pytest.raises(Corrupt):
        Parser().feed(b"data: " + b"x" * 200)
