"""The loop over a real store: one replica drives, the next takes over, a failure takes everything back."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from flagsvc.domain.page import Page
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import Ref
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.state import BindingState, state_of_text
from flagsvc.domain.routing.target import Target
from flagsvc.runner.lease import Lease
from flagsvc.runner.routing import Routing
from flagsvc.store import SqlStore
from flagsvc.usecases import bindings, documents
from tests.support.timing import eventually
from tests.usecases.world import World

SPLIT, BINDING = Ref("prod", "split", "checkout"), Ref("prod", "binding", "edge")
ABLE = Capabilities(granularity=100, counts=True, expected_propagation_seconds=0.0)


class Edge:
    """A router in memory that can be put into any mood; shared by the replicas, as a real one is."""

    capabilities = ABLE

    def __init__(self) -> None:
        self.holds: dict[str, int] | None = None
        self.fault: RouterError | None = None
        self.told: list[int] = []
        self.before_telling: Callable[[], object] = lambda: None
        self.before_reading: Callable[[], object] = lambda: None
        self.requests: dict[str, int] = {"stable": 0, "canary": 0}

    def plan(self, target: Target) -> Sequence[str]:
        return (f"hold {dict(target.weights)}",)

    def apply(self, target: Target) -> None:
        self.before_telling()
        if self.fault:
            raise self.fault
        self.holds = {name: weight // 1000 for name, weight in target.weights.items()}
        self.told.append(self.holds["canary"])

    def observe(self) -> Observed | None:
        self.before_reading()
        if self.fault and not self.fault.permanent:
            raise self.fault
        return None if self.holds is None else Observed(weights=self.holds)

    def counts(self) -> Mapping[str, int]:
        return dict(self.requests)


class Site:
    """A store with a bound split, some edges, and replicas that drive it."""

    def __init__(self, store: SqlStore, routers: int) -> None:
        self.store, self.world = store, World(store)
        self.edges = {f"edge-{number}": Edge() for number in range(routers)}
        self.world.split()
        self.weigh(0)
        self.bind()
        self.replicas: list[Routing] = []

    def bind(self, **members: object) -> None:
        intent = self.world.intent(routers=dict.fromkeys(self.edges, ABLE))
        body = {"key": "edge", "split": "checkout", "routers": list(self.edges), "deadlineSeconds": 3, **members}
        documents.create_document(self.store, intent, "prod", "binding", body)

    def edit(self, **members: object) -> None:
        intent = self.world.intent(routers=dict.fromkeys(self.edges, ABLE))
        documents.patch_document(self.store, intent, BINDING, Patch("merge", members))
        self.wake()

    def weigh(self, canary: int) -> int:
        written = self.world.weigh(SPLIT, {"stable": 100_000 - canary, "canary": canary})
        self.wake()
        return written.revision

    def wake(self) -> None:
        for replica in getattr(self, "replicas", ()):
            replica.wake()

    def replica(self, lease: Lease | None = None, seconds: float = 6.0) -> Routing:
        """Start one more replica."""
        lease = lease or Lease(self.store, f"replica-{len(self.replicas)}", seconds)
        made = Routing(
            self.store,
            self.edges,
            lease,
            lambda reason: self.world.intent("routing", reason=reason),
            wake=lambda _: self.wake(),
            failed=lambda _: None,
        )
        self.replicas.append(made)
        made.start()
        return made

    def state(self) -> BindingState:
        with self.store.reading() as view:
            stored = view.binding_states("prod")
        return state_of_text(stored[0].text) if stored else BindingState()

    def kinds(self) -> list[str]:
        """Give what happened, oldest first."""
        with self.store.reading() as view:
            events, _ = view.binding_events("prod", "edge", Page(limit=200))
        return [event.kind for event in reversed(events)]

    def settled(self, canary: int) -> None:
        """Wait until the stored state says that this share is applied, and every edge holds it."""
        eventually(lambda: self.state().phase == "applied" and self._holds(canary), f"{canary} everywhere")

    def _holds(self, canary: int) -> bool:
        return {edge.holds["canary"] if edge.holds else None for edge in self.edges.values()} == {canary // 1000}


@contextmanager
def site_of(store: SqlStore, routers: int = 3) -> Iterator[Site]:
    site = Site(store, routers)
    try:
        yield site
    finally:
        for replica in site.replicas:
            replica.stop()


@pytest.fixture
def site(sqlite: SqlStore) -> Iterator[Site]:
    with site_of(sqlite) as made:
        yield made


def test_a_change_reaches_every_router_and_the_stored_state_says_so(site: Site) -> None:
    site.replica()
    site.settled(0)

    site.weigh(25_000)

    site.settled(25_000)
    assert site.kinds() == ["begun", "applied", "begun", "applied"]


def test_of_two_replicas_one_drives_and_the_other_takes_over(store: SqlStore) -> None:
    with site_of(store) as site:
        first, second = site.replica(), site.replica()
        site.settled(0)
        assert [bool(first.seen()), bool(second.seen())].count(True) == 1
        driving, waiting = (first, second) if first.seen() else (second, first)

        driving.stop()
        site.weigh(25_000)

        site.settled(25_000)
        assert waiting.seen()
        assert not driving.seen()


def test_a_replica_that_was_paused_beyond_its_lease_tells_nobody_and_stores_nothing(site: Site) -> None:
    stopped = threading.Event()
    paused = Lease(site.store, "paused", 2.0)
    old = site.replica(paused)
    site.settled(0)
    edge = site.edges["edge-0"]
    told_by_old: list[str] = []

    def pause() -> None:  # the old one stops right before it tells; another takes over meanwhile
        edge.before_telling = lambda: None
        told_by_old.append("paused")
        stopped.wait(30)

    edge.before_telling = pause
    site.weigh(25_000)
    eventually(lambda: told_by_old, "the old one at work")
    old._loop.stop()  # its heart beats no more
    time.sleep(2.5)
    version = site.state()
    site.weigh(0)
    site.replica(seconds=30.0)
    stopped.set()

    site.settled(0)
    assert site.kinds().count("begun") >= 2
    assert paused.token is None
    assert version.phase == "applying"


def test_when_one_of_three_refuses_all_go_back_and_the_split_is_reverted_with_the_reason(site: Site) -> None:
    site.replica()
    site.weigh(5_000)
    site.settled(5_000)
    before = site.world.get(SPLIT)["default"]

    site.edges["edge-2"].fault = RouterError("no such backend: 'canary'", permanent=True)
    revision = site.weigh(25_000)

    eventually(lambda: "reverted" in site.kinds(), "the revert")
    site.edges["edge-2"].fault = None
    site.settled(5_000)
    document = site.world.get(SPLIT)
    assert document["default"] == before
    assert document["version"] == revision + 1
    with site.store.reading() as view:
        change = view.change("prod", revision + 1)
    assert change is not None
    assert (change.action, change.actor.name) == ("split.revert", "routing")
    assert "no such backend" in change.reason
    assert site.kinds()[-5:] == ["begun", "refused", "rolling-back", "reverted", "rolled-back"]


def test_a_router_that_is_away_at_the_deadline_takes_the_change_back(site: Site) -> None:
    site.replica()
    site.settled(0)

    site.edges["edge-1"].fault = RouterError("no connection")
    site.weigh(25_000)

    eventually(lambda: "reverted" in site.kinds(), "the revert")
    eventually(lambda: site.edges["edge-0"].holds == {"stable": 100, "canary": 0}, "the first one, back")
    site.edges["edge-1"].fault = None
    site.settled(0)


def test_a_split_that_somebody_changed_meanwhile_is_not_reverted(site: Site) -> None:
    site.replica()
    site.settled(0)
    edge = site.edges["edge-2"]
    edge.fault = RouterError("no", permanent=True)
    edge.before_telling = lambda: site.world.merge(SPLIT, {"description": "somebody else's edit"})

    site.weigh(25_000)

    eventually(lambda: "not-reverted" in site.kinds(), "no revert")
    assert site.world.get(SPLIT)["description"] == "somebody else's edit"


def test_a_retreat_goes_on_until_everybody_has_read_back(site: Site) -> None:
    site.replica()
    site.weigh(50_000)
    site.settled(50_000)
    site.edges["edge-2"].fault = RouterError("no connection")

    site.weigh(0)

    eventually(lambda: "late" in site.kinds(), "the deadline")
    assert [site.edges[name].holds for name in ("edge-0", "edge-1")] == [{"stable": 100, "canary": 0}] * 2
    assert site.world.get(SPLIT)["default"]["split"]["weights"] == {"stable": 100_000, "canary": 0}
    site.edges["edge-2"].fault = None
    site.settled(0)


def test_a_router_that_forgot_is_told_again_by_itself(site: Site) -> None:
    site.replica()
    site.weigh(25_000)
    site.settled(25_000)

    site.edges["edge-0"].holds = None

    eventually(lambda: site.edges["edge-0"].holds == {"stable": 75, "canary": 25}, "told again")
    eventually(lambda: site.kinds()[-3:] == ["forgot", "reasserted", "agrees"], "said so")


def test_a_paused_binding_is_resumed_by_its_command(site: Site) -> None:
    site.edit(drift="pause")
    site.replica()
    site.weigh(25_000)
    site.settled(25_000)
    site.edges["edge-0"].holds = {"stable": 0, "canary": 100}
    eventually(lambda: site.state().phase == "paused", "paused")

    bindings.ask_again(site.store, site.world.intent(), BINDING, bindings.RESUME)
    site.wake()

    site.settled(25_000)


def test_a_disabled_binding_is_left_alone_and_goes_on_when_enabled(site: Site) -> None:
    site.replica()
    site.settled(0)
    site.edit(enabled=False)
    eventually(lambda: not site.replicas[0].seen(), "left alone")
    site.weigh(25_000)
    time.sleep(0.3)
    assert site.edges["edge-0"].holds == {"stable": 100, "canary": 0}

    site.edit(enabled=True)

    site.settled(25_000)


def test_a_router_that_the_file_no_longer_names_says_so(site: Site) -> None:
    site.replica()
    site.settled(0)
    site.replicas.pop().stop()
    del site.edges["edge-2"]
    site.replica()

    site.weigh(25_000)

    eventually(lambda: "no router 'edge-2' is configured here; configured: edge-0, edge-1" in str(site.state()), "said")


def test_without_the_database_nothing_is_told_and_everything_stays(site: Site) -> None:
    site.replica()
    site.settled(0)
    told = list(site.edges["edge-0"].told)
    with site.store.engine.connect() as connection:
        connection.execute(text("ALTER TABLE binding_states RENAME TO away"))
        connection.commit()
    try:
        site.weigh(25_000)
        time.sleep(0.5)

        assert site.edges["edge-0"].told == told
    finally:
        with site.store.engine.connect() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO binding_states"))
            connection.commit()
    site.settled(25_000)


def test_traffic_that_does_not_split_as_told_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsvc.runner.driver.COUNT_SECONDS", 0.05)
    monkeypatch.setattr("flagsvc.runner.driver.DRAIN_SECONDS", 0.05)
    edge = site.edges["edge-0"]
    site.replica()
    site.weigh(25_000)
    site.settled(25_000)
    eventually(lambda: "edge-0" in site.replicas[0].seen()[0].state.shares, "counted")

    def flow() -> bool:  # everything goes to stable, whatever the router says
        edge.requests["stable"] += 50
        return "share-off" in site.kinds()

    eventually(flow, "the alarm")
    assert "25 % wanted, 0 % seen" in site.state().shares["edge-0"].detail
