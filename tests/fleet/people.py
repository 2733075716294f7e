"""Who uses a fleet meanwhile: checkers of its answers, one who edits, and SDKs on its streams."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import httpx2

from flagsdk import FlagClient
from tests.fleet.fleet import ENVIRONMENT, MOVING, SPLIT, STEADY
from tests.support.plain import PLAIN
from tests.support.service import ADMIN_TOKEN

UNITS = tuple(f"user-{number}" for number in range(50))
DECIDE = f"/traffic/v1/{ENVIRONMENT}/{SPLIT}/decide"
LOOK_SECONDS = 0.02

Door = tuple[str, int]


class Person(ABC):
    """Does something again and again in a thread of its own; what went wrong is in `faults`, in words."""

    def __init__(self, pause_seconds: float) -> None:
        self.done = 0
        self.faults: list[str] = []
        self._pause = pause_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.close()

    def close(self) -> None:  # noqa: B027  # most hold nothing
        """Give back what it holds."""

    @abstractmethod
    def turn(self) -> str | None:
        """Do it once; says what was wrong."""

    def _go_on(self) -> None:
        while not self._ended.wait(self._pause):
            try:
                fault = self.turn()
            except httpx2.HTTPError as error:
                fault = repr(error)
            self.done += 1
            if fault:
                self.faults.append(f"{time.strftime('%H:%M:%S')} {fault}")


class Checker(Person):
    """Asks for cohorts and flags through one door, and compares each answer with that of before."""

    def __init__(self, door: Door, token: str, expected: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(0.01)
        self._name = door[0]
        self._expected = expected
        self._client = _client(door[1], token)

    def turn(self) -> str | None:
        """Ask for one unit."""
        unit = UNITS[self.done % len(UNITS)]
        got = answers(self._client, unit)
        return None if got == self._expected[unit] else f"{self._name}: {unit} got {got}, not {self._expected[unit]}"

    def close(self) -> None:
        """Close its connection."""
        self._client.close()


class Editor(Person):
    """Moves the weights of a flag, through each door in turn; `commits` are (revision, time) of what was acknowledged.

    Each write has an Idempotency-Key, and none is sent twice by us.
    """

    def __init__(self, doors: Sequence[Door]) -> None:
        super().__init__(0.2)
        self.commits: list[tuple[int, float]] = []
        self._clients = [(name, _client(port, ADMIN_TOKEN)) for name, port in doors]

    def turn(self) -> str | None:
        """Write once."""
        name, client = self._clients[self.done % len(self._clients)]
        on = self.done % 2 * 10_000 + 20_000
        answer = client.post(
            f"/api/v1/environments/{ENVIRONMENT}/flags/{MOVING}/weights",
            json={"weights": {"on": on, "off": 100_000 - on}},
            headers={"Idempotency-Key": str(uuid4())},
        )
        if answer.status_code != httpx2.codes.OK:
            return f"{name}: a write got {answer.status_code} {answer.text[:200]}"
        self.commits.append((answer.json()["revision"], time.monotonic()))
        return None

    def close(self) -> None:
        """Close its connections."""
        for _, client in self._clients:
            client.close()


@dataclass
class Followed:
    """What was seen of one SDK: the revision it holds, and when it took each change up."""

    name: str
    client: FlagClient
    held: int = 0
    lags: list[float] = field(default_factory=list)
    backward: int = 0
    unready: int = 0


class Readers(Person):
    """SDKs on the event streams behind each door, looked at all the time."""

    def __init__(self, doors: Sequence[Door], token: str, each: int, editor: Editor) -> None:
        super().__init__(LOOK_SECONDS)
        self._editor = editor
        self.followed = [
            Followed(name, FlagClient(url=f"http://127.0.0.1:{port}", token=token, report_seconds=0))
            for name, port in doors
            for _ in range(each)
        ]
        self._told = {id(one): 0 for one in self.followed}

    def __enter__(self) -> Self:
        for one in self.followed:
            assert one.client.wait_ready(60), f"an SDK behind {one.name} is not ready"
        return super().__enter__()

    def close(self) -> None:
        """End the clients."""
        for one in self.followed:
            one.client.close()

    def turn(self) -> str | None:
        """Look at each of them once."""
        for one in self.followed:
            self._look(one)
        return None

    def behind(self) -> list[str]:
        """Say who has not got the last commit."""
        head = self._editor.commits[-1][0]
        return [f"{one.name} at {one.held}, not {head}" for one in self.followed if one.held < head]

    def _look(self, one: Followed) -> None:
        status = one.client.status
        one.unready += not one.client.ready
        held = status.revision or 0
        one.backward += held < one.held
        one.held = held
        commits, place = self._editor.commits, self._told[id(one)]
        now = time.monotonic()
        while place < len(commits) and commits[place][0] <= held:
            one.lags.append(now - commits[place][1])
            place += 1
        self._told[id(one)] = place


def answers(client: httpx2.Client, unit: str) -> tuple[str, str]:
    """Ask for the cohort of a unit, and for its variant of the steady flag; gives what went wrong in their place."""
    cohort = client.get(DECIDE, headers={"X-User-Id": unit})
    flag = client.post(f"/ofrep/v1/evaluate/flags/{STEADY}", json={"context": {"targetingKey": unit}})
    return (_said(cohort, lambda: cohort.headers["x-cohort"]), _said(flag, lambda: str(flag.json()["variant"])))


def expected_answers(port: int, token: str) -> dict[str, tuple[str, str]]:
    """Ask once for all units."""
    with _client(port, token) as client:
        found = {unit: answers(client, unit) for unit in UNITS}
    assert {cohort for cohort, _ in found.values()} <= {"stable", "canary"}
    assert {variant for _, variant in found.values()} == {"on", "off"}
    return found


def _said(answer: httpx2.Response, read: Callable[[], str]) -> str:
    reason: Any = answer.headers.get("x-cohort-reason")
    return read() if answer.status_code == httpx2.codes.OK and reason is None else f"{answer.status_code} {reason}"


def _client(port: int, token: str) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.Client(
        base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, verify=PLAIN, timeout=30
    )
