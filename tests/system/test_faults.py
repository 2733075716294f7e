"""Parts of the system go away: decisions go on, changes take the way that is left, and everything heals by itself."""

from functools import partial

import pytest

from tests.support.timing import eventually
from tests.system import ways
from tests.system.cluster import ENVIRONMENT, SPLIT, Cluster, client_holds, replica_holds

pytestmark = pytest.mark.servers

SOME = ways.USERS[:500]
WEIGHTS = f"environments/{ENVIRONMENT}/splits/{SPLIT}/weights"


def test_without_redis_a_change_reaches_replicas_edge_and_http_and_redis_is_healed_when_it_returns(
    cluster: Cluster,
) -> None:
    cluster.weigh_split(0)
    cluster.redis.kill()
    try:
        revision = cluster.replicas[0].call("POST", WEIGHTS, {"weights": {"canary": 100_000}})["revision"]
        for replica in cluster.replicas:
            eventually(partial(replica_holds, replica, revision), "a replica without Redis")
        assert set(ways.nginx(cluster.edge, SOME)) == {"canary"}
        eventually(partial(client_holds, cluster.by_http, revision), "an SDK over HTTP")
        assert cluster.by_redis.cohort(SPLIT, "user-1") == "stable"  # the last good snapshot, never nothing
    finally:
        cluster.redis.start()  # empty: it keeps nothing

    eventually(partial(client_holds, cluster.by_redis, revision), "an SDK over the healed Redis")


def test_without_the_database_decisions_go_on_and_writes_are_refused_in_words(cluster: Cluster) -> None:
    cluster.weigh_split(50_000)
    before = ways.nginx(cluster.edge, SOME)
    cluster.postgres.stop()
    try:
        with cluster.replicas[0].client() as client:
            refused = client.post(f"/api/v1/{WEIGHTS}", json={"weights": {"canary": 1, "stable": 99_999}})
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert ways.nginx(cluster.edge, SOME) == before
        assert [cluster.by_redis.cohort(SPLIT, user) for user in SOME] == before
        assert [cluster.by_http.cohort(SPLIT, user) for user in SOME] == before
    finally:
        cluster.postgres.start()

    eventually(lambda: _accepts_writes(cluster), "the replica writes again")


def test_with_one_replica_dead_every_request_is_served_and_every_decision_is_right(cluster: Cluster) -> None:
    cluster.weigh_split(50_000)
    before = ways.nginx(cluster.edge, SOME)
    cluster.replicas[0].kill()
    try:
        after = ways.nginx(cluster.edge, SOME)
    finally:
        cluster.replicas[0].start()

    assert all(now in {then, "stable"} for then, now in zip(before, after, strict=True))
    assert "canary" in after


def _accepts_writes(cluster: Cluster) -> bool:
    with cluster.replicas[0].client() as client:
        return client.post(
            f"/api/v1/{WEIGHTS}?dryRun=true", json={"weights": {"canary": 7, "stable": 99_993}}
        ).is_success
