"""Where from: one source, by an argument or a variable; anything else is refused at once and in words."""

from pathlib import Path
from typing import Any

import pytest

from flagsdk import FlagClient
from flagsdk.options import VARIABLES, from_variables, name_of_copy, origins
from flagsdk.sources import open_source
from tests.sdk.documents import FIRST
from tests.sdk.scripted import Scripted


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("redis://user:secret@cache:6379/2?environment=production", "redis cache"),
        ("rediss://cache?environment=production", "redis cache"),
        ("unix:///run/redis.sock?environment=production", "redis /run/redis.sock"),
        ("http://flags:8080", "http flags"),
        ("https://user:secret@flags/base/", "https flags"),
        ("file:flags.json", "file flags.json"),
        ("file:///etc/my%20flags.json", "file my flags.json"),
    ],
)
def test_an_address_opens_its_source_whose_name_holds_no_secret(address: str, name: str) -> None:
    source = open_source(address, token="t0ken")  # noqa: S106 - of nobody

    assert source.name == name
    source.close()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("redis://cache", "environment"),
        ("https://flags", "token"),
        ("ftp://flags", "unknown source 'ftp'; known: redis, rediss, unix, redis.sentinel, "),
        ("flags.json", "unknown source"),
        ("", "unknown source"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_at_once(address: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_source(address)


def test_a_token_of_another_environment_is_refused_at_once_and_not_shown() -> None:
    with pytest.raises(ValueError, match="of another environment than 'staging'") as refusal:
        open_source("https://flags", environment="staging", token="fss_production_secret_check")  # noqa: S106 - of nobody

    assert "production" not in str(refusal.value)


@pytest.mark.parametrize("token", ["fss_staging_secret_check", "fss_secret_check", "opaque", "fsa_all_secret_check"])
def test_a_token_that_does_not_say_its_environment_contradicts_none(token: str) -> None:
    open_source("https://flags", environment="staging", token=token).close()


@pytest.mark.parametrize("address", ["http://", "https:///flags", "http://flags:port", "redis://cache:port/0"])
def test_an_address_without_host_or_port_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match=r"names no host|no number for a port"):
        open_source(address, environment="production", token="t0ken")  # noqa: S106 - of nobody


@pytest.mark.parametrize(
    "address",
    [
        ":secret@cache",
        "secret@cache:6379",
        "redis://:secret/1@cache:6379",
        "redis://:12/secret@cache:6379/0",
        "https://u:secret#1@flags",
    ],
)
def test_a_refusal_shows_no_piece_of_a_password(address: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - what it says is looked at below
        open_source(address, environment="production", token="t0ken")  # noqa: S106 - of nobody

    assert "secret" not in str(refusal.value)


def test_the_line_end_of_a_token_is_no_part_of_it() -> None:
    """It would be refused as a header, and shown with the token in the fault."""
    with FlagClient("http://127.0.0.1:9", token="t0ken\n", start_seconds=0.2) as client:  # noqa: S106 - of nobody
        client.wait_ready(0.2)

        assert "SourceFault" in client.status.fault
        assert "t0ken" not in client.status.fault


@pytest.mark.parametrize("token", ["t0\nken", "t0\u2026ken", "t0\x00ken"])
def test_a_token_that_no_header_can_carry_is_refused_at_once_and_not_shown(token: str) -> None:
    with pytest.raises(ValueError, match="no header can carry") as refusal:
        open_source("http://flags", token=token)

    assert "t0" not in str(refusal.value)


@pytest.mark.parametrize("given", [{}, {"redis": ""}, {"url": None, "file": ""}])
def test_a_source_is_needed(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="name one source"):
        FlagClient(environment="production", **given)


def test_sources_stand_in_the_order_in_which_they_are_named() -> None:
    by_name = {"redis": "redis://third", "url": "http://fourth", "file": "fifth.json"}

    found = origins(["https://first", Scripted(FIRST), "redis://second"], by_name, "production", "t0ken")

    names = [origin.open().name for origin in found]
    assert names == ["https first", "scripted", "redis second", "redis third", "http fourth", "file fifth.json"]


def test_the_variables_name_a_ladder(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("t0ken\n")
    variables = {
        "FLAGSDK_ENVIRONMENT": "production",
        "FLAGSDK_TOKEN_FILE": str(secret),
        "FLAGSDK_FILE": "flags.json",
        "FLAGSDK_URL": "http://flags",
        "FLAGSDK_REDIS_URL": "redis://cache",
    }

    arguments = from_variables(variables)

    assert (arguments["redis"], arguments["url"], arguments["file"]) == ("redis://cache", "http://flags", "flags.json")
    assert (arguments["environment"], arguments["token"]) == ("production", "t0ken")
    assert from_variables({"FLAGSDK_SOURCE": "redis://a  https://b"})["sources"] == ("redis://a", "https://b")


def test_a_token_file_that_is_not_there_is_told_by_its_variable(tmp_path: Path) -> None:
    variables = {"FLAGSDK_URL": "http://flags", "FLAGSDK_TOKEN_FILE": str(tmp_path / "none")}

    with pytest.raises(ValueError, match=r"^FLAGSDK_TOKEN_FILE: .*none cannot be read: FileNotFoundError"):
        from_variables(variables)


def test_without_a_source_the_variables_are_named() -> None:
    with pytest.raises(ValueError, match="FLAGSDK_SOURCE, FLAGSDK_REDIS_URL, FLAGSDK_URL, FLAGSDK_FILE"):
        from_variables({"FLAGSDK_ENVIRONMENT": "production"})


def test_offline_no_source_is_needed() -> None:
    assert from_variables({"FLAGSDK_OFFLINE": "1", "FLAGSDK_BOOTSTRAP": "flags.json"})["offline"] is True


def test_the_copy_on_disk_is_named_after_places_and_environment_and_after_no_secret() -> None:
    def name(address: str, environment: str, token: str) -> str:
        return name_of_copy(origins([address], {}, environment, token), environment)

    first = name("redis://user:secret@cache:6379/2", "production", "t0ken")

    assert first == name("redis://cache:6379/2", "production", "rotated")
    assert first != name("redis://cache:6379/3", "production", "t0ken")
    assert first != name("redis://cache:6379/2", "staging", "t0ken")
    assert first.startswith("production-")
    assert name("https://flags", "", "fss_my_env_secret_check").startswith("my-env-")
    assert "/" not in name("redis://cache", "../../etc", "")


def test_a_client_is_made_from_the_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "flags.json").write_text('{"a": true}')
    monkeypatch.setenv("FLAGSDK_FILE", str(tmp_path / "flags.json"))

    with FlagClient.from_env(start_seconds=5) as client:
        assert client.is_enabled("a") is True


def test_every_variable_is_documented() -> None:
    readme = (Path(__file__).parents[2] / "sdk" / "README.md").read_text()

    assert all(f"`{variable}`" in readme for variable in VARIABLES)


@pytest.mark.parametrize("name", ["a#b.json", "what?.json", "50%25.json", "my flags.json", "ä.json"])
def test_a_path_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"a": true}')

    for given in (str(path), f"/{path}"):
        [origin] = origins([], {"file": given}, "", "")
        assert origin.open().load().documents.keys() == {"flag/a"}


def test_two_environments_of_one_redis_have_two_copies_wherever_they_are_named() -> None:
    def name(address: str) -> str:
        return name_of_copy(origins([address], {}, "", ""), "")

    assert name("redis://cache?environment=staging") != name("redis://cache?environment=production")
    assert name("redis://cache?environment=staging").startswith("staging-")
    assert name("redis://cache?environment=staging&db=1") != name("redis://cache?environment=staging&db=2")
    assert name("redis://cache?environment=staging&password=a") == name("redis://cache?environment=staging&password=b")


def test_a_place_shows_no_secret() -> None:
    place = origins(["redis://user:secret@cache"], {}, "production", "t0ken")[0]

    assert "secret" not in repr(place)
    assert "t0ken" not in repr(place)


@pytest.mark.parametrize("given", [None, b"redis://cache", Path("flags.json"), 7])
def test_what_is_neither_an_address_nor_a_source_is_refused_at_once(given: Any) -> None:
    with pytest.raises(ValueError, match="neither an address nor a source"):
        FlagClient(given, environment="production")


@pytest.mark.parametrize("option", ["start_seconds", "stale_seconds", "report_seconds"])
@pytest.mark.parametrize("seconds", [-1, float("nan"), None, "5", True])
def test_a_duration_that_is_none_is_refused_at_once(option: str, seconds: Any) -> None:
    with pytest.raises(ValueError, match=option):
        FlagClient(offline=True, **{option: seconds})


def test_a_word_that_says_neither_keep_nor_off_is_refused_at_once() -> None:
    """It would keep, silently, where somebody wanted to close."""
    then: Any = "OFF"

    with pytest.raises(ValueError, match="when_stale: keep or off"):
        FlagClient(offline=True, when_stale=then)


def test_a_client_waits_for_ever_where_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "flags.json").write_text('{"a": true}')

    with FlagClient(file=tmp_path / "flags.json", start_seconds=float("inf")) as client:
        assert client.is_enabled("a") is True


def test_paths_lead_to_where_they_did_when_the_client_was_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    (here / "flags.json").write_text('{"a": "of the file"}')
    (here / "bootstrap.json").write_text('{"a": "of the bootstrap"}')
    monkeypatch.chdir(here)
    clients = [
        FlagClient("file:flags.json", cache_dir="cache"),
        FlagClient(file="flags.json"),
        FlagClient(offline=True, bootstrap="bootstrap.json"),
    ]
    monkeypatch.chdir(elsewhere)

    found = []
    for client in clients:
        with client:
            found.append(client.get_string("a"))

    assert found == ["of the file", "of the file", "of the bootstrap"]
    assert list(here.glob("cache/*.flags"))
    assert not list(elsewhere.iterdir())
