"""The notifiers file: every fault at once, with file, notifier and option; and what the check says."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flagsvc import logs
from flagsvc.cli import app
from flagsvc.notifiers import KINDS
from flagsvc.settings import SettingsError, load_notifiers

run = CliRunner().invoke


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "notifiers.yaml"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FLAGSVC_PORT", "0")
    monkeypatch.setattr(logs, "configure", lambda *_: None)  # the runner's streams do not outlive the test


def told(result: Result) -> tuple[int, list[str]]:
    return result.exit_code, result.output.strip().splitlines()


def test_no_file_is_no_notifiers() -> None:
    assert load_notifiers(None) == ()


def test_every_fault_of_every_notifier_is_told_at_once(file: Path) -> None:
    file.write_text("""
        notifiers:
          chat: {kind: slak}
          team: {kind: slack, url: "https://x/"}
          hook: {kind: webhook, url: "http://board.example/", secret_files: [/s]}
          mail: {kind: email, host: mail, sender: a@b, recipients: [b@c], urgencies: [panic], tls: ssl}
          "two words": {kind: slack}
    """)

    with pytest.raises(SettingsError) as error:
        load_notifiers(file)

    options = "environments, urgencies, url_file, ca_file, plain_http"
    assert [fault.removeprefix(f"{file}: notifiers.") for fault in error.value.faults] == [
        "chat: there is no kind of notifier 'slak' (do you mean 'slack'?); known: email, slack, webhook",
        "team.url_file: is needed",
        f"team: there is no option 'url'; options: {options}",
        "hook: url: https, or say plain_http: true",
        "mail.urgencies.0: Input should be 'info', 'attention' or 'page'",
        "mail.tls: Input should be 'starttls', 'tls' or 'none'",
        "two words: a notifier is named like a key, for instance team-chat",
    ]


def test_options_are_closed_in_every_kind(file: Path) -> None:
    for kind in KINDS:
        file.write_text(f"notifiers: {{one: {{kind: {kind}, surprise: 1}}}}")
        with pytest.raises(SettingsError, match="there is no option 'surprise'"):
            load_notifiers(file)


def test_a_file_that_is_not_there_is_said_by_the_variable(file: Path) -> None:
    with pytest.raises(SettingsError, match=r"FLAGSVC_NOTIFIERS = .*there is no such file"):
        load_notifiers(file)


@pytest.mark.parametrize("command", [["serve"], ["notifiers", "check"], ["notifiers", "check", "--send"]])
def test_a_wrong_file_stops_every_command_that_needs_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    file.write_text("notifiers: {one: {kind: slak}}")
    monkeypatch.setenv("FLAGSVC_NOTIFIERS", str(file))

    code, lines = told(run(app, command))

    assert code == 2
    assert "there is no kind of notifier 'slak'" in lines[1]


def test_authorities_that_cannot_be_read_stop_the_start_with_the_name(file: Path, tmp_path: Path) -> None:
    file.write_text(f"notifiers: {{chat: {{kind: slack, url_file: /u, ca_file: {tmp_path / 'none.pem'}}}}}")

    code, lines = told(run(app, ["notifiers", "check", str(file)]))

    assert code == 1
    assert lines[-1].startswith("flagsvc: notifiers.chat: ")
    assert lines[-1].endswith("none.pem: expected a readable file with certificates in PEM")


def test_who_is_told_what_is_described(file: Path) -> None:
    file.write_text(
        "notifiers:\n"
        "  all: {kind: slack, url_file: /u}\n"
        "  some: {kind: slack, url_file: /u, environments: [production, staging], urgencies: [attention, page]}\n"
    )

    assert told(run(app, ["notifiers", "check", str(file)])) == (
        0,
        [
            "all  slack: every environment; however urgent",
            "some  slack: environments production, staging; attention, page",
        ],
    )


def test_a_check_without_any_file_says_how_to_name_one() -> None:
    assert told(run(app, ["notifiers", "check"])) == (2, ["flagsvc: name a file, or set FLAGSVC_NOTIFIERS"])
