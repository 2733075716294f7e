"""The router that tells nginx with njs keeps the contract, on a real one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Mirror
from flagsvc.routers.nginx_njs import Njs, Options, facts_in, text_of
from tests.routers.contract import RouterContract, brought_to, target
from tests.routers.nginx_world import NginxWorld
from tests.support.told_nginx import Site

pytestmark = pytest.mark.servers


@pytest.fixture
def site() -> Iterator[Site]:
    with Site("nginx-njs", mirror=True) as site:
        yield site


class TestNjs(RouterContract):
    @pytest.fixture
    def world(self, site: Site) -> NginxWorld:
        return NginxWorld(site)


def test_what_nginx_computes_from_what_it_loaded_is_the_fingerprint_of_the_target(site: Site) -> None:
    odd = {
        "__proto__": "canary",
        "constructor": "stable",
        "é": "canary",
        "😀": "canary",
        "\uffee\x7f": "stable",
        '"\\': "canary",
    }
    wanted = replace(target(5_000), forced=odd, salt='k"\\é😀', mirror=Mirror("canary", 1_234))

    brought_to(site.router, wanted)

    observed = site.router.observe()
    assert observed is not None
    assert (observed.table, observed.mirror, observed.revision) == (wanted.table, wanted.mirror, wanted.revision)


def test_a_file_says_of_itself_what_it_tells() -> None:
    wanted = target(5_000, mirror=Mirror("canary", 500))

    facts = facts_in(text_of(wanted, wanted.mirror, ["canary", "stable"]))

    assert facts is not None
    assert (facts.table, facts.weights, facts.mirror) == (wanted.table, wanted.weights, wanted.mirror)
    assert facts_in("{}\n") is None
    assert facts_in("{") != facts


def test_another_hash_is_refused_unless_everybody_gets_the_same(tmp_path: Path) -> None:
    router = Njs(Options(file=tmp_path / "f", backends=("canary", "stable"), nodes=("http://127.0.0.1:1",)))
    other = replace(target(50_000), hash="unleash", space=100, allocation=(("canary", 0, 50), ("stable", 50, 100)))

    with pytest.raises(RouterError, match=r"unleash") as told:
        router.apply(other)
    router.apply(replace(target(100_000), hash="unleash", space=100, allocation=(("canary", 0, 100),)))

    assert told.value.permanent
    facts = facts_in((tmp_path / "f").read_text())
    assert facts is not None
    assert facts.weights == {"canary": WHOLE, "stable": 0}
