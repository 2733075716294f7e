"""What the worlds of the AWS kinds have in common: a link to the cloud that can be cut, and a count of writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flagsvc.routers.registry import build, options_of
from tests.support.aws import REGION, TOOLS, Gate, cloud
from tests.support.link import REFUSE, Link
from tests.support.timing import eventually


def built(kind: str, port: int, **options: Any) -> Any:
    """Make a router as the service does, with the cloud at a port."""
    given = {"region": REGION, "endpoint_url": f"http://127.0.0.1:{port}"} | options
    return build("test", kind, options_of(kind)(**given), TOOLS)


class Cloud:
    """moto's server, behind a link; `steps` are weights of twentieths."""

    steps: tuple[int, ...] = (0, 5_000, 25_000, 50_000, 100_000, 0)

    def __init__(self) -> None:
        self.gate: Gate
        self.gate, port = cloud()
        self.link = Link(port)

    def restart(self) -> None:
        """AWS keeps what it was told, and is not restarted by its users."""

    def writes(self) -> int:
        return self.gate.writes()

    @contextmanager
    def down(self) -> Iterator[None]:
        self.link.set(REFUSE)
        try:
            yield
        finally:
            self.link.heal()
            eventually(lambda: self.link.fault.door == "open", "the way back")
