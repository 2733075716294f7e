"""Bad input is a 4xx problem that names the place, and not one byte of state changes."""

import asyncio
import json
import socket
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from flagsvc.http import body as bodies
from flagsvc.http.problem import Problem
from tests.http.service import ADMIN, API, CONFIGURATION, PRODUCTION, THIRTY, Service, pointers, problem
from tests.support.asgi import Served

JSON = {"Content-Type": "application/json"}
BODY = {"enabled": True, "offVariant": "off", "default": THIRTY}
DEEP = 10**6

UNREADABLE = [
    (b"{", ""),
    (b"", ""),
    (b"null", ""),
    (b"[]", ""),
    (b'"text"', ""),
    (b"{'a': 1}", ""),
    (b"\xff\xfe{}", ""),
    (b'{"enabled":true,"enabled":false}', "/enabled"),
    (b'{"default":{"serve":"on","serve":"off"}}', "/default/serve"),
    (b'{"rules":[{"when":{"attribute":"a","op":"in","values":[NaN]}}]}', "/rules/0/when/values/0"),
    (b'{"rules":[{"when":{"attribute":"a","op":"in","values":[1,Infinity]}}]}', "/rules/0/when/values/1"),
    (b'{"rules":[{"when":{"attribute":"a","op":"in","values":[-1e999]}}]}', "/rules/0/when/values/0"),
    (b'{"rules":[{"when":{"attribute":"a","op":"in","values":[' + b"9" * 5000 + b"]}}]}", "/rules/0/when/values/0"),
    (b'{"rules":[{"when":{"attribute":"a","op":"in","values":[9007199254740992]}}]}', "/rules/0/when/values/0"),
    (b'{"offVariant":"\\u0000"}', "/offVariant"),
    (b'{"offVariant":"\\ud800"}', "/offVariant"),
    (b'{"a\\udfff":1}', "/a?"),
    (b'{"a":' * (DEEP // 6), ""),
    (b"[" * DEEP + b"]", ""),
]

MISSHAPEN: list[tuple[Mapping[str, Any], str]] = [
    ({"colour": "red"}, "/colour"),
    ({"enabled": 1}, "/enabled"),
    ({"enabled": "true"}, "/enabled"),
    ({"enabled": None}, "/enabled"),
    ({"rules": {}}, "/rules"),
    ({"rules": None}, "/rules"),
    ({"rules": [{"serve": "on"}]}, "/rules/0/when"),
    ({"rules": [{"when": {"all": []}}]}, "/rules/0/serve"),
    ({"rules": [{"when": {"all": [{"attribute": 5, "op": "in"}]}, "serve": "on"}]}, "/rules/0/when/all/0/attribute"),
    ({"rules": [{"when": {"segment": "a b"}, "serve": "on"}]}, "/rules/0/when/segment"),
    ({"rules": [{"when": {"segment": "beta", "colour": 1}, "serve": "on"}]}, "/rules/0/when/colour"),
    ({"default": {"split": {"weights": {"on": -1, "off": 100_001}}}}, "/default/split/weights/on"),
    ({"default": {"split": {"weights": {"on": 30_000.0, "off": 70_000}}}}, "/default/split/weights/on"),
    ({"default": {"split": {"weights": {"on": True, "off": 99_999}}}}, "/default/split/weights/on"),
    ({"default": {"split": {"weights": {"on": "30000", "off": 70_000}}}}, "/default/split/weights/on"),
    ({"default": {"split": {"weights": {"on": 200_000}}}}, "/default/split/weights/on"),
    ({"targets": [{"variant": "on", "units": [5]}]}, "/targets/0/units/0"),
    ({"prerequisites": [{"flag": "theme"}]}, "/prerequisites/0/variants"),
]

MEANINGLESS: list[tuple[Mapping[str, Any], str]] = [
    ({"offVariant": "blue"}, "/offVariant"),
    ({"default": {"serve": "blue"}}, "/default/serve"),
    ({"default": {"split": {"weights": {"on": 30_000, "off": 60_000}}}}, "/default/split/weights"),
    ({"default": {"split": {"weights": {"on": 60_000, "off": 60_000}}}}, "/default/split/weights"),
    ({"default": {"split": {"weights": {"on": 30_000, "blue": 70_000}}}}, "/default/split/weights/blue"),
    ({"default": {"split": {"weights": {}}}}, "/default/split/weights"),
    ({"default": {"split": {"weights": {"on": 100_000}, "hash": "md6"}}}, "/default/split/hash"),
    ({"rules": [{"when": {"attribute": "a", "op": "like", "values": ["x"]}, "serve": "on"}]}, "/rules/0/when/op"),
    ({"rules": [{"when": {"segment": "nobody"}, "serve": "on"}]}, "/rules/0/when/segment"),
    (
        {"rules": [{"when": {"attribute": "a", "op": "matches", "values": ["("]}, "serve": "on"}]},
        "/rules/0/when/values/0",
    ),
    (
        {"rules": [{"when": {"attribute": "a", "op": "matches", "values": ["(a{1000}){1000}"]}, "serve": "on"}]},
        "/rules/0/when/values/0",
    ),
    (
        {"rules": [{"when": {"attribute": "a", "op": "semverEquals", "values": ["x"]}, "serve": "on"}]},
        "/rules/0/when/values/0",
    ),
    (
        {"rules": [{"when": {"attribute": "a", "op": "inCidr", "values": ["10.0.0.0/99"]}, "serve": "on"}]},
        "/rules/0/when/values/0",
    ),
    (
        {"rules": [{"when": {"attribute": "a", "op": "before", "values": ["noon"]}, "serve": "on"}]},
        "/rules/0/when/values/0",
    ),
    (
        {"rules": [{"id": "r", "when": {"all": []}, "serve": "on"}, {"id": "r", "when": {"all": []}, "serve": "on"}]},
        "/rules/1/id",
    ),
    ({"prerequisites": [{"flag": "nothing", "variants": ["on"]}]}, "/prerequisites/0/flag"),
    ({"prerequisites": [{"flag": "theme", "variants": ["blue"]}]}, "/prerequisites/0/variants/0"),
    ({"prerequisites": [{"flag": "new-checkout", "variants": ["on"]}]}, "/prerequisites"),
]


@pytest.mark.parametrize(("body", "pointer"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_unreadable_bodies(service: Service, body: bytes, pointer: str) -> None:
    with service.untouched():
        answer = service.request("PUT", CONFIGURATION, content=body, headers=JSON)

    assert pointer in pointers(problem(answer, 400, "malformed"))


@pytest.mark.parametrize(("members", "pointer"), MISSHAPEN, ids=lambda value: value if isinstance(value, str) else "")
def test_misshapen_bodies(service: Service, members: Mapping[str, Any], pointer: str) -> None:
    with service.untouched():
        answer = service.request("PUT", CONFIGURATION, json={**BODY, **members})

    assert pointer in pointers(problem(answer, 400, "malformed"))


@pytest.mark.parametrize(("members", "pointer"), MEANINGLESS, ids=lambda value: value if isinstance(value, str) else "")
def test_meaningless_bodies(service: Service, members: Mapping[str, Any], pointer: str) -> None:
    with service.untouched():
        answer = service.request("PUT", CONFIGURATION, json={**BODY, **members})

    found = pointers(problem(answer, 422, "invalid"))
    assert any(place.startswith(pointer) for place in found), found


def test_all_faults_are_told_at_once(service: Service) -> None:
    body = {"enabled": 1, "offVariant": 2, "default": {"serve": 3}, "colour": 4}

    answer = service.request("PUT", CONFIGURATION, json=body)

    assert set(pointers(problem(answer, 400, "malformed"))) == {"/enabled", "/offVariant", "/default/serve", "/colour"}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "text/plain"}, 415, "wrong-media-type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "wrong-media-type"),
        ({"Content-Type": "application/json; charset=latin-1"}, 415, "wrong-media-type"),
        ({"Content-Type": "application/merge-patch+json"}, 415, "wrong-media-type"),
        ({}, 415, "wrong-media-type"),
        ({**JSON, "If-Match": '"0"'}, 412, "stale-version"),
        ({**JSON, "If-Match": '"999999"'}, 412, "stale-version"),
        ({**JSON, "If-Match": 'W/"2"'}, 412, "stale-version"),
        ({**JSON, "If-Match": "2"}, 400, "malformed"),
        ({**JSON, "X-Change-Reason": "x" * 1001}, 400, "malformed"),
        ({**JSON, "X-Change-Reason": "UTF-8''%00"}, 400, "malformed"),
        ({**JSON, "X-Change-Reason": "UTF-8''%ff"}, 400, "malformed"),
        ({**JSON, "Authorization": "Bearer wrong"}, 401, "unauthenticated"),
        ({**JSON, "Authorization": ""}, 401, "unauthenticated"),
    ],
)
def test_bad_headers(service: Service, headers: dict[str, str], status: int, code: str) -> None:
    with service.untouched():
        answer = service.request("PUT", CONFIGURATION, content=json.dumps(BODY).encode(), headers=headers)

    problem(answer, status, code)


def test_a_body_that_does_not_come_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> Message:
        return next(messages, None) or await asyncio.get_running_loop().create_future()

    async def read() -> bytes:
        return await asyncio.wait_for(bodies.read(Request({"type": "http", "headers": []}, receive), 100), 10)

    with pytest.raises(Problem) as raised:
        asyncio.run(read())

    assert (raised.value.status, raised.value.faults[0].code) == (400, "incomplete")
    assert raised.value.headers == {"Connection": "close"}


def test_an_oversized_body_is_refused_declared_or_not(service: Service) -> None:
    body = json.dumps({**BODY, "description": "x" * 2**20}).encode()

    with service.untouched():
        declared = service.request("PUT", CONFIGURATION, content=body, headers=JSON)
        streamed = service.request("PUT", CONFIGURATION, content=iter([body[:1000], body[1000:]]), headers=JSON)

    problem(declared, 413, "body-too-large")
    problem(streamed, 413, "body-too-large")


def test_who_sends_on_and_on_still_reads_why_it_was_refused(service: Service) -> None:
    size = 8 * 2**20
    head = f"PUT {CONFIGURATION} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n"
    head += f"Authorization: Bearer {ADMIN}\r\n\r\n"

    with Served(service.application) as served, socket.create_connection(("127.0.0.1", served.port), 30) as client:
        client.sendall(head.encode() + b" " * size)
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body-too-large" in answer


def test_a_refused_body_is_not_passed_over_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LINGER_BYTES", 1000)
    sent = 0

    async def receive() -> Message:
        nonlocal sent
        sent += 100
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    with pytest.raises(Problem):
        asyncio.run(bodies.read(Request({"type": "http", "headers": []}, receive), 500))

    assert 1000 < sent < 2000


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        (f"{CONFIGURATION}?dryRun=yes", "query/dryRun"),
        (f"{CONFIGURATION}?dryrun=true", "query/dryrun"),
        (f"{CONFIGURATION}?dryRun=true&dryRun=false", "query/dryRun"),
        (f"{CONFIGURATION}?a%00=1", "query"),
        (f"{CONFIGURATION}?dryRun=%00", "query/dryRun"),
        (f"{PRODUCTION}/flags/bad%00key", "path/key"),
        (f"{PRODUCTION}/flags/-x", "path/key"),
        (f"{API}/environments/_catalog/flags/new-checkout", "path/environment"),
    ],
)
def test_bad_parameters_are_named(service: Service, path: str, pointer: str) -> None:
    with service.untouched():
        answer = service.request("PUT", path, json=BODY)

    assert pointer in pointers(problem(answer, 400, "malformed"))


@pytest.mark.parametrize("cursor", ["x", "e30", "MTIz", "%F0%9F%92%A9", "A" * 2000])
def test_a_cursor_of_our_own_making_only(service: Service, cursor: str) -> None:
    answer = service.request("GET", f"{API}/flags?cursor={cursor}")

    assert pointers(problem(answer, 400, "malformed")) == ["query/cursor"]


def test_a_cycle_of_segments_is_refused(service: Service) -> None:
    service.ok("POST", f"{PRODUCTION}/segments", {"key": "gamma", "when": {"segment": "beta"}})

    with service.untouched():
        answer = service.request("PATCH", f"{PRODUCTION}/segments/beta", json={"when": {"segment": "gamma"}})

    problem(answer, 422, "invalid")


def test_two_concurrent_edits_cannot_make_a_cycle(service: Service) -> None:
    """Each edit alone is fine; together they would close the circle, so exactly one of them is refused."""
    for key in ("a", "b"):
        service.ok("POST", f"{PRODUCTION}/segments", {"key": key})
    answers: list[int] = []
    ready = threading.Barrier(2)

    def point(key: str, other: str) -> None:
        ready.wait()
        path = f"{PRODUCTION}/segments/{key}"
        answers.append(service.request("PATCH", path, json={"when": {"segment": other}}).status_code)

    threads = [threading.Thread(target=point, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 422]


def test_a_catastrophic_pattern_is_harmless(service: Service) -> None:
    """`(a+)+$` is accepted, because RE2 runs it in linear time; the evaluation answers at once."""
    rule = {"when": {"attribute": "a", "op": "matches", "values": ["^(a+)+$"]}, "serve": "off"}
    service.ok("PATCH", CONFIGURATION, {"rules": [rule], "enabled": True})
    question = {"flag": "new-checkout", "context": {"targetingKey": "u", "a": "a" * 10_000 + "!"}}

    answer = service.ok("POST", f"{PRODUCTION}/evaluate", question)

    assert answer["decision"]["variant"] == "on"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{PRODUCTION}/flags/nothing", None),
        ("GET", f"{API}/environments/nowhere/flags", None),
        ("GET", f"{PRODUCTION}/changes/999999", None),
        ("GET", f"{PRODUCTION}/snapshot?revision=999999", None),
        ("GET", f"{PRODUCTION}/diff?from=0&to=999999", None),
        ("POST", f"{CONFIGURATION}/revert", {"revision": 999_999}),
        ("POST", f"{PRODUCTION}/revert", {"revision": 999_999}),
        ("POST", f"{PRODUCTION}/splits/nothing/weights", {"weights": {"a": 100_000}}),
        ("POST", f"{PRODUCTION}/segments/nothing/archive", None),
        ("POST", f"{PRODUCTION}/copy", {"from": "nowhere"}),
        ("POST", f"{PRODUCTION}/evaluate", {"flag": "nothing", "revision": 999_999}),
        ("DELETE", f"{API}/tokens/nothing", None),
    ],
)
def test_what_is_not_there_is_not_found(service: Service, method: str, path: str, body: Any) -> None:
    with service.untouched():
        answer = service.request(method, path, **({"json": body} if body else {}))

    problem(answer, 404, "not-found")


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        (f"{CONFIGURATION}/revert", {}),
        (f"{PRODUCTION}/revert", {}),
        (f"{PRODUCTION}/evaluate", {"flag": "new-checkout"}),
    ],
)
@pytest.mark.parametrize("revision", ["1", 1.0, True])
def test_a_revision_in_a_body_is_a_number(service: Service, path: str, rest: Any, revision: Any) -> None:
    """In a path or query it can only be text; a body has types of its own."""
    with service.untouched():
        answer = service.request("POST", path, json={**rest, "revision": revision})

    assert "/revision" in pointers(problem(answer, 400, "malformed"))


def test_an_operation_without_a_body_refuses_one(service: Service) -> None:
    with service.untouched():
        answer = service.request("POST", f"{PRODUCTION}/segments/beta/archive", json={})

    problem(answer, 400, "malformed")


def test_a_time_that_is_none_is_refused_in_our_words(service: Service) -> None:
    """The library's own prefix means nothing to the caller."""
    body = {"kind": "admin", "name": "ann", "expiresAt": "tomorrow"}
    for refused in (
        service.request("GET", f"{API}/audit?since=yesterday"),
        service.request("POST", f"{API}/tokens", json=body),
    ):
        [fault] = problem(refused, 400, "malformed")["errors"]
        assert fault["detail"].startswith("a date-time of RFC 3339 with an offset is needed")
