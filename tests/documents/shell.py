"""A reader of the documentation, with a shell in a folder of their own and a service that runs.

What a page calls `http://127.0.0.1:8080` is the reader's service, and `.venv/bin/` is where this environment's programs
are; a test may put in further words, such as tokens. Everything else runs as it stands.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

import httpx2

from tests.documents.blocks import demanded
from tests.support.guides import NAME
from tests.support.plain import PLAIN
from tests.support.process import Child, listens, mortal
from tests.support.servers import on_free_port
from tests.support.service import ADMIN_TOKEN, SAMPLE_TOKEN, Service

PROGRAMS = Path(sys.executable).parent
ADDRESS = "http://127.0.0.1:8080"
PATIENCE_SECONDS = 400
_FOREIGN = ("FLAGSVC", "FLAGSDK", "FLAGCTL", "XDG_")


@dataclass(frozen=True)
class Said:
    """How a block ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Reader:
    """Runs blocks; `words` are put in for what stands on the page, `variables` are set beside $FLAGSVC and $TOKEN."""

    folder: Path
    service: Service | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def sh(self, *blocks: str) -> str:
        """Run blocks one after the other in one shell that stops at the first failure; gives what they printed."""
        said = self.tried(*blocks)
        assert said.code == 0, said.out + said.err
        return said.out

    def tried(self, *blocks: str) -> Said:
        """Run blocks as `sh` does, and give how it ended."""
        return self._run(["sh", "-euc", self.mine("\n".join(blocks))])

    def python(self, *blocks: str) -> str:
        """Run a program of several blocks, warnings as errors; gives what it printed."""
        said = self._run([sys.executable, "-W", "error", "-c", self.mine("\n\n".join(blocks))])
        assert said.code == 0, said.out + said.err
        return said.out

    def mine(self, text: str) -> str:
        """Put in what is the reader's own."""
        own = {".venv/bin/": f"{PROGRAMS}/"} | ({ADDRESS: self.service.url} if self.service else {})
        for there, here in {**own, **self.words}.items():
            text = text.replace(there, here)
        return text

    def environment(self) -> dict[str, str]:
        """Give the variables of a shell: nothing of ours that a program would go by."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        own = {"HOME": str(self.folder), "PATH": f"{PROGRAMS}:{kept['PATH']}", "no_proxy": "*"}
        asked = {"FLAGSVC": self.service.url, "TOKEN": ADMIN_TOKEN} if self.service else {}
        tokens = {"ADMIN_TOKEN": ADMIN_TOKEN, "SAMPLE_TOKEN": SAMPLE_TOKEN}
        return {**kept, **own, **asked, **tokens, **self.variables}

    def _run(self, command: list[str]) -> Said:
        """Run a command, and end what it has left running."""
        with TemporaryFile("w+") as out, TemporaryFile("w+") as err:  # no pipes: what is left running holds them open
            shell = subprocess.Popen(
                command, cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                start_new_session=True,
            )  # fmt: skip
            try:
                code = shell.wait(PATIENCE_SECONDS)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
                shell.wait()
                out.seek(0)
                err.seek(0)
            return Said(code, out.read(), err.read())

    def files(self, page: str) -> None:
        """Write every block of a page that names its file in a comment on its first line."""
        for block in demanded():
            named = NAME.match(block.text)
            if block.page == page and named:
                (self.folder / named[1]).write_text(self.mine(block.text))


def blocks_of(page: str, language: str) -> list[str]:
    """Give the blocks of a language on a page, in their order."""
    found = [block.text for block in demanded() if (block.page, block.language) == (page, language)]
    assert found, f"no {language} on {page}"
    return found


class Served(Child):
    """A line of a page that goes on until it is stopped, such as `… flagsvc serve`."""

    def __init__(self, reader: Reader, line: str) -> None:
        super().__init__("page")
        self._reader, self._line, self.port = reader, line, 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it with a free port for the service, and wait until it listens."""
        self.port = on_free_port(self._at)

    def _at(self, port: int) -> None:
        own = {"FLAGSVC_PORT": str(port), "FLAGSVC_DATA_DIR": str(self.folder), "FLAGSVC_ADMIN_TOKEN": ADMIN_TOKEN}
        words = [*mortal("KILL"), "env", "-C", str(self._reader.folder), "sh", "-euc"]
        line = self._reader.mine(self._line).strip()
        assert "\n" not in line
        command = [*words, f"exec env {line}"]
        self.spawn(command, lambda: listens(self.pid, port), {**self._reader.environment(), **own})


@contextmanager
def served(reader: Reader, line: str) -> Iterator[str]:
    """Run a line that serves while the block runs; gives its address once it is ready."""
    child = Served(reader, line)
    try:
        child.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while httpx2.get(f"{child.url}/health/ready", trust_env=False, verify=PLAIN, timeout=30).status_code != 200:
            assert time.monotonic() < deadline, child.output()
            time.sleep(0.05)
        yield child.url
    finally:
        child.close()
