"""Single checks of `flagctl smoke`, with services that are wrong in ways in which ours is not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from flagsdk.core.digest import Digest
from flagsdk.wire import Whole, whole_json
from flagsvc.ctl.api import Answer, Api, Request
from flagsvc.ctl.failure import WAITED, Failure, Refused, Unreachable
from flagsvc.ctl.smoke.course import Check, Course, Result
from flagsvc.ctl.smoke.evaluating import arrived
from flagsvc.ctl.smoke.expecting import HALF, MORE, UNITS, due
from flagsvc.ctl.smoke.feed import Feed
from flagsvc.ctl.smoke.reading import login
from flagsvc.ctl.smoke.trial import Trial

SALT = "a salt"
WANTED = due(SALT, HALF)


def an_answer(content: Any, status: int = 200, raw: bytes = b"") -> Answer:
    return Answer(status=status, content=content, raw=raw, headers={}, at=datetime.now(UTC))


def a_trial(replica: object) -> Trial:
    trial = Trial(cast(Api, replica), "staging", "a test", cast(Api, replica))
    trial.revision = 7
    return trial


class Evaluating:
    """A replica that answers as it should, but for what `wrong` puts over it."""

    def __init__(self, wrong: Mapping[str, Any]) -> None:
        self._wrong = wrong
        self.asked: list[str] = []

    def exchange(self, request: Request) -> Answer:
        unit = request.body["context"]["targetingKey"]
        self.asked.append(unit)
        bucket, variant = WANTED[unit]
        metadata = {"bucket": bucket, "revision": 7, **self._wrong.get("metadata", {})}
        said = {"variant": variant, "value": variant == "on", **self._wrong, "metadata": metadata}
        return an_answer(said)


def test_every_unit_is_compared() -> None:
    replica = Evaluating({})

    said = arrived(cast(Api, replica), a_trial(replica), WANTED, 0)

    assert said == "revision 7, 12 units as our own hash says"
    assert replica.asked == list(UNITS)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"variant": "on", "value": False}, "got on in bucket"),
        ({"variant": "dark"}, "got dark in bucket"),
        ({"metadata": {"bucket": 3}}, "in bucket 3 (status 200), and is due"),
        ({"metadata": {"bucket": None}}, "in bucket None"),
    ],
)
def test_a_replica_that_hashes_or_serves_other_than_the_sdks_is_found_out(wrong: dict[str, Any], told: str) -> None:
    replica = Evaluating(wrong)

    with pytest.raises(Failure) as failure:
        arrived(cast(Api, replica), a_trial(replica), WANTED, 60)

    assert told in failure.value.detail
    assert "Send no users there" in failure.value.remedy


def test_a_replica_that_stays_behind_is_waited_for_in_vain() -> None:
    replica = Evaluating({"metadata": {"revision": 6}})

    with pytest.raises(Failure, match="evaluates by revision 6, not 7") as failure:
        arrived(cast(Api, replica), a_trial(replica), WANTED, 0)

    assert failure.value.code == WAITED


def test_what_units_are_due_is_shared_out_by_the_weights_and_only_grows_with_them() -> None:
    half, more = due(SALT, HALF), due(SALT, HALF, MORE)

    assert {each.variant for each in half.values()} == {"on", "off"}
    assert all(more[unit].variant == "on" for unit in UNITS if half[unit].variant == "on")
    assert all(more[unit].bucket == half[unit].bucket for unit in UNITS)
    assert all(half[unit].variant == ("on" if half[unit].bucket < 50_000 else "off") for unit in UNITS)


class Feeding:
    """A feed with a snapshot, and pieces of a stream that come one after the other; then nothing more comes."""

    def __init__(self, pieces: list[bytes], digest: str = "") -> None:
        self._pieces = pieces
        self._digest = digest or Digest.of({}).hex

    def send(self, request: Request) -> Answer:
        whole = Whole("staging", "epoch", 6, self._digest, 1, 0, {})
        return an_answer(None, raw=whole_json(whole).encode())

    @contextmanager
    def stream(self, request: Request) -> Iterator[Callable[[], bytes]]:
        def piece() -> bytes:
            if not self._pieces:
                raise Unreachable("timed out")
            return self._pieces.pop(0)

        yield piece


def a_feed(api: Feeding) -> Feed:
    return Feed(cast(Api, api), a_trial(api), 0.2)


def test_a_change_is_read_also_when_it_comes_in_pieces() -> None:
    change = b'data: {"environment":"staging","epoch":"epoch","revision":7,"digest":"d","at":0,"edits":{}}\n\n'
    feed = a_feed(Feeding([b": welcome\n\n", b"id: epoch.7\nev", b"ent: change\n" + change[:20], change[20:]]))

    assert feed.open() == "open from revision 6 on"
    assert feed.change() == "revision 7 came by itself"


def test_a_stream_that_does_not_greet_is_held_back_by_something() -> None:
    with pytest.raises(Failure, match="something between holds answers back") as failure:
        a_feed(Feeding([])).open()

    assert failure.value.code == WAITED


def test_a_stream_that_says_nothing_of_the_change_is_waited_for_in_vain() -> None:
    feed = a_feed(Feeding([b": welcome\n\n"]))
    feed.open()

    with pytest.raises(Failure, match="revision 7 did not come") as failure:
        feed.change()

    assert failure.value.code == WAITED


def test_a_snapshot_that_no_sdk_would_take_fails_the_feed() -> None:
    with pytest.raises(Failure, match="no SDK would take the snapshot"):
        a_feed(Feeding([b": welcome\n\n"], digest="another")).open()


def test_what_needs_a_failed_check_is_not_made_and_the_first_failure_decides_the_code() -> None:
    made: list[str] = []

    def fails() -> str:
        raise Failure("no", WAITED)

    def passes() -> str:
        made.append("made")
        return "yes"

    told: list[Result] = []
    course = Course(told.append)

    course.make([Check("a", fails, remedy="mend it"), Check("b", passes, ["a"]), Check("c", passes), Check("d", fails)])

    assert [(each.name, each.standing) for each in told] == [
        ("a", "failed"), ("b", "skipped"), ("c", "passed"), ("d", "failed"),
    ]  # fmt: skip
    assert (made, course.code, told[0].remedy, told[1].detail) == (["made"], WAITED, "mend it", "needs a")


def test_a_service_that_cannot_look_does_not_blame_the_token() -> None:
    class Away:
        def get(self, path: str) -> Answer:
            raise Refused(503, {"code": "unavailable", "detail": "The database does not answer: try again."})

    with pytest.raises(Refused) as refused:
        login(cast(Api, Away()), "staging")

    assert "see to its database" in refused.value.remedy
