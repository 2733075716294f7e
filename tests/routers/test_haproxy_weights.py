"""The router haproxy-weights over a real HAProxy: what it tells, what traffic does, and what fails or lies."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.grain import quantised
from flagsvc.routers.common import haproxy as api
from flagsvc.routers.haproxy_shares import Shares, changes
from flagsvc.routers.haproxy_weights import HaproxyWeights, Options
from tests.edges.asked import FORGED, backend, received
from tests.edges.told import changed_under_load
from tests.routers.contract import STEPS, RouterContract, agrees, brought_to, target
from tests.support import haproxy
from tests.support.edge import Edge, Places
from tests.support.haproxy import HaproxyServer, Lip, Way, say
from tests.support.link import HOLE, MUTE, REFUSE, Fault, Link
from tests.support.pipeline import ask_all, request
from tests.support.process import free_port
from tests.support.timing import eventually

SERVERS = {"stable": ("stable1",), "canary": ("canary1",)}


def options(*nodes: str, **more: Any) -> Options:
    """Make options for examples/haproxy/weights.cfg."""
    return Options(**{"nodes": nodes, "backend": "shop", "servers": SERVERS, **more})


class HaproxyWorld:
    """HAProxy before two echoing back ends, a listener before its socket that counts, and the router."""

    steps = STEPS

    def __init__(self, edge: Edge, lip: Lip, **more: Any) -> None:
        assert isinstance(edge.proxy, HaproxyServer)
        self.edge, self.server, self.lip = edge, edge.proxy, lip
        self.router = HaproxyWeights(options(lip.address, **more))

    def by_hand(self, canary: int) -> None:
        """Set the weights as somebody would at the socket."""
        weight = canary * 256 // WHOLE
        say(
            self.server.socket,
            f"set server shop/stable1 weight {256 - weight}; set server shop/canary1 weight {weight}",
        )

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

    def seen(self, requests: int, headers: Mapping[str, str] | None = None) -> Counter[str]:
        """Send requests one after another on a connection; count who answers."""
        return Counter(backend(answer) for answer in ask_all(self.edge.port, [request("/", headers or {})] * requests))

    def canary_of_256(self) -> int:
        """Send whole rounds after the one in which the weights changed; count the canary's of 256 requests."""
        self.seen(256)
        return self.seen(256)["canary"]


@contextmanager
def running(make: Callable[[Places], HaproxyServer] = haproxy.weights, **more: Any) -> Iterator[HaproxyWorld]:
    """Start a world."""
    with ExitStack() as stack:
        edge = stack.enter_context(Edge([], make=make))
        assert isinstance(edge.proxy, HaproxyServer)
        lip = stack.enter_context(Lip(edge.proxy.socket, edge.proxy.folder))
        yield HaproxyWorld(edge, lip, **more)


@pytest.mark.servers
class TestHaproxyWeights(RouterContract):
    @pytest.fixture
    def world(self) -> Iterator[HaproxyWorld]:
        with running() as world:
            yield world

    def test_traffic_does_exactly_as_told(self, world: HaproxyWorld) -> None:
        for canary in STEPS:
            brought_to(world.router, target(canary))
            weight = quantised(target(canary).weights, 256)["canary"]
            assert world.canary_of_256() == weight

    def test_no_request_is_lost_while_weights_walk(self, world: HaproxyWorld) -> None:
        def walk() -> None:
            for canary in STEPS * 10:
                brought_to(world.router, target(canary))

        assert changed_under_load(world.edge.port, walk, retries=0) == []

    def test_no_forged_cohort_reaches_a_backend(self, world: HaproxyWorld) -> None:
        answers = ask_all(world.edge.port, [request("/", forged) for forged in FORGED])

        assert [received(answer) for answer in answers] == [[]] * len(FORGED)

    def test_a_frozen_one_is_an_error_in_time_and_heals(
        self, world: HaproxyWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api, "TALK_SECONDS", 1.0)
        router = HaproxyWeights(options(world.server.socket))
        world.server.pause()
        try:
            eventually(lambda: "no answer in time" in _error(router.observe), "a process that stands still")

            with pytest.raises(RouterError, match="no answer in time") as told:
                router.apply(target(5_000))

            assert not told.value.permanent
        finally:
            world.server.resume()
        monkeypatch.undo()
        brought_to(router, target(5_000))

    def test_requests_are_counted_per_backend(self, world: HaproxyWorld) -> None:
        brought_to(world.router, target(25_000))

        seen = world.seen(256)

        assert world.router.counts() == seen
        assert world.router.capabilities.counts

    def test_a_reload_forgets_too(self, world: HaproxyWorld) -> None:
        brought_to(world.router, target(25_000))

        world.server.reload()

        assert not agrees(world.router, target(25_000))
        brought_to(world.router, target(25_000))

    @pytest.mark.parametrize(
        ("lie", "words"), [(haproxy.yes, "said nothing against it"), (haproxy.half, "said nothing against it")]
    )
    def test_one_that_says_yes_and_does_nothing_or_half_is_an_error(
        self, world: HaproxyWorld, lie: Way, words: str
    ) -> None:
        brought_to(world.router, target(5_000))
        world.lip.way = lie

        with pytest.raises(RouterError, match=words) as told:
            world.router.apply(target(25_000))

        assert not told.value.permanent
        world.lip.way = haproxy.honest
        brought_to(world.router, target(25_000))

    def test_one_that_obeys_and_never_says_so_is_read_back(
        self, world: HaproxyWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.lip.way = haproxy.late
        monkeypatch.setattr(api, "TALK_SECONDS", 1.0)

        with pytest.raises(RouterError, match="no answer in time") as told:
            world.router.apply(target(25_000))

        assert not told.value.permanent
        assert agrees(world.router, target(25_000))
        assert list(world.router.plan(target(25_000))) == []

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"backend": "nowhere"}, "name the backend as"),
            (
                {"servers": {"stable": ("stable1",), "canary": ("canary2",)}},
                "no server canary2; it has canary1, stable1",
            ),
            ({"clear_table": "shop"}, "No such table.*stick-table"),
        ],
    )
    def test_what_the_configuration_lacks_is_a_permanent_error_with_the_fix(
        self, world: HaproxyWorld, more: dict[str, Any], words: str
    ) -> None:
        router = HaproxyWeights(options(world.server.socket, **more))

        with pytest.raises(RouterError, match=words) as told:
            router.apply(target(5_000))

        assert told.value.permanent

    def test_a_socket_without_the_right_says_what_it_needs(self, world: HaproxyWorld) -> None:
        world.lip.way = lambda node, command: haproxy.honest(node, b"operator; " + command)

        with pytest.raises(RouterError, match="level admin") as told:
            world.router.apply(target(5_000))

        assert told.value.permanent


def _error(call: Callable[[], object]) -> str:
    try:
        call()
    except RouterError as error:
        return str(error)
    return ""


def _over_tcp(port: int) -> Callable[[Places], HaproxyServer]:
    def make(places: Places) -> HaproxyServer:
        made = haproxy.weights(places)
        configuration = made.folder / "haproxy.cfg"
        text = configuration.read_text()
        listener = f"  stats socket ipv4@127.0.0.1:{port} level admin\n"
        configuration.write_text(text.replace("global\n", f"global\n{listener}"))
        return made

    return make


@pytest.mark.servers
def test_several_nodes_over_tcp_or_sockets_are_told_and_one_that_fails_is_named() -> None:
    port = free_port()
    with running(_over_tcp(port)) as first, running() as second:
        nodes = (f"127.0.0.1:{port}", second.server.socket)
        router = HaproxyWeights(options(*nodes))
        brought_to(router, target(25_000))
        assert [world.canary_of_256() for world in (first, second)] == [64, 64]

        second.by_hand(50_000)

        observed = router.observe()
        assert observed is not None
        assert nodes[1] in observed.detail
        assert not agrees(router, target(25_000))
        assert [line.split(": ")[0] for line in router.plan(target(25_000))] == [nodes[1]] * 2
        second.server.kill()
        with pytest.raises(RouterError, match=rf"1 of 2 nodes failed: {nodes[1]}: no connection") as told:
            router.apply(target(5_000))
        assert not told.value.permanent
        assert first.canary_of_256() == 13
        second.server.start()
        brought_to(router, target(5_000))


@pytest.mark.servers
@pytest.mark.parametrize(
    ("fault", "words"), [(REFUSE, "no connection"), (MUTE, "no answer in time"), (HOLE, "no answer in time")]
)
def test_a_network_that_fails_is_a_temporary_error_in_time(
    fault: Fault, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with running(_over_tcp(port)), Link(port) as link:
        router = HaproxyWeights(options(f"127.0.0.1:{link.port}"))
        brought_to(router, target(5_000))
        monkeypatch.setattr(api, "TALK_SECONDS", 1.0)
        link.set(fault)

        with pytest.raises(RouterError, match=words) as told:
            router.apply(target(25_000))

        assert not told.value.permanent
        link.heal()
        monkeypatch.undo()
        brought_to(router, target(25_000))


@pytest.mark.servers
def test_a_stick_table_keeps_users_until_it_is_cleared() -> None:
    def sticky(places: Places) -> HaproxyServer:
        made = haproxy.weights(places)
        configuration = made.folder / "haproxy.cfg"
        stick = "  stick-table type string len 64 size 10k expire 10m\n  stick on req.fhdr(x-user-id)\n"
        configuration.write_text(configuration.read_text().replace("backend shop\n", f"backend shop\n{stick}"))
        return made

    with running(sticky, sticky="table", clear_table="shop") as world:
        brought_to(world.router, target(100_000))
        assert world.seen(20, {"X-User-Id": "user-1"}) == {"canary": 20}

        keeping = HaproxyWeights(options(world.server.socket, sticky="table"))
        brought_to(keeping, target(0))
        assert world.seen(20, {"X-User-Id": "user-1"}) == {"canary": 20}
        assert (keeping.capabilities.sticky, keeping.capabilities.drains_pinned) == ("own", False)

        brought_to(world.router, target(50_000))
        brought_to(world.router, target(0))
        assert world.seen(20, {"X-User-Id": "user-1"}) == {"stable": 20}
        assert world.router.capabilities.drains_pinned


@pytest.mark.servers
@pytest.mark.parametrize("balance", ["balance source", "balance hdr(x-user-id)", "balance static-rr"])
def test_a_way_to_balance_whose_weights_are_fixed_is_a_permanent_error_with_the_fix(balance: str) -> None:
    def fixed(places: Places) -> HaproxyServer:
        made = haproxy.weights(places)
        configuration = made.folder / "haproxy.cfg"
        configuration.write_text(configuration.read_text().replace("balance roundrobin", balance))
        return made

    with running(fixed) as world:
        with pytest.raises(RouterError, match="add `hash-type consistent` to the backend") as told:
            world.router.apply(target(50_000))

        assert told.value.permanent
        assert not agrees(world.router, target(50_000))


@pytest.mark.servers
def test_several_servers_of_a_cohort_share_its_weight_exactly() -> None:
    def three(places: Places) -> HaproxyServer:
        made = haproxy.weights(places)
        configuration = made.folder / "haproxy.cfg"
        more = f"  server stable2 127.0.0.1:{places.backends['stable']} weight 1\n"
        configuration.write_text(configuration.read_text() + more)
        return made

    servers = {"stable": ("stable1", "stable2"), "canary": ("canary1",)}
    with running(three, servers=servers) as world:
        assert world.router.capabilities.granularity == 128
        assert not agrees(world.router, target(0))
        brought_to(world.router, target(25_000))
        assert world.canary_of_256() == 64

        say(world.server.socket, "set server shop/stable2 weight 97")

        observed = world.router.observe()
        assert observed is not None
        assert "stable2 97" in observed.detail
        assert not agrees(world.router, target(25_000))


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(1, 6), min_size=1),
    st.lists(st.integers(0, WHOLE), min_size=4, max_size=4),
)
def test_servers_weigh_together_what_their_cohort_was_told(numbers: dict[str, int], parts: list[int]) -> None:
    servers = {cohort: [f"{cohort}{n}" for n in range(number)] for cohort, number in numbers.items()}
    shares = Shares(servers)
    whole = shares.granularity
    assert whole >= 4
    cuts = [0, *sorted(part * whole // WHOLE for part in parts[: len(servers) - 1]), whole]
    steps = {cohort: cuts[n + 1] - cuts[n] for n, cohort in enumerate(sorted(servers))}

    told = shares.told(steps)

    total = sum(told.values())
    assert max(told.values()) <= 256
    for cohort, mine in servers.items():
        assert len({told[server] for server in mine}) == 1
        assert sum(told[server] for server in mine) * whole == steps[cohort] * total
    assert shares.steps(told) == steps


def test_what_grows_is_told_before_what_shrinks() -> None:
    assert list(changes("b", {"s": 256, "c": 0, "o": 7}, {"s": 0, "c": 256, "o": 7})) == [
        "set server b/c weight 256",
        "set server b/s weight 0",
    ]


@pytest.mark.parametrize(
    ("sticky", "table", "capable"),
    [
        ("none", None, ("none", True)),
        ("hash", None, ("own", True)),
        ("table", None, ("own", False)),
        ("table", "shop", ("own", True)),
        ("cookie", None, ("own", False)),
        ("cookie", "shop", ("own", False)),
    ],
)
def test_it_says_truthfully_whom_weight_0_recalls(sticky: str, table: str | None, capable: tuple[str, bool]) -> None:
    capabilities = HaproxyWeights(options("/s", sticky=sticky, clear_table=table)).capabilities

    assert (capabilities.sticky, capabilities.drains_pinned) == capable


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"nodes": []}, "1 to 32"),
        ({"nodes": ["/a", "/a"]}, "1 to 32 different"),
        ({"nodes": ["haproxy.sock"]}, "full path"),
        ({"backend": "a b"}, "no name in HAProxy"),
        ({"clear_table": "t;x"}, "no name in HAProxy"),
        ({"servers": {"stable": ["a"], "canary": []}}, "servers of its own"),
        ({"servers": {"stable": ["a"], "canary": ["a"]}}, "servers of its own"),
        ({"servers": {"stable": ["a\n"]}}, "no name in HAProxy"),
        ({"servers": {"a": [f"a{n}" for n in range(17)], "b": [f"b{n}" for n in range(257)]}}, "share evenly"),
        ({"sticky": "sure"}, "Input should be"),
        ({"weight": 1}, "Unexpected keyword"),
    ],
)
def test_options_are_checked_at_the_start(more: dict[str, object], words: str) -> None:
    good = {"nodes": ["[::1]:9999", "/run/haproxy.sock"], "backend": "shop", "servers": SERVERS}
    adapter = TypeAdapter(Options)
    assert adapter.validate_python(good).sticky == "none"

    with pytest.raises(ValidationError, match=words):
        adapter.validate_python({**good, **more})
