"""The units for systemd: as systemd itself reads them, and the service under what they forbid, as far as one can."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from flagsvc.settings.environment import variable_names
from tests.packaging.confined import CANNOT
from tests.support.plain import PLAIN
from tests.support.process import Child, listens, mortal
from tests.support.servers import on_free_port
from tests.support.service import ADMIN_TOKEN
from tests.support.tree import ROOT

FOLDER = ROOT / "examples" / "systemd"
UNIT = (FOLDER / "flagsvc@.service").read_text()
DROP_IN = (FOLDER / "replicas.conf").read_text()
BIN = Path(sys.executable).parent
HARDENING = {
    "NoNewPrivileges": "yes", "DynamicUser": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict",
    "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "PrivateUsers": "yes",
    "RestrictNamespaces": "yes",
    "MemoryDenyWriteExecute": "yes", "SystemCallArchitectures": "native", "LockPersonality": "yes",
    "ProtectKernelModules": "yes", "ProtectKernelTunables": "yes", "ProtectControlGroups": "yes",
}  # fmt: skip
WORST = 15
"""systemd's own measure of exposure, in tenths: 0 is none, 100 all."""
CONFINED = ROOT / "tests" / "packaging" / "confined.py"
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")


def _said(text: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def _variables(text: str) -> dict[str, str]:
    words = " ".join(_said(text, "Environment")).split()
    return dict(word.split("=", 1) for word in words)


def _analyze(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd about an instance, with its program where it is here, and its drop-in beside it."""
    unit = folder / "flagsvc@8080.service"
    unit.write_text(UNIT.replace("/opt/flagsvc/bin", str(BIN)))
    (folder / "flagsvc@8080.service.d").mkdir()
    (folder / "flagsvc@8080.service.d/replicas.conf").write_text(DROP_IN)
    given = os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:", "NO_COLOR": "1"}
    command = ["systemd-analyze", "--no-pager", *words, str(unit)]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=60)


@needs_systemd
def test_systemd_has_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    done = _analyze(tmp_path, "--man=no", "--recursive-errors=no", "verify")

    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_systemd_finds_a_fault_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "wrong@8080.service").write_text(UNIT.replace("ProtectSystem=strict", "ProtectSystm=strict"))

    words = ["systemd-analyze", "--man=no", "verify", str(tmp_path / "wrong@8080.service")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert "ProtectSystm" in done.stderr


@needs_systemd
def test_what_is_exposed_by_systemd_s_own_measure_is_little(tmp_path: Path) -> None:
    done = _analyze(tmp_path, "security", "--offline=true", f"--threshold={WORST}")

    assert done.returncode == 0, done.stdout[-300:]
    assert "Overall exposure level" in done.stdout


@pytest.mark.parametrize(("name", "value"), HARDENING.items())
def test_it_may_do_nothing_that_it_does_not_need(name: str, value: str) -> None:
    assert _said(UNIT, name) == [value]


def test_every_variable_is_a_setting_and_every_secret_a_credential_that_is_loaded() -> None:
    for text in (UNIT, DROP_IN):
        given = _variables(text)
        loaded = {line.partition(":")[0] for line in _said(text, "LoadCredential")}

        assert given.keys() <= variable_names().keys()
        files = {value for name, value in given.items() if name.endswith("_FILE")}
        assert files == {f"%d/{name}" for name in loaded}
    lines = (FOLDER / "flagsvc.env").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines if not line.startswith("#")} <= variable_names().keys()


def test_stopping_gives_the_service_the_time_that_it_takes() -> None:
    (limit,) = _said(UNIT, "TimeoutStopSec")

    assert int(limit) > 5 + 20 + 5


def test_a_migration_has_as_long_as_that_of_the_chart() -> None:
    """The limit is on each command before the start: a migration that it ends is taken back, begun again, and ended."""
    (limit,) = _said(UNIT, "TimeoutStartSec")
    (chart,) = re.findall(r"^  deadlineSeconds: (\d+)$", (ROOT / "helm/flagsvc/values.yaml").read_text(), re.MULTILINE)

    assert _said(UNIT, "ExecStartPre") == ["/opt/flagsvc/bin/flagsvc db upgrade"]
    assert int(limit) >= int(chart)


def _calls(name: str) -> set[str]:
    """Give the system calls of one of systemd's sets, and of the sets in it."""
    words = ["systemd-analyze", "--no-pager", "syscall-filter", name]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    members = [line.strip() for line in done.stdout.splitlines()[1:] if line.strip() and "#" not in line]
    return {call for each in members for call in (_calls(each) if each.startswith("@") else {each})}


@pytest.fixture(scope="module")
def confinement() -> list[str]:
    """Words before a command: it may make the calls that the unit lets it, and may not write code."""
    allowed: set[str] = set()
    for line in _said(UNIT, "SystemCallFilter"):
        named = set().union(*map(_calls, line.removeprefix("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    words = [sys.executable, str(CONFINED), ",".join(sorted(allowed))]
    if subprocess.run([*words, "/bin/true"], check=False).returncode == CANNOT:
        pytest.skip("only Linux 6.3 and later, with libseccomp, can confine from outside systemd")
    return words


class Unit(Child):
    """The unit's commands with its environment, its specifiers replaced, confined."""

    def __init__(self, confinement: list[str]) -> None:
        super().__init__("unit")
        (self.folder / "admin_token").write_text(ADMIN_TOKEN)
        self._confinement = confinement
        self.port = 0

    def environment(self, port: int) -> dict[str, str]:
        """Give what systemd would."""
        text = (FOLDER / "flagsvc.env").read_text()
        file = dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))
        places = {"%i": str(port), "%S/flagsvc": str(self.folder), "%d": str(self.folder)}
        given = {**_variables(UNIT), **file}
        for old, new in places.items():
            given = {name: value.replace(old, new) for name, value in given.items()}
        return {"PATH": "/usr/bin:/bin", **given}

    def begin(self, port: int) -> None:
        """Run what comes before the start, then the start."""
        given = self.environment(port)
        for before in _said(UNIT, "ExecStartPre"):
            subprocess.run(self._words(before), env=given, check=True, capture_output=True, timeout=120)
        (start,) = _said(UNIT, "ExecStart")
        self.spawn([*mortal("KILL"), *self._words(start)], lambda: listens(self.pid, port), given)

    def _words(self, command: str) -> list[str]:
        program, *options = command.split()
        return [*self._confinement, str(BIN / Path(program).name), *options]


@needs_systemd
@pytest.mark.parametrize(
    "deed",
    [
        "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
        "import os; os.sched_setaffinity(0, {0})",
        "import os; os.chroot('/')",
    ],
)
def test_the_confinement_forbids_what_the_unit_forbids(confinement: list[str], deed: str) -> None:
    done = subprocess.run([*confinement, sys.executable, "-c", deed], capture_output=True, text=True, check=False)

    assert "PermissionError" in done.stderr


@needs_systemd
@pytest.mark.servers
def test_the_unit_s_commands_serve_and_end_with_what_it_lets_them(confinement: list[str]) -> None:
    unit = Unit(confinement)
    try:
        unit.port = on_free_port(unit.begin)
        answer = httpx2.get(f"http://127.0.0.1:{unit.port}/health/ready", trust_env=False, verify=PLAIN, timeout=30)
        code = unit.stop()
    finally:
        unit.close()

    assert (answer.status_code, code) == (200, 0)
