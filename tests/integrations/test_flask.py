"""Flask: what a request is decided by, in views of both kinds, in templates and behind decorators."""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, copy_current_request_context

from flagsdk import FlagClient
from flagsdk.integrations.cohort import edge_cohort
from flagsdk.integrations.context import current_context, use_context
from flagsdk.integrations.flask import Flags, flag_required, flags
from tests.integrations.audience import KEY, edge_header, write_flags
from tests.integrations.flaskapp import account, make_app
from tests.sdk.documents import flag
from tests.support.timing import eventually
from tests.support.web import WebServer, gunicorn

SEVEN = {"X-Account": "7"}


@pytest.fixture
def client(flags_file: Path) -> Iterator[FlagClient]:
    with FlagClient(file=str(flags_file)) as made:
        yield made


@pytest.fixture
def browser(client: FlagClient) -> Any:
    return make_app({"CONTEXT": account}, client).test_client()


@pytest.mark.parametrize("path", ["/", "/async"])
def test_the_context_is_what_the_application_says(browser: Any, path: str) -> None:
    answer, other = browser.get(path, headers=SEVEN).json, browser.get(path).json

    assert (answer["vip"], answer["context"]) == (True, {"targetingKey": "7"})
    assert (other["vip"], other["context"]) == (False, {})


def test_without_a_function_the_context_is_empty(client: FlagClient) -> None:
    browser: Any = make_app({}, client).test_client()

    assert browser.get("/", headers=SEVEN).json["context"] == {}


def test_what_the_edge_signed_is_believed_and_nothing_else_is(client: FlagClient) -> None:
    settings = {"COHORT_KEY": KEY, "ENVIRONMENT": "production"}
    browser: Any = make_app(settings, client).test_client()

    believed = browser.get("/", headers=edge_header()).json
    forged = browser.get("/", headers=edge_header("x" * 32)).json

    assert (believed["cohort"], believed["context"], believed["vip"]) == ("canary", {"targetingKey": "7"}, True)
    assert (forged["cohort"], forged["context"], forged["vip"]) == ("stable", {}, False)
    assert edge_cohort("checkout") is None


def test_without_a_key_no_edge_is_believed(browser: Any) -> None:
    assert browser.get("/", headers=edge_header()).json["cohort"] == "stable"


def test_a_function_that_asks_a_flag_itself_sees_no_context(client: FlagClient) -> None:
    def context() -> dict[str, Any]:
        return {"targetingKey": "8" if flags.is_enabled("vip") else "7"}

    browser: Any = make_app({"CONTEXT": context}, client).test_client()

    assert browser.get("/").json["context"] == {"targetingKey": "7"}


def test_no_context_outlives_its_request(browser: Any) -> None:
    browser.get("/", headers=SEVEN)

    assert current_context() == {}


def test_a_thread_with_a_copy_of_the_request_takes_no_context_away(browser: Any) -> None:
    """Flask tears such a copy down as a request of its own, in that thread."""
    application: Flask = browser.application

    @application.get("/threads")
    def threads() -> list[dict[str, Any]]:
        there = copy_current_request_context(lambda: dict(current_context()))
        with ThreadPoolExecutor(1) as pool:
            return [pool.submit(there).result(), dict(current_context())]

    assert browser.get("/threads", headers=SEVEN).json == [{}, {"targetingKey": "7"}]
    assert current_context() == {}


def test_a_request_within_a_request_has_its_own_context(browser: Any) -> None:
    with browser.application.test_request_context(headers=SEVEN):
        browser.application.preprocess_request()
        assert current_context() == {"targetingKey": "7"}

        assert browser.get("/").json["context"] == {}

        assert current_context() == {"targetingKey": "7"}
    assert current_context() == {}


def test_a_context_of_the_call_goes_over_that_of_the_request(browser: Any) -> None:
    with browser.application.app_context(), use_context({"targetingKey": "8", "plan": "pro"}):
        assert flags.is_enabled("vip") is False
        assert flags.is_enabled("vip", "7") is True
        assert flags.is_enabled("vip", {"targetingKey": "7"}) is True


def test_what_is_no_context_gives_the_default_and_raises_nothing(browser: Any) -> None:
    with browser.application.app_context():
        assert flags.get_boolean("vip", 7, default=True) is False  # type: ignore[call-overload]  # an INVALID_CONTEXT: off
        assert flags.get_boolean("none", 7, default=True) is True  # type: ignore[call-overload]


def test_templates_test_flags_and_escape_values(browser: Any) -> None:
    page = browser.get("/page", headers=SEVEN).text

    assert page.split() == ["vip,", "dark,", "3,", "&lt;b&gt;"]


def test_a_guarded_view_is_not_found_while_its_flag_is_off(browser: Any) -> None:
    assert browser.get("/guarded").status_code == 404
    assert browser.get("/guarded", headers=SEVEN).text == "only for some"


def test_another_view_can_answer_with_the_same_arguments(browser: Any) -> None:
    assert browser.get("/guarded/3").text == "closed 3"
    assert browser.get("/guarded/3", headers=SEVEN).text == "open 3"


def test_an_alternative_that_nobody_would_await_is_refused() -> None:
    async def alternative() -> str:
        return ""

    with pytest.raises(TypeError, match="asynchronous else_"):
        flag_required("vip", alternative)(lambda: "")


def test_applications_of_one_process_have_their_own_clients(client: FlagClient, tmp_path: Path) -> None:
    second = write_flags(tmp_path / "second.json", flag("vip"))
    with FlagClient(file=str(second)) as other:
        browsers: list[Any] = [make_app({}, made).test_client() for made in (client, other)]

        assert [browser.get("/").json["vip"] for browser in browsers] == [False, True]


def test_outside_of_any_application_the_last_one_counts(client: FlagClient) -> None:
    extension = Flags()
    with pytest.raises(RuntimeError, match="init_app"):
        extension.is_enabled("vip")

    app = Flask(__name__)
    Flags(app, client=client)
    extension = Flags(client=client)

    assert extension.is_enabled("vip", "7") is True


@pytest.mark.parametrize(
    "settings",
    [
        {"ENVIROMENT": "x"},
        {"URL": "ftp://host"},
        {"FILE": "x", "CONTEXT": "no.where"},
        {"FILE": "x", "COHORT_KEY": "short"},
    ],
)
def test_a_wrong_configuration_stops_the_start(settings: dict[str, Any]) -> None:
    before = set(threading.enumerate())

    with pytest.raises(ValueError, match=r"FLAGSDK|ftp|key|environment"):
        make_app(settings)

    assert set(threading.enumerate()) <= before


@pytest.fixture
def server() -> Iterator[WebServer]:
    made = WebServer("flask")
    yield made
    made.close()


@pytest.mark.servers
def test_a_change_reaches_every_worker_of_a_preloaded_application(server: WebServer, flags_file: Path) -> None:
    command = gunicorn("tests.integrations.flaskapp:served()", "--preload", "--threads", "4")
    server.start(command, {"TEST_FLAGS": str(flags_file)})
    seen: dict[int, bool] = {}

    def everywhere(value: bool) -> bool:  # noqa: FBT001 - the value of the flag
        answer = server.json("/")
        seen[answer["pid"]] = answer["vip"]
        return len(seen) == 2 and set(seen.values()) == {value}

    eventually(lambda: everywhere(False))  # noqa: FBT003 - likewise
    assert server.json("/", SEVEN)["vip"] is True
    write_flags(flags_file, flag("vip"), revision=2)

    eventually(lambda: everywhere(True))  # noqa: FBT003 - likewise
    assert server.stop(signal.SIGTERM) == 0
    assert "Traceback" not in server.output()
