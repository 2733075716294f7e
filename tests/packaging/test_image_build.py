"""The image, as far as it goes without a container engine: built by its own commands, started as its last stage says.

The short form takes packages from this environment. The complete one (`make test-image`) installs every pinned
package by its hash, builds the console with the pinned Node, and starts what came of it.
"""

import http.client
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.packaging.box import boxed, has_namespaces, owner
from tests.packaging.building import Build
from tests.packaging.dockerfile import environment, only, stages
from tests.support.otlp import Collector
from tests.support.process import Child, listens
from tests.support.servers import on_free_port

FINAL = stages()[1]
LARGEST = 200_000_000
"""Bytes of the whole environment: what the image adds to its base."""


class Container(Child):
    """The service of a build, with the environment and the command of the last stage, in a box that can write /data."""

    def __init__(self, build: Build, collector: Collector) -> None:
        super().__init__("image")
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        os.chown(self.data, owner(), -1)
        self._build = build
        self._spans = {"FLAGSVC_TRACING": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        self.port = 0

    def environment(self, port: int) -> dict[str, str]:
        """Give what the image sets, with this port, this data folder, spans to a collector, and nothing of ours."""
        path = f"{self._build.root}/opt/flagsvc/bin:/usr/bin:/bin"
        named = {name: self._build.moved(value) for name, value in environment(FINAL, path).items()}
        where = {"FLAGSVC_HOST": "127.0.0.1", "FLAGSVC_PORT": str(port), "FLAGSVC_DATA_DIR": str(self.data)}
        return named | where | self._spans | {"HOME": "/", "FLAGSVC_ADMIN_TOKEN": "an-admin-token-of-the-image"}

    def start(self) -> None:
        """Start, and wait until this very process has its port."""
        self.port = on_free_port(self._start)

    def health(self) -> int:
        """Run the check of health as it is written, and give its exit code."""
        words = boxed(only(FINAL, "HEALTHCHECK").words, [self.data])
        done = subprocess.run(words, env=self.environment(self.port), capture_output=True, check=False, timeout=60)
        return done.returncode

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _start(self, port: int) -> None:
        command = [*only(FINAL, "ENTRYPOINT").words, *only(FINAL, "CMD").words]
        self.spawn(boxed(command, [self.data]), lambda: listens(self.pid, port), self.environment(port))


@contextmanager
def started(build: Build, collector: Collector) -> Iterator[Container]:
    container = Container(build, collector)
    try:
        container.start()
        yield container
    finally:
        container.close()


def is_what_the_last_stage_promises(build: Build) -> None:
    """Start it; it is healthy and ready, can trace, writes its data and nothing else, and ends politely when asked."""
    with Collector() as collector, started(build, collector) as container:
        assert container.health() == 0
        assert container.get("/health/ready")[0] == 200
        assert container.get("/api/v1/flags")[0] == 401
        assert {path.name.split("-")[0] for path in container.data.iterdir()} == {"flagsvc.db"}
        assert container.stop(signal.SIGTERM) == 0
        assert container.health() != 0
        assert "GET /api/v1/flags" in {span.name for span in collector.spans}
        assert "Traceback" not in container.output()


def test_what_the_commands_of_the_build_make_serves_as_a_stranger_on_a_read_only_root(short_build: Build) -> None:
    is_what_the_last_stage_promises(short_build)


def test_the_build_makes_the_data_folder_for_its_owner_alone(short_build: Build) -> None:
    assert stat.S_IMODE((short_build.root / "data").stat().st_mode) == 0o700


def test_the_environment_of_the_build_has_no_tools_left_and_byte_code_for_all(short_build: Build) -> None:
    (site,) = (short_build.root / "opt/flagsvc/lib").glob("python*/site-packages")

    assert {"flagsvc", "flagsdk"} <= {path.name for path in site.iterdir()}
    assert not {"pip", "setuptools"} & {path.name for path in site.iterdir()}
    for package in ("flagsvc", "flagsdk"):
        sources = {path.stem for path in (site / package).glob("*.py")}
        assert sources == {path.name.split(".")[0] for path in (site / package / "__pycache__").glob("*.pyc")}


@pytest.mark.skipif(not has_namespaces(), reason="this machine lets nobody have a mount namespace")
def test_the_box_is_read_only_but_for_what_is_named() -> None:
    folder = Path(tempfile.mkdtemp(prefix="flagsvc-box-"))
    named = folder / "named"
    named.mkdir()
    for each in (folder, named):
        each.chmod(0o777)
    try:
        codes = [
            subprocess.run(boxed(["touch", str(place / "x")], [named]), capture_output=True, check=False).returncode
            for place in (named, folder, Path(tempfile.gettempdir()))
        ]
    finally:
        shutil.rmtree(folder)

    assert codes == [0, 1, 1]


def _bytes_of(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))


@pytest.mark.image
def test_the_complete_image_installs_by_hashes_carries_the_console_and_serves(complete_build: Build) -> None:
    (site,) = (complete_build.root / "opt/flagsvc/lib").glob("python*/site-packages")

    assert not list(site.glob("*.pth"))
    assert _bytes_of(complete_build.root / "opt/flagsvc") < LARGEST
    is_what_the_last_stage_promises(complete_build)
    with Collector() as collector, started(complete_build, collector) as container:
        status, page = container.get("/admin/")
    assert status == 200
    assert b"<script" in page
