"""Replicas of Deployments: ready ones are what is in force, and nothing shrinks before the others are there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers import kubernetes_deployments
from flagsvc.routers.kubernetes_deployments_plan import Pool, growing, lacking, pool_of, shrinking
from tests.routers.contract import RouterContract, agrees, brought_to, target
from tests.support.kube.fake import FakeKube
from tests.support.kube.pods import Pods
from tests.support.kube.real import RealKube
from tests.support.kube.world import OF_FLAGGER, KubeWorld, without_weights
from tests.support.link import Fault, Link, Way
from tests.support.timing import eventually

NAMES = ("checkout-canary", "checkout-stable")
SCALER = """
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: { name: of-stable, namespace: shop }
spec:
  minReplicas: 1
  maxReplicas: 30
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: NAME }
"""


class ReplicasWorld(KubeWorld):
    def __init__(self, kube: FakeKube | RealKube, link: Link, folder: Path) -> None:
        super().__init__(kube, link, folder, "kubernetes-deployments.md", ("deployments.yaml",))
        self.pods = Pods(self.admin, NAMES)

    def told(self) -> Any:
        return self.deployment("checkout-stable")

    def deployment(self, name: str) -> Any:
        return self.admin.get("Deployment", name, "apps/v1")

    def generations(self) -> Iterator[int]:
        for name in NAMES:
            yield self.deployment(name)["metadata"]["generation"]

    def scale(self, name: str, replicas: int) -> None:
        self.admin.merge(self.deployment(name), {"spec": {"replicas": replicas}}, "/scale")

    def desired(self) -> dict[str, int]:
        return {name: self.deployment(name)["spec"]["replicas"] for name in NAMES}

    def ready(self, name: str) -> int:
        return int(self.deployment(name).get("status", {}).get("readyReplicas", 0))

    def by_hand(self, canary: int) -> None:
        self.scale("checkout-canary", canary * 20 // 100_000)
        self.scale("checkout-stable", 20 - canary * 20 // 100_000)


@pytest.fixture
def world(kube: FakeKube | RealKube, kube_link: Link, tmp_path: Path) -> Iterator[ReplicasWorld]:
    world = ReplicasWorld(kube, kube_link, tmp_path)
    with world.pods:
        eventually(lambda: world.ready("checkout-stable") == 20, "stable is up")
        yield world
    world.admin.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes_deployments, "LOOK_SECONDS", 0.02)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes_deployments, "WAIT_SECONDS", 0.3)


class TestDeployments(RouterContract):
    def test_the_sum_stays_and_nothing_but_replicas_changes(self, world: ReplicasWorld) -> None:
        def rest() -> Any:
            specs = [dict(self.spec(world, name)) for name in NAMES]
            return [without_weights(spec | {"replicas": 0}) for spec in specs]

        before = rest()

        brought_to(world.router, target(25_000))

        assert world.desired() == {"checkout-canary": 5, "checkout-stable": 15}
        assert rest() == before

    @staticmethod
    def spec(world: ReplicasWorld, name: str) -> Any:
        return world.deployment(name)["spec"]

    @pytest.mark.usefixtures("impatient")
    def test_stable_keeps_its_capacity_until_the_canary_is_there(self, world: ReplicasWorld) -> None:
        world.pods.broken.add("checkout-canary")

        with pytest.raises(RouterError, match="checkout-canary has 0 of 5 replicas available: nothing shrinks") as told:
            world.router.apply(target(25_000))
        halfway = world.desired()
        world.pods.broken.clear()
        brought_to(world.router, target(25_000))

        assert not told.value.permanent
        assert halfway == {"checkout-canary": 5, "checkout-stable": 20}

    @pytest.mark.usefixtures("impatient")
    def test_a_canary_that_never_came_up_goes_back_without_a_loss(self, world: ReplicasWorld) -> None:
        world.pods.broken.add("checkout-canary")
        with pytest.raises(RouterError):
            world.router.apply(target(25_000))

        brought_to(world.router, target(0))

        assert world.desired() == {"checkout-canary": 0, "checkout-stable": 20}
        assert world.ready("checkout-stable") == 20

    def test_what_is_desired_but_not_ready_is_not_in_force(self, world: ReplicasWorld) -> None:
        world.pods.broken.add("checkout-canary")
        world.scale("checkout-canary", 5)
        world.scale("checkout-stable", 15)
        eventually(lambda: world.ready("checkout-stable") == 15, "stable is down to 15")

        observed = world.router.observe()

        assert observed.weights == {"canary": 0, "stable": 15}
        assert "checkout-canary 0 ready of 5" in observed.detail

    @pytest.mark.usefixtures("impatient")
    def test_replicas_that_are_ready_but_not_yet_available_are_not_relied_on(self, world: ReplicasWorld) -> None:
        world.pods.broken.add("checkout-canary")
        world.scale("checkout-canary", 5)
        young = {"status": {"replicas": 5, "readyReplicas": 5, "availableReplicas": 0}}
        world.pods.pause()
        world.admin.merge(world.deployment("checkout-canary"), young, "/status")

        with pytest.raises(RouterError, match="checkout-canary has 0 of 5 replicas available"):
            world.router.apply(target(25_000))

        assert world.desired()["checkout-stable"] == 20
        assert world.router.observe().weights == {"canary": 5, "stable": 20}

    @pytest.mark.usefixtures("impatient")
    def test_replicas_that_are_lost_are_an_error_and_no_silent_success(self, world: ReplicasWorld) -> None:
        brought_to(world.router, target(0))
        world.pods.broken.add("checkout-stable")
        lost = {"status": {"replicas": 20, "readyReplicas": 18, "availableReplicas": 18}}
        world.admin.merge(world.told(), lost, "/status")

        with pytest.raises(RouterError, match="checkout-stable has 18 of 20 replicas available") as told:
            world.router.apply(target(0))

        assert not told.value.permanent

    @pytest.mark.parametrize("name", NAMES)
    def test_a_deployment_that_an_autoscaler_owns_is_refused(self, world: ReplicasWorld, name: str) -> None:
        world.admin.create(SCALER.replace("NAME", name).replace("namespace: shop", f"namespace: {world.namespace}"))
        before = world.writes()

        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match=f"of-stable scales {name}: remove it") as told:
                call(target(25_000))
            assert told.value.permanent
        assert world.writes() == before

    def test_an_object_that_flagger_moves_by_itself_is_refused(self, world: ReplicasWorld) -> None:
        world.admin.merge(world.told(), OF_FLAGGER)
        before = world.writes()

        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match="Canary checkout of Flagger") as told:
                call(target(25_000))
            assert told.value.permanent
        assert world.writes() == before

    def test_an_autoscaler_of_another_deployment_is_none_of_ours(self, world: ReplicasWorld) -> None:
        scaler = SCALER.replace("NAME", "basket").replace("namespace: shop", f"namespace: {world.namespace}")
        world.admin.create(scaler)

        brought_to(world.router, target(25_000))

    def test_somebody_who_scales_between_reading_and_writing_is_a_conflict(self, world: ReplicasWorld) -> None:
        world.meanwhile(lambda: world.scale("checkout-canary", 3))

        with pytest.raises(RouterError, match=r"422.*changed it meanwhile") as told:
            world.router.apply(target(25_000))

        assert told.value.conflict
        assert world.desired()["checkout-canary"] == 3

    def test_a_write_of_the_status_is_no_conflict(self, world: ReplicasWorld) -> None:
        status = {"status": {"conditions": [{"type": "Available", "status": "True"}]}}
        world.meanwhile(lambda: world.admin.merge(world.deployment("checkout-canary"), status, "/status"))

        world.router.apply(target(25_000))

        eventually(lambda: agrees(world.router, target(25_000)), "in force")

    def test_a_plan_names_the_order(self, world: ReplicasWorld) -> None:
        assert list(world.router.plan(target(25_000))) == [
            "scale checkout-canary from 0 to 5",
            "wait until checkout-canary has 5 available",
            "scale checkout-stable from 20 to 15",
        ]

    def test_an_answer_that_comes_too_late_may_have_been_applied(self, world: ReplicasWorld) -> None:
        world.with_options(timeout_seconds=0.5)
        world.meanwhile(lambda: world.link.set(Fault(down=Way(held=True))))

        with pytest.raises(RouterError, match="no answer in time") as told:
            world.router.apply(target(25_000))

        world.link.heal()
        assert not told.value.permanent
        brought_to(world.router, target(25_000))

    def test_the_rights_are_enough_to_scale_and_not_to_change_a_deployment(self, world: ReplicasWorld) -> None:
        brought_to(world.router, target(25_000))
        image = [{"op": "replace", "path": "/spec/paused", "value": True}]

        with pytest.raises(RouterError, match="403"):
            world.router._cluster.patch(world.router._resource("checkout-stable"), image)


class TestFaults:
    @pytest.fixture
    def world(self, small_kube: FakeKube, tmp_path: Path) -> Iterator[ReplicasWorld]:
        with Link(small_kube.port) as link:
            world = ReplicasWorld(small_kube, link, tmp_path)
            yield world
            world.admin.close()

    def test_a_webhook_that_undoes_it_is_a_permanent_error(self, world: ReplicasWorld) -> None:
        assert isinstance(world.kube, FakeKube)
        world.kube.objects.admission = lambda deployment: deployment["spec"].update(replicas=0)

        with pytest.raises(RouterError, match="admission webhook undoes it") as told:
            world.router.apply(target(25_000))

        assert told.value.permanent

    @pytest.mark.usefixtures("impatient")
    def test_a_server_that_says_yes_and_stores_nothing_is_never_done(self, world: ReplicasWorld) -> None:
        assert isinstance(world.kube, FakeKube)
        world.kube.objects.lies = True

        with pytest.raises(RouterError, match="0 of 5 replicas available"):
            world.router.apply(target(25_000))

        assert not agrees(world.router, target(25_000))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"replicas": 0}, "replicas is at least 1"),
            ({"deployments": {"stable": "web", "canary": "web"}}, "the same Deployment"),
            ({"deployments": {"stable": "Web/../x"}}, "no name of a Kubernetes object"),
        ],
    )
    def test_options_that_cannot_work_stop_the_start(self, world: ReplicasWorld, changes: Any, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            world.with_options(**changes)


def test_what_grows_shrinks_and_lacks_is_told_by_the_numbers() -> None:
    pools = {
        "stable": Pool("s", desired=20, ready=20, available=20),
        "canary": Pool("c", desired=2, ready=2, available=1),
    }
    told = {"stable": 15, "canary": 5}

    assert growing(pools, told) == {"canary": 5}
    assert shrinking(pools, told) == {"stable": 15}
    assert lacking(pools, told) == {"canary": "c has 1 of 5 replicas available"}


def deployment(generation: int, **status: int) -> Any:
    return {"metadata": {"name": "checkout", "generation": generation}, "spec": {"replicas": 20}, "status": status}


def test_a_status_of_an_earlier_specification_promises_no_replicas() -> None:
    counts = {"replicas": 20, "updatedReplicas": 20, "readyReplicas": 20, "availableReplicas": 20}

    stale = pool_of(deployment(8, **counts, observedGeneration=7))

    assert lacking({"stable": stale}, {"stable": 20})
    assert not lacking({"stable": pool_of(deployment(8, **counts, observedGeneration=8))}, {"stable": 20})


def test_pods_that_a_rollout_has_on_top_are_no_drift() -> None:
    counts = {"readyReplicas": 23, "availableReplicas": 23, "observedGeneration": 8}

    assert pool_of(deployment(8, replicas=25, updatedReplicas=8, **counts)).ready == 20
    assert pool_of(deployment(8, replicas=25, **counts)).ready == 20  # none is new yet, and 0 is left out
    assert pool_of(deployment(8, replicas=23, updatedReplicas=23, **counts)).ready == 23  # these are on their way out
