"""What a person with all rights does to a cluster, the same for the small server and the real one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import urllib3

from tests.support.kube.kinds import documents

PLURALS = {
    "Deployment": "deployments",
    "DestinationRule": "destinationrules",
    "HTTPRoute": "httproutes",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "VirtualService": "virtualservices",
}


class Admin:
    """Speaks for the admin, in one namespace."""

    def __init__(self, url: str, token: str, namespace: str, ca_file: Path | None) -> None:
        self.url, self.token, self.namespace = url, token, namespace
        self._pool = urllib3.PoolManager(ca_certs=str(ca_file) if ca_file else None, retries=False, timeout=20.0)

    def close(self) -> None:
        """End the connections."""
        self._pool.clear()

    def send(self, method: str, path: str, content: Any = None, media_type: str = "application/json") -> Any:
        """Do one request that has to succeed."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": media_type}
        body = None if content is None else json.dumps(content).encode()
        answer = self._pool.request(method, self.url + path, body=body, headers=headers)
        assert answer.status in {200, 201}, (method, path, answer.status, answer.data)
        return json.loads(answer.data)

    def create(self, text: str) -> None:
        """Create every object of a YAML text, in this namespace."""
        for document in documents(text):
            group = document["apiVersion"]
            self.send("POST", self._path(group, PLURALS[document["kind"]]), document)

    def path(self, document: Mapping[str, Any]) -> str:
        """Where an object is."""
        return self._path(document["apiVersion"], PLURALS[document["kind"]], document["metadata"]["name"])

    def get(self, kind: str, name: str, group: str) -> Any:
        """Read an object."""
        return self.send("GET", self._path(group, PLURALS[kind], name))

    def put(self, changed: Mapping[str, Any]) -> Any:
        """Write an object as a whole, from what was read."""
        return self.send("PUT", self.path(changed), changed)

    def merge(self, document: Mapping[str, Any], change: Mapping[str, Any], subresource: str = "") -> Any:
        """Merge a change into an object or its subresource."""
        return self.send("PATCH", self.path(document) + subresource, change, "application/merge-patch+json")

    def _path(self, group: str, plural: str, *more: str) -> str:
        return "/".join([f"/apis/{group}/namespaces/{self.namespace}/{plural}", *more])
