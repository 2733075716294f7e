"""The wheel carries the console: built from the sources once, installed from the sdist without any Node."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.console.browser import Console
from tests.support.service import Service
from tests.support.tree import ROOT

PATIENCE = 400


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def copied(into: Path) -> Path:
    """Copy what Git would give to somebody who clones."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, into / name)
    return into


def without_node(tmp_path: Path) -> str:
    """Make a PATH on which there is nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return str(folder)


def bare_python() -> tuple[str, dict[str, str]]:
    """Give a Python with this environment's packages and without its programs, Node among them."""
    [program] = Path(sys.base_prefix, "bin").glob(f"python{sys.version_info.major}.{sys.version_info.minor}")
    return str(program), {"PYTHONPATH": sysconfig.get_path("purelib")}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, console included, from a fresh copy of the sources."""
    clone = copied(tmp_path_factory.mktemp("clone"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", cwd=clone, PATH=path)
    assert built.returncode == 0, built.stdout + built.stderr
    [archive] = (clone / "dist").glob("*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def installed(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a wheel of the sdist where there is no Node, and install it into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    unpacked = folder / "source"
    shutil.unpack_archive(sdist, unpacked)
    [source] = unpacked.iterdir()
    python, packages = bare_python()
    built = run(python, "-m", "hatchling", "build", "-t", "wheel", cwd=source, PATH=without_node(folder), **packages)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = (source / "dist").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_a_wheel_made_without_node_has_the_console_and_its_licences(installed: Path) -> None:
    console = installed / "flagsvc" / "console"

    assert "__FLAGSVC_NONCE__" in (console / "index.html").read_text()
    assert list((console / "assets").glob("*.js.br"))
    assert "react" in (console / "licences.txt").read_text()
    assert not (console / ".stamp").exists()


def test_a_service_of_that_wheel_shows_it(installed: Path, browser: Browser) -> None:
    (installed / "flagsvc" / "console" / "assets" / "proof.txt").write_text("of the wheel")
    service = Service({}, "demo", python_path=str(installed))
    service.start()
    try:
        console = Console(browser, service)
        console.sign_in()
        console.go("/")
        proof = console.page.request.get("/admin/assets/proof.txt").text()
        console.check()
        console.close()
        assert proof == "of the wheel"
    finally:
        service.close()


def test_without_node_and_without_a_console_the_build_names_the_fix(tmp_path: Path) -> None:
    clone = copied(tmp_path / "clone")

    python, packages = bare_python()
    built = run(python, "-m", "hatchling", "build", "-t", "wheel", cwd=clone, PATH=without_node(tmp_path), **packages)

    assert built.returncode != 0
    assert (
        "no Node to build the console with: install Node 22.12 or newer, or set FLAGSVC_SKIP_CONSOLE=1"
        in built.stdout + built.stderr
    )


def test_a_wheel_can_be_made_without_the_console(tmp_path: Path) -> None:
    clone = copied(tmp_path / "clone")

    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=clone, PATH="", FLAGSVC_SKIP_CONSOLE="1")

    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = (clone / "dist").glob("*.whl")
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "/console/" in name]
