"""Route tables as values, which Envoys count, and what may be configured; no Envoy is started here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.instants import text_of
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import disagreement
from flagsvc.domain.routing.records import Node, ShelfItem
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.routers.envoy import Envoy, Options
from flagsvc.routers.envoy_fleet import REFUSED_SIGHTS
from flagsvc.settings import load_routers
from flagsvc.settings.environment import SettingsError
from tests.edges.told import SCATTERED
from tests.routers.contract import STEPS, agrees, target

NAME = "edge-1"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPTIONS = Options(backends={"stable": "s", "canary": "c"}, preview_header="X-Preview")
RICH = replace(
    target(5_000, 1, SCATTERED, Mirror("canary", 1_234)), forced={"vip": "canary", "a,b": "stable", "=": "canary"}
)


class MemoryShelf:
    """A shelf with one item and the Envoys that a test says."""

    def __init__(self) -> None:
        self.lying: ShelfItem | None = None
        self.known: dict[str, Node] = {}
        self.away = False

    def put(self, router: str, version: str, content: str) -> None:
        if self.away:
            raise Unavailable("The database does not answer.")
        self.lying = ShelfItem(router, version, content, text_of(NOW))

    def item(self, router: str) -> ShelfItem | None:
        return self.lying

    def nodes(self, router: str) -> Sequence[Node]:
        return list(self.known.values())

    @property
    def version(self) -> str:
        assert self.lying
        return self.lying.version

    def note(self, node: str, held: str, offered: str = "", *, ago: float = 0.0) -> None:
        self.known[node] = Node(NAME, node, held, offered, text_of(NOW - timedelta(seconds=ago)))


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


def envoy(shelf: MemoryShelf, options: Options = OPTIONS) -> Envoy:
    return Envoy(NAME, options, shelf, lambda: NOW)


@pytest.mark.parametrize("form", ["cohort", "weights"])
@pytest.mark.parametrize("wanted", [RICH, *(target(canary) for canary in STEPS)])
def test_what_is_rendered_reads_back_as_told(shelf: MemoryShelf, form: str, wanted: Target) -> None:
    router = envoy(shelf, replace(OPTIONS, form=form))  # type: ignore[arg-type]  # one of the two
    router.apply(wanted)
    shelf.note("n1", shelf.version)

    observed = router.observe()

    assert observed is not None
    assert disagreement(wanted, observed, router.capabilities) == ""
    assert (observed.revision, observed.token, observed.detail) == (wanted.revision, shelf.version, "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"weight":3000', '"weight":2999'),
        ('"salt":"k3v9q2xw"', '"salt":"other"'),
        ('"=vip":"canary"', '"=vip":"stable"'),
        ('"header_name":"x-cohort-bucket"', '"header_name":"x-other"'),
        ('"numerator":12340', '"numerator":12350'),
        ('"name":"c"', '"name":"d"'),
        ('"virtual_hosts":[', '"virtual_hosts":["'),
    ],
)
def test_whatever_is_changed_by_hand_reads_back_as_something_else(shelf: MemoryShelf, old: str, new: str) -> None:
    router = envoy(shelf)
    router.apply(RICH)
    assert shelf.lying
    assert old in shelf.lying.content
    changed = shelf.lying.content.replace(old, new) if "hosts" not in old else '{"virtual_hosts":7}'
    shelf.put(NAME, "by-hand", changed)
    shelf.note("n1", "by-hand")

    assert not agrees(router, RICH)


def test_a_version_never_names_two_contents(shelf: MemoryShelf) -> None:
    versions = set()
    for options in (OPTIONS, replace(OPTIONS, domains=("a.test",)), replace(OPTIONS, form="weights")):
        for wanted in (target(0), target(5_000), target(0, 2), target(0, mirror=Mirror("canary", 5))):
            envoy(shelf, options).apply(wanted)
            versions.add(shelf.version)

    assert len(versions) == 12


def test_nothing_was_ever_told_is_not_known_and_a_told_one_without_envoys_says_how_to_connect(
    shelf: MemoryShelf,
) -> None:
    router = envoy(shelf)
    assert router.observe() is None
    router.apply(target(0))

    with pytest.raises(RouterError, match="route_config_name edge-1") as told:
        router.observe()

    assert not told.value.permanent


def test_nodes_that_are_named_must_all_have_asked_and_others_do_not_count(shelf: MemoryShelf) -> None:
    router = envoy(shelf, replace(OPTIONS, nodes=("n1", "n2")))
    router.apply(target(0))
    shelf.note("n1", shelf.version)
    shelf.note("n3", shelf.version)

    with pytest.raises(RouterError, match="the Envoys n2 have not asked"):
        router.observe()

    shelf.note("n2", shelf.version, ago=29)
    shelf.note("n3", "something else")
    assert agrees(router, target(0))


def test_one_that_is_silent_is_named_and_forgotten_only_where_none_is_demanded(shelf: MemoryShelf) -> None:
    router, demanding = envoy(shelf), envoy(shelf, replace(OPTIONS, nodes=("n1", "n2")))
    router.apply(target(0))
    shelf.note("n1", shelf.version)
    shelf.note("n2", shelf.version, ago=31)
    for each in (router, demanding):
        with pytest.raises(RouterError, match="silent Envoys: n2 for 31 s") as told:
            each.observe()
        assert not told.value.permanent

    shelf.note("n2", "old", ago=301)

    assert agrees(router, target(0))
    with pytest.raises(RouterError, match="n2 for 301 s"):
        demanding.observe()


def test_two_that_are_both_behind_do_not_agree_because_one_of_them_had_the_same_before(shelf: MemoryShelf) -> None:
    """Back to what was before: one Envoy still has that, the other has what came in between."""
    router = envoy(shelf)
    versions = []
    for number, canary in enumerate((0, 5_000, 0)):
        router.apply(target(canary, number))
        versions.append(shelf.version)
        shelf.note("n1", versions[0])
        shelf.note("n2", versions[-1])
        router.observe()
    shelf.note("n2", versions[1])

    assert not agrees(router, target(0, 2))
    shelf.note("n2", versions[2])
    assert agrees(router, target(0, 2))  # n1 is behind, and does the same


def test_a_version_from_before_this_process_is_no_agreement(shelf: MemoryShelf) -> None:
    router = envoy(shelf)
    router.apply(target(0))
    shelf.note("n1", "epoch.0-000000000000")

    observed = router.observe()

    assert observed is not None
    assert observed.weights == {}
    assert observed.detail == f"n1 holds epoch.0-000000000000, not {shelf.version}"


def test_refusals_are_counted_by_sights_and_anew_for_each_version(shelf: MemoryShelf) -> None:
    router = envoy(shelf)
    router.apply(target(5_000))
    for sight in range(REFUSED_SIGHTS - 1):
        shelf.note("n1", "old", shelf.version, ago=20 - sight)
        router.observe()
        router.observe()  # the same sight counts once
    shelf.note("n1", "old", shelf.version, ago=1)
    with pytest.raises(RouterError, match="refuses") as told:
        router.observe()
    assert told.value.permanent

    router.apply(target(0, 2))
    shelf.note("n1", "old", shelf.version)

    assert router.observe() is not None


def test_with_the_database_away_nothing_can_be_laid_and_that_is_temporary(shelf: MemoryShelf) -> None:
    shelf.away = True

    with pytest.raises(RouterError, match="database") as told:
        envoy(shelf).apply(target(0))

    assert not told.value.permanent


def test_a_split_of_another_hash_and_units_listed_for_strangers_cannot_be_told_as_a_table(shelf: MemoryShelf) -> None:
    foreign = replace(target(0), hash="murmur3-32")
    strange = replace(target(0), forced={"vip": "nowhere"})

    for wanted in (foreign, strange):
        with pytest.raises(RouterError) as told:
            envoy(shelf).plan(wanted)
        assert told.value.permanent
    envoy(shelf, replace(OPTIONS, form="weights")).plan(foreign)


def test_more_listed_units_than_envoy_should_carry_through_each_request_are_refused(shelf: MemoryShelf) -> None:
    listed = {str(number): "canary" for number in range(1_001)}

    with pytest.raises(RouterError, match="1,001 units are listed one by one, and this edge takes 1,000") as told:
        envoy(shelf).plan(replace(target(0), forced=listed))

    assert told.value.permanent


def test_a_refusal_is_told_although_the_administration_address_is_dead(shelf: MemoryShelf) -> None:
    router = envoy(shelf, replace(OPTIONS, nodes=("e1",), admin={"e1": "http://127.0.0.1:1"}))
    router.apply(target(0))
    for sight in range(REFUSED_SIGHTS - 1):
        shelf.note("e1", "old", shelf.version, ago=REFUSED_SIGHTS - sight)
        with pytest.raises(RouterError, match="its administration address"):
            router.observe()
    shelf.note("e1", "old", shelf.version)

    with pytest.raises(RouterError, match=r"Envoy refuses .*; e1: its administration address: .*no connection") as told:
        router.observe()

    assert told.value.permanent


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("backends: {}", "one cluster for each backend"),
        ("backends: {stable: a, canary: a}", "no cluster twice"),
        ("backends: {stable: a}\n    mirrors: {canary: b}", "canary is no backend"),
        ("backends: {stable: a}\n    unit_header: 'x y'", "no name of a header"),
        ("backends: {stable: a}\n    unit_header: ''", "no name of a header"),
        ("backends: {stable: a}\n    domains: []", "domains"),
        ("backends: {stable: a}\n    silent_seconds: 400", "silent_seconds"),
        ("backends: {stable: a}\n    form: both", "form"),
        ("backends: {stable: a}\n    weight: 1", "weight"),
    ],
)
def test_what_cannot_be_meant_stops_the_start(tmp_path: Path, option: str, said: str) -> None:
    file = tmp_path / "routers.yaml"
    file.write_text(f"routers:\n  edge-1:\n    kind: envoy\n    {option}\n")

    with pytest.raises(SettingsError, match=said):
        load_routers(file)
