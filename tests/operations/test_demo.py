"""`flagsvc demo`, as a newcomer meets it: what it prints is pasted and works, and Ctrl-C ends it with streams open."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.timing import eventually, within

FLAGSVC = Path(sys.executable).parent / "flagsvc"
SECONDS = 90.0


class Demo:
    """A demo on a free port, with everything it printed."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FLAGSVC_")}
        environment |= {"FLAGSVC_PORT": "0", "FLAGSVC_DATA_DIR": str(data_dir), **settings}
        self.process = subprocess.Popen(
            [FLAGSVC, "demo"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.printed = self._read_until("Metrics:")
        self.url = re.search(r"http://127\.0\.0\.1:\d+", self.printed)[0]  # type: ignore[index]  # it was just printed
        self.admin = re.search(r"Admin token +(\S+)", self.printed)[1]  # type: ignore[index]  # likewise

    @property
    def console(self) -> str:
        """Where the console is, as it was printed."""
        return re.search(r"Console: (\S+)", self.printed)[1]  # type: ignore[index]  # likewise

    @property
    def curls(self) -> list[str]:
        return [line for line in self.printed.splitlines() if line.startswith("curl ")]

    @property
    def snippet(self) -> str:
        lines = self.printed.splitlines()
        start = lines.index("from flagsdk import Context, FlagClient")
        return "\n".join(lines[start : start + 6])

    def paste(self, line: str) -> str:
        done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=SECONDS, check=True)  # noqa: S602
        return done.stdout

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal; gives the exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(SECONDS)
        if self.process.stdout:
            self.process.stdout.close()

    def _read_until(self, word: str) -> str:
        lines: list[str] = []
        assert self.process.stdout
        for line in self.process.stdout:
            lines.append(line)
            if word in line:
                return "".join(lines)
        raise AssertionError("".join(lines))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    started = Demo(tmp_path / "data")
    yield started
    started.close()


def stream(demo: Demo, path: str, token: str) -> socket.socket:
    """Open an event stream and wait for its first words."""
    host, port = demo.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    heard = b""
    while b"retry:" not in heard:
        heard += connection.recv(4096)
    return connection


def test_what_the_demo_prints_works_when_it_is_pasted_and_ctrl_c_ends_it_with_streams_open(demo: Demo) -> None:
    single, decide, move = (demo.paste(line) for line in demo.curls)

    assert demo.console == f"{demo.url}/admin"
    assert json.loads(single)["key"] == "new-checkout"
    assert "HTTP/1.1 200" in decide
    assert re.search(r"x-cohort: (stable|canary)", decide)
    assert json.loads(move)["document"]["default"]["split"]["weights"] == {"on": 50_000, "off": 50_000}

    ran = subprocess.run(
        [sys.executable, "-c", demo.snippet], capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert len(ran.stdout.splitlines()) == 10
    assert all(re.fullmatch(r"user-\d (True|False) (stable|canary)", line) for line in ran.stdout.splitlines())
    assert "False" in ran.stdout
    assert "True" in ran.stdout

    sdk = re.search(r'token="([^"]+)"', demo.snippet)
    assert sdk
    streams = [stream(demo, "/sdk/v1/changes", sdk[1]), stream(demo, "/ofrep/v1/events", sdk[1])]
    with within(6):  # three, on a machine of its own; twenty, if it waited for the streams
        assert demo.end() == 0

    for opened in streams:
        assert b"farewell" in opened.recv(65536)
        opened.close()


def test_a_second_start_shows_the_same_tokens_and_finds_everything_as_it_was(demo: Demo, tmp_path: Path) -> None:
    moved = demo.paste(demo.curls[2])
    demo.end(signal.SIGTERM)

    again = Demo(tmp_path / "data")
    try:
        assert again.admin == demo.admin
        assert again.snippet.replace(again.url, "") == demo.snippet.replace(demo.url, "")
        unchanged = json.loads(again.paste(again.curls[2]))
        assert unchanged["revision"] == json.loads(moved)["revision"]
    finally:
        again.close()
    mode = (tmp_path / "data" / "demo-tokens.json").stat().st_mode
    assert oct(mode & 0o777) == "0o600"


def test_fixed_tokens_are_used_as_they_are(tmp_path: Path) -> None:
    fixed = {"FLAGSVC_ADMIN_TOKEN": "my-own-admin-token", "FLAGSVC_SAMPLE_TOKEN": "my-own-sample-token"}
    demo = Demo(tmp_path / "data", **fixed)
    try:
        assert demo.admin == "my-own-admin-token"
        assert json.loads(demo.paste(demo.curls[0]))["key"] == "new-checkout"
        assert "moves" in json.loads(demo.paste(demo.curls[2]))
    finally:
        demo.close()


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "data", FLAGSVC_DRAIN_SECONDS="60")
    try:
        demo.process.send_signal(signal.SIGTERM)
        ready = f"curl -s -o /dev/null -w '%{{http_code}}' {demo.url}/health/ready"
        eventually(lambda: demo.paste(ready) == "503")
        assert demo.process.poll() is None
        assert "x-cohort" in demo.paste(demo.curls[1])

        with within(10):
            assert demo.end(signal.SIGTERM) == 128 + signal.SIGTERM
    finally:
        demo.close()


def test_the_samples_share_their_cohorts(demo: Demo) -> None:
    cohorts, shown = set(), set()
    for number in range(60):
        headers = f"-H 'X-User-Id: user-{number}'"
        if "x-cohort: canary" in demo.paste(f"curl -si {headers} {demo.url}/traffic/v1/production/checkout/decide"):
            cohorts.add(number)
        answer = demo.paste(demo.curls[0].replace("user-42", f"user-{number}"))
        if json.loads(answer)["value"]:
            shown.add(number)

    assert cohorts < shown
    assert 5 <= len(shown) <= 32
