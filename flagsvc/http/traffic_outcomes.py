"""POST /traffic/v1/{environment}/{split}/outcomes: what a load balancer has counted since its last post.

Stored before it is answered, and once however often it comes: `id` says who posts, `sequence` is a number that grows.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flagsdk.core import Snapshot
from flagsdk.core.durations import place_of
from flagsdk.wire.members import MAX_COUNT, MAX_NUMBER, is_text
from flagsdk.wire.outcomes import MAX_AGE_MS, OutcomeRow
from flagsvc.domain.errors import Fault, Invalid, NotFound
from flagsvc.domain.outcomes import SenderKey
from flagsvc.http import body as bodies
from flagsvc.http.authentication import Admit, bearer, unauthenticated
from flagsvc.http.boundary import guarded
from flagsvc.http.problem import Problem
from flagsvc.usecases.outcomes import MAX_SENDERS, Counted, Post, Posted

OUTCOMES = "/traffic/v1/{environment}/{split}/outcomes"
MAX_BYTES = 64 * 1024
MAX_ROWS, MAX_DURATIONS = 100, 500
MAX_SECONDS = 1e6
MAX_AGE_SECONDS = MAX_AGE_MS // 1000
MEMBERS = frozenset({"id", "sequence", "ageSeconds", "outcomes"})
ROW_MEMBERS = frozenset({"cohort", "events", "bad", "seconds"})


class OutcomesDesk:
    """The route. `snapshot` gives what is in force in an environment, `store` stores a post, `told` hears of it."""

    def __init__(
        self,
        admit: Admit,
        snapshot: Callable[[str], Snapshot | None],
        store: Callable[[Post, datetime], Posted],
        clock: Callable[[], datetime],
        told: Callable[[Counted], None],
    ) -> None:
        self._principal = admit
        self._snapshot = snapshot
        self._store = store
        self._clock = clock
        self._told = told
        self.route = Route(OUTCOMES, guarded(self._take), methods=["POST"], name="trafficOutcomes")

    async def _take(self, request: Request) -> Response:
        environment, split = request.path_params["environment"], request.path_params["split"]
        await self._admit(request, environment)
        raw = await bodies.read(request, MAX_BYTES)
        bodies.media_type(request.headers.get("content-type"), (bodies.JSON,))
        cohorts = self._cohorts(environment, split)
        post = post_of(environment, split, bodies.decode(raw), cohorts)
        posted = await run_in_threadpool(self._store, post, self._clock())
        if posted.refused:
            raise Problem("too-many-senders", f"{MAX_SENDERS} ids have posted outcomes of {split!r} already")
        self._told(posted.counted)
        return JSONResponse({"taken": posted.taken}, headers={"Cache-Control": "no-store"})

    async def _admit(self, request: Request, environment: str) -> None:
        principal = await self._principal(bearer(request.headers.get("authorization")) or "")
        if principal is None:
            raise unauthenticated()
        # Rollouts follow what is posted here, and tokens for evaluation are held by browsers.
        if principal.kind != "sdk" or principal.environment != environment or principal.archived:
            raise Problem("forbidden", f"this needs an SDK token of the environment {environment!r}")

    def _cohorts(self, environment: str, split: str) -> Collection[str]:
        snapshot = self._snapshot(environment)
        flag = snapshot.compiled("split", split).flag if snapshot else None
        if flag is None:
            raise NotFound("split", split, environment)
        return flag.variants


def post_of(environment: str, split: str, body: Any, cohorts: Collection[str]) -> Post:
    """Read a post; raises Invalid with every fault."""
    faults = list(_faults_of(body, cohorts))
    if faults:
        raise Invalid(faults)
    age_ms = int(body.get("ageSeconds", 0) * 1000)
    rows = [row for each in body["outcomes"] for row in _rows(split, each, age_ms)]
    return Post(SenderKey(environment, split, body["id"]), body["sequence"], rows)


class _Whole(NamedTuple):
    """A whole number from `least` to `most`."""

    least: int
    most: int

    def holds(self, value: Any) -> bool:
        return type(value) is int and self.least <= value <= self.most

    def fault(self, pointer: str) -> Fault:
        return Fault(pointer, "bad-value", f"must be a whole number from {self.least} to {self.most}")


_EVENTS = _Whole(0, MAX_COUNT)


def _faults_of(body: Any, cohorts: Collection[str]) -> Iterator[Fault]:
    if not isinstance(body, dict):
        yield Fault("", "bad-value", "must be an object")
        return
    yield from _unknown(body, MEMBERS, "")
    if not is_text(body.get("id")):
        yield Fault("/id", "bad-value", "must be a text of 1 to 100 characters, the same in every post of this sender")
    sequence = _Whole(1, MAX_NUMBER)
    if not sequence.holds(body.get("sequence")):
        yield sequence.fault("/sequence")
    if not _is_decimal(body.get("ageSeconds", 0), MAX_AGE_SECONDS):
        yield Fault("/ageSeconds", "bad-value", f"must be a number from 0 to {MAX_AGE_SECONDS}")
    rows = body.get("outcomes")
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        yield Fault("/outcomes", "bad-value", f"must be a list of at most {MAX_ROWS} objects")
        return
    for number, row in enumerate(rows):
        yield from _faults_of_row(row, cohorts, f"/outcomes/{number}")


def _faults_of_row(row: Any, cohorts: Collection[str], at: str) -> Iterator[Fault]:
    if not isinstance(row, dict):
        yield Fault(at, "bad-value", "must be an object")
        return
    yield from _unknown(row, ROW_MEMBERS, at)
    cohort: Any = row.get("cohort")
    events: Any = row.get("events")
    if not isinstance(cohort, str) or cohort not in cohorts:
        yield Fault(f"{at}/cohort", "unknown-cohort", f"must be one of {', '.join(sorted(cohorts))}")
    if not _EVENTS.holds(events):
        yield _EVENTS.fault(f"{at}/events")
        return
    if not _Whole(0, events).holds(row.get("bad", 0)):
        yield _Whole(0, events).fault(f"{at}/bad")
    yield from _faults_of_durations(row.get("seconds", []), events, f"{at}/seconds")


def _faults_of_durations(pairs: Any, events: int, at: str) -> Iterator[Fault]:
    if not isinstance(pairs, list) or len(pairs) > MAX_DURATIONS:
        yield Fault(at, "bad-value", f"must be a list of at most {MAX_DURATIONS} pairs [seconds, events]")
        return
    for number, pair in enumerate(pairs):
        is_pair = isinstance(pair, list) and len(pair) == 2  # noqa: PLR2004 - a pair
        if not is_pair or not _is_decimal(pair[0], MAX_SECONDS) or not _EVENTS.holds(pair[1]):
            yield Fault(f"{at}/{number}", "bad-value", "must be a pair [seconds, events]")
            return
    if sum(count for _, count in pairs) > events:
        yield Fault(at, "bad-value", "counts more than there were events")


def _rows(split: str, row: Mapping[str, Any], age_ms: int) -> Iterator[OutcomeRow]:
    """Make the rows of a cohort: of its errors, and of its durations where it told some."""
    cohort, slow = row["cohort"], dict[int, int]()
    yield OutcomeRow("split", split, cohort, "errors", age_ms, row["events"], row.get("bad", 0))
    for seconds, count in row.get("seconds", []):
        slow[place_of(seconds)] = slow.get(place_of(seconds), 0) + count
    if slow:
        yield OutcomeRow("split", split, cohort, "latency", age_ms, sum(slow.values()), slow=slow)


def _unknown(members: Mapping[str, Any], known: Collection[str], at: str) -> Iterator[Fault]:
    for name in members:
        if name not in known:
            yield Fault(f"{at}/{_escaped(name)}", "unknown-member", f"known are {', '.join(sorted(known))}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _is_decimal(value: Any, most: float) -> bool:
    return type(value) in (int, float) and 0 <= value <= most
