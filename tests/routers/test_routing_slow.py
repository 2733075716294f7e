"""The loop with routers that hang, a store that refuses, and a process that leaves: nobody waits for anybody else."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.events import Event
from flagsvc.domain.routing.state import BindingState
from flagsvc.domain.routing.visit import MAX_DETAIL
from flagsvc.runner.lease import Lease
from flagsvc.runner.routing import STOP_SECONDS, Routing
from flagsvc.store import SqlStore
from flagsvc.usecases import documents
from flagsvc.usecases.routing import Driven
from tests.routers.test_routing import ABLE, SPLIT, Edge, Site, site_of
from tests.support.timing import eventually, within

ON, OFF = {"stable": 50, "canary": 50}, {"stable": 100, "canary": 0}


class Gate:
    """Where calls to a router hang until it is opened."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.reached = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        self._open.wait(60)

    def open(self) -> None:
        self._open.set()


@contextmanager
def hanging(*edges: Edge) -> Iterator[list[Gate]]:
    """Let every reading of these hang."""
    gates = [Gate() for _ in edges]
    for edge, gate in zip(edges, gates, strict=True):
        edge.before_reading = gate
    try:
        yield gates
    finally:
        for edge, gate in zip(edges, gates, strict=True):
            edge.before_reading = lambda: None
            gate.open()


@pytest.fixture
def site(sqlite: SqlStore) -> Iterator[Site]:
    with site_of(sqlite, routers=6) as made:
        yield made


def everywhere(site: Site, canary: int) -> None:
    site.replica(seconds=20.0)
    site.weigh(canary)
    site.settled(canary)


def test_the_way_back_waits_for_no_router_that_hangs(site: Site) -> None:
    everywhere(site, 50_000)
    slow = [site.edges[name] for name in ("edge-0", "edge-2", "edge-5")]
    with hanging(*slow) as gates:
        for gate in gates:
            assert gate.reached.wait(60)

        site.weigh(0)

        others = [edge for edge in site.edges.values() if edge not in slow]
        eventually(lambda: [edge.holds for edge in others] == [OFF] * 3, "the others, back")
        assert [edge.holds for edge in slow] == [ON] * 3
        eventually(lambda: "late" in site.kinds(), "the deadline, although nobody answers")
    site.settled(0)


def test_requests_that_cannot_be_counted_in_time_hold_up_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsvc.runner.driver.COUNT_SECONDS", 0.05)
    edge, gate = site.edges["edge-0"], Gate()
    counts = edge.counts
    everywhere(site, 50_000)

    def slowly() -> Mapping[str, int]:
        gate()
        return counts()

    monkeypatch.setattr(edge, "counts", slowly)
    assert gate.reached.wait(60)
    try:
        site.weigh(0)

        others = [other for other in site.edges.values() if other is not edge]
        eventually(lambda: [other.holds for other in others] == [OFF] * 5, "the others, back")
    finally:
        gate.open()
    site.settled(0)


def test_what_was_told_too_late_for_a_newer_change_is_told_over(site: Site) -> None:
    everywhere(site, 0)
    edge, gate = site.edges["edge-0"], Gate()
    edge.before_telling = gate
    site.weigh(50_000)
    assert gate.reached.wait(60)

    site.weigh(0)
    eventually(lambda: site.kinds().count("begun") >= 3, "the newer change, although the older one hangs")
    edge.before_telling = lambda: None
    gate.open()

    site.settled(0)
    eventually(lambda: edge.told[-2:] == [50, 0], "the older one, and then the newer")


def test_a_process_that_leaves_waits_for_all_that_hang_together_and_tells_nobody_afterwards(site: Site) -> None:
    everywhere(site, 50_000)
    told = {name: list(edge.told) for name, edge in site.edges.items()}
    with hanging(*site.edges.values()) as gates:
        for gate in gates:
            assert gate.reached.wait(60)
        site.weigh(0)

        with within(2 * STOP_SECONDS + 2):
            site.replicas.pop().stop()

    for thread in threading.enumerate():
        if thread.name.startswith("router edge-"):
            thread.join(60)
    assert {name: edge.told for name, edge in site.edges.items()} == told


class Refusing(Routing):
    """Loses the database in the middle of putting a split back, as often as it is told to."""

    losses = 2
    lost_before = True

    def put_back(self, one: Driven, state: BindingState) -> Event:
        if self.losses and self.lost_before:
            self.losses -= 1
            raise Unavailable("away")
        event = super().put_back(one, state)
        if self.losses:
            self.losses -= 1
            raise Unavailable("away, and nobody knows whether it was stored")
        return event


@pytest.mark.parametrize("before", [True, False])
def test_the_split_is_put_back_although_the_database_went_away_in_between(site: Site, *, before: bool) -> None:
    replica = Refusing(
        site.store, site.edges, Lease(site.store, "refusing", 20.0),
        lambda reason: site.world.intent("routing", reason=reason), wake=lambda _: site.wake(), failed=lambda _: None,
    )  # fmt: skip
    replica.lost_before = before
    site.replicas.append(replica)
    replica.start()
    site.settled(0)
    site.edges["edge-3"].fault = RouterError("no", permanent=True)

    site.weigh(50_000)

    eventually(lambda: site.world.get(SPLIT)["default"]["split"]["weights"]["canary"] == 0, "the revert")
    site.edges["edge-3"].fault = None
    site.settled(0)
    assert site.kinds().count("reverted") == 1
    assert "not-reverted" not in site.kinds()


def test_a_revert_undoes_no_edit_of_the_split_that_was_made_before_the_change(site: Site) -> None:
    everywhere(site, 25_000)
    site.world.merge(SPLIT, {"description": "ours"})
    site.wake()
    eventually(lambda: site.state().desired == site.replicas[0].seen()[0].driven.target, "the edit, seen")
    site.edges["edge-3"].fault = RouterError("no", permanent=True)

    site.weigh(50_000)

    eventually(lambda: "reverted" in site.kinds(), "the revert")
    document = site.world.get(SPLIT)
    assert document["description"] == "ours"
    assert document["default"]["split"]["weights"]["canary"] == 25_000


def test_a_binding_that_is_switched_off_and_on_again_is_driven_by_one(site: Site) -> None:
    everywhere(site, 50_000)
    edge = site.edges["edge-0"]
    told = len(edge.told)
    with hanging(edge) as [gate]:
        assert gate.reached.wait(60)
        site.edit(enabled=False)
        eventually(lambda: not site.replicas[0].seen(), "left alone")
        site.weigh(0)
        site.edit(enabled=True)
        eventually(lambda: site.edges["edge-1"].holds == OFF, "the others, told")

    site.settled(0)
    assert edge.told[told:] == [0]


def test_a_state_that_cannot_be_read_stops_no_other_binding(site: Site) -> None:
    site.edges["edge-9"] = Edge()
    with site.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO binding_states (environment, key, text, version, at) VALUES ('prod', 'broken', '[]', 1, '')"
        )
    site.world.split("other")
    bind(site, "broken", "edge-9")
    site.replica()

    eventually(lambda: all(site.edges[f"edge-{n}"].holds == OFF for n in range(6)), "the other binding")


def test_whatever_a_router_says_can_be_stored_and_is_cut(store: SqlStore) -> None:
    with site_of(store) as site:
        everywhere(site, 25_000)
        site.edges["edge-1"].fault = RouterError("\0\ud800" + "x" * 1_000_000)
        eventually(lambda: not site.state().router("edge-1").reachable, "the fault, seen")
        said = site.state().router("edge-1").detail
        site.edges["edge-1"].holds = {"\0\ud800": 7, "y" * 1_000_000: 93}
        site.edges["edge-1"].fault = None

        eventually(lambda: "reasserted" in site.kinds(), "what it holds, told over")

    assert said == "\ufffd?" + "x" * (MAX_DETAIL - 2) + "…"


def bind(site: Site, key: str, router: str) -> None:
    """Bind one more router to the other split."""
    intent = site.world.intent(routers=dict.fromkeys(site.edges, ABLE))
    body = {"key": key, "split": "other", "routers": [router]}
    documents.create_document(site.store, intent, "prod", "binding", body)
