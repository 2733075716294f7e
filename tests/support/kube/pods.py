"""In place of the controllers that no test server has: says of every Deployment that its replicas came up."""

import threading
from typing import Any, Self

from urllib3.exceptions import HTTPError

from tests.support.kube.admin import Admin

GROUP = "apps/v1"
LOOK_SECONDS = 0.03


class Pods:
    """Writes the status of Deployments, in a thread, until it ends. `broken`: names whose pods never become ready.

    After `pause`, nothing is written.
    """

    def __init__(self, admin: Admin, names: tuple[str, ...]) -> None:
        self._admin, self._names = admin, names
        self.broken: set[str] = set()
        self._writing = threading.Lock()
        self._paused = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pods", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self._turn()

    def pause(self) -> None:
        """Write nothing from now on; what is being written is written before this returns."""
        with self._writing:
            self._paused = True

    def _turn(self) -> None:
        with self._writing:
            for name in () if self._paused else self._names:
                try:
                    self._settle(self._admin.get("Deployment", name, GROUP))
                except (AssertionError, HTTPError):  # the server is away, or somebody was faster: look again
                    continue

    def _settle(self, deployment: Any) -> None:
        spec, status = deployment["spec"], deployment.get("status", {})
        count = spec["replicas"]
        if deployment["metadata"]["name"] in self.broken:
            count = min(count, status.get("readyReplicas", 0))
        counts = {"readyReplicas": count, "availableReplicas": count, "updatedReplicas": spec["replicas"]}
        told = {**counts, "replicas": spec["replicas"], "observedGeneration": deployment["metadata"]["generation"]}
        if all(status.get(name, 0) == value for name, value in told.items()):
            return
        self._admin.merge(deployment, {"status": told}, "/status")
