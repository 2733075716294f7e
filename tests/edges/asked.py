"""What every edge that asks must do: no forged cohort gets through, no fault of the service reaches a user.

A test module of a proxy subclasses `AskedEdge` (its name begins with Test) and says how the proxy is made.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from flagsdk import Context, FlagClient
from flagsdk.wire.cohort import HEADER, SignedCohort, opened, parse_keys
from tests.support.edge import BrokenService, Edge, MakeProxy
from tests.support.pipeline import Answer, ask_all, request
from tests.support.raw_http import RawHttp
from tests.support.service import Service
from tests.support.timing import eventually
from tests.system.cluster import ENVIRONMENT, SPLIT, held_revision

pytestmark = pytest.mark.servers

TYPICAL_SECONDS = 0.1  # the promise: 50 ms for the answer that does not come, and some for everything else
WORST_SECONDS = (
    10.0  # what a busy test machine may make of the slowest of twenty; a proxy left alone would wait for many more
)
ROUNDS = 5  # the promise has to be seen kept in one of them; all of them count for the worst
COHORT_KEY = "a-key-of-the-tests-for-signed-cohorts"
USER = {"X-User-Id": "user-42"}
FORGED = (
    {"X-Cohort": "canary"},
    {"x-cohort": "canary"},
    {"X_Cohort": "canary"},
    {"x_cohort": "canary"},
    {"X-COHORT": "canary, stable"},
    {"X.Cohort": "canary"},
    {"X-Cohort-Bucket": "0", "X-Cohort": "canary"},
    {"X-Flagsvc-Cohort": "forged.one"},
    {"x-flagsvc-cohort": "forged.one"},
    {"X-FLAGSVC-COHORT": "forged.one, forged.two"},
    {"X_Flagsvc_Cohort": "forged.one"},
    {"X-Flagsvc_Cohort": "forged.one"},
    {"X.Flagsvc.Cohort": "forged.one"},
    {"Connection": "X-Cohort, X-Flagsvc-Cohort"},
    {"Connection": "keep-alive, x-cohort", "X-Cohort": "canary"},
)
"""The last ones ask the edge, or a proxy behind it, to take away what the edge says."""

FORGED_PLACE = {
    "X-Original-Method": "PATCH",
    "X-Original-URI": "/forged",
    "X-Forwarded-Method": "PUT",
    "X-Forwarded-Uri": "/forged",
    "X-Forwarded-Host": "forged",
    "X-Forwarded-For": "203.0.113.9",
}

_EMPTY = b"Content-Length: 0\r\n\r\n"
BROKEN = (
    b"HTTP/1.1 500 Internal Server Error\r\nX-Cohort: canary\r\n" + _EMPTY,
    b"HTTP/1.1 403 Forbidden\r\nX-Cohort: canary\r\n" + _EMPTY,
    b"HTTP/1.1 401 Unauthorized\r\n" + _EMPTY,
    b"HTTP/1.1 404 Not Found\r\n" + _EMPTY,
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\n" + _EMPTY,
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n" + _EMPTY,
    b"HTTP/1.1 200 OK\r\n" + _EMPTY,
    b"HTTP/1.1 200 OK\r\nX-Cohort: nowhere\r\n" + _EMPTY,
    b"garbage\r\n\r\n",
    b"",
)
"""Answers that are no decision; the last one is none at all: the connection is closed."""


@dataclass(frozen=True)
class Site:
    """The example with one service behind it: as it is, and patient, for what a busy machine must not decide."""

    service: Service
    edge: Edge
    patient: Edge

    def ask(self, headers: dict[str, str]) -> Answer:
        """Send one request through the proxy; a decision is waited for."""
        return _asked(self.patient, headers)

    def ask_in_time(self, headers: dict[str, str]) -> Answer:
        """Send one request through the proxy with the example's own time limits."""
        return _asked(self.edge, headers)

    def sdk_token(self) -> str:
        """Make a token with which an SDK follows the service."""
        body = {"kind": "sdk", "environment": ENVIRONMENT, "name": "cohorts"}
        token: str = self.service.call("POST", "tokens", body)["document"]["token"]
        return token

    def weigh(self, canary: int) -> None:
        """Set the canary's weight, and wait until the service decides by it."""
        body = {"weights": {"canary": canary, "stable": 100_000 - canary}}
        answer = self.service.call("POST", f"environments/{ENVIRONMENT}/splits/{SPLIT}/weights", body)
        eventually(lambda: held_revision(self.service) >= answer["revision"], "the new weight")


def _asked(edge: Edge, headers: dict[str, str]) -> Answer:
    (answer,) = ask_all(edge.port, [request("/cart", headers)])
    assert answer.status == 200
    return answer


def backend(answer: Answer) -> str:
    return str(json.loads(answer.body)["backend"])


def arrived(answer: Answer) -> list[tuple[str, str]]:
    """List the headers that reached the back end, names Written-Thus: some proxies send them in lower case."""
    return [(name.title(), value) for name, value in json.loads(answer.body)["headers"]]


def received(answer: Answer) -> list[tuple[str, str]]:
    """List the headers of cohorts, and those that would have the next hop remove them, that reached the back end."""
    found = arrived(answer)
    cohorts = [each for each in found if "cohort" in (each[1] if each[0] == "Connection" else each[0]).lower()]
    return [(name, "signed" if name == HEADER and verified(value) else value) for name, value in cohorts]


def decide(end: socket.socket, head: str) -> None:
    """Answer any question with the canary."""
    end.sendall(b"HTTP/1.1 200 OK\r\nX-Cohort: canary\r\nContent-Length: 0\r\n\r\n")


def verified(text: str) -> bool:
    """Whether the service itself signed this."""
    return isinstance(opened(text.encode(), parse_keys(COHORT_KEY), time.time()), SignedCohort)


def served_stable_in_time(site: Site) -> None:
    """Ask for twenty users of the canary, more than once if need be: all are served by stable, most of them in time."""
    medians: list[float] = []
    while min(medians, default=1.0) > TYPICAL_SECONDS:
        assert len(medians) < ROUNDS, f"not in time, in any round: {medians}"
        seconds = timed_stable(site)
        assert seconds[-1] <= WORST_SECONDS
        medians.append(seconds[len(seconds) // 2])


def timed_stable(site: Site) -> list[float]:
    """Seconds of each of twenty requests."""
    seconds = []
    for number in range(20):
        before = time.monotonic()
        answer = site.ask_in_time({"X-User-Id": f"user-{number}"})
        seconds.append(time.monotonic() - before)
        assert backend(answer) == "stable"
        assert received(answer) == [("X-Cohort", "stable")]
    return sorted(seconds)


def asked_about(head: str) -> tuple[str, str, str, set[str]]:
    """Say which method, address, host and client a question is about to the service (docs/reference/traffic.md)."""
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.splitlines()[1:])
    }
    method = headers.get("x-original-method") or headers.get("x-forwarded-method", "")
    place = headers.get("x-original-uri") or headers.get("x-forwarded-uri", "")
    host = headers.get("x-forwarded-host") or headers["host"]
    return method, place, host, {hop.strip() for hop in headers["x-forwarded-for"].split(",")}


class AskedEdge:
    """The promises of docs/reference/traffic.md, kept by a proxy with its example's configuration."""

    make: MakeProxy

    @pytest.fixture(scope="class")
    @classmethod
    def site(cls) -> Iterator[Site]:
        with ExitStack() as stack:
            service = Service({"SAMPLE_DATA": "true", "COHORT_KEY": COHORT_KEY})
            stack.callback(service.close)
            service.start()
            edges = (
                Edge([service.port], make=cls.make),
                Edge([service.port], patient=True, make=cls.make),
            )
            yield Site(service, *map(stack.enter_context, edges))

    @pytest.mark.parametrize("forged", FORGED, ids=",".join)
    @pytest.mark.parametrize("cohort", ["stable", "canary"])
    def test_a_forged_cohort_never_reaches_a_backend(self, site: Site, forged: dict[str, str], cohort: str) -> None:
        site.weigh(100_000 if cohort == "canary" else 0)

        answer = site.ask({**USER, **forged})

        assert backend(answer) == cohort
        assert received(answer) == [("X-Cohort", cohort), (HEADER, "signed")]

    def test_a_service_without_a_key_adds_no_header_and_the_client_s_own_is_still_removed(self) -> None:
        with ExitStack() as stack:
            service = Service({"SAMPLE_DATA": "true"})
            stack.callback(service.close)
            service.start()
            edge = stack.enter_context(Edge([service.port], patient=True, make=self.make))

            Site(service, edge, edge).weigh(0)  # the salt is drawn anew at each start: anybody may be in the canary

            for forged in FORGED:
                assert (forged, received(_asked(edge, {**USER, **forged}))) == (forged, [("X-Cohort", "stable")])

    def test_the_signed_cohort_names_the_unit_of_the_visitor_s_cookie(self, site: Site) -> None:
        site.weigh(50_000)
        first = site.ask({})
        unit = first.headers["set-cookie"].partition(";")[0].partition("=")[2]

        text = dict(arrived(first))[HEADER]

        found = opened(text.encode(), parse_keys(COHORT_KEY), time.time())
        assert isinstance(found, SignedCohort)
        assert (found.cohort, found.unit, found.split) == (backend(first), unit, SPLIT)

    def test_what_was_signed_never_goes_to_the_client(self, site: Site) -> None:
        assert "x-flagsvc-cohort" not in site.ask(USER).headers

    def test_the_rest_of_the_request_passes(self, site: Site) -> None:
        answer = site.ask({**USER, "Accept-Language": "de"})

        headers = dict(arrived(answer))
        assert headers["X-User-Id"] == "user-42"
        assert headers["Accept-Language"] == "de"
        assert headers["X-Forwarded-For"] == "127.0.0.1"

    @pytest.mark.parametrize("forged", [{}, FORGED_PLACE], ids=["honest", "forged"])
    def test_the_service_is_told_the_request_s_own_method_address_host_and_client(self, forged: dict[str, str]) -> None:
        with ExitStack() as stack:
            service = RawHttp(decide)
            stack.callback(service.close)
            edge = stack.enter_context(Edge([service.port], patient=True, make=self.make))

            (got,) = ask_all(edge.port, [request("/cart?a=1", {**USER, **forged})])

        assert (got.status, backend(got)) == (200, "canary")
        assert asked_about(service.heads[-1]) == ("GET", "/cart?a=1", "test", {"127.0.0.1"})

    def test_a_forced_cohort_wins_over_the_weights(self, site: Site) -> None:
        site.weigh(0)

        assert backend(site.ask({**USER, "X-Force-Cohort": "canary"})) == "canary"

    def test_a_visitor_without_a_unit_keeps_a_cohort_by_cookie(self, site: Site) -> None:
        site.weigh(50_000)
        first = site.ask({})
        cookie = first.headers["set-cookie"].partition(";")[0]

        again = {backend(site.ask({"Cookie": cookie})) for _ in range(10)}

        assert again == {backend(first)}
        assert "set-cookie" not in site.ask({"Cookie": cookie}).headers

    def test_two_passes_over_ten_thousand_units_are_equal_and_are_the_sdk_s(self, site: Site) -> None:
        site.weigh(25_000)
        requests = [request("/", {"X-User-Id": f"user-{number}"}) for number in range(10_000)]

        first, second = ([backend(answer) for answer in ask_all(site.patient.port, requests)] for _ in range(2))

        with FlagClient(site.service.url, token=site.sdk_token()) as flags:
            assert flags.wait_ready(60)
            sdk = [flags.cohort(SPLIT, Context(f"user-{number}")) for number in range(10_000)]
        assert first == second == sdk

    def test_with_the_service_killed_everybody_gets_stable_at_once(self, site: Site) -> None:
        site.weigh(100_000)
        site.service.kill()
        try:
            served_stable_in_time(site)
        finally:
            site.service.start()

        eventually(lambda: backend(site.ask_in_time(USER)) == "canary", "decisions, again in time")

    def test_with_the_service_frozen_everybody_gets_stable_after_the_time_limit(self, site: Site) -> None:
        site.weigh(100_000)
        site.service.pause()
        try:
            served_stable_in_time(site)
        finally:
            site.service.resume()

        eventually(lambda: backend(site.ask_in_time(USER)) == "canary", "decisions, again in time")

    @pytest.mark.parametrize("fate", ["frozen", "dead"])
    def test_a_forged_cohort_is_removed_on_the_failure_path_too(self, site: Site, fate: str) -> None:
        site.weigh(100_000)
        begin, end = {
            "frozen": (site.service.pause, site.service.resume),
            "dead": (site.service.kill, site.service.start),
        }[fate]
        begin()
        try:
            answers = [site.ask_in_time({**USER, **forged}) for forged in FORGED]
        finally:
            end()

        found = [(backend(answer), received(answer)) for answer in answers]
        assert found == [("stable", [("X-Cohort", "stable")])] * len(FORGED)

    @pytest.mark.parametrize("answer", BROKEN, ids=lambda answer: answer[:40].decode("latin-1").strip())
    def test_a_service_that_answers_anything_else_means_stable_in_time(self, answer: bytes) -> None:
        with ExitStack() as stack:
            service = stack.enter_context(BrokenService(answer))
            edge = stack.enter_context(Edge([service.port], make=self.make))

            (got,) = ask_all(edge.port, [request("/cart", {**USER, "X-Cohort": "canary"})])

            assert (got.status, backend(got)) == (200, "stable")
            assert received(got) in ([("X-Cohort", "stable")], [])
