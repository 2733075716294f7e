"""`flagctl set`: seen first, asked about, and done exactly as it was seen."""

from collections.abc import Callable

import pytest

from flagsdk import FlagClient
from flagsvc.ctl.failure import Failure
from flagsvc.ctl.weights import changes, served, weights_of
from tests.ctl.conftest import ENVIRONMENT
from tests.ctl.program import Flagctl
from tests.support.service import Service
from tests.support.timing import eventually

NewFlag = Callable[..., str]
Weights = Callable[[str], dict[str, int]]
HALF = {"on": 50_000, "off": 50_000}


def test_the_answer_for_programs_is_json_and_all_else_goes_to_standard_error(
    ctl: Flagctl, new_flag: NewFlag, weights: Weights
) -> None:
    key = new_flag(on=10)

    result = ctl.alone("set", key, "-w", "on=50,off=50", "--yes")

    assert (result.code, weights(key)) == (0, HALF)
    assert (result.json["changeId"], result.json["dryRun"]) == (f"{ENVIRONMENT}:{result.json['revision']}", False)
    assert result.json["requestId"]
    assert result.out.count("\n") == 1
    assert result.err.splitlines()[:4] == [
        f"flag/{key} @ {ENVIRONMENT}",
        "  off  90 % → 50 %",
        "  on   10 % → 50 %",
        "who moves: 40.0 % off → on, nobody else",
    ]


def test_where_nobody_can_be_asked_nothing_is_changed_and_the_question_is_told(
    ctl: Flagctl, new_flag: NewFlag, weights: Weights
) -> None:
    key = new_flag(on=10)

    result = ctl.alone("set", key, "-w", "on=50,off=50")

    assert (result.code, result.out) == (2, "")
    assert "Save this?" in result.err
    assert "--yes" in result.err
    assert weights(key) == {"on": 10_000, "off": 90_000}


@pytest.mark.parametrize(("typed", "code", "on"), [("y\n", 0, 50_000), ("n\n", 1, 10_000), ("\n", 1, 10_000)])
def test_at_a_terminal_only_yes_is_yes(
    ctl: Flagctl, new_flag: NewFlag, weights: Weights, typed: str, code: int, on: int
) -> None:
    key = new_flag(on=10)

    result = ctl.on_terminal("set", key, "-w", "on=50,off=50", answers=[("[y/N]", lambda: typed)])

    assert (result.code, weights(key)["on"]) == (code, on)
    assert "who moves: 40.0 % off → on, nobody else" in result.out
    assert ("saved: " in result.out) == (code == 0)


def test_what_somebody_else_changed_during_the_question_is_not_overwritten(
    ctl: Flagctl, service: Service, new_flag: NewFlag, weights: Weights
) -> None:
    key = new_flag(on=10)

    def meanwhile() -> str:
        body = {"weights": {"on": 20_000, "off": 80_000}}
        service.call("POST", f"environments/{ENVIRONMENT}/flags/{key}/weights", body)
        return "y\n"

    result = ctl.on_terminal("set", key, "-w", "on=50,off=50", answers=[("[y/N]", meanwhile)])

    assert result.code == 4
    assert weights(key)["on"] == 20_000


def test_a_dry_run_tells_all_and_changes_nothing(ctl: Flagctl, new_flag: NewFlag, weights: Weights) -> None:
    key = new_flag(on=10)

    result = ctl.good("set", key, "-w", "on=50,off=50", "--dry-run", "-o", "table")

    assert "who moves: 40.0 % off → on, nobody else\n" in result.out
    assert weights(key)["on"] == 10_000
    assert ctl.good("set", key, "-w", "on=50,off=50", "--dry-run").json["dryRun"] is True


def test_the_same_weights_again_change_nothing_and_ask_nothing(ctl: Flagctl, new_flag: NewFlag) -> None:
    key = new_flag(on=50)

    result = ctl.good("set", key, "-w", "on=50,off=50", "-o", "table")

    assert result.out == "nothing changes\n"


def test_another_version_than_the_expected_one_ends_with_4(ctl: Flagctl, new_flag: NewFlag, weights: Weights) -> None:
    key = new_flag(on=10)

    result = ctl.alone("set", key, "-w", "on=50,off=50", "--yes", "--if-version", "999999")

    assert (result.code, result.out, weights(key)["on"]) == (4, "", 10_000)


def test_the_weights_of_a_rule_and_of_a_traffic_split_are_set_alike(
    ctl: Flagctl, service: Service, new_flag: NewFlag, new_split: NewFlag
) -> None:
    key, split = new_flag(on=10), new_split(canary=10)

    rule = ctl.good("set", key, "--rule", "germany", "-w", "on=99.9,off=0.1", "--yes").json["document"]
    canary = ctl.good("set", split, "--split", "-w", "canary=0.001,stable=99.999", "-y").json["document"]

    assert rule["rules"][0]["split"]["weights"] == {"on": 99_900, "off": 100}
    assert rule["default"]["split"]["weights"]["on"] == 10_000
    assert canary["default"]["split"]["weights"] == {"canary": 1, "stable": 99_999}


def test_the_reason_stands_in_the_trail_in_any_script(ctl: Flagctl, service: Service, new_flag: NewFlag) -> None:
    key = new_flag(on=10)

    ctl.good("set", key, "-w", "on=50,off=50", "--yes", "--reason", "Größer → 更大")

    changes = service.call("GET", f"environments/{ENVIRONMENT}/changes?kind=flag&key={key}")
    assert changes["items"][0]["reason"] == "Größer → 更大"


def test_wrong_names_are_told_with_the_nearest_right_one(ctl: Flagctl, new_flag: NewFlag, new_split: NewFlag) -> None:
    key, split = new_flag(), new_split()

    def said(*words: str, **variables: str) -> str:
        result = ctl.run("set", *words, "-w", "on=50,off=50", "--yes", **variables)
        assert (result.code, result.out) == (1, "")
        return result.err

    assert f"Did you mean {key}?" in said(key.upper())
    assert "There is a traffic split of this name: --split." in said(split)
    assert "There is a flag of this name: no --split." in said(key, "--split")
    assert "Did you mean staging?" in said(key, FLAGSVC_ENVIRONMENT="stagign")
    assert "did you mean 'off'?" in ctl.run("set", key, "-w", "on=50,of=50", "-y").err
    assert "known: germany" in ctl.run("set", key, "--rule", "germny", "-w", "on=50,off=50", "-y").err


def test_waiting_ends_when_every_client_holds_the_change(ctl: Flagctl, service: Service, new_flag: NewFlag) -> None:
    place = _environment(service, "waiting-well")
    token = _sdk_token(service, place)
    key = new_flag()
    with FlagClient(service.url, environment=place, token=token, application="shop") as client:
        eventually(lambda: _clients(service, place) == 1, "the client's first report")

        result = ctl.run("set", key, "-e", place, "-w", "on=1,off=99", "-y", "--wait", "--timeout", "50s")

        assert (result.code, result.err.splitlines()[-1]) == (0, "confirmed everywhere")
        assert (client.status.revision or 0) >= result.json["revision"]


def test_waiting_in_vain_ends_with_6_and_names_who_is_behind(ctl: Flagctl, service: Service, new_flag: NewFlag) -> None:
    place = _environment(service, "waiting-in-vain")
    key = new_flag()
    with FlagClient(service.url, environment=place, token=_sdk_token(service, place), application="shop"):
        eventually(lambda: _clients(service, place) == 1, "the client's first report")

    result = ctl.run("set", key, "-e", place, "-w", "on=1,off=99", "-y", "--wait", "--timeout", "600ms")

    assert result.code == 6
    assert result.json["changeId"]
    assert "0 of 1 clients have it, not yet shop" in result.err


def test_a_time_out_without_a_unit_is_refused_before_anything_is_done(ctl: Flagctl, new_flag: NewFlag) -> None:
    result = ctl.run("set", new_flag(), "-w", "on=50,off=50", "-y", "--wait", "--timeout", "30")

    assert (result.code, "15m" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("on=25,off=75", {"on": 25_000, "off": 75_000}),
        (" on = 0.001 , off=99.999", {"on": 1, "off": 99_999}),
        ("on=12.345,off=87.655", {"on": 12_345, "off": 87_655}),
        ("on=25%,off=75 %", {"on": 25_000, "off": 75_000}),
        ("a=100", {"a": 100_000}),
        ("on=25", None),
        ("on=25,on=75", None),
        ("on=0.0005,off=99.9995", None),
        ("on=-5,off=105", None),
        ("on=nan,off=100", None),
        ("on=1e9999,off=0", None),
        ("on,off", None),
        ("=100", None),
        ("", None),
    ],
)
def test_weights_are_read_exactly_or_refused(text: str, weights: dict[str, int] | None) -> None:
    if weights is not None:
        assert weights_of(text) == weights
        return
    with pytest.raises(Failure) as failed:
        weights_of(text)
    assert failed.value.code == 2


def test_what_serves_one_variant_is_all_of_it_and_who_never_had_anything_is_left_out() -> None:
    document = {"default": {"serve": "a"}, "rules": [{"id": "r", "split": {"weights": HALF}}]}

    assert served(document, None) == {"a": 100_000}
    assert served(document, "r") == HALF
    assert changes({"a": 100_000, "b": 0}, {"a": 50_000, "c": 50_000}) == ["  a  100 % → 50 %", "  c    0 % → 50 %"]


def _environment(service: Service, key: str) -> str:
    service.call("POST", "environments", {"key": key, "name": key})
    return key


def _sdk_token(service: Service, environment: str) -> str:
    wanted = {"kind": "sdk", "environment": environment, "name": "tests"}
    return str(service.call("POST", "tokens", wanted)["document"]["token"])


def _clients(service: Service, environment: str) -> int:
    return int(service.call("GET", f"environments/{environment}/clients")["summary"]["clients"])
