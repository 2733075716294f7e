"""What a process does for edges: the routers its file names, the loop that tells them, the shelf they fetch from."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from flagsvc.app.founding import intent, now
from flagsvc.http.traefik import Secret, TraefikDesk
from flagsvc.outbound.files import secret_of
from flagsvc.ports import Store
from flagsvc.routers import Tools, build
from flagsvc.runner.lease import Lease
from flagsvc.runner.routing import Routing
from flagsvc.runner.shelf import Shelf
from flagsvc.settings import RouterSpec


class Edges:
    """The routers of one process. `wake` is called with an environment that was changed here by the service itself."""

    def __init__(
        self,
        store: Store,
        specs: Sequence[RouterSpec],
        *,
        wake: Callable[[str], None],
        failed: Callable[[str], None],
    ) -> None:
        self.kinds = {spec.name: spec.kind for spec in specs}
        self.shelf = Shelf(store, self.kinds, now)
        self.traefik = TraefikDesk(self.shelf.item, dict(_secrets(specs)))
        tools = Tools(shelf=self.shelf)
        routers = {spec.name: build(spec.name, spec.kind, spec.options, tools, spec.counts) for spec in specs}
        lease = Lease(store, secrets.token_hex(8))
        self.routing = Routing(store, routers, lease, intent, wake=wake, failed=failed)

    def start(self) -> None:
        """Begin to serve the shelf and to drive bindings."""
        self.shelf.start()
        self.routing.start()

    def stop(self) -> None:
        """Stop telling routers, and give the lease back; what they were told stays in force."""
        self.routing.stop()
        self.shelf.stop()


def _secrets(specs: Sequence[RouterSpec]) -> Iterator[tuple[str, Secret | None]]:
    for spec in specs:
        if spec.kind == "traefik-http":
            file = spec.options.token_file
            yield spec.name, partial(secret_of, file) if file else None
