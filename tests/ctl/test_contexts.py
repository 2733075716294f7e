"""Who you are and where: profiles, tokens, and which value goes before which."""

import json
import stat
from pathlib import Path

import pytest
from typer.main import get_command

from flagsvc.ctl.contexts import kind_of
from flagsvc.ctl.failure import Failure
from flagsvc.ctl.main import application
from flagsvc.ctl.profiles import Profile, Profiles, profiles_path, read_profiles, write_profiles
from flagsvc.ctl.values import Given, resolve, token_of
from flagsvc.domain.tokens import token_text
from tests.ctl.commands import commands, options_of
from tests.ctl.program import Flagctl
from tests.support.service import ADMIN_TOKEN, Service


@pytest.fixture
def fresh(tmp_path: Path) -> Flagctl:
    """Give the program to somebody who has said nothing yet."""
    return Flagctl(tmp_path, {})


def file_of(fresh: Flagctl) -> Path:
    return fresh.home / "config" / "flagsvc" / "flagctl.json"


def test_after_a_login_commands_know_where_and_who(fresh: Flagctl, service: Service) -> None:
    said = fresh.alone("login", "--url", service.url, "-e", "staging", stdin=ADMIN_TOKEN + "\n")

    assert (said.code, said.out, ADMIN_TOKEN in said.err) == (0, "", False)
    assert stat.S_IMODE(file_of(fresh).stat().st_mode) == 0o600
    assert stat.S_IMODE(file_of(fresh).parent.stat().st_mode) == 0o700
    who = fresh.good("whoami").json
    assert (who["url"], who["profile"], who["environment"]) == (service.url, "default", "staging")
    assert fresh.good("flag", "list").code == 0


def test_a_login_at_a_terminal_does_not_show_the_token(fresh: Flagctl, service: Service) -> None:
    result = fresh.on_terminal("login", "work", "--url", service.url, answers=[("Token: ", lambda: ADMIN_TOKEN + "\n")])

    assert (result.code, ADMIN_TOKEN in result.out) == (0, False)
    assert read_profiles(file_of(fresh)).known["work"].token == ADMIN_TOKEN


def test_a_token_that_the_service_does_not_know_is_not_kept(fresh: Flagctl, service: Service) -> None:
    refused = fresh.run("login", "--url", service.url, stdin="wrong\n")

    assert (refused.code, "a valid bearer token is needed" in refused.err) == (1, True)
    assert not file_of(fresh).exists()


def test_an_environment_that_there_is_not_is_told_with_those_that_there_are(fresh: Flagctl, service: Service) -> None:
    refused = fresh.run("login", "--url", service.url, "-e", "prod", stdin=ADMIN_TOKEN + "\n")

    assert (refused.code, "staging" in refused.err) == (1, True)
    assert not file_of(fresh).exists()


def test_a_token_for_other_work_is_kept_and_said_to_be_one(fresh: Flagctl, service: Service, tmp_path: Path) -> None:
    wanted = {"kind": "evaluation", "environment": "staging", "name": "tests"}
    file = tmp_path / "token"
    file.write_text(service.call("POST", "tokens", wanted)["document"]["token"])

    result = fresh.good("login", "--url", service.url, "-e", "staging", "--token-file", str(file))

    assert "evaluation token for staging, which may not do this: " in result.err


@pytest.mark.parametrize("typed", ["", "\n", "two words", "ü", "x\x00y", "x" * 2000])
def test_what_cannot_be_a_token_is_refused(typed: str) -> None:
    with pytest.raises(Failure) as failed:
        token_of(typed)

    assert failed.value.code == 2


def test_no_command_takes_a_token_as_an_argument() -> None:
    options = [option for _, command in commands(get_command(application())) for option in options_of(command)]

    assert "--token-file" in options
    assert [option for option in options if option.endswith("token")] == []


def test_logging_out_forgets_the_token_and_keeps_the_address(fresh: Flagctl, service: Service) -> None:
    fresh.good("login", "--url", service.url, stdin=ADMIN_TOKEN)

    fresh.good("logout")

    assert ADMIN_TOKEN not in file_of(fresh).read_text()
    assert read_profiles(file_of(fresh)).known["default"].url == service.url
    assert "flagctl login" in fresh.run("whoami").err
    assert fresh.run("logout", "nobody").code == 1


def test_profiles_are_listed_and_chosen(fresh: Flagctl, service: Service) -> None:
    for name in ("one", "two"):
        fresh.good("login", name, "--url", service.url, "-e", "staging", stdin=ADMIN_TOKEN)

    fresh.good("context", "use", "one")

    listed = fresh.good("context", "list").json
    assert [(each["name"], each["inUse"]) for each in listed] == [("one", True), ("two", False)]
    assert ADMIN_TOKEN not in json.dumps(listed)
    assert fresh.good("context", "list", "-o", "name").out == "one\ntwo\n"
    assert "known: one, two" in fresh.run("context", "use", "three").err


def test_every_value_is_shown_with_where_it_came_from(fresh: Flagctl, service: Service) -> None:
    fresh.good("login", "--url", service.url, "-e", "staging", stdin=ADMIN_TOKEN)

    shown = fresh.good("context", "show", "-e", "production", FLAGSVC_URL="http://elsewhere").json

    found = {each["name"]: (each["value"], each["origin"]) for each in shown}
    assert found["url"] == ("http://elsewhere", "FLAGSVC_URL")
    assert found["environment"] == ("production", "--environment")
    assert found["profile"] == ("default", "flagctl context use")
    assert found["token"] == ("-", "nobody says it")
    assert found["file"][0] == str(file_of(fresh))


PROFILES = Profiles("p", {"p": Profile("https://p", "of-p", "of-p"), "q": Profile("https://q/", "of-q", "of-q")})
VARIABLES = {"FLAGSVC_URL": "https://p", "FLAGSVC_TOKEN": "of-variable", "FLAGSVC_ENVIRONMENT": "of-variable"}


def test_an_option_goes_before_a_variable_and_a_variable_before_the_profile(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("of-option\n")
    given = Given(url="https://o", environment="of-option", token_file=str(file))

    by_all, by_variable, by_profile = (
        resolve(*each, PROFILES) for each in ((given, VARIABLES), (Given(), VARIABLES), (Given(profile="q"), {}))
    )

    assert [by_all.url.text, by_all.environment.text, by_all.token.text] == ["https://o", "of-option", "of-option"]
    assert [by_variable.environment.text, by_variable.token.text] == ["of-variable", "of-variable"]
    assert [by_profile.url.text, by_profile.environment.text, by_profile.token.text] == ["https://q/", "of-q", "of-q"]


def test_a_token_of_a_profile_goes_to_no_other_address() -> None:
    assert resolve(Given(url="https://evil"), {}, PROFILES).token.text == ""
    assert resolve(Given(), {"FLAGSVC_URL": "https://evil"}, PROFILES).token.text == ""
    assert resolve(Given(url="https://q"), {"FLAGSVC_PROFILE": "q"}, PROFILES).token.text == "of-q"


def test_a_token_is_read_from_the_file_that_a_variable_names(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("of-file")

    assert resolve(Given(), {"FLAGSVC_TOKEN_FILE": str(file)}, Profiles()).token == ("of-file", "FLAGSVC_TOKEN_FILE")
    with pytest.raises(Failure, match="nowhere"):
        resolve(Given(token_file="nowhere"), {}, Profiles())  # noqa: S106  # a file's name


def test_what_is_missing_is_asked_for_with_every_way_to_say_it(fresh: Flagctl, service: Service) -> None:
    nowhere = fresh.run("flag", "list")
    nobody = fresh.run("flag", "list", "--url", service.url, "-e", "staging")
    no_place = fresh.run("flag", "list", "--url", service.url, FLAGSVC_TOKEN=ADMIN_TOKEN)

    assert [each.code for each in (nowhere, nobody, no_place)] == [2, 2, 2]
    assert all(way in nobody.err for way in ("FLAGSVC_TOKEN", "--token-file", "flagctl login"))
    assert "FLAGSVC_ENVIRONMENT" in no_place.err


def test_a_file_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "flagctl.json"
    write_profiles(path, PROFILES)
    path.chmod(0o640)

    with pytest.raises(Failure) as failed:
        read_profiles(path)

    assert failed.value.remedy == f"chmod 600 {path}"


def test_profiles_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "flagctl.json"

    write_profiles(path, PROFILES)

    assert read_profiles(path) == PROFILES
    assert [each.name for each in path.parent.iterdir()] == ["flagctl.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"profiles": []}', '{"profiles": {"a": {"url": 1}}}', '{"profiles": {"a": 1}}']
)
def test_a_damaged_file_is_told_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "flagctl.json"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(Failure, match="cannot be read"):
        read_profiles(path)

    assert path.read_text() == text


def test_the_file_is_where_the_xdg_specification_wants_it() -> None:
    assert profiles_path({"XDG_CONFIG_HOME": "/c", "HOME": "/h"}) == Path("/c/flagsvc/flagctl.json")
    assert profiles_path({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}) == Path("/h/.config/flagsvc/flagctl.json")


def test_a_token_says_its_kind_and_not_its_secret() -> None:
    secret = "s" * 32

    assert kind_of(token_text("admin", None, secret)) == "admin token for every environment"
    assert kind_of(token_text("sdk", "my_env", secret)) == "sdk token for my_env"
    assert kind_of("whatever") == "a token"
