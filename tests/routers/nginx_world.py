"""A real nginx as a world of the routers' contract."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from flagsdk.core.allocation import WHOLE
from tests.routers.contract import STEPS
from tests.support.told_nginx import Site


class NginxWorld:
    """nginx with an example's configuration, told nothing yet."""

    steps = STEPS

    def __init__(self, site: Site) -> None:
        self._nginx = site.nginx
        self.router = site.router

    def by_hand(self, canary: int) -> None:
        """Edit the file that was told, and reload."""
        file = self._nginx.file
        file.write_text(EDITS[self._nginx.kind](file.read_text(), canary))
        self._nginx.server.reload()

    def restart(self) -> None:
        self._nginx.server.stop()
        self._nginx.server.start()

    @contextmanager
    def down(self) -> Iterator[None]:
        self._nginx.server.kill()
        try:
            yield
        finally:
            self._nginx.server.start()

    def writes(self) -> int:
        """Give the time of the last write: it differs when there was one."""
        return self._nginx.file.stat().st_mtime_ns


def _allocation(text: str, canary: int) -> str:
    told = json.loads(text)
    told["allocation"] = [["canary", 0, canary], ["stable", canary, WHOLE]]
    return json.dumps(told)


def _percent(text: str, canary: int) -> str:
    return re.sub(
        r"\{ \d+\.\d\d% 1;", f"{{ {canary / 1000:.2f}% 1;", text.replace('default "canary"', 'default "stable"')
    )


EDITS = {"nginx-njs": _allocation, "nginx-split-clients": _percent}
