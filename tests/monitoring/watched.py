"""A real service over a real Redis, watched by a real Prometheus with our rules; something of everything to see."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from flagsvc.signing import new_pair
from scripts import alerts
from tests.support.plain import PLAIN
from tests.support.prometheus import PrometheusServer
from tests.support.servers import RedisServer
from tests.support.service import ADMIN_TOKEN, SAMPLE_TOKEN, Service
from tests.support.timing import eventually

SPLIT = "environments/production/splits/checkout"
ROUTERS = "routers:\n  edge-1:\n    kind: none\n"
CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}}
rule_files: [rules.yml]
scrape_configs: [{{job_name: flagsvc, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""
ANALYSIS = {"metrics": [{"name": "errors", "kind": "errors", "source": "own", "of": "units"}]}


@dataclass(frozen=True, slots=True)
class Watched:
    """The three, running."""

    service: Service
    redis: RedisServer
    prometheus: PrometheusServer

    @property
    def for_people(self) -> Mapping[str, str]:
        """The variables that runbooks speak of, and the settings of the service."""
        return {
            "FLAGSVC_URL": self.service.url,
            "FLAGSVC_TOKEN": ADMIN_TOKEN,
            "FLAGSVC_ENVIRONMENT": "production",
            "FLAGSVC_DATA_DIR": str(self.service.folder),
            "FLAGSVC_SIGNING_KEY": new_pair().private,
            "ROLLOUT": "checkout-1",
            "BINDING": "edge",
        }


@contextmanager
def watched() -> Iterator[Watched]:
    """Start all three; Prometheus' rules wait for nothing, so that a test need not either."""
    with ExitStack() as stack:
        redis = RedisServer()
        stack.callback(redis.close)
        redis.start()
        service = Service({"SAMPLE_DATA": "true", "REDIS_URL": redis.url, "ROUTERS": "routers.yaml"})
        stack.callback(service.close)
        (service.folder / "routers.yaml").write_text(ROUTERS)
        service.start()
        prometheus = PrometheusServer(service.port, CONFIGURATION)
        stack.callback(prometheus.close)
        at_once = alerts.text().replace("for: 1m\n", "for: 0s\n").replace("for: 2m\n", "for: 0s\n")
        (prometheus.folder / "rules.yml").write_text(at_once)
        prometheus.start()
        yield Watched(service, redis, prometheus)


def begin_a_rollout(service: Service) -> None:
    """Bind the sample's split, and send it into a step that holds, judged by outcomes that nobody reports."""
    service.call(
        "POST", "environments/production/bindings", {"key": "edge", "split": "checkout", "routers": ["edge-1"]}
    )
    target = {"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}
    steps = [{"name": "5 %", "weights": {"edge": 5_000}, "hold": "1h"}]
    plan = {"strategy": "canary", "targets": [target], "steps": steps, "analysis": ANALYSIS}
    service.call("POST", "environments/production/rollouts", {"key": "checkout-1", "plan": plan})
    eventually(lambda: rollout(service)["phase"] == "baking", "a step that holds")


def rollout(service: Service) -> Any:
    """Give how far the rollout is."""
    return service.call("GET", "environments/production/rollouts/checkout-1")["status"]


def use(service: Service, number: int) -> None:
    """Make a change, ask for decisions and evaluations, each a few times."""
    with service.client(SAMPLE_TOKEN) as client:
        for each in range(5):
            body = {"context": {"targetingKey": f"u{number}-{each}"}}
            client.post("/ofrep/v1/evaluate/flags/new-checkout", json=body)
            client.get("/traffic/v1/production/checkout/decide", headers={"X-User-Id": f"u{number}-{each}"})
    weights = {"on": 1_000 * (number % 50), "off": 100_000 - 1_000 * (number % 50)}
    service.call("POST", "environments/production/flags/new-checkout/weights", {"weights": weights})


def use_until(world: Watched, expression: str) -> None:
    """Go on until Prometheus has a row for an expression; a few times a second, for a minute at most."""
    for number in range(200):
        use(world.service, number)
        if world.prometheus.ask(expression):
            return
        time.sleep(0.3)
    raise AssertionError(f"no data: {expression}")


def asked(prometheus: PrometheusServer, expression: str) -> Any:
    """Ask over the last seconds, as a panel does; fails on any error."""
    now = time.time()
    query = {"query": expression, "start": str(now - 15), "end": str(now), "step": "1"}
    answer = httpx2.get(f"{prometheus.url}/api/v1/query_range", params=query, trust_env=False, verify=PLAIN, timeout=30)
    assert answer.status_code == 200, f"{expression}: {answer.text}"
    assert answer.json().get("warnings", []) == []
    return answer.json()["data"]["result"]
