"""Caddy and Traefik as the tests run them: private, on loopback only, over configurations whose places were replaced."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.process import Child, NotStarted, listens, ordinary, program


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
