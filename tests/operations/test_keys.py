"""Keys for signed snapshots on the command line and in the settings."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flagsdk.signatures import Verifier
from flagsdk.wire import Statement
from flagsvc.cli import app
from flagsvc.settings import load
from flagsvc.signing import Signer, new_pair

run = CliRunner().invoke
STATEMENT = Statement("production", "e", 1, 2, 1, "d")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FLAGSVC_")]:
        monkeypatch.delenv(name)


def test_a_new_pair_is_printed_as_the_two_variables_that_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run(app, ["keys", "new"]).output.split()
    variables = dict(line.split("=", 1) for line in lines)

    assert list(variables) == ["FLAGSVC_SIGNING_KEY", "FLAGSDK_PUBLIC_KEY"]
    monkeypatch.setenv("FLAGSVC_SIGNING_KEY", variables["FLAGSVC_SIGNING_KEY"])
    key = load().signing
    assert key is not None
    Verifier(variables["FLAGSDK_PUBLIC_KEY"]).verify(STATEMENT, Signer(key).sign(STATEMENT))


def test_the_public_key_of_the_service_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pair = new_pair()
    (tmp_path / "key").write_text(f"{pair.private}\n")
    monkeypatch.setenv("FLAGSVC_SIGNING_KEY_FILE", str(tmp_path / "key"))

    result = run(app, ["keys", "public"])

    assert (result.exit_code, result.stdout.strip()) == (0, pair.public)
    assert pair.id in result.stderr
    assert pair.private not in result.output


def test_without_a_key_there_is_no_public_key() -> None:
    result = run(app, ["keys", "public"])

    assert result.exit_code == 1
    assert "FLAGSVC_SIGNING_KEY is not set" in result.output


@pytest.mark.parametrize("key", ["short", "c2hvcnQ=", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
@pytest.mark.parametrize("command", [["serve"], ["config", "show"], ["keys", "public"]])
def test_a_key_that_is_none_stops_the_start_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, key: str, command: list[str]
) -> None:
    monkeypatch.setenv("FLAGSVC_SIGNING_KEY", key)

    result = run(app, command)

    assert result.exit_code == 2
    assert "FLAGSVC_SIGNING_KEY = ***: expected an Ed25519 private key: PEM" in result.output
    assert key.splitlines()[-1] not in result.output


def test_the_key_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_pair().private
    monkeypatch.setenv("FLAGSVC_SIGNING_KEY", key)

    result = run(app, ["config", "show"])

    assert result.exit_code == 0
    assert key not in result.output
    assert key not in repr(load())
