"""The two distributions: built, installed elsewhere, run; and the SDK stays as light as it promises."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.tree import ROOT, project

SDK_DEPENDENCIES = ["google-re2", "mmh3", "redis", "urllib3"]
LIGHT = """
import sys, threading
import flagsdk
heavy = {"redis", "urllib3", "asyncio", "ssl", "http.client"} & sys.modules.keys()
assert not heavy, heavy
assert threading.active_count() == 1
from flagsdk import FlagClient, Context
assert threading.active_count() == 1
"""


def test_the_sdk_depends_on_four_packages() -> None:
    """Whoever adds one puts it into every application that uses flags: change this list only on purpose."""
    names = [text.partition(">")[0].partition("[")[0] for text in project("sdk")["project"]["dependencies"]]

    assert names == SDK_DEPENDENCIES


def test_the_service_pins_the_sdk_that_it_was_built_with() -> None:
    version = project("sdk")["project"]["version"]

    assert f"flagsdk=={version}" in project()["project"]["dependencies"]


def test_versions_agree_with_the_packages() -> None:
    for folder, package in ((".", "flagsvc"), ("sdk", "sdk/flagsdk")):
        version = project(folder)["project"]["version"]
        assert f'__version__ = "{version}"' in (ROOT / package / "__init__.py").read_text()


def test_importing_the_sdk_loads_no_redis_and_starts_no_thread() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], check=True, timeout=30)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a fresh environment that has the wheels of both distributions, and their dependencies from this one."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in (ROOT / "sdk", ROOT):
        # The console is built by a test of its own: here others are reading it.
        bare = {"FLAGSVC_SKIP_CONSOLE": "1"}
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist"), cwd=source, **bare)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    wheels = [str(path) for path in (folder / "dist").glob("*.whl")]
    _run(sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-index", "--no-deps", *wheels)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "venv"


def test_both_wheels_install_into_a_fresh_environment_and_run(installed: Path, tmp_path: Path) -> None:
    printed = _run(str(installed / "bin" / "flagsvc"), "version", cwd=tmp_path)

    assert project()["project"]["version"] in printed


def test_the_sdk_brings_its_command_and_its_types(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "values.json").write_text('{"checkout-v2": true}')
    command = str(installed / "bin" / "flagsdk")

    assert project("sdk")["project"]["version"] in _run(command, "--version", cwd=tmp_path)
    assert "def checkout_v2(" in _run(command, "codegen", "python", "file:values.json", cwd=tmp_path)
    assert next(installed.glob("lib/python*/site-packages/flagsdk/py.typed")).is_file()


@pytest.mark.parametrize("package", ["flagsdk", "flagsvc"])
def test_the_wheels_carry_all_modules_and_the_types_marker(installed: Path, package: str) -> None:
    source = ROOT / "sdk" / package if package == "flagsdk" else ROOT / package
    site = next((installed / "lib").glob("python*/site-packages"))

    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert (site / package / path.relative_to(source)).is_file(), path


def _run(*command: str, cwd: Path = ROOT, **environment: str) -> str:
    given = os.environ | environment
    result = subprocess.run(command, cwd=cwd, env=given, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
