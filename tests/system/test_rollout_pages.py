"""The pages about freezes and other controllers, run as they are written: only addresses and tokens are set."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from ruamel.yaml import YAML

from flagsvc.domain.rollouts.dialects import SAYS_YES
from flagsvc.domain.rollouts.freeze_check import FREEZE
from flagsvc.domain.rollouts.kayenta_request import settings_of
from tests.rollouts.judge_requests import counts, pair, request
from tests.support.plain import PLAIN
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers

FREEZES, OTHERS = "docs/rollouts/freezes.md", "docs/rollouts/other-controllers.md"
SETUP, PLANNED, INCIDENT, BEGIN, OVERRIDE, LIFT = snippets(FREEZES, "sh")
TOKEN, WATCH, READ = snippets(OTHERS, "sh")
ARGO, FLAGGER, KAYENTA = (YAML(typ="safe").load(text) for text in snippets(OTHERS, "yaml"))
_, CONFIGURATION = (json.loads(text) for text in snippets(OTHERS, "json"))
MADE_UP = "http://flagsvc.flagsvc:8080"


def _started() -> Iterator[Service]:
    made = Service({"SAMPLE_DATA": "true"})
    made.start()
    yield made
    made.close()


@pytest.fixture
def frozen() -> Iterator[Service]:
    """Give a service of its own to the page that freezes everything."""
    yield from _started()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    yield from _started()


def run(service: Service, setup: str, block: str, fails: str = "") -> list[Any]:
    """Run a block after the definitions, in a shell that stops at the first error; gives its JSON answers."""
    variables = {"FLAGSVC": service.url, "TOKEN": ADMIN_TOKEN, "no_proxy": "*"}
    words = ["sh", "-c", f"set -eu\n{setup}\n{block}"]
    result = subprocess.run(words, env=os.environ | variables, capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode != 0) == bool(fails), result.stdout + result.stderr
    assert fails in result.stdout
    return list(_values(result.stdout))


def _values(text: str) -> Iterator[Any]:
    """Yield the JSON values that stand one behind the other."""
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        text = text[end:].lstrip()
        yield value


def test_the_page_about_freezes_from_its_first_step_to_its_last(frozen: Service) -> None:
    service = frozen
    weekend, sale = run(service, SETUP, PLANNED)
    run(service, SETUP, INCIDENT)

    run(service, SETUP, BEGIN, fails="'production' is frozen by 'incident' until somebody ends it: INC-123")
    [fix] = run(service, SETUP, OVERRIDE)
    run(service, SETUP, LIFT)

    assert [weekend["document"]["key"], sale["document"]["key"]] == ["weekend", "sale"]
    override = fix["document"]["override"]
    assert override["reason"] == "INC-123: this is the fix"
    assert "freeze/incident" in override["of"]
    eventually(
        lambda: service.call("GET", "environments/production/rollouts/checkout-8")["status"]["phase"] == "baking"
    )
    service.call("POST", "environments/production/rollouts/checkout-8/abort", {"reason": "the page is through"})
    page = (ROOT / FREEZES).read_text()
    assert [name for name in {*FREEZE, "weekly"} - {"archived", "createdAt"} if f"`{name}`" not in page] == []


@pytest.fixture(scope="module")
def token(service: Service) -> str:
    """Run the page about other controllers to where the verdict can be read; gives the narrow token."""
    [made] = run(service, "", TOKEN)
    setup = TOKEN.partition("api POST tokens")[0]
    run(service, setup, WATCH)
    [verdict] = run(service, setup, READ)
    assert set(verdict) == set(json.loads(snippets(OTHERS, "json")[0]))
    assert verdict["verdict"] == "unknown"
    text: str = made["document"]["token"]
    return text


def test_the_metric_of_argo_rollouts_reads_the_verdict(service: Service, token: str) -> None:
    metric = ARGO["spec"]["metrics"][0]
    web = metric["provider"]["web"]
    values = {"{{args.rollout}}": "checkout-7", "{{args.token}}": token, MADE_UP: service.url}

    url, header = _filled(web["url"], values), _filled(web["headers"][0]["value"], values)
    answer = httpx2.get(url, headers={web["headers"][0]["key"]: header}, trust_env=False, verify=PLAIN, timeout=30)

    assert answer.status_code == 200
    assert web["jsonPath"] == "{$.verdict}"
    assert answer.json()["verdict"] == "unknown"
    assert {argument["name"] for argument in ARGO["spec"]["args"]} == {"rollout", "token"}


def test_with_both_conditions_unknown_is_inconclusive_to_argo() -> None:
    metric = ARGO["spec"]["metrics"][0]

    assert metric["successCondition"] == 'result == "healthy"'
    assert metric["failureCondition"] == 'result == "unhealthy"'
    assert metric["failureLimit"] == 0
    assert metric["inconclusiveLimit"] >= metric["count"]
    assert metric["consecutiveErrorLimit"] > 4


def test_every_webhook_of_flagger_reaches_its_hook(service: Service, token: str) -> None:
    webhooks = FLAGGER["spec"]["analysis"]["webhooks"]

    for webhook in webhooks:
        metadata = {**webhook["metadata"], "token": token}
        payload = {"name": "checkout", "namespace": "default", "phase": "Progressing", "metadata": metadata}
        url = webhook["url"].replace(MADE_UP, service.url)
        answer = httpx2.post(url, json=payload, trust_env=False, verify=PLAIN, timeout=30)
        assert (answer.status_code, answer.json()["verdict"]) == (403, "unknown")
        assert url.endswith(f"/{webhook['type']}")
    assert {webhook["type"] for webhook in webhooks} == set(SAYS_YES)


def test_kayenta_is_pointed_at_the_judge(service: Service, token: str) -> None:
    base = KAYENTA["kayenta"]["remoteJudge"]["endpoint"]["baseUrl"].replace(MADE_UP, service.url)
    body = request([*counts(), pair("latency p99", [1.0], [1.0])])
    body["canaryConfig"]["judge"] = CONFIGURATION["judge"]
    settings = body["canaryConfig"]["judge"]["judgeConfigurations"]

    assert set(settings_of(body)) == {"environment", "rollout", "token"}
    settings["token"] = token
    answer = httpx2.post(f"{base}/judge", json=body, trust_env=False, verify=PLAIN, timeout=30)

    assert answer.json()["score"]["classification"] == "Marginal"


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
