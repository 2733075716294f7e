"""Two replicas drive rollouts: whichever is lost, and however, no step is doubled or left out."""

import random
from collections.abc import Iterator

import pytest

from tests.system import losses
from tests.system.losses import Site

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with losses.running() as made:
        yield made


@pytest.mark.parametrize("how", sorted(losses.WAYS))
def test_another_replica_goes_on_where_the_lost_one_was(site: Site, how: str) -> None:
    rollout = losses.begin(site, f"lost-by-{how}", steps=20)

    losses.lose(site, rollout, how)
    losses.to_the_end(site, rollout)

    assert losses.faults_of(site, rollout) == []


def test_lost_again_and_again(site: Site) -> None:
    chance = random.Random(3)  # noqa: S311  # moments of a test

    found = losses.lose_many(site, 3, chance, say=lambda _: None, steps=30)

    assert len(found) == 3
