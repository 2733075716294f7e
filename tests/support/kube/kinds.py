"""The kinds of objects that the small API server knows: some by themselves, others by their definitions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent
_REPLICAS = {"type": "integer", "minimum": 0, "default": 1}
_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


@dataclass(frozen=True)
class Kind:
    """One resource of one version, as its URL says it. `status`: it has that subresource; `scale`: and that one."""

    group_version: str
    plural: str
    name: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    status: bool = False
    scale: bool = False

    @property
    def group(self) -> str:
        """The API group, "" for the core."""
        return self.group_version.rpartition("/")[0]


BUILT_IN = (
    Kind(
        "apps/v1", "deployments", "Deployment",
        {**_OPEN, "properties": {"spec": {**_OPEN, "properties": {"replicas": _REPLICAS}}}},
        status=True, scale=True,
    ),
    Kind("autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", status=True),
    Kind("rbac.authorization.k8s.io/v1", "roles", "Role"),
    Kind("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding"),
)  # fmt: skip


def documents(text: str) -> list[dict[str, Any]]:
    """Read all documents of a YAML text."""
    return [one for one in YAML(typ="safe", pure=True).load_all(text) if one]


@cache
def _definitions() -> tuple[dict[str, Any], ...]:
    return tuple(documents((HERE / "crds.yaml").read_text()))


def definitions() -> tuple[dict[str, Any], ...]:
    """Give the custom resource definitions of the tests; not to be changed in place."""
    return _definitions()


def defined(crds: Iterable[Mapping[str, Any]]) -> list[Kind]:
    """Read kinds from their definitions."""
    return [
        Kind(
            f"{crd['spec']['group']}/{version['name']}",
            crd["spec"]["names"]["plural"],
            crd["spec"]["names"]["kind"],
            version["schema"]["openAPIV3Schema"],
            "status" in version.get("subresources", {}),
        )
        for crd in crds
        for version in crd["spec"]["versions"]
    ]
