"""`flagctl kill`: off is off, for everybody, whatever happens on the way."""

from collections.abc import Callable
from itertools import count

import pytest

from tests.ctl.between import Fault, between
from tests.ctl.conftest import ENVIRONMENT
from tests.ctl.program import Flagctl
from tests.support.service import Service
from tests.support.timing import eventually

NewFlag = Callable[..., str]
GERMAN = {"targetingKey": "ann", "country": "DE"}
_routers = count()


def decided(service: Service, kind: str, key: str) -> str:
    question = {kind: key, "context": GERMAN}
    return str(service.call("POST", f"environments/{ENVIRONMENT}/evaluate", question)["decision"]["variant"])


def test_a_killed_flag_is_off_for_those_too_whom_a_rule_serves_and_nothing_was_asked(
    ctl: Flagctl, service: Service, new_flag: NewFlag
) -> None:
    key = new_flag()
    assert decided(service, "flag", key) == "on"

    result = ctl.good("kill", key, "--reason", "INC-123", "-o", "table")

    assert result.out.splitlines()[0] == f"flag/{key} is off: everybody gets off"
    assert decided(service, "flag", key) == "off"
    ctl.good("flag", "enable", key, "--yes")
    assert decided(service, "flag", key) == "on"


def test_killing_twice_is_killing_once(ctl: Flagctl, new_flag: NewFlag) -> None:
    key = new_flag()

    first, second = ctl.good("kill", key), ctl.good("kill", key, "-o", "table", "--wait")

    assert first.json["changeId"] is not None
    assert second.out.startswith(f"flag/{key} is off already: everybody gets off\n")


def test_a_killed_split_sends_everybody_to_stable_and_waits_for_its_routers(
    ctl: Flagctl, service: Service, new_split: NewFlag
) -> None:
    key, router = new_split(canary=100), f"edge-{next(_routers)}"
    assert decided(service, "split", key) == "canary"
    service.call("POST", f"environments/{ENVIRONMENT}/bindings", {"key": key, "split": key, "routers": [router]})

    result = ctl.good("kill", key, "--split", "--wait", "-o", "table")

    status = service.call("GET", f"environments/{ENVIRONMENT}/bindings/{key}")["status"]
    assert status["settled"]["weights"] == {"stable": 100_000, "canary": 0}
    assert result.out.splitlines()[0] == f"split/{key} is off: everybody gets stable"
    assert decided(service, "split", key) == "stable"


@pytest.mark.parametrize("fault", ["lose", "unavailable"])
def test_an_answer_that_is_lost_or_a_busy_service_does_not_keep_it_on(
    ctl: Flagctl, service: Service, new_flag: NewFlag, fault: Fault
) -> None:
    key = new_flag()
    with between(service.port) as relay:
        relay.faults["PATCH"] = [fault]
        result = ctl.good("kill", key, "-o", "table", FLAGSVC_URL=relay.url)

    assert relay.methods().count("PATCH") == 2
    assert decided(service, "flag", key) == "off"
    assert f"flag/{key} is off" in result.out


def test_a_change_that_comes_between_does_not_keep_it_on(ctl: Flagctl, service: Service, new_flag: NewFlag) -> None:
    """What kill has read is old when it writes: it reads again."""
    key = new_flag()
    other = f"environments/{ENVIRONMENT}/flags/{key}/weights"
    with between(service.port) as relay:
        relay.faults["PATCH"] = ["unavailable"]
        process = ctl.begin("kill", key, FLAGSVC_URL=relay.url)
        eventually(lambda: "PATCH" in relay.methods(), "the first attempt")
        service.call("POST", other, {"weights": {"on": 20_000, "off": 80_000}})
        printed, _ = process.communicate(timeout=60)

    assert (process.returncode, '"enabled": false' in printed) == (0, True)
    assert decided(service, "flag", key) == "off"


def test_where_a_reason_is_demanded_the_way_to_give_it_is_told(
    ctl: Flagctl, service: Service, new_flag: NewFlag
) -> None:
    service.call(
        "POST", "environments", {"key": "guarded", "name": "Guarded", "protected": True, "requireReason": True}
    )
    key = new_flag()
    service.call(
        "PATCH", f"environments/guarded/flags/{key}", {"enabled": True},
        **{"If-Match": f'"{_version(service, key)}"', "X-Change-Reason": "test"},
    )  # fmt: skip

    refused = ctl.run("kill", key, "-e", "guarded")

    assert (refused.code, "Say why: --reason." in refused.err) == (1, True)
    assert ctl.good("kill", key, "-e", "guarded", "--reason", "INC-1").json["document"]["enabled"] is False


def _version(service: Service, key: str) -> int:
    return int(service.call("GET", f"environments/guarded/flags/{key}")["version"])
