"""A percentage moves, and SDK, OFREP, traffic endpoint and a real nginx follow: for 10,000 users, one by one.

The tests share one running system, in any order: with two arms a table depends on the weights only.
"""

import math

import pytest

from tests.system import ways
from tests.system.cluster import Cluster

pytestmark = pytest.mark.servers

SIGMAS = 5  # a good system fails once in 1.7 million checks


def assert_share(canaries: set[str], weight: int) -> None:
    """Check that the number of canaries is that of independent draws, within five standard deviations."""
    assert_share_of(len(canaries), len(ways.USERS), weight)


def assert_share_of(number: int, users: int, weight: int) -> None:
    """Check that so many of the users were drawn independently, each with that weight."""
    share = weight / 100_000
    deviation = math.sqrt(users * share * (1 - share))
    assert abs(number - users * share) <= SIGMAS * deviation


@pytest.mark.parametrize("weight", [5_000, 25_000])
def test_everybody_who_is_asked_gives_the_same_cohort_for_every_user(cluster: Cluster, weight: int) -> None:
    cluster.weigh_split(weight)
    cluster.weigh_flag(weight)
    first, second = cluster.replicas

    expected = ways.sdk(cluster.by_redis)

    assert_share(ways.canaries(expected), weight)
    assert ways.sdk(cluster.by_http) == expected
    assert ways.sdk_flag(cluster.by_redis) == expected
    assert ways.sdk_flag(cluster.by_http) == expected
    assert ways.ofrep(first) == expected
    assert ways.ofrep(second) == expected
    assert ways.traffic(first) == expected
    assert ways.traffic(second) == expected
    assert ways.nginx(cluster.edge) == expected


def test_up_nobody_leaves_the_canary_down_nobody_joins_and_a_revert_brings_the_same_users(cluster: Cluster) -> None:
    groups, revisions = {}, {}
    for weight in (5_000, 25_000, 50_000):
        revisions[weight] = cluster.weigh_split(weight)["revision"]
        groups[weight] = ways.canaries(ways.nginx(cluster.edge))
        assert_share(groups[weight], weight)

    assert groups[5_000] < groups[25_000] < groups[50_000]

    cluster.weigh_split(5_000)
    down = ways.canaries(ways.nginx(cluster.edge))
    assert down == groups[5_000]

    cluster.revert_split(revisions[50_000])
    assert ways.canaries(ways.nginx(cluster.edge)) == groups[50_000]
    assert ways.canaries(ways.sdk(cluster.by_redis)) == groups[50_000]


def test_the_answer_to_a_write_says_exactly_who_moves(cluster: Cluster) -> None:
    cluster.weigh_split(5_000)

    answer = cluster.weigh_split(25_000)

    assert [move["moves"] for move in answer["moves"]] == [[{"from": "stable", "to": "canary", "weight": 20_000}]]


def test_a_flag_and_a_split_with_one_salt_nest_for_every_user(cluster: Cluster) -> None:
    cluster.weigh_split(5_000)
    cluster.weigh_flag(30_000)

    behind_nginx = ways.canaries(ways.nginx(cluster.edge))
    switched_on = ways.canaries(ways.sdk_flag(cluster.by_redis))

    assert behind_nginx < switched_on
    assert_share(switched_on, 30_000)


def test_nobody_at_zero_and_everybody_at_a_hundred_percent(cluster: Cluster) -> None:
    cluster.weigh_split(0)
    assert set(ways.nginx(cluster.edge)) == {"stable"}

    cluster.weigh_split(100_000)
    assert set(ways.nginx(cluster.edge)) == {"canary"}
