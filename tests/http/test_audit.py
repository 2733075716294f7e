"""The audit trail over HTTP: filters, and the export."""

import csv
import json

import pytest

from flagsvc.http.schemas.history import ChangePage
from flagsvc.usecases import history
from tests.http.service import API, CONFIGURATION, PRODUCTION, Service, problem

AUDIT = f"{API}/audit"


@pytest.fixture
def changed(service: Service) -> Service:
    service.ok("PATCH", CONFIGURATION, {"enabled": True}, headers={"X-Change-Reason": "=cmd()"})
    service.ok("PATCH", f"{PRODUCTION}/segments/beta", {"name": "Beta"})
    service.token("sdk", "production")
    return service


def _actions(service: Service, query: str) -> list[str]:
    return [item["action"] for item in service.ok("GET", f"{AUDIT}?{query}")["items"]]


def test_a_change_names_its_documents_in_the_shape_that_is_described(changed: Service) -> None:
    page = changed.ok("GET", AUDIT)

    assert all(not item.model_extra for item in ChangePage.model_validate(page).items)
    assert page["items"][1]["edits"] == [{"kind": "segment", "key": "beta", "action": "edit"}]
    assert page["items"][1]["editCount"] == 1


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("kind=segment", ["segment.edit", "segment.create"]),
        ("kind=segment&key=beta", ["segment.edit", "segment.create"]),
        ("kind=segment&key=new-checkout", []),
        ("kind=flag&key=new-checkout&environment=production", ["flag.edit", "flag.create"]),
        ("key=new-checkout&environment=production", ["flag.edit", "flag.create"]),
        ("action=segment.e", ["segment.edit"]),
        ("action=segment&kind=flag", []),
        ("action=%25", []),
        ("kind=environment&key=staging", ["environment.create"]),
    ],
)
def test_it_is_narrowed_by_document_and_action(changed: Service, query: str, actions: list[str]) -> None:
    assert _actions(changed, query) == actions


def test_tokens_are_found_too_although_they_are_no_documents(changed: Service) -> None:
    [made] = [item for item in changed.ok("GET", f"{API}/tokens")["items"] if item["name"] == "test"]

    assert _actions(changed, "kind=token")[0] == "token.create"
    assert _actions(changed, f"kind=token&key={made['id']}") == ["token.create"]
    assert _actions(changed, f"key={made['id']}") == ["token.create"]
    assert _actions(changed, f"kind=flag&key={made['id']}") == []


def test_the_export_has_all_that_the_list_has(changed: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BATCH", 2)
    listed = changed.ok("GET", f"{AUDIT}?limit=200")["items"]

    answer = changed.request("GET", f"{AUDIT}/export")

    assert [json.loads(line) for line in answer.text.splitlines()] == listed
    assert answer.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-2')
    assert answer.headers["Content-Disposition"].endswith('Z.jsonl"')


def test_a_table_disarms_formulas_and_takes_the_same_filters(changed: Service) -> None:
    answer = changed.request("GET", f"{AUDIT}/export?format=csv&kind=flag&key=new-checkout&action=flag.edit")

    [row] = list(csv.DictReader(answer.text.splitlines()))
    assert (row["reason"], row["documents"]) == ("'=cmd()", "edit flag/new-checkout")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_an_export_of_nothing_is_an_empty_file(service: Service) -> None:
    answer = service.request("GET", f"{AUDIT}/export?actor=nobody")

    assert (answer.status_code, answer.content) == (200, b"")


def test_nonsense_is_a_problem_and_no_file(service: Service) -> None:
    problem(service.request("GET", f"{AUDIT}/export?format=xlsx"), 400, "malformed")
    problem(service.request("GET", f"{AUDIT}/export?cursor=abc"), 400, "malformed")
