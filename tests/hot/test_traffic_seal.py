"""Signed cohorts: with a key every decision of a known split carries one that says just that; without, nothing does."""

from collections.abc import Mapping
from typing import Any

import pytest

from flagsdk.wire.cohort import SignedCohort, opened, parse_keys
from flagsvc.http.traffic_seal import Seal
from flagsvc.http.traffic_unit import Proxies
from tests.hot.world import Reply, World, traffic_split

KEY, OLD = "k" * 32, "o" * 32
NOW, SECONDS = 1_800_000_000, 300
STICKY = {"cookie": "unit", "maxAgeSeconds": 60, "secure": True}
EVERY = {"salt": "s", "force": {"header": "X-Force"}}


def world(key: str = KEY, **members: Any) -> World:
    return World(traffic_split("checkout", **EVERY, **members), seal=Seal(key, SECONDS, lambda: NOW + 0.9))


def said(reply: Reply, key: str = KEY, now: float = NOW) -> SignedCohort:
    found = opened(reply.headers["x-flagsvc-cohort"].encode(), parse_keys(key), now)
    assert isinstance(found, SignedCohort), found
    return found


@pytest.mark.parametrize("unit", ["user-1", "user-17", "Ünit 7", "a,b.c=d"])
def test_it_says_what_the_rest_of_the_answer_says_and_for_whom(unit: str) -> None:
    reply = world().decide(x_user_id=unit.encode().decode("latin-1"))

    assert said(reply) == SignedCohort(
        "production", "checkout", reply.headers["x-cohort"], unit, reply.headers["x-flagsvc-revision"], NOW + SECONDS
    )


def test_without_a_key_there_is_none() -> None:
    reply = World(traffic_split("checkout")).decide(x_user_id="user-1")

    assert "x-flagsvc-cohort" not in reply.headers


def test_a_drawn_unit_is_the_one_in_the_cookie_and_the_next_visit_says_it_again() -> None:
    site = world(sticky=STICKY, unit={"headers": []})

    first = site.decide()
    drawn = first.headers["set-cookie"].partition(";")[0].partition("=")[2]
    again = site.decide(cookie=f"unit={drawn}")

    assert said(first).unit == said(again).unit == drawn
    assert said(first).cohort == said(again).cohort


def test_a_client_address_is_the_unit_where_the_split_says_so() -> None:
    site = World(
        traffic_split("checkout", unit={"clientAddress": True}), proxies=Proxies(), seal=Seal(KEY, SECONDS, lambda: NOW)
    )

    assert said(site.decide()).unit == "192.0.2.1"


@pytest.mark.parametrize(("headers", "unit"), [({}, None), ({"x_user_id": "ann"}, "ann")])
def test_a_forced_cohort_is_signed_with_the_unit_that_is_there_and_draws_none(
    headers: Mapping[str, str], unit: str | None
) -> None:
    reply = world(sticky=STICKY).decide(x_force="canary", **headers)

    assert (said(reply).cohort, said(reply).unit) == ("canary", unit)
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("members", [{"enabled": False}, {"unit": {"headers": ["X-Other"]}}])
def test_a_fallback_of_a_known_split_is_signed_because_that_is_where_the_request_goes(members: dict[str, Any]) -> None:
    reply = world(**members).decide(x_user_id="user-17")

    assert reply.headers["x-cohort-reason"] in {"DISABLED", "TARGETING_KEY_MISSING"}
    assert said(reply).cohort == reply.headers["x-cohort"] == "stable"


def test_a_disabled_split_says_the_unit_of_the_cookie_so_that_flags_stay_and_draws_none() -> None:
    drawn = "A" * 22

    known = world(sticky=STICKY, enabled=False).decide(cookie=f"unit={drawn}")
    new = world(sticky=STICKY, enabled=False).decide()

    assert (said(known).cohort, said(known).unit) == ("stable", drawn)
    assert (said(new).cohort, said(new).unit) == ("stable", None)
    assert "set-cookie" not in new.headers


@pytest.mark.parametrize("path", ["/traffic/v1/production/nothing/decide", "/traffic/v1/nowhere/checkout/decide"])
def test_what_is_not_known_is_not_signed(path: str) -> None:
    assert "x-flagsvc-cohort" not in world().ask("GET", path, {"x-user-id": "ann"}).headers


def test_of_two_keys_the_first_one_signs() -> None:
    reply = world(f"{KEY}, {OLD}").decide(x_user_id="ann")

    assert said(reply, KEY).unit == "ann"
    assert said(reply, f"{OLD},{KEY}").unit == "ann"
    assert not isinstance(opened(reply.headers["x-flagsvc-cohort"].encode(), parse_keys(OLD), NOW), SignedCohort)


def test_the_longest_unit_and_names_fit_into_what_a_reader_takes() -> None:
    key, unit = "k" * 100, "ü" * 256
    site = World(
        traffic_split(key, backends=["stable", "c" * 100], default={"serve": "c" * 100}),
        seal=Seal(KEY, SECONDS, lambda: NOW),
    )

    reply = site.decide(key, x_user_id=unit.encode().decode("latin-1"))

    assert (said(reply).split, said(reply).cohort, said(reply).unit) == (key, "c" * 100, unit)
