"""The shop that browser tests and screenshots look at: it is made, made once, and its rollouts do as they are told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import console_data
from tests.support.console_data import BROKEN, Seeded
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually

PRODUCTION = "environments/production"
ENDED = {"succeeded", "rolled-back", "aborted"}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    made = Service({})
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def seeded(service: Service) -> Seeded:
    return console_data.seed(service.url, ADMIN_TOKEN)


def status(service: Service, key: str) -> dict[str, Any]:
    found: dict[str, Any] = service.call("GET", f"{PRODUCTION}/rollouts/{key}")["status"]
    return found


def test_there_is_a_whole_shop(service: Service, seeded: Seeded) -> None:
    environments = {each["key"]: each for each in service.call("GET", "environments")["items"]}
    flags = service.call("GET", f"{PRODUCTION}/flags?limit=200")["items"]
    others = {
        path: len(service.call("GET", f"{PRODUCTION}/{path}")["items"])
        for path in ("segments", "splits", "plans", "freezes")
    }

    assert set(seeded.flags) <= {flag["key"] for flag in flags}
    assert len(seeded.flags) > 40
    assert others == {"segments": 6, "splits": 3, "plans": 3, "freezes": 1}
    assert set(environments) >= {"development", "staging", "production"}
    assert (environments["production"]["protected"], environments["production"]["requireReason"]) == (True, True)
    reasons = {
        each["reason"] for each in service.call("GET", f"{PRODUCTION}/changes?kind=flag&key=home-dark-mode")["items"]
    }
    assert "Dark mode for most" in reasons


def test_its_flags_are_in_use(service: Service, seeded: Seeded) -> None:
    def used() -> bool:
        items = service.call("GET", f"{PRODUCTION}/usage?flag=checkout-one-page")["items"]
        return bool(sum(item["uses"] for item in items))

    eventually(used, "uses of a flag")
    assert len(service.call("GET", f"{PRODUCTION}/clients")["items"]) == 3


def test_it_is_made_once(service: Service, seeded: Seeded) -> None:
    before = service.call("GET", f"{PRODUCTION}/changes?limit=1")["items"][0]

    again = console_data.seed(service.url, ADMIN_TOKEN)

    assert again.flags == seeded.flags
    assert service.call("GET", f"{PRODUCTION}/changes?limit=1")["items"][0] == before


def test_many_flags_are_in_every_environment(service: Service, seeded: Seeded) -> None:
    keys = console_data.many(service.url, ADMIN_TOKEN, 12)

    assert console_data.many(service.url, ADMIN_TOKEN, 12) == keys
    assert len(set(keys)) == 12
    for place in ("development", "staging", "production"):
        assert service.call("GET", f"environments/{place}/flags/{keys[-1]}")["enabled"]


def test_a_good_release_reaches_everybody_and_a_bad_one_goes_back(service: Service, seeded: Seeded) -> None:
    with console_data.outcomes(service.url, ADMIN_TOKEN, seeded.sdk_tokens["production"]) as told:
        good = console_data.begin_good_rollout(service.url, ADMIN_TOKEN)
        eventually(lambda: status(service, good)["step"] == 2, "the second step")
        eventually(lambda: status(service, good)["phase"] in ENDED, "the end of the good one")
        bad = console_data.begin_bad_rollout(service.url, ADMIN_TOKEN)
        eventually(lambda: status(service, bad)["verdict"]["kind"] == "healthy", "a first verdict")
        told.turn("canary", BROKEN)
        eventually(lambda: status(service, bad)["phase"] in ENDED, "the end of the bad one")

    assert status(service, good)["phase"] == "succeeded"
    ended = status(service, bad)
    assert (ended["phase"], ended["rollback"]["automatic"]) == ("rolled-back", True)
    timeline = service.call("GET", f"{PRODUCTION}/rollouts/{bad}/timeline")
    assert [marker["kind"] for marker in timeline["markers"]][-3:] == ["verdict", "rollback", "end"]
    assert told.posted > 10


def test_a_release_waits_for_a_person(service: Service, seeded: Seeded) -> None:
    key = console_data.begin_waiting_rollout(service.url, ADMIN_TOKEN)

    eventually(lambda: [gate["standing"] for gate in status(service, key)["gates"]] == ["open"], "the gate")
    service.call("POST", f"{PRODUCTION}/rollouts/{key}/abort", {"reason": "tried enough"})
    assert status(service, key)["phase"] in {"rolling-back", "rolled-back"}
