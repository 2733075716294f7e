"""Settings: typed, from variables or files, every fault at once, no secret shown."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from flagsvc.settings import (
    PREFIX,
    Settings,
    SettingsError,
    expectation,
    is_secret,
    load,
    secrets_of,
    shown,
    variable_names,
    warnings,
)
from tests.support.tree import ROOT

SECRET = "a-secret-that-is-never-shown"  # noqa: S105  # a canary
PAGE = (ROOT / "docs/reference/settings.md").read_text()


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def faults() -> str:
    with pytest.raises(SettingsError) as caught:
        load()
    return str(caught.value)


def test_nothing_has_to_be_set_and_nothing_is_open_to_the_network_by_default() -> None:
    settings = load()

    assert (settings.host, settings.port, settings.sample_data) == ("127.0.0.1", 8080, False)
    assert settings.database.startswith("sqlite:////")
    assert settings.database.endswith("/data/flagsvc.db")


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("", Path("data").absolute()),
        ("sqlite:////srv/flags/all.db", Path("/srv/flags")),
        ("postgresql://flagsvc@db/flagsvc", None),
    ],
)
def test_the_folder_of_the_database_is_known_where_it_is_a_file(url: str, folder: Path | None) -> None:
    settings = Settings(database_url=SecretStr(url)) if url else load()

    assert settings.database_folder == folder


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1


def test_all_faults_are_told_at_once_with_name_and_expectation(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"PORT": "eighty", "ADMIN_TOKEN": SECRET[:8], "LOG_LEVEL": "loud", "TRUSTED_PROXIES": "0.0.0.0/0"}
    for name, value in wrong.items():
        monkeypatch.setenv(PREFIX + name, value)

    told = faults()

    assert told.startswith("4 settings are wrong:")
    for name in wrong:
        assert f"{PREFIX}{name} = " in told
    assert "'eighty': expected a whole number from 0 to 65535" in told
    assert SECRET[:8] not in told


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "-1"), ("PORT", "65536"), ("PORT", "8e3"), ("HOST", " "[1:] or "\0"[1:]), ("MAX_BODY_BYTES", "10"),
    ("STREAM_LIMIT", "0"), ("SNAPSHOT_RATE", "0"),
    ("DRAIN_SECONDS", "-1"), ("DRAIN_SECONDS", "nan"), ("POLL_SECONDS", "0"),
    ("ADMIN_TOKEN", "short"), ("ADMIN_TOKEN", "sixteen characters with spaces"), ("ADMIN_TOKEN", "ü" * 20),
    ("SAMPLE_TOKEN", "x" * 513), ("DATABASE_URL", "mysql://h/d"), ("DATABASE_URL", "sqlite://"), ("DATABASE_URL", "x"),
    ("REDIS_URL", "http://h"), ("REDIS_URL", "redis://"), ("TRUSTED_PROXIES", "::/0"), ("TRUSTED_PROXIES", "proxy"),
    ("CORS_ORIGINS", "app.example"), ("CORS_ORIGINS", "https://a/path"), ("SAMPLE_DATA", "perhaps"),
    ("OUTBOUND_NETWORKS", "10.0.0.1/8"), ("OUTBOUND_NETWORKS", "intranet"),
    ("HOOK_SECRET", "short"), ("HOOK_SECRET", f"{SECRET},"), ("HOOK_SECRET", f"{SECRET},{SECRET},{SECRET}"),
    ("LOG_FORMAT", "xml"), ("DATABASE_PATIENCE_SECONDS", "0"), ("DATABASE_PATIENCE_SECONDS", "61"),
])  # fmt: skip
def test_dangerous_and_odd_values_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    if not value:
        assert load()  # an empty variable is one that is not set
        return
    assert f"{PREFIX}{name} = " in faults()


def test_metrics_have_another_port_than_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_PORT", "9000")
    monkeypatch.setenv("FLAGSVC_METRICS_PORT", "9001")
    assert load().metrics_port == 9001

    monkeypatch.setenv("FLAGSVC_METRICS_PORT", "9000")

    assert "FLAGSVC_METRICS_PORT = '9000': expected a whole number from 1 to 65535, and not that of" in faults()


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_TRUSTED_PROXIES", "10.0.0.1, fd00::/8,")
    monkeypatch.setenv("FLAGSVC_CORS_ORIGINS", "https://a.example,http://localhost:3000")

    settings = load()

    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.1/32", "fd00::/8"]
    assert settings.cors_origins == ("https://a.example", "http://localhost:3000")


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n")
    monkeypatch.setenv("FLAGSVC_ADMIN_TOKEN_FILE", str(tmp_path / "token"))

    token = load().admin_token

    assert token is not None
    assert token.get_secret_value() == SECRET


def test_a_secrets_file_must_be_readable_and_the_only_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLAGSVC_ADMIN_TOKEN_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("FLAGSVC_REDIS_URL", "redis://h")
    monkeypatch.setenv("FLAGSVC_REDIS_URL_FILE", str(tmp_path / "none"))

    told = faults()

    assert "FLAGSVC_ADMIN_TOKEN_FILE = " in told
    assert "only one of FLAGSVC_REDIS_URL and FLAGSVC_REDIS_URL_FILE" in told


def test_a_variable_that_means_nothing_is_warned_about_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_LOG_LEVL", "debug")
    monkeypatch.setenv("FLAGSVC_ZZZ", "1")
    monkeypatch.setenv("FLAGSVC_TOKEN", "of flagctl in the same shell")

    assert warnings() == [
        "FLAGSVC_LOG_LEVL is not a setting; did you mean FLAGSVC_LOG_LEVEL?",
        "FLAGSVC_ZZZ is not a setting",
    ]


def test_reaching_everything_is_allowed_and_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_OUTBOUND_NETWORKS", "10.0.0.0/8")
    assert warnings(load()) == []

    monkeypatch.setenv("FLAGSVC_OUTBOUND_NETWORKS", "10.0.0.0/8,::/0")

    (warning,) = warnings(load())
    assert warning.startswith("FLAGSVC_OUTBOUND_NETWORKS: whoever may write a plan can make this service talk to every")


def test_a_hook_may_be_signed_with_two_secrets_while_one_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_HOOK_SECRET", f"{SECRET}, of-the-next-month")

    assert secrets_of(load().hook_secret) == (SECRET, "of-the-next-month")
    assert secrets_of(None) == ()


def test_what_kubernetes_puts_there_by_itself_is_left_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    links = {
        "PORT": "tcp://10.0.0.1:8080",
        "METRICS_PORT": "tcp://10.0.0.2:9090",
        "METRICS_SERVICE_HOST": "10.0.0.2",
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "8080",
        "PORT_8080_TCP": "x",
    }
    for name, value in links.items():
        monkeypatch.setenv(PREFIX + name, value)

    assert (load().port, load().metrics_port) == (8080, None)
    assert warnings() == []


def test_every_value_is_shown_with_its_origin_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_ADMIN_TOKEN", SECRET)
    monkeypatch.setenv("FLAGSVC_DATABASE_URL", f"postgresql://u:{SECRET}@h/d")
    monkeypatch.setenv("FLAGSVC_PORT", "9000")

    rows = {name: (value, origin) for name, value, origin in shown(load({"sample_data": True}))}

    assert rows["FLAGSVC_PORT"] == ("9000", "FLAGSVC_PORT")
    assert rows["FLAGSVC_ADMIN_TOKEN"] == ("***", "FLAGSVC_ADMIN_TOKEN")
    assert rows["FLAGSVC_SAMPLE_DATA"] == ("True", "command")
    assert rows["FLAGSVC_HOST"] == ("127.0.0.1", "default")
    assert SECRET not in str(rows) + repr(load())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("postgresql://db.example.com/flags", "postgresql://db.example.com/flags"),
        (f"postgresql://u:{SECRET}@db.example.com:5433/flags", "postgresql://***@db.example.com:5433/flags"),
        (f"postgresql://db.example.com/flags?password={SECRET}", "postgresql://db.example.com/flags?***"),
        ("sqlite:////srv/flags.db", "sqlite:////srv/flags.db"),
        (f"postgresql://u:a/{SECRET}@db.example.com/flags", "***"),
        (f"postgresql://u:{SECRET}?b@db.example.com/flags", "***"),
        (f"postgresql://u:a@{SECRET}@db.example.com/flags", "***"),
        (f"postgresql://u:{SECRET}#b@db.example.com/flags", "***"),
    ],
)
def test_of_an_address_is_shown_where_it_leads(monkeypatch: pytest.MonkeyPatch, given: str, told: str) -> None:
    """Two replicas that follow two databases are told apart by it, at night."""
    monkeypatch.setenv("FLAGSVC_DATABASE_URL", given)

    rows = {name: value for name, value, _ in shown(load())}

    assert rows["FLAGSVC_DATABASE_URL"] == told


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_documented_with_default_and_expectation(field: str) -> None:
    info = Settings.model_fields[field]
    name = f"| `{PREFIX}{field.upper()}` |"
    [line] = [line for line in PAGE.splitlines() if line.startswith(name)]
    default = "" if info.default in (None, ()) else str(info.default)

    shown_default = f" `{default.lower() if isinstance(info.default, bool) else default}` " if default else "  "
    assert line == f"{name}{shown_default}| {expectation(info)} | {info.description} |"


def test_only_settings_are_documented_and_every_secret_file_is() -> None:
    documented = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith(f"| `{PREFIX}")}

    assert documented == {name for name in variable_names() if not name.endswith("_FILE")}
    for name, field in variable_names().items():
        if is_secret(field) and not name.endswith("_FILE"):
            assert f"`{name}`" in PAGE.partition("| variable |")[0] or f"`{name}_FILE" in PAGE
