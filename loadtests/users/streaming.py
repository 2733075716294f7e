"""SDKs that follow the feed: real clients, which evaluate in memory and hear of changes."""

from collections.abc import Iterable
from functools import partial

from locust import User, constant_throughput, task

from flagsdk import Context, FlagClient
from loadtests.users.arrivals import BOARD
from loadtests.users.common import PLAN, Wrong, unit

START_SECONDS = 20.0
ARRIVAL = "change, from saving to the SDK"


class Sdk(User):
    """An application with the SDK: it reads the feed by HTTP and decides by itself."""

    abstract = False
    wait_time = constant_throughput(2)

    def on_start(self) -> None:
        """Open the client; that it gets its flags is a request like any other."""
        self.known = 0
        began = BOARD.now()
        self.sdk = FlagClient(PLAN.url, token=PLAN.sdk_token)
        ready = self.sdk.wait_ready(START_SECONDS)
        self._told("SDK starts", BOARD.now() - began, None if ready else Wrong("no flags in time"))
        self.sdk.on_change(None, self._changed)

    def on_stop(self) -> None:
        """Close it."""
        self.sdk.close()

    @task
    def decide(self) -> None:
        """Evaluate a flag in memory."""
        began = BOARD.now()
        decision = self.sdk.get_boolean_details(PLAN.flags[-1], Context(unit()), default=False)
        fault = Wrong(str(decision.error)) if decision.error or decision.variant is None else None
        self._told("SDK decision", BOARD.now() - began, fault)

    def _changed(self, keys: Iterable[str]) -> None:
        revision = self.sdk.status.revision or 0
        if revision > self.known > 0:
            BOARD.arrived(revision, partial(self._told, ARRIVAL, fault=None))
        self.known = revision

    def _told(self, name: str, seconds: float, fault: Exception | None) -> None:
        self.environment.events.request.fire(
            request_type="SDK", name=name, response_time=seconds * 1000, response_length=0, exception=fault, context={}
        )
