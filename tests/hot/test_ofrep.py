"""OFREP: what is answered to whom, and in which shape."""

import json
import urllib.parse
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core import evaluate
from flagsvc.domain.tokens import token_text
from flagsvc.http.ofrep_answers import number
from flagsvc.http.ofrep_gate import Gate
from tests.hot.world import ADMIN, EVALUATION, EXPIRED, FLAGS, LIMIT, SDK, World, flag, known, scope_of

SCHEMAS = json.loads((Path(__file__).parent / "ofrep-schemas.json").read_text())
REASONS = {"STATIC", "TARGETING_MATCH", "SPLIT", "DISABLED", "UNKNOWN"}
KEYS = [document["key"] for document in FLAGS]
CONTEXTS: list[dict[str, Any]] = [{"targetingKey": "user-1"}, {"targetingKey": "user-2", "country": "DE"}, {}]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def conforms(value: Any, name: str) -> None:
    """Fail unless the value has the shape that OFREP's document names so."""
    jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", **SCHEMAS}).validate(value)


@pytest.mark.parametrize("context", CONTEXTS, ids=str)
@pytest.mark.parametrize("key", [*KEYS, "never-heard-of"])
def test_every_single_answer_has_the_shape_for_its_status(world: World, key: str, context: dict[str, Any]) -> None:
    reply = world.evaluate(key, context)

    shapes = {200: "serverEvaluationSuccess", 400: "evaluationFailure", 404: "flagNotFound"}
    conforms(reply.json, shapes[reply.status])
    assert reply.headers["content-type"] == "application/json"
    assert reply.json["key"] == key
    if reply.status == 200:
        assert {"value", "variant", "reason", "metadata"} <= reply.json.keys()
        assert reply.json["reason"] in REASONS
    else:
        assert reply.json["errorDetails"]


@pytest.mark.parametrize("context", CONTEXTS, ids=str)
def test_a_bulk_answer_has_the_shape_and_every_flag_but_archived_ones(world: World, context: dict[str, Any]) -> None:
    reply = world.evaluate("", context)

    assert reply.status == 200
    conforms(reply.json, "bulkEvaluationSuccess")
    assert sorted(item["key"] for item in reply.json["flags"]) == sorted(set(KEYS) - {"gone"})
    assert reply.json["metadata"] == {"revision": 1, "epoch": "epoch-1"}
    [stream] = reply.json["eventStreams"]
    conforms(stream, "eventStream")
    assert (stream["type"], "url" in stream, "endpoint" in stream) == ("sse", False, True)


@pytest.mark.parametrize("context", CONTEXTS, ids=str)
def test_bulk_says_the_same_as_single_of_every_flag(world: World, context: dict[str, Any]) -> None:
    for item in world.evaluate("", context).json["flags"]:
        single = world.evaluate(item["key"], context).json
        for name in ("bucket", "revision", "epoch"):
            single["metadata"].pop(name, None)
        assert item == single


@given(
    key=st.sampled_from([key for key in KEYS if key != "gone"]),
    unit=st.text(min_size=1, max_size=20).filter(str.isprintable),
    country=st.sampled_from(["DE", "FR", None, 7]),
)
def test_ofrep_agrees_with_the_evaluator(world: World, key: str, unit: str, country: Any) -> None:
    context = {"targetingKey": unit, "country": country}
    snapshot = world.board.held["production"]
    decision = evaluate(snapshot, key, context)

    answer = world.evaluate(key, context).json

    if decision.error:
        assert "value" not in answer
        return
    assert (answer["value"], answer["variant"]) == (decision.value, decision.variant)
    told = answer["metadata"]
    assert (told["reason"], told.get("rule"), told.get("bucket"), told.get("prerequisite"), told["revision"]) == (
        decision.reason,
        decision.rule,
        decision.bucket,
        decision.prerequisite,
        1,
    )


@pytest.mark.parametrize(
    ("key", "context", "reason", "precise"),
    [
        ("static", {}, "STATIC", "STATIC"),
        ("rollout", {"targetingKey": "u"}, "SPLIT", "SPLIT"),
        ("ruled", {"country": "DE"}, "TARGETING_MATCH", "TARGETING_MATCH"),
        ("ruled", {"country": "FR"}, "UNKNOWN", "DEFAULT"),
        ("disabled", {}, "DISABLED", "DISABLED"),
    ],
)
def test_reasons_outside_ofreps_list_are_unknown_and_told_in_metadata(
    world: World, key: str, context: dict[str, Any], reason: str, precise: str
) -> None:
    answer = world.evaluate(key, context).json

    assert (answer["reason"], answer["metadata"]["reason"]) == (reason, precise)


def test_a_missing_unit_is_a_failure_only_where_a_split_needs_it(world: World) -> None:
    failed = world.evaluate("rollout", {"country": "DE"})

    assert (failed.status, failed.json["errorCode"]) == (400, "TARGETING_KEY_MISSING")
    assert world.evaluate("static", {"country": "DE"}).status == 200
    items = {item["key"]: item for item in world.evaluate("", {}).json["flags"]}
    assert items["rollout"]["errorCode"] == "TARGETING_KEY_MISSING"
    assert items["static"]["value"] is True


def test_what_this_reader_cannot_decide_is_a_general_failure(world: World) -> None:
    reply = world.evaluate("broken")

    assert (reply.status, reply.json["errorCode"]) == (400, "GENERAL")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("whole", b'"value":1.0,'),
        ("huge", b'"value":1.0e+22,'),
        ("intfloat", b'"value":3.0,'),
        ("count", b'"value":9007'),
    ],
)
def test_floats_have_a_decimal_point_and_integers_none(world: World, key: str, text: bytes) -> None:
    assert text in world.evaluate(key).body


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_written_with_a_point_and_read_back_exactly(value: float) -> None:
    text = number(value)

    assert "." in text
    assert json.loads(text) == value


def test_keys_in_the_path_are_percent_decoded() -> None:
    world = World(flag("a.b_c-d", "boolean", {"on": True}, {"serve": "on"}))

    for key in ("a.b_c-d", "a%2eb_c%2Dd"):
        assert world.evaluate(key).json["key"] == "a.b_c-d"
    strange = world.evaluate(urllib.parse.quote("ü/ö?", safe=""))
    assert (strange.status, strange.json["key"], strange.json["errorCode"]) == (404, "ü/ö?", "FLAG_NOT_FOUND")


def test_a_token_opens_its_own_environment_and_no_other(world: World) -> None:
    world.board.held.pop("other", None)

    refused = world.evaluate("static", token=SDK)

    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    conforms(refused.json, "generalErrorResponse")
    assert world.evaluate("static", token=EVALUATION).status == 200


@pytest.mark.parametrize("path", ["/ofrep/v1/evaluate/flags/rollout", "/ofrep/v1/evaluate/flags"])
def test_a_token_that_another_replica_has_just_made_counts_at_its_first_use(path: str) -> None:
    world = World()
    text, stranger = (token_text("evaluation", "production", letter * 32) for letter in "ab")
    world.known.append(known(text, "evaluation"))
    body = b'{"context":{"targetingKey":"user-1"}}'
    scope = scope_of("POST", path, {"authorization": f"Bearer {text}", "content-type": "application/json"})

    assert world.app.answer(scope, body) is None, "it would have to wait"
    assert world.post(path, body, text).status == 200
    assert world.app.answer(scope, body) is not None

    assert [world.post(path, body, stranger).status for _ in range(3)] == [401] * 3


def test_the_token_of_an_archived_environment_is_refused_for_good() -> None:
    """Not with 503, which asks the provider to come back for ever."""
    world = World()
    path = str(world.evaluate("").json["eventStreams"][0]["endpoint"]["requestUri"])
    world.known = [replace(each, principal=replace(each.principal, archived=True)) for each in world.known]
    world.tokens.refresh()

    for reply in (world.evaluate("static"), world.evaluate("")):
        assert (reply.status, reply.headers.get("retry-after")) == (403, None)
        assert reply.json == {"errorDetails": "the environment production of this token is archived"}
        conforms(reply.json, "generalErrorResponse")
    assert world.ask("GET", path, {}).status == 401
    assert world.ask("GET", path.partition("?")[0], {"authorization": f"Bearer {EVALUATION}"}).status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer wrong-token-123456"}, 401),
        ({"authorization": f"Basic {EVALUATION}"}, 401),
        ({"authorization": f"Bearer {EXPIRED}"}, 401),
        ({"authorization": f"Bearer {ADMIN}"}, 403),
        ({"x-api-key": "wrong"}, 401),
        ({"x-api-key": EVALUATION}, 200),
        ({"authorization": f"bearer {EVALUATION}"}, 200),
    ],
)
def test_who_may_ask(world: World, headers: dict[str, str], status: int) -> None:
    body = b'{"context":{"targetingKey":"u"}}'
    for path in ("/ofrep/v1/evaluate/flags/static", "/ofrep/v1/evaluate/flags"):
        reply = world.ask("POST", path, {"content-type": "application/json", **headers}, body)
        assert reply.status == status
        if status == 401:
            assert reply.headers["www-authenticate"].startswith("Bearer")


def test_a_context_may_be_no_larger_than_what_is_read_in_a_moment() -> None:
    """Reading it holds up every decision of the process: a megabyte of small lists took 0.4 seconds."""
    tokens = World().tokens

    assert [Gate(tokens, limit).max_body_bytes for limit in (4096, 2**20, 2**26)] == [4096, 2**16, 2**16]


def test_no_depth_of_a_context_is_a_fault_of_ours(world: World) -> None:
    """Where the parser still reads it, the writer of the entity tag may not reach its ground any more."""
    for depth in range(700, 1100):
        reply = world.post("/ofrep/v1/evaluate/flags", b'{"context":{"a":%b%b}}' % (b"[" * depth, b"]" * depth))
        assert reply.status in {200, 400}, depth


def nested(depth: int) -> bytes:
    return b'{"context":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "PARSE_ERROR"),
        (b"{", 400, "PARSE_ERROR"),
        (b'{"context":{}} x', 400, "PARSE_ERROR"),
        (b"\xff\xfe", 400, "PARSE_ERROR"),
        (b'\xef\xbb\xbf{"context":{}}', 400, "PARSE_ERROR"),
        (b'{"context":{"a":1,"a":2}}', 400, "PARSE_ERROR"),
        (b'{"context":{"a":NaN}}', 400, "PARSE_ERROR"),
        (b'{"context":{"a":-Infinity}}', 400, "PARSE_ERROR"),
        (b'{"context":{"a":1e999}}', 400, "PARSE_ERROR"),
        (nested(1900), 413, "PARSE_ERROR"),
        (b'{"context":' + b"[" * 4000, 400, "PARSE_ERROR"),
        (b"null", 400, "INVALID_CONTEXT"),
        (b"[]", 400, "INVALID_CONTEXT"),
        (b"{}", 400, "INVALID_CONTEXT"),
        (b'{"context":null}', 400, "INVALID_CONTEXT"),
        (b'{"context":[]}', 400, "INVALID_CONTEXT"),
        (b'{"context":{"targetingKey":7}}', 400, "INVALID_CONTEXT"),
        (b'{"context":{"targetingKey":"\\ud800"}}', 400, "INVALID_CONTEXT"),
        (b'{"context":{"a":"' + b"x" * LIMIT + b'"}}', 413, "PARSE_ERROR"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_bodies_are_refused_in_ofreps_shape(world: World, body: bytes, status: int, code: str) -> None:
    single = world.post("/ofrep/v1/evaluate/flags/rollout", body)
    bulk = world.post("/ofrep/v1/evaluate/flags", body)

    assert (single.status, single.json["key"], single.json["errorCode"]) == (status, "rollout", code)
    conforms(single.json, "evaluationFailure")
    if body.find(b"\\ud800") < 0:
        assert (bulk.status, bulk.json["errorCode"]) == (status, code)
        conforms(bulk.json, "bulkEvaluationFailure")


def test_a_huge_integer_is_a_number_like_any_other_or_refused(world: World) -> None:
    assert world.post("/ofrep/v1/evaluate/flags/ruled", b'{"context":{"country":1' + b"0" * 100 + b"}}").status == 200
    assert world.post("/ofrep/v1/evaluate/flags/ruled", b'{"context":{"country":1' + b"0" * 4301 + b"}}").status >= 400


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_only_json_is_read(world: World, media_type: str) -> None:
    assert world.evaluate("static", content_type=media_type).status == 415


def test_json_may_name_its_charset(world: World) -> None:
    assert world.evaluate("static", content_type="Application/JSON; charset=utf-8").status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_other_methods_are_not_allowed(world: World, method: str) -> None:
    reply = world.ask(method, "/ofrep/v1/evaluate/flags/static", {})

    assert (reply.status, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/ofrep/v1/configuration", "/ofrep/v1/", "/ofrep/v1/evaluate/flags/"])
def test_what_ofrep_does_not_have_is_not_found(world: World, path: str) -> None:
    assert world.ask("GET", path, {}).status == 404


def test_every_answer_counts_one_use_of_each_flag_it_holds() -> None:
    world = World()
    for unit in ("user-1", "user-2", "user-3"):
        bulk = world.evaluate("", {"targetingKey": unit})
    world.evaluate("static")

    uses: Counter[str] = Counter()
    for used in world.ofrep.used():
        uses[used.key] += used.uses
    assert uses == {flag["key"]: 3 + (flag["key"] == "static") for flag in bulk.json["flags"]}
