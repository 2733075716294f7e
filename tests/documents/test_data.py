"""JSON and YAML on pages that no program there reads: each is what it is called, by the rules of the real ones."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from flagsdk.wire.usage import parse_report
from flagsvc.domain.rollouts.plan import Hook
from flagsvc.http.admin import OPERATIONS
from flagsvc.http.openapi import document
from flagsvc.outbound.guarded import Answer, Guarded, Request
from flagsvc.outbound.hooks import Question, asked
from tests.documents.blocks import block
from tests.support.process import program

ANSWERS = [
    ("docs/reference/problems.md", "json 1", "Problem"),
    ("docs/reference/sessions.md", "json 1", "Session"),
    ("docs/usage.md", "json 1", "UsagePage"),
    ("docs/usage.md", "json 2", "ClientPage"),
    ("docs/usage.md", "json 3", "UnknownKeys"),
]


@cache
def schemas() -> Any:
    """Give the schemas of the API."""
    return document(OPERATIONS, "0")["components"]["schemas"]


def faults(schema: str, value: Any) -> list[str]:
    """Say what a schema of the API has against a value; members that it does not name are faults as well."""
    whole = {"components": {"schemas": schemas()}, "$ref": f"#/components/schemas/{schema}"}
    return [error.message for error in jsonschema_rs.validator_for(whole).iter_errors(value)]


@pytest.mark.parametrize(("page", "name", "schema"), ANSWERS)
def test_answers_on_the_pages_are_answers_of_the_api(page: str, name: str, schema: str) -> None:
    shown = json.loads(block(page, name))

    assert faults(schema, shown) == []
    assert set(shown) <= set(schemas()[schema]["properties"])


@pytest.mark.parametrize(("page", "name", "schema"), ANSWERS)
def test_an_answer_without_one_of_its_members_would_be_noticed(page: str, name: str, schema: str) -> None:
    shown = json.loads(block(page, name))
    del shown[schemas()[schema]["required"][0]]

    assert faults(schema, shown) != []


def test_the_report_of_usage_is_one_that_the_service_takes() -> None:
    shown = json.loads(block("docs/usage.md", "json 4"))

    report = parse_report(json.dumps(shown).encode())

    assert (report.client, report.sequence, report.revision) == (shown["client"], shown["sequence"], shown["revision"])
    assert [use.uses for use in report.uses] == [18122]
    assert len(report.units) == 1


class Listener(Guarded):
    """Keeps what it is to send, and says yes."""

    def __init__(self) -> None:
        self.heard: list[Request] = []

    def ask(self, request: Request, seconds: float, most_bytes: int) -> Answer:
        self.heard.append(request)
        return Answer(204, b"", whole=True)


def test_the_question_of_a_hook_is_the_one_that_the_service_asks() -> None:
    shown = json.loads(block("docs/reference/hooks.md", "json 1"))
    members = {name: value for name, value in shown.items() if name not in ("id", "body")}
    listener = Listener()

    asked(listener, ["a-secret-of-both"], Hook(url="http://127.0.0.1/", body=shown["body"]), Question(**members), 0.0)

    [request] = listener.heard
    assert json.loads(request.body or b"") == shown


def test_the_alerts_on_the_sdk_are_rules_that_prometheus_takes(tmp_path: Path) -> None:
    rules = YAML(typ="safe").load(block("docs/how-to/monitoring.md", "yaml 1"))
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"groups": [{"name": "flags", "rules": rules}]}))

    command = [program("promtool"), "check", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    assert f"{len(rules)} rules found" in done.stdout + done.stderr
