"""Flags, configurations, segments and traffic splits over HTTP: create, read, replace, patch, archive, list."""

from typing import Any

import pytest

from tests.http.service import (
    API,
    BETA,
    BOOLEAN,
    CONFIGURATION,
    PRODUCTION,
    SPLIT,
    THIRTY,
    TO_THIRTY,
    Service,
    pointers,
    problem,
)

STAGING = f"{API}/environments/staging"
KINDS = {
    f"{API}/flags": {**BOOLEAN, "key": "fresh"},
    f"{PRODUCTION}/segments": {**BETA, "key": "fresh"},
    f"{PRODUCTION}/splits": {**SPLIT, "key": "fresh"},
    f"{PRODUCTION}/bindings": {"key": "fresh", "split": "checkout", "routers": ["edge-2"], "drift": "pause"},
    f"{API}/environments": {"key": "fresh", "name": "Fresh"},
}


@pytest.mark.parametrize(("path", "body"), KINDS.items(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_created_can_be_read_where_location_says(service: Service, path: str, body: dict[str, Any]) -> None:
    made = service.request("POST", path, json=body)
    read = service.request("GET", made.headers["Location"])

    assert made.status_code == 201
    assert made.headers["Location"] == f"{path}/fresh"
    assert read.headers["ETag"] == made.headers["ETag"] == f'"{made.json()["version"]}"'
    assert {name: value for name, value in read.json().items() if name != "status"} == made.json()["document"]
    assert {name: read.json()[name] for name in body} == body or path.endswith("splits")


def test_a_boolean_flag_has_variants_of_its_own(service: Service) -> None:
    """On and off; flags of other types have to name theirs."""
    made = service.ok("POST", f"{API}/flags", {"key": "plain", "type": "boolean"})

    assert made["document"]["variants"] == {"on": True, "off": False}
    with service.untouched():
        refused = service.request("POST", f"{API}/flags", json={"key": "text", "type": "string"})
        assert pointers(problem(refused, 422, "invalid")) == ["/variants"]
        refused = service.request("POST", f"{API}/flags", json={"key": "x", "type": "boolean", "variants": {}})
        assert pointers(problem(refused, 400, "malformed")) == ["/variants"]


@pytest.mark.parametrize(("path", "body"), KINDS.items(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_key_is_taken_once(service: Service, path: str, body: dict[str, Any]) -> None:
    service.ok("POST", path, body)

    with service.untouched():
        problem(service.request("POST", path, json=body), 409, "exists")


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/flags/new-checkout",
        CONFIGURATION,
        f"{PRODUCTION}/segments/beta",
        f"{PRODUCTION}/splits/checkout",
        f"{PRODUCTION}/bindings/edge",
        PRODUCTION,
    ],
)
def test_a_document_sent_back_as_it_was_changes_nothing(service: Service, path: str) -> None:
    read = service.request("GET", path)

    with service.untouched():
        answer = service.request("PUT", path, json=read.json(), headers={"If-Match": read.headers["ETag"]})

    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == read.headers["ETag"]
    assert answer.json()["changeId"] is None
    assert answer.json()["moves"] == []


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/flags/new-checkout",
        CONFIGURATION,
        f"{PRODUCTION}/segments/beta",
        f"{PRODUCTION}/splits/checkout",
        PRODUCTION,
    ],
)
def test_an_unchanged_document_is_not_sent_again(service: Service, path: str) -> None:
    tag = service.request("GET", path).headers["ETag"]

    answer = service.request("GET", path, headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == tag


def test_a_new_flag_is_off_everywhere_but_where_the_request_says(service: Service) -> None:
    configuration = {"enabled": True, "offVariant": "off", "default": THIRTY}

    service.ok("POST", f"{API}/flags", {**BOOLEAN, "key": "fresh", "environments": {"production": configuration}})

    enabled = {
        key: service.ok("GET", f"{API}/environments/{key}/flags/fresh")["enabled"] for key in ("staging", "production")
    }
    assert enabled == {"staging": False, "production": True}
    assert service.ok("GET", f"{API}/flags/fresh")["environments"]["production"]["enabled"] is True


def test_merge_patch_and_json_patch_are_told_apart_by_media_type(service: Service) -> None:
    merge = {"Content-Type": "application/merge-patch+json"}
    steps = {"Content-Type": "application/json-patch+json"}

    service.ok("PATCH", CONFIGURATION, headers=merge, content=b'{"enabled":true}')
    service.ok(
        "PATCH",
        CONFIGURATION,
        headers=steps,
        content=b'[{"op":"add","path":"/targets/-","value":{"variant":"on","units":["u"]}}]',
    )
    service.ok("PATCH", CONFIGURATION, {"default": TO_THIRTY})

    document = service.ok("GET", CONFIGURATION)
    assert document["enabled"] is True
    assert document["targets"][0]["units"] == ["u"]
    assert document["default"]["split"]["weights"] == THIRTY["split"]["weights"]


def test_null_removes_in_a_merge_patch_and_an_empty_list_does_not(service: Service) -> None:
    service.ok("PATCH", f"{PRODUCTION}/segments/beta", {"excluded": ["x"], "name": "Beta"})
    service.ok("PATCH", f"{PRODUCTION}/segments/beta", {"name": None, "excluded": []})

    document = service.ok("GET", f"{PRODUCTION}/segments/beta")
    assert "name" not in document
    assert document["excluded"] == []


def test_weights_move_only_whom_they_must(service: Service) -> None:
    path = f"{PRODUCTION}/splits/checkout/weights"

    answer = service.ok("POST", path, {"weights": {"stable": 75_000, "canary": 25_000}})

    [moved] = answer["moves"]
    assert moved["pointer"] == "/default/split"
    assert [(move["from"], move["to"], move["weight"]) for move in moved["moves"]] == [("stable", "canary", 20_000)]
    assert "stable" in moved["summary"]
    assert service.woken == ["production"]


def test_a_removed_variant_in_use_is_refused_with_its_users(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"default": TO_THIRTY})
    body = {"variants": {"off": False, "new": True}}

    with service.untouched():
        members = problem(service.request("PUT", f"{API}/flags/new-checkout", json=body), 409, "in-use")

    assert any("production" in fault["detail"] for fault in members["errors"])


def test_a_change_of_salt_needs_to_be_asked_for_expressly(service: Service) -> None:
    patch = {"default": {"split": {"salt": "another"}}}
    path = f"{PRODUCTION}/splits/checkout"

    with service.untouched():
        members = problem(service.request("PATCH", path, json=patch), 409, "rerandomise-required")
    answer = service.ok("PATCH", f"{path}?rerandomise=true", patch)

    assert pointers(members)[0].startswith("/default")
    assert answer["document"]["default"]["split"]["salt"] == "another"


def test_a_segment_in_use_cannot_be_archived(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"rules": [{"when": {"segment": "beta"}, "serve": "on"}]})

    with service.untouched():
        problem(service.request("POST", f"{PRODUCTION}/segments/beta/archive"), 409, "in-use")


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/flags/theme",
        f"{PRODUCTION}/segments/beta",
        f"{PRODUCTION}/splits/checkout",
        f"{PRODUCTION}/bindings/edge",
    ],
)
def test_archived_documents_leave_lists_refuse_edits_and_come_back(service: Service, path: str) -> None:
    collection, _, key = path.rpartition("/")
    before = service.ok("GET", path)

    service.ok("POST", f"{path}/archive")
    listed = [item["key"] for item in service.ok("GET", collection)["items"]]
    archived = [item["key"] for item in service.ok("GET", f"{collection}?archived=true")["items"]]
    problem(service.request("PATCH", path, json={"name": "x"}), 409, "archived")
    service.ok("POST", f"{path}/restore")

    moving = {"version", "changedAt", "changedBy", "environments"}
    after = service.ok("GET", path)
    assert key not in listed
    assert key in archived
    assert {name: after[name] for name in after.keys() - moving} == {
        name: before[name] for name in before.keys() - moving
    }


def test_pages_follow_one_another_by_link_and_survive_inserts(service: Service) -> None:
    for number in range(5):
        service.ok("POST", f"{PRODUCTION}/segments", {"key": f"s{number}", "tags": ["numbered"]})
    seen: list[str] = []
    answer = service.request("GET", f"{PRODUCTION}/segments?limit=2&tag=numbered")
    service.ok("POST", f"{PRODUCTION}/segments", {"key": "a-late-one", "tags": ["numbered"]})

    while True:
        seen += [item["key"] for item in answer.json()["items"]]
        if answer.json()["nextCursor"] is None:
            break
        assert answer.headers["Link"].endswith('>; rel="next"')
        answer = service.request("GET", answer.headers["Link"].partition(">")[0].removeprefix("<"))

    assert seen == [f"s{number}" for number in range(5)]
    assert "Link" not in answer.headers


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("search=CHECK", ["new-checkout"]),
        ("type=string", ["theme"]),
        ("tag=checkout", ["new-checkout"]),
        ("sort=-key", ["theme", "new-checkout"]),
        ("archived=true", []),
        ("owner=nobody", []),
    ],
)
def test_flags_are_searched_filtered_and_sorted(service: Service, query: str, keys: list[str]) -> None:
    assert [item["key"] for item in service.ok("GET", f"{API}/flags?{query}")["items"]] == keys


def test_an_environment_is_created_with_every_flag_or_as_a_copy(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"enabled": True, "default": TO_THIRTY})

    service.ok("POST", f"{API}/environments", {"key": "empty"})
    service.ok("POST", f"{API}/environments", {"key": "twin", "copyFrom": "production"})

    empty = service.ok("GET", f"{API}/environments/empty/flags/new-checkout")
    twin = service.ok("GET", f"{API}/environments/twin/flags/new-checkout")
    assert empty["enabled"] is False
    assert twin["default"] == service.ok("GET", CONFIGURATION)["default"]


def test_copying_keeps_salts_and_tables(service: Service) -> None:
    service.ok("POST", f"{STAGING}/copy", {"from": "production", "splits": ["checkout"], "segments": ["beta"]})

    for path in ("splits/checkout", "segments/beta"):
        there, here = service.ok("GET", f"{PRODUCTION}/{path}"), service.ok("GET", f"{STAGING}/{path}")
        assert {**there, **{name: here[name] for name in ("version", "changedAt", "createdAt", "changedBy")}} == here
