"""The image: what the Dockerfile promises, which files reach its build, and its check of health as written there."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.packaging.dockerfile import TEXT, context, copies, environment, only, stages
from tests.support.process import free_port
from tests.support.service import Service
from tests.support.tree import ROOT

BUILD, FINAL = stages()
IGNORED = (ROOT / ".dockerignore").read_text()


@cache
def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name]


def test_hadolint_has_nothing_to_say() -> None:
    program = str(Path(sys.executable).parent / "hadolint")

    done = subprocess.run([program, "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_it_runs_as_nobody_in_particular_and_stops_politely() -> None:
    assert only(FINAL, "USER").text == "65532:65532"
    assert only(FINAL, "STOPSIGNAL").text == "SIGTERM"
    assert only(FINAL, "VOLUME").text == environment(FINAL, "")["FLAGSVC_DATA_DIR"]
    assert only(FINAL, "EXPOSE").text == environment(FINAL, "")["FLAGSVC_PORT"]


def test_the_last_stage_runs_nothing_and_starts_without_a_shell() -> None:
    assert "RUN" not in {instruction.word for instruction in FINAL}
    for word in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
        assert only(FINAL, word).text.endswith("]"), word
    assert "SHELL" not in TEXT


def test_the_base_is_one_argument_of_both_stages_with_a_version() -> None:
    bases = [only(stage, "FROM").words[0] for stage in (BUILD, FINAL)]

    assert bases == ["${PYTHON}"] * 2
    assert re.search(r"^ARG PYTHON=python:3\.\d+-slim-\w+$", TEXT, re.MULTILINE)


def test_every_package_is_installed_by_its_hash() -> None:
    commands = [command for each in BUILD if each.word == "RUN" for command in each.text.split("&&")]

    installs = [command.split("pip install")[1].split() for command in commands if "pip install" in command]

    assert len(installs) == 3
    for words in installs:
        assert "--require-hashes" in words or words == ["--no-deps", "/wheels/*.whl"], words


def test_the_labels_name_what_it_is_and_what_it_was_made_of() -> None:
    labels = dict(word.split("=", 1) for word in only(FINAL, "LABEL").words)
    names = {name.removeprefix("org.opencontainers.image.") for name in labels}

    assert {"title", "description", "licenses", "version", "revision", "base.name"} == names
    assert labels["org.opencontainers.image.licenses"] in (ROOT / "pyproject.toml").read_text()
    for name in re.findall(r"\$\{(\w+)\}", " ".join(labels.values())):
        assert name in {each.text for each in FINAL if each.word == "ARG"}


@pytest.mark.parametrize("source", [source for sources, _ in copies(BUILD) for source in sources])
def test_everything_that_is_copied_is_in_a_clean_checkout_and_reaches_the_build(source: str) -> None:
    below = [name for name in _tracked() if name == source or name.startswith(f"{source}/")]

    assert below
    assert context(below, IGNORED)
    if source in {"sdk", "flagsvc"}:
        assert context(below, IGNORED) == below


def test_nothing_else_reaches_the_build() -> None:
    sources = {source for listed, _ in copies(BUILD) for source in listed}
    names = [*_tracked(), ".git/config", ".env", "admin/.env.local", "admin/node_modules/a/b.js", "data/flagsvc.db"]
    names += ["flagsvc/__pycache__/a.pyc", "flagsvc/console/index.html", "sdk/dist/a.whl", "sdk/flagsdk.egg-info/x"]

    reached = context(names, IGNORED)

    assert {name.split("/")[0] for name in reached} <= {source.split("/")[0] for source in sources}
    assert [name for name in reached if name not in set(_tracked()) or name.startswith("admin/tests/")] == []


@pytest.fixture
def check() -> list[str]:
    program, *words = only(FINAL, "HEALTHCHECK").words
    assert program == "python"
    return [sys.executable, *words]


def test_the_health_check_needs_only_the_standard_library_and_no_proxy_and_tells_life_from_death(
    check: list[str],
) -> None:
    service = Service({"SAMPLE_DATA": "false"})
    try:
        service.start()
        proxy = f"http://127.0.0.1:{free_port()}"
        given = {"FLAGSVC_PORT": str(service.port), "HTTP_PROXY": proxy, "http_proxy": proxy}
        alive = subprocess.run(check, env=given, capture_output=True, check=False)
    finally:
        service.close()
    dead = subprocess.run(check, env=given, capture_output=True, check=False)

    assert (alive.returncode, dead.returncode) == (0, 1)
