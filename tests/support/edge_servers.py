"""Caddy and Traefik as the tests run them: private, on loopback only, with their own places."""

import http.client
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.process import STOP_SECONDS, Child, NotStarted, listens, ordinary, program


class CaddyServer(Child):
    """Caddy over a Caddyfile; `admin` is the port of its API. `start` again begins from the file, or resumes.

    `resumes`: it takes up again what its API was told last (`caddy run --resume`).
    """

    def __init__(self, configuration: str, admin: int, *, resumes: bool = False) -> None:
        super().__init__("caddy")
        self.admin = admin
        self._resumes = resumes
        (self.folder / "Caddyfile").write_text(configuration)

    def start(self) -> None:
        """Start, and wait until this very process answers for its configuration."""
        words = [program("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
        words += ["--resume"] if self._resumes else []
        folder = str(self.folder)
        environment = {"HOME": folder, "XDG_DATA_HOME": f"{folder}/data", "XDG_CONFIG_HOME": f"{folder}/cfg"}
        self.spawn([*ordinary("KILL"), *words], self._ready, environment)

    def config(self, path: str) -> Any:
        """Read a piece of the configuration in force; `path` is below /config/."""
        return json.loads(self.ask("GET", f"/config/{path}"))

    def ask(self, method: str, path: str, content: Any = None) -> bytes:
        """Ask its API; fails for anything but success."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=10)
        body = None if content is None else json.dumps(content)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status == 200, f"{method} {path}: {answer.status} {text!r}"
        return text

    def _ready(self) -> bool:
        if not listens(self.pid, self.admin):
            return False
        return self.config("apps") is not None


def replaced(configuration: Path, replacements: Mapping[str, str]) -> str:
    """Give a configuration's text with its places replaced; each of them has to be there."""
    text = configuration.read_text()
    for old, new in replacements.items():
        if old not in text:
            raise NotStarted(f"{configuration.name} has no {old!r} to replace")
        text = text.replace(old, new)
    return text


UNROUTED = 404
"""What Traefik answers while it has no route."""


class TraefikServer(Child):
    """Traefik over its own configuration and files beside it; `port` is one that it must have when it is ready."""

    def __init__(self, files: Mapping[str, str], port: int) -> None:
        super().__init__("traefik")
        self._port = port
        for name, text in files.items():
            (self.folder / name).write_text(text)

    def start(self) -> None:
        """Start, and wait until this very process has its port and has read its files."""
        environment = {"HOME": str(self.folder)}
        command = [*ordinary("KILL"), program("traefik", str(Path(sys.executable).parent)), "--configFile=traefik.yaml"]
        self.spawn(command, self._ready, environment)

    def stop(self, number: signal.Signals = signal.SIGKILL, seconds: float = STOP_SECONDS) -> int | None:
        """End it at once: it keeps nothing, and takes its time when it is asked politely."""
        return super().stop(number, seconds)

    def _ready(self) -> bool:
        return listens(self.pid, self._port) and asked("127.0.0.1", self._port) != UNROUTED


def asked(host: str, port: int, path: str = "/") -> int:
    """Send one request and give the status of its answer; a minute is enough for any of ours."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
