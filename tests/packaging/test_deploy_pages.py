"""The pages of docs/deploy: what they name exists, their commands can be read, and each says what was not run."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from flagsdk.options import VARIABLES
from flagsvc.settings.environment import variable_names
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.tree import ROOT

FOLDER = ROOT / "docs" / "deploy"
PAGES = ("README", "image", "compose", "ecs", "cloud-run", "swarm", "systemd", "behind-a-proxy")
EXAMPLES = ("compose", "ecs", "cloud-run", "swarm", "systemd")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_every_variable_is_a_setting(name: str) -> None:
    found = set(re.findall(r"\b(FLAG(?:SVC|SDK)_\w+)", _page(name)))

    assert found <= variable_names().keys() | VARIABLES.keys()


@pytest.mark.parametrize("name", PAGES)
def test_every_file_of_the_tree_that_a_command_or_a_sentence_names_is_there(name: str) -> None:
    found = set(re.findall(r"\b((?:examples|requirements|scripts|helm)/[\w@./-]*\w)", _page(name)))

    made = "examples/compose/secrets/"
    missing = {path for path in found if not (ROOT / path).exists() and not path.startswith(made)}
    assert missing == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_command_can_be_read_by_a_shell(name: str) -> None:
    for language, text in BLOCK.findall(_page(name)):
        if language == "sh":
            done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{text}\n{done.stderr}"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_was_not_run(name: str) -> None:
    assert "**Not run here:**" in _page(name)


@pytest.mark.parametrize("name", PAGES[1:])
def test_the_overview_leads_to_every_page(name: str) -> None:
    assert f"]({name}.md" in _page("README")


@pytest.mark.parametrize("folder", EXAMPLES)
def test_the_guide_of_an_example_names_its_files(folder: str) -> None:
    page = _page(folder)
    of_code = {".py", ".yml"}

    for path in sorted(Path(ROOT / "examples" / folder).glob("*.*")):
        named = path.name in page or path.stem in {"metric-sources", "nginx", "service"}
        assert named or path.suffix in of_code, path.name


def test_the_drain_and_the_grace_of_the_overview_are_the_settings_defaults() -> None:
    page = _page("README")

    defaults = re.findall(r"`FLAGSVC_(?:DRAIN|SHUTDOWN)_SECONDS` \((\d+)\)", page)

    settings = (ROOT / "docs/reference/settings.md").read_text()
    rows = re.findall(r"`FLAGSVC_(?:DRAIN|SHUTDOWN)_SECONDS` \| `(\d+)", settings)
    assert defaults == rows


@pytest.mark.servers
def test_the_two_questions_to_a_new_installation_are_answered_as_the_overview_says() -> None:
    block = next(text for language, text in BLOCK.findall(_page("README")) if "$FLAGSVC" in text)
    service = Service({})
    try:
        service.start()
        given = os.environ | {"FLAGSVC": service.url, "TOKEN": ADMIN_TOKEN, "no_proxy": "*"}
        words = ["sh", "-euc", block]
        done = subprocess.run(words, env=given, capture_output=True, text=True, check=False, timeout=120)
    finally:
        service.close()

    assert done.returncode == 0, done.stderr
    health, _, code = done.stdout.rpartition("}")
    said = json.loads(health + "}")
    slow = {check["status"] for check in said["checks"].values()} - {"ok", "off"}  # a busy machine may be
    assert (said["status"], code) == ("degraded" if slow else "ok", "200\n")
