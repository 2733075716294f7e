"""Worlds for routers in Kubernetes: a namespace with a guide's objects and rights, and the guide's router."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from flagsvc.routers.common.kubernetes import Cluster, Resource
from flagsvc.routers.registry import Tools, build
from flagsvc.settings.routers import load_routers
from tests.routers.contract import STEPS
from tests.support.guides import BLOCK, NAME
from tests.support.kube.admin import Admin
from tests.support.kube.fake import ADMIN_TOKEN, USER_TOKEN, FakeKube
from tests.support.kube.real import RealKube
from tests.support.link import REFUSE, Link
from tests.support.tree import ROOT

_numbers = itertools.count(1)
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: test
contexts: [{{name: test, context: {{cluster: test, user: flagsvc}}}}]
clusters: [{{name: test, cluster: {{server: "{server}"{authority}}}}}]
users: [{{name: flagsvc, user: {{token: {token}}}}}]
"""


def files_of(page: str) -> dict[str, str]:
    """Give the files of a guide in docs/routers by their names."""
    blocks = [text for _, text in BLOCK.findall((ROOT / "docs" / "routers" / page).read_text())]
    return {named[1]: text for text in blocks if (named := NAME.match(text))}


OF_FLAGGER = {
    "metadata": {
        "ownerReferences": [
            {
                "apiVersion": "flagger.app/v1beta1", "kind": "Canary", "name": "checkout", "controller": True,
                "uid": "6d1c1b7e-6a0f-4c0b-9a44-0a6f4f2f8d10", "blockOwnerDeletion": True,
            }
        ]
    }
}  # fmt: skip
"""What Flagger writes into the objects that it makes."""


class KubeWorld:
    """A guide's world. `objects`: its files that hold objects; the router is the one of its routers file.

    Everything lies in a namespace of its own; between the router and the server is a link.
    """

    steps: tuple[int, ...] = STEPS

    def __init__(
        self, kube: FakeKube | RealKube, link: Link, folder: Path, page: str, objects: tuple[str, ...]
    ) -> None:
        self.kube, self.link = kube, link
        self.namespace = f"shop-{next(_numbers)}"
        self.files = {name: text.replace("namespace: shop", f"namespace: {self.namespace}")
                      for name, text in files_of(page).items()}  # fmt: skip
        self.authority = kube.certificate if isinstance(kube, RealKube) else None
        self.admin = Admin(kube.url, ADMIN_TOKEN, self.namespace, self.authority)
        if isinstance(kube, RealKube):
            self.admin.send("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        for name in ("role.yaml", *objects):
            self.admin.create(self.files[name])
        self.kubeconfig = folder / "kubeconfig"
        self.write_kubeconfig(USER_TOKEN)
        (spec,) = self.load(folder)
        self.name, self.kind, self.options = spec.name, spec.kind, spec.options
        self.router: Any = build(spec.name, spec.kind, spec.options, Tools(shelf=None))  # type: ignore[arg-type]

    def load(self, folder: Path) -> Any:
        """Load the guide's routers file, with a kubeconfig in place of the pod's own credentials."""
        file = folder / "routers.yaml"
        line = f"    namespace: {self.namespace}\n"
        assert line in self.files["routers.yaml"]
        file.write_text(self.files["routers.yaml"].replace(line, f"{line}    kubeconfig: {self.kubeconfig}\n"))
        return load_routers(file)

    def write_kubeconfig(self, token: str) -> None:
        """Write the credentials that the router reads."""
        server = self.kube.url.replace(str(self.kube.port), str(self.link.port))
        authority = f", certificate-authority: {self.authority}" if self.authority else ""
        self.kubeconfig.write_text(KUBECONFIG.format(server=server, authority=authority, token=token))

    def with_options(self, **changes: Any) -> None:
        """Make the router anew, with other options."""
        self.options = replace(self.options, **changes)
        self.router = build(self.name, self.kind, self.options, Tools(shelf=None))  # type: ignore[arg-type]

    def told(self) -> Any:
        """Read the object that is told."""
        raise NotImplementedError

    def generations(self) -> Iterator[int]:
        """Give the generation of everything that could be told: it grows with each change of a spec."""
        yield self.told()["metadata"]["generation"]

    def writes(self) -> int:
        """Count changes of specs."""
        return sum(self.generations())

    def restart(self) -> None:
        """Restart the API server."""
        self.kube.stop()
        self.kube.start()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections to the API server."""
        self.link.set(REFUSE)
        try:
            yield
        finally:
            self.link.heal()

    def meanwhile(self, change: Callable[[], object]) -> None:
        """Let somebody else change something once, between the router's next reading and its writing."""
        self.router._cluster = _Meanwhile(self.options, change)


class _Meanwhile(Cluster):
    def __init__(self, options: Any, change: Callable[[], object]) -> None:
        super().__init__(options)
        self._changes = [change]

    def patch(self, resource: Resource, operations: Any, *, dry_run: bool = False) -> dict[str, Any]:
        for change in self._changes:
            change()
        self._changes = []
        return super().patch(resource, operations, dry_run=dry_run)


def without_weights(content: Any) -> Any:
    """Give an object without its weights and without what every write changes."""
    if isinstance(content, Mapping):
        ours = {"weight", "resourceVersion", "generation", "managedFields"}
        return {name: without_weights(value) for name, value in content.items() if name not in ours}
    return [without_weights(one) for one in content] if isinstance(content, list) else content
