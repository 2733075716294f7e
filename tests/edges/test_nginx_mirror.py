"""Copies of requests: about the share that was told, and whatever becomes of a copy, no user notices."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import pytest

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.target import Mirror
from tests.edges.asked import backend
from tests.routers.contract import target
from tests.support.edge import Backend, Echo
from tests.support.link import MUTE, PASS, REFUSE, Fault, Link
from tests.support.pipeline import ask_all, request
from tests.support.timing import eventually, within
from tests.support.told_nginx import CONFIGURATIONS, Site

pytestmark = pytest.mark.servers

USERS = 50


class Recorder(Backend):
    """Keeps what came, as bytes."""

    def __init__(self) -> None:
        super().__init__("canary")
        self.received: list[bytes] = []

    @property
    def requests(self) -> int:
        """How many requests came."""
        return b"".join(self.received).count(b" HTTP/1.1\r\n")

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: _Keeping(self), "127.0.0.1", 0)


class _Keeping(Echo):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__("canary", recorder._connections)
        self._keep = recorder.received.append

    def data_received(self, data: bytes) -> None:
        self._keep(data)
        super().data_received(data)


@dataclass(frozen=True)
class Mirrored:
    """A site whose canary is a recorder behind a link."""

    site: Site
    copies: Recorder
    link: Link

    def tell(self, share: int) -> None:
        """Give everybody to stable, and copies to the canary."""
        self.site.tell(replace(target(0, table=(("stable", 0, WHOLE),)), mirror=Mirror("canary", share)))

    def ask(self, times: int) -> list[str]:
        """Ask so many times, on a few connections."""
        answers = ask_all(self.site.port, [request(f"/{n}", {"X-User-Id": f"user-{n}"}) for n in range(times)])
        assert {answer.status for answer in answers} == {200}
        return [backend(answer) for answer in answers]


@contextmanager
def mirrored(kind: str, fault: Fault = PASS) -> Iterator[Mirrored]:
    """Make a site of that kind that mirrors; the way to the copies has a fault."""
    with ExitStack() as stack:
        copies = stack.enter_context(Recorder())
        link = stack.enter_context(Link(copies.port))
        link.set(fault)
        site = stack.enter_context(Site(kind, {"canary": link.port}, mirror=True))
        yield Mirrored(site, copies, link)


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_about_the_share_of_requests_is_copied_and_the_answers_are_discarded(kind: str) -> None:
    with mirrored(kind) as world:
        world.tell(20_000)

        for _ in range(20):  # not all at once: what the way to the copies cannot take in time is dropped
            assert world.ask(100) == ["stable"] * 100

        eventually(lambda: world.copies.requests > 300, "copies")
        assert 300 < world.copies.requests < 500  # 400 are expected, 18 is one standard deviation


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_without_a_mirror_nothing_is_copied_and_with_all_of_it_everything_is(kind: str) -> None:
    with mirrored(kind) as world:
        world.site.tell(target(0, table=(("stable", 0, WHOLE),)))
        world.ask(100)
        assert world.copies.requests == 0

        world.tell(WHOLE)
        world.ask(100)

        eventually(lambda: world.copies.requests == 100, "a copy of each")


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_a_copy_is_the_request_with_its_body_and_says_that_it_is_one(kind: str) -> None:
    with mirrored(kind) as world:
        world.tell(WHOLE)

        ask_all(world.site.port, [request("/pay?a=1&b=%20", {"X-Kept": "yes", "X-Mirrored": "forged"}, b'{"sum": 7}')])

        eventually(lambda: b'{"sum": 7}' in b"".join(world.copies.received), "the body")
        text = b"".join(world.copies.received).decode()
        assert text.startswith("POST /pay?a=1&b=%20 HTTP/1.1\r\n")
        assert [
            line for line in text.split("\r\n") if line.startswith(("X-Mirrored", "X-Kept", "Host", "X-Cohort"))
        ] == [
            "Host: test",
            "X-Cohort: canary",
            "X-Mirrored: 1",
            "X-Kept: yes",
        ]


@pytest.mark.parametrize("fault", [REFUSE, MUTE], ids=["dead", "frozen"])
@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_a_user_never_notices_a_dead_or_frozen_mirror(kind: str, fault: Fault) -> None:
    """One connection, request after request: a copy that was waited for would take 5 s of each."""
    with mirrored(kind, fault) as world:
        world.tell(WHOLE)

        with within(USERS * 0.5):
            for _ in range(USERS):
                assert world.ask(2) == ["stable", "stable"]


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_a_frozen_mirror_holds_no_more_than_a_hundred_connections(kind: str) -> None:
    with mirrored(kind, MUTE) as world:
        world.tell(WHOLE)

        assert world.ask(400) == ["stable"] * 400

        assert 0 < world.link.connections <= 100
