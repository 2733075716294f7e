"""Runbooks: a page for each alert and none that nobody finds; every command is one that exists."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from flagsvc import cli
from flagsvc.ctl.main import application
from flagsvc.http.admin import OPERATIONS
from scripts.alerts import GROUPS
from tests.monitoring.runbooks import FOLDER, PAGES, SECTIONS, lines, sections

INDEX = (FOLDER / "README.md").read_text()
ALERTS = {alert.name for group in GROUPS.values() for alert in group}
PROGRAMS: dict[str, Any] = {"flagctl": get_command(application()), "flagsvc": get_command(cli.app)}
OTHERS = {"curl", "df", "sqlite3"}
COMMANDS = sorted({line.text for line in lines("sh")})
INLINE = sorted({
    text for page in PAGES for text in re.findall(r"`((?:flagctl|flagsvc) [a-z][^`]*)`", page.read_text())
})  # fmt: skip


def test_every_alert_has_its_page_and_every_page_is_an_alerts_or_a_failures() -> None:
    listed = re.findall(r"^\| \[([\w-]+)\]\(([\w-]+)\.md\) \|", INDEX, re.MULTILINE)

    assert {page.stem for page in PAGES} >= ALERTS
    assert sorted(name for name, _ in listed) == sorted(page.stem for page in PAGES)
    assert all(name == target for name, target in listed)
    assert {name for name, _ in listed if name[0].isupper()} == ALERTS


def test_the_index_tells_severity_and_time_of_each_alert() -> None:
    for group in GROUPS.values():
        for alert in group:
            [row] = re.findall(rf"^\| \[{alert.name}\].*$", INDEX, re.MULTILINE)
            held = "at once" if alert.held == "0m" else alert.held.replace("m", " min")
            assert alert.severity in row
            assert held in row


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_all_sections_in_order_and_something_to_run(page: Path) -> None:
    found = dict(sections(page))

    assert tuple(found) == SECTIONS
    assert all(text.strip() for text in found.values())
    assert "```" in found["Check"]
    assert "```" in found["When it is over"]


@pytest.mark.parametrize("text", [*COMMANDS, *INLINE])
def test_a_command_is_one_that_exists_with_its_options(text: str) -> None:
    program, *arguments = shlex.split(text)
    if program not in PROGRAMS:
        assert program in OTHERS
        return

    name, command, context = program, PROGRAMS[program], None
    while hasattr(command, "resolve_command"):
        context = command.context_class(command, parent=context, info_name=name)
        name, command, arguments = command.resolve_command(context, arguments)
    command.make_context(name, list(arguments), parent=context)

    if name == "api":
        assert _is_served(*arguments[:2])


def _is_served(method: str, path: str) -> bool:
    bare = path.partition("?")[0]
    return any(
        operation.method == method.upper()
        and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", operation.path), re.sub(r"\$\w+", "x", bare))
        for operation in OPERATIONS
    )
