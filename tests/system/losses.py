"""Leaders lost while rollouts walk on: who steps next, how soon, and whether any step was doubled or left out."""

import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.support.plain import PLAIN
from tests.support.servers import PostgresServer
from tests.support.service import Service
from tests.support.timing import eventually

PRODUCTION = "environments/production"
STEPS = 100
HOLD = "200ms"
ENDED = {"succeeded", "rolled-back", "aborted"}


@dataclass(frozen=True)
class Loss:
    """One leader lost: how, and how many seconds until somebody made the next step."""

    how: str
    seconds: float


class Site:
    """PostgreSQL and two replicas, one of which drives the rollouts."""

    def __init__(self, stack: ExitStack) -> None:
        self.postgres = PostgresServer()
        stack.callback(self.postgres.close)
        self.postgres.start()
        settings = {"DATABASE_URL": self.postgres.url, "DATABASE_PATIENCE_SECONDS": "5"}
        self.replicas = (Service(settings), Service(settings))
        for replica in self.replicas:
            stack.callback(replica.close)
            replica.start()

    def any(self) -> Service:
        """Give a replica that answers."""
        return next(replica for replica in self.replicas if self._answers(replica))

    def driving(self) -> Service | None:
        """Tell which replica drives: only that one has the metrics of rollouts."""
        for replica in self.replicas:
            with suppress(httpx2.HTTPError):
                text = httpx2.get(f"{replica.url}/metrics", trust_env=False, verify=PLAIN, timeout=1).text
                if "flagsvc_rollout_phase{" in text:
                    return replica
        return None

    def _answers(self, replica: Service) -> bool:
        with suppress(httpx2.HTTPError):
            return (
                httpx2.get(f"{replica.url}/health/ready", trust_env=False, verify=PLAIN, timeout=1).status_code == 200
            )
        return False


@contextmanager
def running() -> Iterator[Site]:
    """Start a site."""
    with ExitStack() as stack:
        yield Site(stack)


def make_flag(service: Service, key: str) -> None:
    service.call("POST", "flags", {"key": key, "type": "boolean"})
    service.call("PATCH", f"{PRODUCTION}/flags/{key}", {"enabled": True, "default": {"serve": "off"}})


def long_plan(key: str, steps: int = STEPS) -> dict[str, Any]:
    """Plan a walk in so many small steps."""
    weights = [100_000 * (number + 1) // steps for number in range(steps)]
    return {
        "strategy": "canary",
        "targets": [{"name": "flag", "kind": "flag", "key": key, "candidate": "on", "baseline": "off"}],
        "steps": [{"name": f"step {weight}", "weights": {"flag": weight}, "hold": HOLD} for weight in weights],
    }


def begin(site: Site, key: str, steps: int = STEPS) -> str:
    service = site.any()
    make_flag(service, key)
    answer = service.call("POST", f"{PRODUCTION}/rollouts", {"plan": long_plan(key, steps)})
    return str(answer["document"]["key"])


def status(service: Service, rollout: str) -> Any:
    return service.call("GET", f"{PRODUCTION}/rollouts/{rollout}")["status"]


def step_of(site: Site, rollout: str) -> int:
    """Give the number of the step under way, and one more at the end."""
    with suppress(httpx2.HTTPError, StopIteration):
        found = status(site.any(), rollout)
        return int(found["step"] or 0) + (found["phase"] in ENDED)
    return -1


def lose(site: Site, rollout: str, how: str) -> Loss:
    """Take the leader away at some moment, and time the next step that is made without it; then bring it back."""
    eventually(lambda: site.driving() is not None, "a leader")
    leader = site.driving()
    assert leader is not None
    other = next(replica for replica in site.replicas if replica is not leader)
    WAYS[how](leader)
    before = int(status(other, rollout)["step"] or 0)
    lost = time.monotonic()
    eventually(lambda: _beyond(other, rollout, before), "the next step")
    took = time.monotonic() - lost
    _bring_back(leader, how)
    return Loss(how, took)


def _beyond(service: Service, rollout: str, step: int) -> bool:
    found = status(service, rollout)
    return int(found["step"] or 0) > step or found["phase"] in ENDED


def _kill(leader: Service) -> None:
    leader.kill()


def _freeze(leader: Service) -> None:
    leader.pause()


def _terminate(leader: Service) -> None:
    leader.stop(signal.SIGTERM)


WAYS: dict[str, Callable[[Service], None]] = {"kill": _kill, "freeze": _freeze, "terminate": _terminate}


def _bring_back(leader: Service, how: str) -> None:
    if how == "freeze":
        leader.resume()
    else:
        leader.start()


def lose_many(
    site: Site, count: int, chance: random.Random, say: Callable[[str], None], steps: int = STEPS
) -> list[Loss]:
    """Lose leaders one after the other, while one long rollout follows another."""
    losses: list[Loss] = []
    number = 0
    while len(losses) < count:
        number += 1
        rollout = begin(site, f"walk-{number}", steps)
        while len(losses) < count and 0 <= step_of(site, rollout) < steps - 10:
            time.sleep(chance.uniform(0, 1.0))
            losses.append(lose(site, rollout, chance.choice(list(WAYS))))
            say(f"{len(losses)} of {count}: {losses[-1].how}, next step after {losses[-1].seconds:.2f} s")
        to_the_end(site, rollout)
        faults = faults_of(site, rollout)
        assert faults == [], faults
    return losses


def to_the_end(site: Site, rollout: str) -> None:
    eventually(lambda: status(site.any(), rollout)["phase"] == "succeeded", "the end")


def faults_of(site: Site, rollout: str) -> Sequence[str]:
    """Find steps that were doubled or left out: in the log of the rollout, and in the trail of what was changed."""
    service = site.any()
    found = service.call("GET", f"{PRODUCTION}/rollouts/{rollout}")
    names = [step["name"] for step in found["status"]["steps"]]
    begun = [
        note["detail"]
        for entry in _all(service, f"{PRODUCTION}/rollouts/{rollout}/log")
        for note in entry["notes"]
        if note["kind"] == "step"
    ][::-1]
    moved = [
        change["reason"]
        for change in _all(service, f"{PRODUCTION}/changes")
        if change["action"] == "flag.step" and f"rollout {rollout}:" in change["reason"]
    ][::-1]
    faults = [] if begun == names else [f"steps begun: {begun}"]
    wanted = [f"rollout {rollout}: step: {name}" for name in names]
    return faults + ([] if moved == wanted else [f"steps moved: {moved}"])


def _all(service: Service, path: str) -> Iterator[Any]:
    cursor = ""
    while True:
        page = service.call("GET", f"{path}?limit=200{cursor}")
        yield from page["items"]
        if page["nextCursor"] is None:
            return
        cursor = f"&cursor={page['nextCursor']}"
