"""An HTTP route of a VirtualService: weights by name, tested, and nothing else; subsets are only read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Mirror
from tests.routers.contract import RouterContract, agrees, brought_to, target
from tests.support.kube.fake import FakeKube
from tests.support.kube.real import RealKube
from tests.support.kube.world import OF_FLAGGER, KubeWorld, without_weights
from tests.support.link import Fault, Link, Way

GROUP = "networking.istio.io/v1"
MIRROR = Mirror("canary", 2_500)


class MeshWorld(KubeWorld):
    def __init__(self, kube: FakeKube | RealKube, link: Link, folder: Path) -> None:
        super().__init__(kube, link, folder, "istio.md", ("objects.yaml",))

    def told(self) -> Any:
        return self.admin.get("VirtualService", "checkout", GROUP)

    def rule(self) -> Any:
        return next(rule for rule in self.told()["spec"]["http"] if rule.get("name") == "main")

    def change(self, change: Any) -> None:
        """Change the VirtualService by hand: `change` is told its HTTP routes."""
        service = self.told()
        change(service["spec"]["http"])
        self.admin.put(service)

    def by_hand(self, canary: int) -> None:
        weights = (100 - canary // 1_000, canary // 1_000)
        self.change(lambda http: [one.update(weight=w) for one, w in zip(http[1]["route"], weights, strict=True)])


@pytest.fixture
def world(kube: FakeKube | RealKube, kube_link: Link, tmp_path: Path) -> Iterator[MeshWorld]:
    world = MeshWorld(kube, kube_link, tmp_path)
    yield world
    world.admin.close()


class TestVirtualService(RouterContract):
    def test_everything_else_stays_as_it_was_and_weights_add_up(self, world: MeshWorld) -> None:
        before = without_weights(world.told())

        brought_to(world.router, target(25_000))

        assert without_weights(world.told()) == before
        assert [route["weight"] for route in world.rule()["route"]] == [75, 25]

    def test_a_write_of_the_status_is_no_conflict(self, world: MeshWorld) -> None:
        world.meanwhile(lambda: world.admin.merge(world.told(), {"status": {"conditions": []}}, "/status"))

        world.router.apply(target(25_000))

        assert agrees(world.router, target(25_000))

    @pytest.mark.parametrize(
        "change",
        [
            lambda http: http.reverse(),
            lambda http: http[1]["route"].reverse(),
            lambda http: http[1]["route"][0]["destination"].update(subset="old"),
            lambda http: http[1]["route"][1]["destination"].update(port={"number": 80}),
            lambda http: http[1]["route"][1].update(weight=7),
            lambda http: http[1].update(name="other"),
        ],
        ids=["routes moved", "destinations moved", "subset changed", "port added", "weight changed", "route renamed"],
    )
    def test_what_moved_between_reading_and_writing_is_a_conflict_and_nothing_is_overwritten(
        self, world: MeshWorld, change: Any
    ) -> None:
        world.meanwhile(lambda: world.change(change))

        with pytest.raises(RouterError, match=r"422.*changed it meanwhile") as told:
            world.router.apply(target(25_000))

        assert told.value.conflict
        assert all(one.get("weight") not in {25, 75} for rule in world.told()["spec"]["http"] for one in rule["route"])

    def test_a_route_that_was_renamed_is_a_permanent_error_with_the_names(self, world: MeshWorld) -> None:
        world.change(lambda http: http[1].update(name="other"))

        for call in (world.router.plan, world.router.apply, lambda _: world.router.observe()):
            with pytest.raises(RouterError, match=r"'main'.*health, other") as told:
                call(target(25_000))
            assert told.value.permanent

    def test_a_subset_that_does_not_exist_gets_nothing(self, world: MeshWorld) -> None:
        rule = world.admin.get("DestinationRule", "checkout", GROUP)
        rule["spec"]["subsets"].pop()
        world.admin.put(rule)
        before = world.writes()

        assert agrees(world.router, target(0))
        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match="no subset 'canary'; it has stable") as told:
                call(target(25_000))
            assert told.value.permanent
        assert world.writes() == before

    def test_subsets_of_another_host_are_refused(self, world: MeshWorld) -> None:
        rule = world.admin.get("DestinationRule", "checkout", GROUP)
        rule["spec"]["host"] = "basket"
        world.admin.put(rule)

        with pytest.raises(RouterError, match="is for 'basket', and not for 'checkout'"):
            world.router.apply(target(25_000))

    def test_a_lone_destination_has_everything_whatever_its_weight(self, world: MeshWorld) -> None:
        world.change(lambda http: http[1].update(route=[{"destination": {"host": "checkout", "subset": "stable"}}]))

        assert agrees(world.router, target(0))
        with pytest.raises(RouterError, match="no destination for canary; it has checkout/stable"):
            world.router.apply(target(25_000))

    def test_a_destination_without_a_weight_among_several_has_none(self, world: MeshWorld) -> None:
        world.change(lambda http: http[1]["route"][1].pop("weight"))
        assert agrees(world.router, target(0))

        brought_to(world.router, target(25_000))

        assert [route["weight"] for route in world.rule()["route"]] == [75, 25]

    def test_a_weight_that_came_meanwhile_where_none_was_is_a_conflict(self, world: MeshWorld) -> None:
        world.change(lambda http: http[1]["route"][1].pop("weight"))
        world.meanwhile(lambda: world.by_hand(50_000))

        with pytest.raises(RouterError) as told:
            world.router.apply(target(25_000))

        assert told.value.conflict
        assert [route["weight"] for route in world.rule()["route"]] == [50, 50]

    def test_an_object_that_flagger_moves_by_itself_is_refused(self, world: MeshWorld) -> None:
        world.admin.merge(world.told(), OF_FLAGGER)
        before = world.writes()

        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match="Canary checkout of Flagger") as told:
                call(target(25_000))
            assert told.value.permanent
        assert world.writes() == before

    def test_a_stranger_with_a_weight_is_refused(self, world: MeshWorld) -> None:
        stranger = {"destination": {"host": "checkout", "subset": "old"}, "weight": 10}
        world.change(lambda http: http[1]["route"].append(stranger))

        with pytest.raises(RouterError, match="checkout/old, too") as told:
            world.router.apply(target(25_000))

        assert told.value.permanent

    def test_a_mirror_comes_changes_and_goes(self, world: MeshWorld) -> None:
        before = without_weights(world.told())
        world.with_options(mirror=True)

        brought_to(world.router, target(5_000, mirror=MIRROR))
        shown = world.rule()
        brought_to(world.router, target(25_000, mirror=Mirror("canary", 50_000)))
        brought_to(world.router, target(25_000))

        assert shown["mirror"] == {"host": "checkout", "subset": "canary"}
        assert shown["mirrorPercentage"] == {"value": 2.5}
        assert without_weights(world.told()) == before

    def test_a_mirror_without_a_share_is_of_everything_and_can_be_told(self, world: MeshWorld) -> None:
        world.change(lambda http: http[1].update(mirror={"host": "checkout", "subset": "canary"}))
        world.with_options(mirror=True)

        assert world.router.observe().mirror == Mirror("canary", 100_000)
        brought_to(world.router, target(5_000, mirror=MIRROR))

    def test_a_plan_repeats_nothing_that_others_wrote(self, world: MeshWorld) -> None:
        world.with_options(mirror=True)
        secret = {"request": {"set": {"authorization": "Basic a-secret"}}}
        world.change(lambda http: http[1].update(headers=secret))

        plan = list(world.router.plan(target(25_000, mirror=Mirror("canary", 5_000))))
        brought_to(world.router, target(25_000, mirror=Mirror("canary", 5_000)))

        assert plan
        assert not any("a-secret" in line for line in plan)

    def test_a_mirror_of_somebody_else_stays(self, world: MeshWorld) -> None:
        world.change(lambda http: http[1].update(mirror={"host": "recorder"}))
        world.with_options(mirror=True)

        brought_to(world.router, target(5_000))
        with pytest.raises(RouterError, match="mirrors to 'recorder' already") as told:
            world.router.apply(target(5_000, mirror=MIRROR))

        assert told.value.permanent
        assert world.rule()["mirror"] == {"host": "recorder"}

    def test_mirrors_in_a_list_are_refused(self, world: MeshWorld) -> None:
        world.change(lambda http: http[1].update(mirrors=[{"destination": {"host": "recorder"}}]))
        world.with_options(mirror=True)

        with pytest.raises(RouterError, match="the rule has mirrors"):
            world.router.apply(target(5_000, mirror=MIRROR))

    def test_a_mirror_that_came_meanwhile_is_a_conflict(self, world: MeshWorld) -> None:
        world.with_options(mirror=True)
        world.meanwhile(lambda: world.change(lambda http: http[1].update(mirror={"host": "recorder"})))

        with pytest.raises(RouterError) as told:
            world.router.apply(target(0, mirror=MIRROR))

        assert told.value.conflict
        assert world.rule()["mirror"] == {"host": "recorder"}

    def test_a_plan_can_be_checked_by_the_server(self, world: MeshWorld) -> None:
        world.with_options(server_dry_run=True)
        before = world.writes()

        assert '"replace"' in world.router.plan(target(25_000))[-1]
        assert world.writes() == before

    def test_an_answer_that_comes_too_late_may_have_been_applied(self, world: MeshWorld) -> None:
        world.with_options(timeout_seconds=0.5)
        world.meanwhile(lambda: world.link.set(Fault(down=Way(held=True))))

        with pytest.raises(RouterError, match="no answer in time") as told:
            world.router.apply(target(25_000))

        world.link.heal()
        assert not told.value.permanent
        brought_to(world.router, target(25_000))

    def test_a_second_writer_that_puts_everything_back_is_seen(self, world: MeshWorld) -> None:
        brought_to(world.router, target(25_000))

        world.by_hand(0)

        assert not agrees(world.router, target(25_000))
        assert world.router.plan(target(25_000))


class TestFaults:
    @pytest.fixture
    def world(self, small_kube: FakeKube, tmp_path: Path) -> Iterator[MeshWorld]:
        with Link(small_kube.port) as link:
            world = MeshWorld(small_kube, link, tmp_path)
            yield world
            world.admin.close()

    def test_a_webhook_that_undoes_half_of_it_is_a_permanent_error(self, world: MeshWorld) -> None:
        assert isinstance(world.kube, FakeKube)
        world.kube.objects.admission = lambda service: service["spec"]["http"][1]["route"][1].update(weight=0)

        with pytest.raises(RouterError, match=r"not as told.*/route/1/weight.*25") as told:
            world.router.apply(target(25_000))

        assert told.value.permanent

    def test_a_server_that_says_yes_and_stores_nothing_is_found_out_by_reading(self, world: MeshWorld) -> None:
        assert isinstance(world.kube, FakeKube)
        world.kube.objects.lies = True

        world.router.apply(target(25_000))

        assert not agrees(world.router, target(25_000))

    def test_subsets_need_the_rule_that_has_them(self, world: MeshWorld) -> None:
        with pytest.raises(ValueError, match="subsets need the name of the destination_rule"):
            world.with_options(destination_rule="")
