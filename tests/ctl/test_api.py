"""The way to the service: what is repeated and what is not, what is shown, and `flagctl api`."""

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from flagsvc.ctl.api import Api, Request, base_of, path_of
from flagsvc.ctl.failure import Failure, Refused, Unreachable
from flagsvc.ctl.redaction import hidden
from tests.ctl.between import Between, Fault, between
from tests.ctl.conftest import ENVIRONMENT
from tests.ctl.program import Flagctl
from tests.support.service import ADMIN_TOKEN, Service

NewFlag = Callable[..., str]
FLAGS = path_of("environments", ENVIRONMENT, "flags")


@pytest.fixture
def relay(service: Service) -> Iterator[Between]:
    with between(service.port) as opened:
        yield opened


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def api(relay: Between, slept: list[float]) -> Api:
    return Api(relay.url, ADMIN_TOKEN, sleep=slept.append)


def reweigh(key: str, on: int) -> Request:
    body = {"weights": {"on": on, "off": 100_000 - on}}
    return Request(method="POST", path=f"{FLAGS}/{key}/weights", body=body)


@pytest.mark.parametrize("fault", ["lose", "unavailable", "garbage"])
def test_a_read_is_repeated_until_it_is_answered(api: Api, relay: Between, slept: list[float], fault: Fault) -> None:
    relay.faults["GET"] = [fault, fault, fault]

    assert api.get("/api/v1/environments").status == HTTPStatus.OK
    assert slept == [0.2, 0.6, 1.5]


@pytest.mark.parametrize("fault", ["lose", "unavailable", "in-flight", "outcome-unknown"])
def test_a_post_is_repeated_under_its_key_and_carried_out_once(
    api: Api, relay: Between, service: Service, new_flag: NewFlag, fault: Fault
) -> None:
    key = new_flag(on=10)
    relay.faults["POST"] = [fault]

    answer = api.send(reweigh(key, 50_000))

    keys = {headers["Idempotency-Key"] for method, headers in relay.seen if method == "POST"}
    changes = service.call("GET", f"environments/{ENVIRONMENT}/changes?kind=flag&key={key}")["items"]
    assert (answer.content["changeId"] is not None, len(keys), len(changes)) == (True, 1, 2)
    assert answer.headers.get("idempotency-replayed") == ("true" if fault == "lose" else None)


def test_two_posts_have_two_keys(api: Api, relay: Between, new_flag: NewFlag) -> None:
    key = new_flag(on=10)

    api.send(reweigh(key, 20_000))
    api.send(reweigh(key, 30_000))

    assert len({headers["Idempotency-Key"] for _, headers in relay.seen}) == 2


@pytest.mark.parametrize("fault", ["lose", "outcome-unknown", "garbage"])
def test_a_write_without_a_key_is_not_repeated_when_it_may_have_been_carried_out(
    api: Api, relay: Between, new_flag: NewFlag, fault: Fault
) -> None:
    path = f"{FLAGS}/{new_flag()}"
    relay.faults["PATCH"] = [fault]

    with pytest.raises(Failure) as failed:
        api.send(Request(method="PATCH", path=path, body={"enabled": False}))

    assert relay.methods() == ["PATCH"]
    assert isinstance(failed.value, Unreachable) == (fault == "lose")
    assert ("look before you repeat" in failed.value.remedy) == (fault == "lose")


def test_such_a_write_is_repeated_when_the_service_says_that_nothing_was_changed(
    api: Api, relay: Between, new_flag: NewFlag
) -> None:
    relay.faults["PATCH"] = ["unavailable"]

    answer = api.send(Request(method="PATCH", path=f"{FLAGS}/{new_flag()}", body={"enabled": False}))

    assert (answer.status, relay.methods()) == (HTTPStatus.OK, ["PATCH", "PATCH"])


def test_attempts_end(api: Api, relay: Between) -> None:
    relay.faults["GET"] = ["unavailable"] * 9

    with pytest.raises(Refused) as refused:
        api.get("/api/v1/environments")

    assert (refused.value.status, len(relay.seen)) == (503, 4)


def test_nobody_there_is_said_in_words_after_some_attempts(slept: list[float]) -> None:
    with pytest.raises(Unreachable) as lost:
        Api("http://127.0.0.1:1", "t", sleep=slept.append).send(Request(method="PATCH", path="/", body={}))

    assert lost.value.detail == "no answer from http://127.0.0.1:1: Connection refused"
    assert (lost.value.sent, len(slept)) == (False, 3)


def test_a_redirect_is_not_followed_with_the_token(api: Api, relay: Between) -> None:
    relay.faults["GET"] = ["redirect"]

    with pytest.raises(Refused) as refused:
        api.get("/api/v1/environments")

    assert refused.value.status == HTTPStatus.TEMPORARY_REDIRECT


def test_no_variable_of_the_environment_sends_requests_elsewhere(ctl: Flagctl) -> None:
    elsewhere = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"), "http://127.0.0.1:1")

    assert ctl.good("api", "GET", "/api/v1/environments", **elsewhere).json["items"]
    assert ctl.run("api", "GET", "/api/v1/environments", FLAGSVC_PROXY="http://127.0.0.1:1").code == 1


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:80", "ftp://x", "http://", "http://u:p@x", "http://x?y", "http://x:y", "http://x\ny"]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(Failure) as failed:
        base_of(url)

    assert failed.value.code == 2


def test_parts_of_a_path_stay_single_parts() -> None:
    assert path_of("environments", "a/../b", "flags", "ü?x#y") == "/api/v1/environments/a%2F..%2Fb/flags/%C3%BC%3Fx%23y"


def test_a_list_is_read_page_by_page_up_to_the_number_that_is_wanted(api: Api, new_flag: NewFlag) -> None:
    keys = {new_flag() for _ in range(3)}

    assert keys <= {each["key"] for each in api.every(FLAGS)}
    assert len(api.every(FLAGS, most=2)) == 2


def test_anything_can_be_asked_and_what_is_answered_is_printed(ctl: Flagctl, new_flag: NewFlag, tmp_path: Path) -> None:
    path, file = f"{FLAGS}/{new_flag(on=10)}/weights", tmp_path / "body.json"
    file.write_text(json.dumps({"weights": {"on": 30_000, "off": 70_000}}))

    inline = ctl.good("api", "post", path, "-d", '{"weights":{"on":20000,"off":80000}}')
    of_file = ctl.good("api", "POST", path + "?dryRun=true", "-d", f"@{file}", "-H", "X-Change-Reason: a test")
    typed = ctl.alone("api", "POST", path, "-d", "-", stdin=file.read_text())

    assert inline.json["document"]["default"]["split"]["weights"]["on"] == 20_000
    assert (of_file.json["dryRun"], of_file.json["changeId"] is not None) == (True, True)
    assert (typed.code, typed.json["dryRun"]) == (0, False)


def test_a_problem_is_printed_and_told_by_the_exit_code(ctl: Flagctl, new_flag: NewFlag) -> None:
    new_flag()  # the first of a service may be the one that has version 1
    missing = ctl.run("api", "GET", f"{FLAGS}/nothing")
    stale = ctl.run("api", "PATCH", f"{FLAGS}/{new_flag()}", "-d", '{"enabled":false}', "-H", 'If-Match: "1"')

    assert (missing.code, missing.json["code"]) == (1, "not-found")
    assert (stale.code, stale.json["code"]) == (4, "stale-version")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["GET", "api/v1/environments"], "begins with /"),
        (["GET", "/x", "-H", "Authorization: Bearer x"], "never an argument"),
        (["GET", "/x", "-H", "nonsense"], "NAME: VALUE"),
        (["POST", "/x", "-d", "@/nowhere"], "No such file"),
        (["FETCH", "/x"], "FETCH"),
    ],
)
def test_wrong_usage_ends_with_2(ctl: Flagctl, words: list[str], said: str) -> None:
    result = ctl.run("api", *words)

    assert (result.code, said in result.err) == (2, True)


def test_debug_shows_the_exchange_without_the_token(ctl: Flagctl, service: Service) -> None:
    wanted = json.dumps({"kind": "sdk", "environment": ENVIRONMENT, "name": "tests"})

    result = ctl.good("api", "POST", "/api/v1/tokens", "-d", wanted, "--debug")

    minted = result.json["document"]["token"]
    assert f"> POST {service.url}/api/v1/tokens\n" in result.err
    assert "> Authorization: ***\n" in result.err
    assert "< 201\n" in result.err
    assert all(secret not in result.err for secret in (ADMIN_TOKEN, minted))


def test_bodies_are_shown_short_and_without_secrets() -> None:
    assert hidden(b'{"a": [{"adminToken": "x"}], "password": "y", "tokens": 3}') == (
        '{"a": [{"adminToken": "***"}], "password": "***", "tokens": 3}'
    )
    assert hidden(b"<html>\n\x1b") == "<html> \x1b".strip()
    assert len(hidden(b"x" * 10_000)) == 4002
