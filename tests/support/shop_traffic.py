"""What happens in the web shop: outcomes of both versions, second by second, and the usage that SDKs report."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

import httpx2

from flagsdk.wire.usage import Report, UseRow, report_json
from tests.support.shop_flags import BOOLEANS, OTHERS, WHOLE

APPLICATIONS = (
    ("web-shop", "python 0.9.0", 240),
    ("mobile-api", "python 0.9.0", 130),
    ("checkout", "python 0.8.2", 45),
)
"""Application, SDK, and uses a minute of each flag."""
FAST, SLOW = 0.08, 0.9
Call = Callable[..., Any]


class Rates(NamedTuple):
    """How a version does: the share of its requests that fail, and of those that take long."""

    errors: float
    slow: float = 0.02


HEALTHY, BROKEN = Rates(0.004), Rates(0.25, 0.2)


class Outcomes:
    """Posts outcomes of a traffic split, as a load balancer would, by the split's weights of the moment, until closed.

    A thread of its own, for at most `seconds`; what cannot be posted is left out. `turn` changes how a version does.
    """

    EVERY_SECONDS = 0.5

    def __init__(
        self,
        client: httpx2.Client,
        token: str,
        place: tuple[str, str],
        per_second: float = 300.0,
        seconds: float = 600.0,
    ) -> None:
        self._client, self._token, (self._environment, self._split) = client, token, place
        self._per_second, self._deadline = per_second, time.monotonic() + seconds
        self._rates: dict[str, Rates] = {}
        self._chance = random.Random(7)  # noqa: S311 -- visitors of a test, repeatable
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outcomes", daemon=True)
        self.posted = 0

    def turn(self, cohort: str, rates: Rates) -> None:
        """Let a version do well or badly from now on; all do well until they are told otherwise."""
        self._rates[cohort] = rates

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End, and wait for the thread."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(self.EVERY_SECONDS) and time.monotonic() < self._deadline:
            try:
                self._post(self._weights())
                self.posted += 1
            except httpx2.HTTPError:
                continue

    def _weights(self) -> Mapping[str, int]:
        answer = self._client.get(f"/api/v1/environments/{self._environment}/splits/{self._split}")
        default = answer.raise_for_status().json()["default"]
        return default["split"]["weights"] if "split" in default else {default["serve"]: WHOLE}

    def _post(self, weights: Mapping[str, int]) -> None:
        events = self._per_second * self.EVERY_SECONDS
        rows = [self._row(cohort, round(events * weight / WHOLE)) for cohort, weight in weights.items()]
        body = {"id": "edge-1", "sequence": int(time.time() * 1000), "outcomes": [row for row in rows if row["events"]]}
        path = f"/traffic/v1/{self._environment}/{self._split}/outcomes"
        headers = {"Authorization": f"Bearer {self._token}"}
        self._client.post(path, json=body, headers=headers).raise_for_status()

    def _row(self, cohort: str, events: int) -> dict[str, Any]:
        rates = self._rates.get(cohort, HEALTHY)
        slow = self._happened(events, rates.slow)
        seconds = [[FAST, events - slow], [SLOW, slow]]
        return {"cohort": cohort, "events": events, "bad": self._happened(events, rates.errors), "seconds": seconds}

    def _happened(self, events: int, rate: float) -> int:
        return sum(self._chance.random() < rate for _ in range(events))


def report_usage(client: httpx2.Client, environment: str, token: str) -> None:
    """Report what three applications used in the last minute, as their SDKs would; one of them is a revision behind."""
    snapshot = client.get(f"/api/v1/environments/{environment}/snapshot").raise_for_status().json()
    for number, (application, sdk, uses) in enumerate(APPLICATIONS):
        rows = [row for key in _keys()[number :: 1 + number] for row in _uses(snapshot, key, uses)]
        report = Report(
            client=f"{application:-<32.32}".replace("-", "0"),
            sequence=int(time.time() * 1000),
            environment=environment,
            sdk=sdk,
            application=application,
            epoch=snapshot["epoch"],
            revision=snapshot["revision"] - (number == len(APPLICATIONS) - 1),
            applied_after_ms=40 + 15 * number,
            uses=rows,
        )
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        client.post("/sdk/v1/usage", content=report_json(report), headers=headers).raise_for_status()


def _keys() -> list[str]:
    """Name the flags that are used; nobody asks for the last two any more."""
    return [*(row[0] for row in BOOLEANS), *(row[0] for row in OTHERS)][:-2]


def _uses(snapshot: Mapping[str, Any], key: str, uses: int) -> list[UseRow]:
    flag = snapshot["documents"][f"flag/{key}"]
    default = flag["default"] if flag["enabled"] else {"serve": flag["offVariant"]}
    weights = default["split"]["weights"] if "split" in default else {default["serve"]: WHOLE}
    counted = {variant: round(uses * weight / WHOLE) for variant, weight in weights.items()}
    return [UseRow("flag", key, variant, snapshot["revision"], count) for variant, count in counted.items() if count]
