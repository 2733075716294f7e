"""What the chart makes of values: objects, found by kind and name, and the pods in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

NOTES = "NOTES.txt"
COMPONENT = "app.kubernetes.io/component"
POD_AT = {"Deployment": ("spec", "template"), "Job": ("spec", "template"), "Pod": ()}


@dataclass(frozen=True)
class PodOf:
    """A pod as an object describes it: whose it is, its metadata and its spec."""

    owner: str
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]

    @property
    def containers(self) -> list[dict[str, Any]]:
        """All containers, those before the others included."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]


class Release:
    """The objects of a release. Reading refuses a key that is there twice."""

    def __init__(self, files: Mapping[str, str], namespace: str) -> None:
        self.namespace = namespace
        self.notes = "".join(text for name, text in files.items() if name.endswith(NOTES))
        self.objects: list[dict[str, Any]] = [
            document
            for name, text in files.items()
            if not name.endswith(NOTES)
            for document in YAML(typ="safe", pure=True).load_all(text)
            if document
        ]

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Every object of a kind."""
        return [one for one in self.objects if one["kind"] == kind]

    def one(self, kind: str, name: str | None = None) -> dict[str, Any]:
        """Give the only object of a kind (and name)."""
        (found,) = [one for one in self.all(kind) if name in {None, one["metadata"]["name"]}]
        return found

    @property
    def deployment(self) -> dict[str, Any]:
        """The Deployment of the service; there may be others beside it."""
        (found,) = [one for one in self.all("Deployment") if one["metadata"]["labels"][COMPONENT] == "server"]
        return found

    @property
    def kinds(self) -> set[str]:
        """Which kinds there are."""
        return {one["kind"] for one in self.objects}

    @property
    def pods(self) -> Iterator[PodOf]:
        """Every pod that would run."""
        for one in self.objects:
            if one["kind"] in POD_AT:
                pod = one
                for step in POD_AT[one["kind"]]:
                    pod = pod[step]
                yield PodOf(f"{one['kind']}/{one['metadata']['name']}", pod["metadata"], pod["spec"])

    @property
    def server(self) -> PodOf:
        """The pod of the service."""
        return next(pod for pod in self.pods if pod.metadata["labels"][COMPONENT] == "server")
