"""The router that tells an unmodified nginx keeps the contract, on a real one, and writes what it says."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flagsdk.core.allocation import WHOLE, initial, reweigh
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import disagreement
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.routers.common.facts import Facts
from flagsvc.routers.nginx_split_clients import HASH, Options, SplitClients
from flagsvc.routers.nginx_split_plan import STEPS, facts_in, text_of
from tests.routers.contract import RouterContract, target
from tests.routers.nginx_world import NginxWorld
from tests.support.told_nginx import Site

pytestmark = pytest.mark.servers


class TestOwnCohorts(RouterContract):
    @pytest.fixture
    def world(self) -> Iterator[NginxWorld]:
        with Site("nginx-split-clients", cohorts="own") as site:
            yield NginxWorld(site)


def shared(canary: int, number: int = 1) -> Target:
    """Make a target by nginx's hash."""
    weights = {"stable": WHOLE - canary, "canary": canary}
    table = reweigh(initial({"stable": WHOLE, "canary": 0}, STEPS), weights, STEPS, "stable")
    return replace(
        target(canary, number), hash=HASH, space=STEPS, allocation=tuple(sorted(table, key=lambda entry: entry[1]))
    )


def router(folder: Path, **options: object) -> SplitClients:
    given = {"file": folder / "f", "backends": ("canary", "stable"), "nodes": ("http://127.0.0.1:1",)}
    return SplitClients(Options(**(given | options)))  # type: ignore[arg-type]


def written(folder: Path, wanted: Target, **options: object) -> str:
    router(folder, **options).apply(wanted)
    return (folder / "f").read_text()


def test_parts_stand_in_the_order_of_the_table_each_with_a_bound_of_its_own(tmp_path: Path) -> None:
    table = (("canary", 0, 300), ("stable", 300, 5_000), ("canary", 5_000, 5_200), ("stable", 5_200, STEPS))

    text = written(tmp_path, replace(shared(5_000), allocation=table))

    assert [line.split("{ ")[1] for line in text.splitlines() if line.startswith("split_clients")] == [
        "3.00% 1; * 0; }",
        "50.00% 1; * 0; }",
        "52.00% 1; * 0; }",
    ]
    assert '"~^0{0}1" "canary";\n  "~^0{1}1" "stable";\n  "~^0{2}1" "canary";\n  default "stable";' in text


@pytest.mark.parametrize(("canary", "owner"), [(0, "stable"), (WHOLE, "canary")])
def test_nobody_and_everybody_need_no_draw(tmp_path: Path, canary: int, owner: str) -> None:
    text = written(tmp_path, shared(canary))

    assert "split_clients" not in text
    assert f'map "" $flagsvc_drawn {{\n  default "{owner}";' in text


def test_a_text_says_of_itself_what_it_tells_until_somebody_edits_it(tmp_path: Path) -> None:
    wanted = shared(5_000)
    text = written(tmp_path, wanted)

    facts, edited = facts_in(text), facts_in(text.replace("5.00%", "50.00%"))

    assert facts is not None
    assert edited is not None
    assert (facts.table, facts.weights) == (wanted.table, {"canary": 500, "stable": 9_500})
    assert edited != facts
    assert facts_in("geo $a { default 1; }\n") is None


def test_a_split_by_another_hash_is_refused_with_the_ways_out(tmp_path: Path) -> None:
    with pytest.raises(RouterError, match=r"murmur3.*nginx-njs.*cohorts: own") as told:
        router(tmp_path).apply(target(5_000))

    assert told.value.permanent
    assert not (tmp_path / "f").exists()


def test_a_split_that_gives_everybody_the_same_needs_no_hash(tmp_path: Path) -> None:
    assert 'default "canary"' in written(tmp_path, target(WHOLE))


def test_stickiness_is_what_the_options_say(tmp_path: Path) -> None:
    ours, own = router(tmp_path).capabilities, router(tmp_path, cohorts="own").capabilities

    assert (ours.sticky, ours.hashes, ours.granularity) == ("cohort", frozenset({"nginx-murmur2"}), 10_000)
    assert own.sticky == "own"


@pytest.mark.parametrize(("share", "line"), [(500, '0.50% "canary"; * "";'), (WHOLE, '* "canary";'), (14, "0.01%")])
def test_a_mirror_is_drawn_for_each_request(tmp_path: Path, share: int, line: str) -> None:
    text = written(tmp_path, replace(shared(0), mirror=Mirror("canary", share)), mirror=True)

    assert f'split_clients "$request_id" $flagsvc_mirror {{ {line}' in text


def test_a_mirror_too_small_to_tell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RouterError, match=r"0\.004 %.*0\.01 %") as told:
        written(tmp_path, replace(shared(0), mirror=Mirror("canary", 4)), mirror=True)

    assert told.value.permanent


def test_without_the_option_no_mirror_is_told(tmp_path: Path) -> None:
    assert 'geo $flagsvc_mirror { default ""; }' in written(tmp_path, replace(shared(0), mirror=Mirror("canary", 500)))


def test_more_listed_units_or_ranges_than_nginx_takes_are_refused(tmp_path: Path) -> None:
    many = replace(shared(0), forced={f"u{number}": "canary" for number in range(1_001)})
    scattered = tuple((("canary", "stable")[n % 2], n * 50, (n + 1) * 50) for n in range(200))

    for wanted in (many, replace(shared(50_000), allocation=scattered)):
        with pytest.raises(RouterError, match="nginx-njs") as told:
            written(tmp_path, wanted)
        assert told.value.permanent


def test_what_is_listed_is_cut_into_words_that_nginx_reads() -> None:
    wanted = replace(shared(0), forced={f"unit-{number}-ü": "canary" for number in range(1_000)})

    text = text_of(wanted, wanted.allocation, Facts(table="t", weights={}), "flagsvc")

    assert max(map(len, text.split())) < 4_000
    assert text.count("\\xc3\\xbc") == 1_000


def test_a_target_that_was_loaded_reads_back_by_its_table() -> None:
    with Site("nginx-split-clients") as site:
        for number, canary in enumerate((0, 5_000, 50_000, 100_000, 0)):
            wanted = shared(canary, number)
            site.tell(wanted)

            observed = site.router.observe()
            assert observed is not None
            assert disagreement(wanted, observed, site.router.capabilities) == ""
            assert (observed.revision, observed.table) == (wanted.revision, wanted.table)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nodes": ()}, "nodes need an entry"),
        ({"backends": ()}, "backends and nodes"),
        ({"nodes": ("edge-1",)}, "http://"),
        ({"pid_file": Path("p"), "reload": ("nginx",)}, "not by both"),
        ({"variables": "$x"}, "variables"),
    ],
)
def test_options_that_cannot_be_meant_stop_the_start(tmp_path: Path, options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        router(tmp_path, **options)
