"""The router haproxy-map over a real HAProxy, and what it makes of one that fails or lies."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers.common import haproxy as api
from flagsvc.routers.haproxy_map import HaproxyMap, Options
from flagsvc.routers.haproxy_table import Held, Maps, changes, held, wanted
from tests.routers.contract import STEPS, RouterContract, agrees, brought_to, target
from tests.support import haproxy
from tests.support.edge import Edge
from tests.support.haproxy import HaproxyServer, Lip, Way, say

BACKENDS = {"stable": "stable", "canary": "canary"}
RANGES = "maps/checkout.ranges.map"


class HaproxyWorld:
    """HAProxy with examples/haproxy/told.cfg, a listener before its socket that counts, and the router."""

    steps = STEPS

    def __init__(self, server: HaproxyServer, lip: Lip, folder: Path | None) -> None:
        self.server, self.lip = server, lip
        self.router = HaproxyMap(Options(nodes=(lip.address,), maps="maps/checkout", folder=folder, backends=BACKENDS))

    def by_hand(self, canary: int) -> None:
        """Widen or narrow the canary as somebody would who knows the maps."""
        found = held(Maps(*(_entries(say(self.server.socket, f"show map {name}")) for name in haproxy.MAPS)))
        assert found is not None
        lines = _ranges(found, canary)
        version = say(self.server.socket, f"prepare map {RANGES}").split()[-1]
        say(self.server.socket, f"add map @{version} {RANGES} <<\n{lines}")
        say(self.server.socket, f"commit map @{version} {RANGES}")

    def restart(self) -> None:
        self.server.kill()
        self.server.start()

    @contextmanager
    def down(self) -> Iterator[None]:
        self.server.kill()
        yield
        self.server.start()

    def writes(self) -> int:
        return len(self.lip.changing)


def _ranges(found: Held, canary: int) -> str:
    parts = ((0, canary, "canary"), (canary, WHOLE, "stable"))
    return "".join(
        f"{found.base + start}:{found.base + end - 1} {owner}\n" for start, end, owner in parts if end > start
    )


def _entries(answer: str) -> tuple[tuple[str, str], ...]:
    return tuple((line.split(" ", 2)[1], line.split(" ", 2)[2]) for line in answer.strip().splitlines())


@contextmanager
def told(*, with_files: bool) -> Iterator[HaproxyWorld]:
    """Start a world."""
    with ExitStack() as stack:
        edge = stack.enter_context(Edge([], make=haproxy.told))
        assert isinstance(edge.proxy, HaproxyServer)
        lip = stack.enter_context(Lip(edge.proxy.socket, edge.proxy.folder))
        yield HaproxyWorld(edge.proxy, lip, edge.proxy.folder / "maps" if with_files else None)


@pytest.mark.servers
class TestHaproxyMap(RouterContract):
    @pytest.fixture
    def world(self) -> Iterator[HaproxyWorld]:
        with told(with_files=True) as world:
            yield world

    def test_files_that_somebody_removed_are_missed_and_written_again(self, world: HaproxyWorld) -> None:
        wanted = target(25_000)
        brought_to(world.router, wanted)

        for name in haproxy.MAPS:
            (world.server.folder / name).unlink()

        observed = world.router.observe()
        assert observed is not None
        assert "not one table" in observed.detail
        assert not agrees(world.router, wanted)
        brought_to(world.router, wanted)

    def test_a_table_that_was_there_before_comes_back_by_one_entry(self, world: HaproxyWorld) -> None:
        brought_to(world.router, target(5_000))
        brought_to(world.router, target(25_000))
        before = world.writes()

        brought_to(world.router, target(5_000))

        assert [command.split()[0] for command in world.lip.changing[before:]] == ["prepare", "add", "commit"]
        assert "now.map" in world.lip.changing[-1]

    def test_another_revision_with_the_same_table_is_told(self, world: HaproxyWorld) -> None:
        brought_to(world.router, target(5_000, 1))

        world.router.apply(target(5_000, 2))

        observed = world.router.observe()
        assert observed is not None
        assert observed.revision == "epoch.2"

    def test_a_range_added_by_hand_that_nobody_told_is_drift(self, world: HaproxyWorld) -> None:
        wanted = target(5_000)
        brought_to(world.router, wanted)

        say(world.server.socket, f"add map {RANGES} :99999999999999999 canary")

        assert not agrees(world.router, wanted)
        brought_to(world.router, wanted)

    def test_requests_are_counted_per_backend(self, world: HaproxyWorld) -> None:
        assert world.router.counts() == {"stable": 0, "canary": 0}

    @pytest.mark.parametrize("lie", [haproxy.yes, haproxy.empty, haproxy.mute])
    def test_one_that_says_yes_and_does_nothing_is_an_error(
        self, world: HaproxyWorld, lie: Way, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        brought_to(world.router, target(5_000))
        monkeypatch.setattr(api, "TALK_SECONDS", 1.0)
        world.lip.way = lie

        with pytest.raises(RouterError, match=r"said nothing against it|no answer in time") as told:
            world.router.apply(target(25_000))

        assert not told.value.permanent
        world.lip.way = haproxy.honest
        monkeypatch.undo()
        brought_to(world.router, target(25_000))

    def test_somebody_else_who_replaces_a_map_in_between_is_a_conflict(self, world: HaproxyWorld) -> None:
        world.lip.way = haproxy.overtaken

        with pytest.raises(RouterError, match="Version number") as told:
            world.router.apply(target(25_000))

        assert (told.value.conflict, told.value.permanent) == (True, False)
        world.lip.way = haproxy.honest
        brought_to(world.router, target(25_000))

    def test_one_that_obeyed_and_never_said_so_is_found_as_told_in_the_end(
        self, world: HaproxyWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wanted = target(25_000)
        monkeypatch.setattr(api, "TALK_SECONDS", 1.0)
        world.lip.way = haproxy.late
        with pytest.raises(RouterError, match="no answer in time"):
            world.router.apply(wanted)
        world.lip.way = haproxy.honest
        monkeypatch.undo()

        brought_to(world.router, wanted)

    def test_a_map_that_the_configuration_lacks_is_a_permanent_error_with_the_fix(self, world: HaproxyWorld) -> None:
        nodes = (world.server.socket,)
        router = HaproxyMap(Options(nodes=nodes, maps="maps/other", folder=None, backends=BACKENDS))

        for call in (router.observe, lambda: router.apply(target(0))):
            with pytest.raises(RouterError, match="exactly as HAProxy's configuration") as told:
                call()
            assert told.value.permanent

    def test_more_listed_units_than_can_be_told_in_time_are_refused(self, world: HaproxyWorld) -> None:
        many = replace(target(0), forced={f"u{number}": "canary" for number in range(10_001)})

        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match=r"10,001 and 1: list fewer units") as told:
                call(many)
            assert told.value.permanent
        assert world.writes() == 0

    def test_units_listed_for_a_backend_that_haproxy_lacks_are_refused(self, world: HaproxyWorld) -> None:
        listed = replace(target(0), forced={"vip": "beta"})

        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match="the router knows no backend 'beta'") as told:
                call(listed)
            assert told.value.permanent
        assert world.writes() == 0

    def test_files_that_cannot_be_written_keep_no_node_from_being_told(self, world: HaproxyWorld) -> None:
        node, wanted = world.lip.address, target(25_000)
        folder = world.server.folder / "told.cfg"  # no folder at all
        for place, words in ((folder, str(folder)), (world.server.folder / "gone", "gone")):
            world.router.apply(target(0))
            router = HaproxyMap(Options(nodes=(node,), maps="maps/checkout", folder=place, backends=BACKENDS))

            with pytest.raises(RouterError, match=f"1 of 2 nodes failed: .*{words}"):
                router.apply(wanted)

            assert agrees(
                HaproxyMap(Options(nodes=(node,), maps="maps/checkout", folder=None, backends=BACKENDS)), wanted
            )

    def test_a_split_of_another_hash_is_refused(self, world: HaproxyWorld) -> None:
        with pytest.raises(RouterError, match="murmur3 of the unit") as told:
            world.router.apply(replace(target(0), hash="unleash", space=100, allocation=(("stable", 0, 100),)))

        assert told.value.permanent


@pytest.mark.servers
class TestHaproxyMapWithoutFiles(RouterContract):
    @pytest.fixture
    def world(self) -> Iterator[HaproxyWorld]:
        with told(with_files=False) as world:
            yield world


@pytest.mark.servers
def test_of_several_nodes_the_one_that_forgot_is_named_and_told_alone() -> None:
    with told(with_files=False) as first, told(with_files=False) as second:
        nodes = (first.server.socket, second.lip.address)
        router = HaproxyMap(Options(nodes=nodes, maps="maps/checkout", folder=None, backends=BACKENDS))
        brought_to(router, target(25_000))

        second.restart()

        observed = router.observe()
        assert observed is not None
        assert observed.detail == f"not one table: {nodes[0]} has {target(25_000).table}; {nodes[1]} has none"
        assert {line.split(": ")[0] for line in router.plan(target(25_000))} == {nodes[1]}
        brought_to(router, target(25_000))


def test_a_replacement_keeps_the_table_before_and_no_other() -> None:
    maps = Maps()
    for number, canary in enumerate((5_000, 10_000, 25_000)):
        maps = wanted(replace(target(canary, number), forced={f"u/{canary} ü": "canary"}), maps)

    found = held(maps)
    assert found is not None
    assert found.forced == {"u/25000 ü": "canary"}
    assert found.table == replace(target(25_000), forced={"u/25000 ü": "canary"}).table
    assert (len(maps.ranges), len(maps.units)) == (4, 2)
    assert [name for name, _ in changes(Maps(), maps)] == ["ranges", "units", "now"]


@pytest.mark.parametrize("salt", ["a b", "x:y", "a/b", "line\nbreak", "%41", " lead", "Ü😀", ""])
def test_any_salt_is_read_back(salt: str) -> None:
    told = replace(target(5_000), salt=salt, revision="e p/1")

    found = held(wanted(told, Maps()))

    assert found is not None
    assert (found.salt, found.revision, found.table) == (salt, "e p/1", told.table)


@pytest.mark.parametrize("now", [(), (("now", "1/stable"),), (("now", "x/stable/e.1/s"),), (("other", "1/a/b/c"),)])
def test_an_entry_that_is_not_ours_is_no_table(now: tuple[tuple[str, str], ...]) -> None:
    assert held(Maps(now=now)) is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nodes": []}, "1 to 32"),
        ({"nodes": ["edge-1"]}, "full path of a socket nor HOST:PORT"),
        ({"maps": "maps/check out"}, "no name in HAProxy"),
        ({"backends": {}}, "at least one"),
        ({"backends": {"stable": "a; b"}}, "no name in HAProxy"),
        ({"salt": "s"}, "Unexpected keyword"),
    ],
)
def test_options_are_checked_at_the_start(options: dict[str, object], words: str) -> None:
    good = {"nodes": ["127.0.0.1:9999"], "maps": "/etc/haproxy/maps/checkout", "folder": None, "backends": BACKENDS}
    adapter = TypeAdapter(Options)
    assert adapter.validate_python(good).folder is None

    with pytest.raises(ValidationError, match=words):
        adapter.validate_python({**good, **options})
