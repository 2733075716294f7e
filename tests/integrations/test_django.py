"""Django: what a request is decided by, in views of both kinds, in templates and behind decorators."""

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.integrations.audience import KEY, VIP, edge_header, write_flags
from tests.sdk.documents import flag
from tests.support.process import Child, mortal
from tests.support.servers import on_free_port
from tests.support.timing import eventually
from tests.support.tree import ROOT
from tests.support.web import WebServer, gunicorn

LAZY = "tests.integrations.test_django.chosen_context"


def chosen_context(request: Any) -> dict[str, Any]:
    return {"targetingKey": request.headers["X-Account"]}


async def awaited_context(request: Any) -> dict[str, Any]:
    return chosen_context(request)


def broken_context(request: Any) -> dict[str, Any]:
    raise RuntimeError("no such account")


@pytest.fixture
def browser(django_project: Any) -> Any:
    from django.test import Client  # noqa: PLC0415 - after the settings

    return Client()


@pytest.fixture
def async_browser(django_project: Any) -> Any:
    from django.test import AsyncClient  # noqa: PLC0415 - after the settings

    return AsyncClient()


@pytest.fixture
def member(browser: Any, django_project: Any) -> Any:
    browser.force_login(django_project)
    return browser


def settings(**members: Any) -> Any:
    """Replace members of settings.FLAGSDK for a while."""
    from django.conf import settings as present  # noqa: PLC0415
    from django.test import override_settings  # noqa: PLC0415

    return override_settings(FLAGSDK=present.FLAGSDK | members)


def test_the_targeting_key_is_the_primary_key_of_the_user_and_nothing_else_is_known(member: Any) -> None:
    answer = member.get("/").json()

    assert (answer["vip"], answer["context"]) == (True, {"targetingKey": "7"})


@pytest.mark.parametrize("path", ["/", "/async"])
def test_an_anonymous_request_has_an_empty_context(browser: Any, path: str) -> None:
    answer = browser.get(path).json()

    assert (answer["vip"], answer["context"]) == (False, {})


@pytest.mark.parametrize("path", ["/", "/async"])
def test_what_the_edge_signed_is_believed_and_nothing_else_is(browser: Any, async_browser: Any, path: str) -> None:
    with settings(COHORT_KEY=KEY, ENVIRONMENT="production"):
        believed = browser.get(path, headers=edge_header()).json()
        awaited = json.loads(run(async_browser.get(path, headers=edge_header())).content)
        forged = browser.get(path, headers=edge_header("x" * 32)).json()

    assert believed["cohort"] == awaited["cohort"] == "canary"
    assert believed["context"] == awaited["context"] == {"targetingKey": "7"}
    assert (forged["cohort"], forged["context"], forged["vip"]) == ("stable", {}, False)


def test_the_user_goes_before_the_unit_of_the_edge(member: Any) -> None:
    with settings(COHORT_KEY=KEY, ENVIRONMENT="production"):
        answer = member.get("/", headers=edge_header(unit="8")).json()

    assert answer["context"] == {"targetingKey": "7"}


def test_no_context_outlives_its_request(member: Any) -> None:
    from flagsdk.integrations.context import current_context  # noqa: PLC0415

    member.get("/")

    assert current_context() == {}


def test_a_request_that_asks_for_no_flag_loads_no_session(member: Any) -> None:
    """Whoever reads the session makes the answer vary by cookie, and no cache can keep it."""
    assert "Cookie" not in member.get("/plain").headers.get("Vary", "")
    assert "Cookie" in member.get("/").headers["Vary"]


async def _answer(browser: Any, path: str) -> Any:
    return json.loads((await browser.get(path)).content)


def run(coroutine: Any) -> Any:
    import asyncio  # noqa: PLC0415

    return asyncio.run(coroutine)


@pytest.mark.parametrize("path", ["/", "/async"])
def test_asynchronous_handlers_know_the_user_in_views_of_both_kinds(
    async_browser: Any, django_project: Any, path: str
) -> None:
    async_browser.force_login(django_project)

    answer = run(_answer(async_browser, path))

    assert (answer["vip"], answer["context"]) == (True, {"targetingKey": "7"})


@pytest.mark.parametrize("context", [chosen_context, awaited_context, LAZY])
@pytest.mark.parametrize("path", ["/", "/async"])
def test_a_project_says_what_its_context_is(browser: Any, async_browser: Any, context: Any, path: str) -> None:
    with settings(CONTEXT=context):
        browser.handler._middleware_chain = async_browser.handler._middleware_chain = None
        answer = browser.get(path, headers={"X-Account": "7"}).json()
        request = async_browser.get(path, headers={"X-Account": "7"})
        other = json.loads(run(request).content)

    assert (answer["vip"], other["vip"]) == (True, True)
    assert answer["context"] == other["context"] == {"targetingKey": "7"}


def test_a_context_that_cannot_be_made_is_logged_and_empty(
    browser: Any, async_browser: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with settings(CONTEXT=broken_context), caplog.at_level(logging.ERROR, "flagsdk"):
        answer = browser.get("/").json()
        other = json.loads(run(async_browser.get("/async")).content)

    assert (answer["vip"], other["vip"]) == (False, False)
    assert [record.exc_text.count("no such account") for record in caplog.records if record.exc_text] == [2, 2]


def test_templates_show_one_branch_and_escape_values(member: Any, browser: Any) -> None:
    page = member.get("/page").content.decode()

    assert page.split() == ["vip,", "sale,", "dark,", "3,", "&lt;b&gt;"]


@pytest.mark.parametrize("text", ["{% flag %}{% endflag %}", '{% flag "a" %}', '{% flag "a" "b" %}{% endflag %}'])
def test_a_wrong_tag_is_a_syntax_error(django_project: Any, text: str) -> None:
    from django.template import Template, TemplateSyntaxError  # noqa: PLC0415

    with pytest.raises(TemplateSyntaxError, match="flag"):
        Template("{% load flags %}" + text)


def test_a_guarded_view_is_not_found_while_its_flag_is_off(browser: Any, django_project: Any) -> None:
    assert browser.get("/guarded").status_code == 404

    browser.force_login(django_project)

    assert browser.get("/guarded").content == b"only for some"


def test_another_view_can_answer_with_the_same_arguments(browser: Any, django_project: Any) -> None:
    assert browser.get("/guarded/3").content == b"closed 3"

    browser.force_login(django_project)

    assert browser.get("/guarded/3").content == b"open 3"


def test_the_project_passes_its_checks(django_project: Any) -> None:
    from django.core.checks import run_checks  # noqa: PLC0415

    assert [message for message in run_checks() if message.id.startswith("flagsdk")] == []


@pytest.mark.parametrize(
    ("wrong", "identity", "says"),
    [
        ({"ENVIROMENT": "production"}, "flagsdk.E001", "ENVIRONMENT"),
        ({"FILE": "", "URL": "ftp://host"}, "flagsdk.E002", "unknown source 'ftp'"),
        ({"CLIENT": "tests.nowhere"}, "flagsdk.E002", "tests.nowhere"),
        ({"CLIENT": object}, "flagsdk.E002", "no FlagClient"),
        ({"CONTEXT": "tests.nowhere.function"}, "flagsdk.E003", "tests.nowhere"),
        ({"CONTEXT": 7}, "flagsdk.E003", "no function"),
        ({"COHORT_KEY": "short"}, "flagsdk.E004", "environment"),
        ({"COHORT_KEY": "short", "ENVIRONMENT": "production"}, "flagsdk.E004", "32 to 512"),
    ],
)
def test_a_wrong_setting_is_an_error_of_the_check(
    django_project: Any, wrong: dict[str, Any], identity: str, says: str
) -> None:
    from django.core.checks import run_checks  # noqa: PLC0415

    with settings(**wrong):
        [message] = [message for message in run_checks() if message.id.startswith("flagsdk")]

    assert message.id == identity
    assert says in message.msg


@pytest.mark.parametrize(
    ("wrong", "identity"),
    [
        (lambda names: names[:-1], "flagsdk.W001"),
        (lambda names: names[::-1], "flagsdk.W002"),
    ],
)
def test_a_middleware_that_is_missing_or_too_early_is_said(django_project: Any, wrong: Any, identity: str) -> None:
    from django.conf import settings as present  # noqa: PLC0415
    from django.core.checks import run_checks  # noqa: PLC0415
    from django.test import override_settings  # noqa: PLC0415

    with override_settings(MIDDLEWARE=wrong(present.MIDDLEWARE)):
        found = [message.id for message in run_checks() if message.id.startswith("flagsdk")]

    assert found == [identity]


def test_a_client_that_was_given_is_used_and_left_open(django_project: Any, flags_file: Path) -> None:
    from flagsdk import FlagClient  # noqa: PLC0415
    from flagsdk.integrations import django  # noqa: PLC0415

    with FlagClient(file=str(flags_file)) as given:
        with settings(CLIENT=given):
            assert django.client() is given
        assert django.client() is not given
        assert given.status.state == "ready"


class DevelopmentServer(Child):
    """`manage.py runserver` with its reloader: one process watches files, another one serves."""

    def start(self, environment: dict[str, str]) -> int:
        """Start on a free port, which is returned."""
        words = [*mortal("KILL"), sys.executable, "-m", "django", "runserver"]
        everything = os.environ | environment | {"PYTHONPATH": str(ROOT)}
        return on_free_port(
            lambda port: self.spawn(
                [*words, f"127.0.0.1:{port}"], lambda: "Quit the server" in self.output(), everything
            )
        )


@pytest.mark.servers
def test_the_development_server_serves_flags_from_the_process_that_it_reloads(
    django_project: Any, django_environment: dict[str, str], tmp_path: Path
) -> None:
    environment = django_environment | {"TEST_FLAGS": str(write_flags(tmp_path / "flags.json", flag("vip")))}
    server = DevelopmentServer("runserver")
    try:
        port = server.start(environment | {"PYTHONUNBUFFERED": "1"})
        with urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
            found = json.loads(answer.read())
        server.kill()
        assert "Quit the server" in server.output()
        assert "Traceback" not in server.output()
    finally:
        server.close()

    assert found["vip"] is True
    assert found["pid"] != server.pid


@pytest.fixture
def served(django_project: Any, django_environment: dict[str, str]) -> Iterator[WebServer]:
    server = WebServer("django")
    try:
        server.start(gunicorn("tests.integrations.djangoproject.wsgi:application", "--preload"), django_environment)
        yield server
    finally:
        server.close()


@pytest.mark.servers
def test_a_change_reaches_every_worker_of_a_preloaded_project(
    served: WebServer, django_environment: dict[str, str]
) -> None:
    seen: dict[int, bool] = {}
    eventually(lambda: (answer := served.json()) and (seen.update({answer["pid"]: answer["vip"]}) or len(seen) == 2))
    assert set(seen.values()) == {False}

    write_flags(Path(django_environment["TEST_FLAGS"]), flag("vip"), revision=2)

    def everywhere() -> bool:
        answer = served.json()
        seen[answer["pid"]] = answer["vip"]
        return set(seen.values()) == {True}

    eventually(everywhere)
    write_flags(Path(django_environment["TEST_FLAGS"]), VIP, revision=3)
    assert served.stop(signal.SIGTERM) == 0
    assert "Traceback" not in served.output()
