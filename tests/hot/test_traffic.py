"""Traffic decisions: always 200, always a known cohort, the same for the same unit, and stable on every doubt."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core import evaluate, evaluate_split
from flagsvc.http.traffic_plan import Plan
from tests.hot.world import FLAGS, World, split, traffic_split

STICKY = {"cookie": "unit", "maxAgeSeconds": 60, "secure": True}
METHODS = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]
CANARY_UNIT = "user-17"


@pytest.fixture(scope="module")
def world() -> World:
    return World(*FLAGS, traffic_split("checkout"), traffic_split("off", enabled=False, force={"header": "X-Force"}))


def cohort(world: World, split: str = "checkout", **headers: str) -> str:
    return world.decide(split, **headers).headers["x-cohort"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["", "/", "/any/path%20of?it=asked", "/%2e%2e/x"])
def test_every_method_and_path_is_answered_with_200_and_no_body(world: World, method: str, path: str) -> None:
    reply = world.decide(path=path, method=method, x_user_id="user-1")

    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", "0")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-flagsvc-revision"] == "epoch-1.1"
    assert reply.headers["x-cohort"] in {"stable", "canary"}
    assert "x-cohort-reason" not in reply.headers


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=1, max_size=40)
)
def test_the_cohort_is_that_of_the_evaluator_and_nested_in_the_flag_of_the_same_salt(world: World, unit: str) -> None:
    snapshot = world.board.held["production"]
    context = {"targetingKey": unit}

    reply = world.decide(x_user_id=unit.encode().decode("latin-1"))

    decision = evaluate_split(snapshot, "checkout", context)
    assert (reply.headers["x-cohort"], int(reply.headers["x-cohort-bucket"])) == (decision.value, decision.bucket)
    if decision.value == "canary":
        assert evaluate(snapshot, "rollout", context).value is True


@pytest.mark.parametrize("path", ["production/check%6fut", "produc%74ion/checkout", "production/checkout"])
def test_a_percent_encoded_path_names_the_same_split(path: str) -> None:
    """RFC 3986, section 6.2.2.2: both spellings are one address."""
    world = World()

    reply = world.ask("GET", f"/traffic/v1/{path}/decide/a%20b", {"X-User-Id": "user-1"})

    assert "x-cohort-reason" not in reply.headers
    assert [served.uses for served in world.traffic.served() if served.split == "checkout" and served.uses] == [1]


@pytest.mark.parametrize(("path", "reason"), [
    ("/traffic/v1/production/nothing/decide", "UNKNOWN_SPLIT"),
    ("/traffic/v1/nowhere/checkout/decide", "UNKNOWN_ENVIRONMENT"),
    ("/traffic/v1/production/checkout", "UNKNOWN_PATH"),
    ("/traffic/v1/production/checkout/decision", "UNKNOWN_PATH"),
    ("/traffic/v1/", "UNKNOWN_PATH"),
    ("/traffic/v1/production/static/decide", "UNKNOWN_SPLIT"),
    ("/traffic/v1/%ff/%00/decide", "UNKNOWN_ENVIRONMENT"),
])  # fmt: skip
def test_what_is_not_known_is_stable_and_says_why(world: World, path: str, reason: str) -> None:
    reply = world.ask("GET", path, {"x-user-id": "u"})

    assert (reply.status, reply.headers["x-cohort"], reply.headers["x-cohort-reason"]) == (200, "stable", reason)


@pytest.mark.parametrize("unit", ["", " ", "x" * 513, "\xff\xfe"])
def test_without_a_usable_unit_the_cohort_is_stable(world: World, unit: str) -> None:
    reply = world.decide(x_user_id=unit)

    assert (reply.headers["x-cohort"], reply.headers["x-cohort-reason"]) == ("stable", "TARGETING_KEY_MISSING")
    assert "x-cohort-bucket" not in reply.headers


def test_a_fault_of_ours_is_the_stable_cohort(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(Plan, "head", lambda *_: 1 // 0)

    reply = world.decide(x_user_id="u")

    assert (reply.status, reply.headers["x-cohort"], reply.headers["x-cohort-reason"]) == (200, "stable", "GENERAL")


def test_a_name_that_would_break_a_header_never_leaves_the_service() -> None:
    names = ["stable", "can\r\nary: x"]
    world = World(traffic_split("checkout", backends=names, default={"serve": names[1]}))

    reply = world.decide(x_user_id="u")

    assert (reply.status, reply.headers["x-cohort"]) == (200, "stable")


def test_a_disabled_split_is_stable_for_everybody_also_the_forced(world: World) -> None:
    for headers in ({"x_user_id": CANARY_UNIT}, {"x_force": "canary"}):
        reply = world.decide("off", **headers)
        assert (reply.headers["x-cohort"], reply.headers["x-cohort-reason"]) == ("stable", "DISABLED")


def test_units_come_from_headers_then_cookies_then_the_sticky_cookie_then_the_address() -> None:
    unit = {"headers": ["X-A", "X-B"], "cookies": ["uid"], "clientAddress": True}
    world = World(traffic_split("checkout", unit=unit, sticky=STICKY))
    sticky = "A" * 22
    sources = {"X-A": "a", "X-B": "b", "cookie": f"z=1; uid=c; unit={sticky}"}
    expected = ["a", "b", "c", sticky, "192.0.2.1"]

    for unit_text in expected:
        reply = world.ask("GET", "/traffic/v1/production/checkout/decide", sources)
        snapshot = world.board.held["production"]
        wanted = evaluate_split(snapshot, "checkout", {"targetingKey": unit_text}).bucket
        assert int(reply.headers["x-cohort-bucket"]) == wanted, unit_text
        assert "set-cookie" not in reply.headers
        if unit_text == "c":
            sources["cookie"] = f"unit={sticky}"
        else:
            sources.pop(next(iter(sources)), None) if sources else None


def test_a_visitor_without_a_unit_gets_a_random_one_that_sticks() -> None:
    world = World(traffic_split("checkout", sticky=STICKY))
    first = world.decide()

    found = re.fullmatch(
        r"unit=([A-Za-z0-9_-]{22}); Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure", first.headers["set-cookie"]
    )
    assert found
    again = world.decide(cookie=f"unit={found[1]}")
    assert "set-cookie" not in again.headers
    assert again.headers["x-cohort-bucket"] == first.headers["x-cohort-bucket"]
    assert world.decide().headers["set-cookie"] != first.headers["set-cookie"]


def test_the_cookie_is_for_http_only_where_the_split_says_so() -> None:
    world = World(traffic_split("checkout", sticky={**STICKY, "secure": False}))

    assert "Secure" not in world.decide().headers["set-cookie"]


@pytest.mark.parametrize("forged", ["canary", "", "x" * 22 + "!", "../../etc", "Ä" * 22])
def test_a_forged_sticky_cookie_is_replaced(forged: str) -> None:
    world = World(traffic_split("checkout", sticky=STICKY))

    assert "set-cookie" in world.decide(cookie=f"unit={forged}").headers


def test_a_known_backend_can_be_forced_and_nothing_else() -> None:
    world = World(traffic_split("checkout", force={"header": "X-Force-Cohort"}, default={"serve": "stable"}))

    assert cohort(world, x_force_cohort="canary") == "canary"
    for word in ("CANARY", "green", "canary, stable", ""):
        assert cohort(world, x_force_cohort=word, x_user_id="u") == "stable"


def test_without_a_force_header_in_the_document_nobody_forces() -> None:
    world = World(traffic_split("checkout", default={"serve": "stable"}))

    assert cohort(world, x_force_cohort="canary", x_user_id="u") == "stable"


def rule(attribute: str, op: str, *values: Any) -> dict[str, Any]:
    return {"id": "r", "when": {"attribute": attribute, "op": op, "values": list(values)}, "serve": "canary"}


@pytest.mark.parametrize(("one", "headers"), [
    (rule("header.x-country", "equals", "DE"), {"x_country": "DE"}),
    (rule("header.User-Agent", "contains", "curl"), {"user_agent": "curl/8"}),
    (rule("path", "startsWith", "/beta/"), {}),
    (rule("method", "equals", "POST"), {}),
    (rule("host", "equals", "shop.example"), {"host": "shop.example"}),
])  # fmt: skip
def test_rules_see_method_path_host_and_the_headers_they_name(one: dict[str, Any], headers: dict[str, str]) -> None:
    world = World(traffic_split("checkout", rules=[one], default={"serve": "stable"}))

    assert world.decide(path="/beta/x", method="POST", **headers).headers["x-cohort"] == "canary"
    assert world.decide(path="/else", method="GET").headers["x-cohort"] == "stable"


@pytest.mark.parametrize("name", ["authorization", "Cookie", "X-API-Key", "proxy-authorization"])
def test_no_rule_sees_a_credential(name: str) -> None:
    world = World(traffic_split("checkout", rules=[rule(f"header.{name}", "exists")], default={"serve": "stable"}))

    reply = world.ask("GET", "/traffic/v1/production/checkout/decide", {name: "secret"})

    assert reply.headers["x-cohort"] == "stable"


def test_attributes_that_only_a_segment_names_are_seen_too() -> None:
    when = {"attribute": "header.x-country", "op": "equals", "values": ["DE"]}
    nested = {"key": "inner", "included": [], "excluded": [], "by": "targetingKey", "when": when}
    outer = {"key": "outer", "included": [], "excluded": [], "by": "targetingKey", "when": {"segment": "inner"}}
    rules = [{"id": "r", "when": {"segment": "outer"}, "serve": "canary"}]
    world = World(nested, outer, traffic_split("checkout", rules=rules, default={"serve": "stable"}))

    assert cohort(world, x_country="DE") == "canary"
    assert cohort(world, x_country="FR") == "stable"


def test_a_change_is_in_force_with_the_next_request() -> None:
    world = World()
    before = world.decide(x_user_id="u")
    edited = traffic_split("checkout", default={"serve": "canary"})

    world.board.change({"split/checkout": json.dumps(edited)})

    after = world.decide(x_user_id="u")
    assert before.headers["x-flagsvc-revision"] == "epoch-1.1"
    assert (after.headers["x-cohort"], after.headers["x-flagsvc-revision"]) == ("canary", "epoch-1.2")
    world.board.change({"split/checkout": None})
    assert world.decide(x_user_id="u").headers["x-cohort-reason"] == "UNKNOWN_SPLIT"


def test_every_decision_is_counted_once_across_changes() -> None:
    world = World(traffic_split("checkout", force={"header": "X-Force"}), *FLAGS)
    for number in range(10):
        world.decide(x_user_id=f"u{number}")
        world.decide(x_force="canary")
        world.decide("unknown")
        edit = traffic_split(
            "checkout", default=split("t", canary=number + 1, stable=100_000), force={"header": "X-Force"}
        )
        world.board.change({"split/checkout": json.dumps(edit)} if number % 2 else {"flag/static": None})

    counts: dict[tuple[str, str], int] = {}
    for row in world.traffic.served():
        label = (row.split, row.cohort)
        counts[label] = counts.get(label, 0) + row.uses
    assert sum(uses for (name, _), uses in counts.items() if name == "checkout") == 20
    assert counts["unknown", "stable"] == 10


def test_asking_for_many_unknown_splits_fills_no_memory() -> None:
    world = World()

    for number in range(100):
        world.decide(f"unknown-{number}")

    assert world.traffic._plans == {}
