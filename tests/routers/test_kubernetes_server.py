"""What the routers rely on in an API server, stated over the small one and the real one alike."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.routers.test_kubernetes_httproute import RouteWorld
from tests.support.kube.fake import ADMIN_TOKEN, USER_TOKEN, FakeKube
from tests.support.kube.real import RealKube
from tests.support.kube.world import files_of
from tests.support.link import Link

JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"
WEIGHT = "/spec/rules/1/backendRefs/1/weight"
VERSION = "/metadata/resourceVersion"


class Server:
    """One route in a namespace, and Deployments; everything is asked for without the routers' client."""

    def __init__(self, world: RouteWorld) -> None:
        self.world = world
        self.route = world.admin.path(world.told())
        self.scale = world.admin.path(json.loads(json.dumps(deployment(world)))) + "/scale"
        self._pool = urllib3.PoolManager(
            ca_certs=str(world.authority) if world.authority else None, retries=False, timeout=20.0
        )

    def ask(
        self, method: str, path: str, content: Any = None, media: str = JSON_PATCH, token: str | None = ADMIN_TOKEN
    ) -> tuple[int, Any]:
        headers = {"Content-Type": media} | ({"Authorization": f"Bearer {token}"} if token else {})
        body = None if content is None else json.dumps(content).encode()
        answer = self._pool.request(method, self.world.kube.url + path, body=body, headers=headers)
        return answer.status, json.loads(answer.data)

    def close(self) -> None:
        self._pool.clear()


def deployment(world: RouteWorld) -> Any:
    text = files_of("kubernetes-deployments.md")["deployments.yaml"]
    world.admin.create(text.replace("namespace: shop", f"namespace: {world.namespace}"))
    return world.admin.get("Deployment", "checkout-canary", "apps/v1")


@pytest.fixture
def server(kube: FakeKube | RealKube, kube_link: Link, tmp_path: Path) -> Iterator[Server]:
    world = RouteWorld(kube, kube_link, tmp_path)
    server = Server(world)
    yield server
    server.close()
    world.admin.close()


def test_a_test_that_does_not_hold_is_422_without_fields_and_changes_nothing(server: Server) -> None:
    before = server.world.told()
    patches: list[list[dict[str, Any]]] = [
        [{"op": "replace", "path": WEIGHT, "value": 7}, {"op": "test", "path": WEIGHT, "value": 8}],
        [{"op": "test", "path": "/spec/rules/9/name", "value": "x"}],
        [{"op": "replace", "path": "/spec/rules/9/name", "value": "x"}],
    ]

    answers = [server.ask("PATCH", server.route, patch) for patch in patches]

    assert [status for status, _ in answers] == [422, 422, 422]
    assert all(not (body["details"] or {}).get("causes") for _, body in answers)
    assert server.world.told() == before


@pytest.mark.parametrize("weight", [-1, 1_000_001, "5"])
def test_a_weight_out_of_bounds_is_422_and_names_the_field(server: Server, weight: Any) -> None:
    status, body = server.ask("PATCH", server.route, [{"op": "replace", "path": WEIGHT, "value": weight}])

    assert status == 422
    assert any("weight" in cause["field"] for cause in body["details"]["causes"])


def test_a_name_that_is_required_cannot_go(server: Server) -> None:
    status, body = server.ask("PATCH", server.route, [{"op": "remove", "path": "/spec/rules/1/backendRefs/1/name"}])

    assert status == 422
    assert any("name" in cause["field"] for cause in body["details"]["causes"])


def test_a_weight_that_is_absent_is_stored_as_1_and_an_unknown_field_not_at_all(server: Server) -> None:
    rule = [{"name": "checkout-stable", "strange": True}]

    _, body = server.ask("PATCH", server.route, [{"op": "add", "path": "/spec/rules/1/backendRefs", "value": rule}])

    assert body["spec"]["rules"][1]["backendRefs"] == [{"name": "checkout-stable", "kind": "Service", "weight": 1}]


def test_a_change_bumps_version_and_generation_and_none_bumps_nothing(server: Server) -> None:
    first = server.world.told()["metadata"]

    _, changed = server.ask("PATCH", server.route, [{"op": "replace", "path": WEIGHT, "value": 7}])
    _, same = server.ask("PATCH", server.route, [{"op": "replace", "path": WEIGHT, "value": 7}])

    assert changed["metadata"]["resourceVersion"] != first["resourceVersion"]
    assert changed["metadata"]["generation"] == first["generation"] + 1
    assert changed["metadata"]["uid"] == first["uid"]
    assert same["metadata"]["resourceVersion"] == changed["metadata"]["resourceVersion"]


def test_a_status_write_bumps_the_version_alone_and_touches_no_spec(server: Server) -> None:
    before = server.world.told()
    change: dict[str, Any] = {"status": {"parents": []}, "spec": {"rules": []}}

    status, after = server.ask("PATCH", f"{server.route}/status", change, MERGE_PATCH)

    assert status == 200
    assert after["spec"] == before["spec"]
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert after["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]


def test_testing_the_version_fails_after_a_mere_status_write(server: Server) -> None:
    """Why the routers never do it."""
    version = server.world.told()["metadata"]["resourceVersion"]
    server.ask("PATCH", f"{server.route}/status", {"status": {"parents": []}}, MERGE_PATCH)

    patch = [{"op": "test", "path": VERSION, "value": version}, {"op": "replace", "path": WEIGHT, "value": 7}]
    status, _ = server.ask("PATCH", server.route, patch)

    assert status == 422


def test_an_old_version_in_a_put_is_a_conflict(server: Server) -> None:
    old = server.world.told()
    server.ask("PATCH", server.route, [{"op": "replace", "path": WEIGHT, "value": 7}])

    status, body = server.ask("PUT", server.route, old, "application/json")

    assert (status, body["reason"]) == (409, "Conflict")


def test_a_merge_patch_replaces_a_list_whole(server: Server) -> None:
    """Why the routers never send one."""
    rules = [{"name": "checkout", "backendRefs": [{"name": "checkout-canary"}]}]

    _, body = server.ask("PATCH", server.route, {"spec": {"rules": rules}}, MERGE_PATCH)

    assert len(body["spec"]["rules"]) == 1
    assert "timeouts" not in body["spec"]["rules"][0]


@pytest.mark.parametrize(
    ("media", "content", "status"),
    [("application/json", [], 415), (JSON_PATCH, {"spec": {}}, 400), (MERGE_PATCH, [], {400, 422})],
)
def test_a_patch_has_to_be_what_its_content_type_says(server: Server, media: str, content: Any, status: Any) -> None:
    answered, _ = server.ask("PATCH", server.route, content, media)

    assert answered in (status if isinstance(status, set) else {status})


def test_a_dry_run_answers_as_if_and_stores_nothing(server: Server) -> None:
    before = server.world.told()

    status, body = server.ask("PATCH", f"{server.route}?dryRun=All", [{"op": "replace", "path": WEIGHT, "value": 7}])
    refused, _ = server.ask("PATCH", f"{server.route}?dryRun=All", [{"op": "replace", "path": WEIGHT, "value": -7}])

    assert (status, refused) == (200, 422)
    assert body["spec"]["rules"][1]["backendRefs"][1]["weight"] == 7
    assert server.world.told() == before


def test_a_scale_of_0_leaves_replicas_out(server: Server) -> None:
    _, none = server.ask("GET", server.scale)
    scaled, some = server.ask("PATCH", server.scale, [{"op": "add", "path": "/spec/replicas", "value": 3}])
    missed, _ = server.ask("PATCH", server.scale, [{"op": "test", "path": "/spec", "value": {}}])

    assert none["spec"] == {}
    assert (scaled, some["spec"]) == (200, {"replicas": 3})
    assert missed == 422


@pytest.mark.parametrize(
    ("token", "path", "status", "reason"),
    [
        ("of-nobody", "", 401, "Unauthorized"),
        (None, "", 403, "Forbidden"),
        (USER_TOKEN, "", 200, None),
        (USER_TOKEN, "/status", 403, "Forbidden"),
        (USER_TOKEN, "-other", 403, "Forbidden"),
        (ADMIN_TOKEN, "-other", 404, "NotFound"),
    ],
)
def test_who_may_read_what(server: Server, token: str | None, path: str, status: int, reason: str | None) -> None:
    answered, body = server.ask("GET", server.route + path, token=token)

    assert answered == status
    assert body.get("reason") == reason


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_the_guide_s_rights_delete_and_replace_nothing(server: Server, method: str) -> None:
    content = server.world.told() if method == "PUT" else None

    status, _ = server.ask(method, server.route, content, "application/json", token=USER_TOKEN)

    assert status == 403
