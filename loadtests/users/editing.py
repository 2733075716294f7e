"""Admins who edit the same flags: each writes by the version that it has read; who was late does it again."""

import random
from typing import Any

from locust import constant_throughput, task

from loadtests.users.arrivals import BOARD
from loadtests.users.common import PLAN, Visitor, Wrong, bearer

HEADERS = bearer(PLAN.admin_token)
ROOT = f"/api/v1/environments/{PLAN.environment}/flags"
EDITED = PLAN.flags[:3]
"""So few, so that editors do meet."""
STALE, OK = 412, 200
ATTEMPTS = 8


class Editor(Visitor):
    """Edits flags that others edit, too."""

    abstract = False
    wait_time = constant_throughput(4)

    @task
    def edit(self) -> None:
        """Change the weights of a flag, again and again until it was this editor's turn."""
        path = f"{ROOT}/{random.choice(EDITED)}"  # noqa: S311 - which one is no secret
        for _ in range(ATTEMPTS):
            tag = self.asked("GET", path, "admin read", lambda answer: answer.headers["ETag"], headers=HEADERS)
            if tag is None or self._written(path, tag):
                return
        raise Wrong(f"not once in {ATTEMPTS} attempts")

    @task
    def look(self) -> None:
        """List the flags, as a console does."""
        self.asked("GET", f"{ROOT}?limit=50", "admin list", lambda answer: answer.json()["items"], headers=HEADERS)

    def _written(self, path: str, tag: str) -> bool:
        """Write by a version; False when somebody else was quicker, which is no failure."""
        share = random.randrange(100_001)  # noqa: S311 - likewise
        body = {"weights": {"on": share, "off": 100_000 - share}}
        sent = BOARD.now()
        with self.client.post(
            f"{path}/weights", json=body, headers={**HEADERS, "If-Match": tag}, name="admin write", catch_response=True
        ) as answer:
            if answer.status_code == STALE:
                answer.request_meta["name"] = "admin write, too late"
                answer.success()
                return False
            if answer.status_code != OK:
                answer.failure(Wrong(f"status {answer.status_code}: {(answer.text or '')[:200]}"))
                return True
            BOARD.written(_revision(answer), sent)
            return True


class Releaser(Editor):
    """One who edits twice a second, and is alone."""

    abstract = False
    wait_time = constant_throughput(2)


def _revision(answer: Any) -> int:
    return int(answer.json()["revision"])
