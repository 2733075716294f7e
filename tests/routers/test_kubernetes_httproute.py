"""A rule of an HTTPRoute: weights by name, tested, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Mirror
from tests.routers.contract import RouterContract, agrees, brought_to, target
from tests.support.kube.fake import FakeKube
from tests.support.kube.kinds import definitions
from tests.support.kube.real import RealKube
from tests.support.kube.world import OF_FLAGGER, KubeWorld, without_weights
from tests.support.link import Fault, Link, Way

GROUP = "gateway.networking.k8s.io/v1"
MIRROR = Mirror("canary", 2_500)


class RouteWorld(KubeWorld):
    def __init__(self, kube: FakeKube | RealKube, link: Link, folder: Path) -> None:
        super().__init__(kube, link, folder, "gateway-api.md", ("route.yaml",))

    def told(self) -> Any:
        return self.admin.get("HTTPRoute", "shop", GROUP)

    def rule(self) -> Any:
        return next(rule for rule in self.told()["spec"]["rules"] if rule.get("name") == "checkout")

    def change(self, change: Any) -> None:
        """Change the route by hand: `change` is told its spec."""
        route = self.told()
        change(route["spec"])
        self.admin.put(route)

    def by_hand(self, canary: int) -> None:
        def change(spec: Any) -> None:
            for ref, weight in zip(spec["rules"][-1]["backendRefs"], (100_000 - canary, canary), strict=True):
                ref["weight"] = weight

        self.change(change)


@pytest.fixture
def world(kube: FakeKube | RealKube, kube_link: Link, tmp_path: Path) -> Iterator[RouteWorld]:
    world = RouteWorld(kube, kube_link, tmp_path)
    yield world
    world.admin.close()


class TestHttpRoute(RouterContract):
    def test_everything_else_in_the_route_stays_as_it_was(self, world: RouteWorld) -> None:
        before = without_weights(world.told())

        brought_to(world.router, target(25_000))

        assert without_weights(world.told()) == before
        assert [ref["weight"] for ref in world.rule()["backendRefs"]] == [75_000, 25_000]

    def test_a_write_of_the_status_is_no_conflict(self, world: RouteWorld) -> None:
        status = {"status": {"parents": [{"parentRef": {"name": "edge"}, "controllerName": "x/y", "conditions": []}]}}
        world.meanwhile(lambda: world.admin.merge(world.told(), status, "/status"))

        world.router.apply(target(25_000))

        assert agrees(world.router, target(25_000))
        assert world.told()["status"] == status["status"]

    @pytest.mark.parametrize(
        "change",
        [
            lambda spec: spec["rules"].reverse(),
            lambda spec: spec["rules"][1]["backendRefs"].reverse(),
            lambda spec: spec["rules"][1]["backendRefs"][0].update(name="checkout-other"),
            lambda spec: spec["rules"][1]["backendRefs"][1].update(weight=7),
            lambda spec: spec["rules"][1].update(name="basket"),
            lambda spec: spec.update(rules=spec["rules"][:1]),
        ],
        ids=["rules moved", "backends moved", "backend renamed", "weight changed", "rule renamed", "rule gone"],
    )
    def test_what_moved_between_reading_and_writing_is_a_conflict_and_nothing_is_overwritten(
        self, world: RouteWorld, change: Any
    ) -> None:
        world.meanwhile(lambda: world.change(change))

        with pytest.raises(RouterError, match=r"422.*changed it meanwhile") as told:
            world.router.apply(target(25_000))

        assert told.value.conflict
        assert not told.value.permanent
        assert all(
            ref.get("weight", 1) < 1_000 for rule in world.told()["spec"]["rules"] for ref in rule["backendRefs"]
        )

    def test_rules_that_moved_are_found_by_name(self, world: RouteWorld) -> None:
        world.change(lambda spec: spec["rules"].reverse())
        world.change(lambda spec: spec["rules"][0]["backendRefs"].reverse())

        brought_to(world.router, target(25_000))

        assert {ref["name"]: ref["weight"] for ref in world.rule()["backendRefs"]} == {
            "checkout-stable": 75_000,
            "checkout-canary": 25_000,
        }

    def test_a_rule_that_was_renamed_is_a_permanent_error_with_the_names(self, world: RouteWorld) -> None:
        world.change(lambda spec: spec["rules"][1].update(name="basket"))

        for call in (world.router.plan, world.router.apply, lambda _: world.router.observe()):
            with pytest.raises(RouterError, match=r"'checkout'.*assets, basket") as told:
                call(target(25_000))
            assert told.value.permanent

    def test_a_rule_without_a_name_is_found_by_a_match_that_it_alone_has(self, world: RouteWorld) -> None:
        world.change(lambda spec: spec["rules"][1].pop("name"))
        world.with_options(rule="", match={"path": {"value": "/checkout"}})

        brought_to(world.router, target(25_000))

        assert [ref["weight"] for ref in world.told()["spec"]["rules"][1]["backendRefs"]] == [75_000, 25_000]

    def test_a_match_of_two_rules_is_refused(self, world: RouteWorld) -> None:
        world.with_options(rule="", match={"path": {"type": "PathPrefix"}})

        with pytest.raises(RouterError, match=r"2 rules with the match.*assets, checkout") as told:
            world.router.apply(target(25_000))

        assert told.value.permanent

    def test_a_backend_that_the_rule_lacks_is_a_permanent_error_with_the_names(self, world: RouteWorld) -> None:
        world.change(lambda spec: spec["rules"][1].update(backendRefs=[{"name": "checkout-stable", "port": 80}]))

        assert agrees(world.router, target(0))
        with pytest.raises(RouterError, match="no destination for canary; it has checkout-stable:80") as told:
            world.router.apply(target(25_000))

        assert told.value.permanent

    def test_an_object_that_flagger_moves_by_itself_is_refused(self, world: RouteWorld) -> None:
        world.admin.merge(world.told(), OF_FLAGGER)
        before = world.writes()

        for call in (world.router.plan, world.router.apply):
            with pytest.raises(RouterError, match="Canary checkout of Flagger") as told:
                call(target(25_000))
            assert told.value.permanent
        assert world.writes() == before

    def test_a_plan_repeats_nothing_that_others_wrote(self, world: RouteWorld) -> None:
        world.with_options(mirror=True)
        secret = {"set": [{"name": "authorization", "value": "Basic a-secret"}]}
        modifier = {"type": "RequestHeaderModifier", "requestHeaderModifier": secret}
        world.change(lambda spec: spec["rules"][1].update(filters=[modifier]))

        plan = list(world.router.plan(target(25_000, mirror=Mirror("canary", 5_000))))
        brought_to(world.router, target(25_000, mirror=Mirror("canary", 5_000)))

        assert plan
        assert not any("a-secret" in line for line in plan)

    def test_a_stranger_with_a_weight_is_refused_and_without_one_it_is_none_of_ours(self, world: RouteWorld) -> None:
        world.change(lambda spec: spec["rules"][1]["backendRefs"].append({"name": "legacy", "port": 80, "weight": 5}))
        with pytest.raises(RouterError, match="legacy:80, too") as told:
            world.router.apply(target(25_000))

        world.change(lambda spec: spec["rules"][1]["backendRefs"][2].update(weight=0))
        brought_to(world.router, target(25_000))

        assert told.value.permanent

    def test_one_name_twice_needs_the_port(self, world: RouteWorld) -> None:
        def change(spec: Any) -> None:
            spec["rules"][1]["backendRefs"][1].update(name="checkout-stable", port=8080)

        world.change(change)
        backend = world.options.backends["stable"]
        other = type(backend)(name="checkout-stable", port=8080)
        world.with_options(backends={"stable": type(backend)(name="checkout-stable"), "canary": other})
        with pytest.raises(RouterError, match="2 destinations are name checkout-stable"):
            world.router.apply(target(25_000))

        world.with_options(backends={"stable": backend, "canary": other})
        brought_to(world.router, target(25_000))

    def test_weights_that_are_relatively_the_same_are_the_same(self, world: RouteWorld) -> None:
        world.by_hand(5_000)
        world.change(
            lambda spec: [ref.update(weight=w) for ref, w in zip(spec["rules"][1]["backendRefs"], (19, 1), strict=True)]
        )

        assert agrees(world.router, target(5_000))
        assert list(world.router.plan(target(5_000))) == []

    def test_weights_that_are_all_0_are_seen(self, world: RouteWorld) -> None:
        world.change(lambda spec: [ref.update(weight=0) for ref in spec["rules"][1]["backendRefs"]])

        assert not agrees(world.router, target(0))
        brought_to(world.router, target(0))

    def test_a_mirror_comes_changes_and_goes_and_other_filters_stay(self, world: RouteWorld) -> None:
        others = [
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x", "value": "y"}]}},
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "recorder", "port": 80}, "percent": 1}},
        ]
        world.change(lambda spec: spec["rules"][1].update(filters=others))
        before = world.rule()["filters"]
        world.with_options(mirror=True)

        brought_to(world.router, target(5_000, mirror=MIRROR))
        shown = world.rule()["filters"]
        brought_to(world.router, target(5_000, mirror=Mirror("canary", 50_000)))
        brought_to(world.router, target(5_000))

        assert shown[:2] == before
        assert shown[2]["requestMirror"]["fraction"] == {"numerator": 2_500, "denominator": 100_000}
        assert world.rule()["filters"] == before

    def test_a_mirror_in_a_rule_without_filters_leaves_none_behind(self, world: RouteWorld) -> None:
        world.with_options(mirror=True)

        brought_to(world.router, target(5_000, mirror=MIRROR))
        brought_to(world.router, target(5_000))

        assert "filters" not in world.rule()

    @pytest.mark.parametrize(
        ("told", "share"),
        [({"percent": 5}, 5_000), ({}, 100_000), ({"fraction": {"numerator": 1}}, 1_000)],
    )
    def test_a_mirror_by_hand_is_read_as_the_gateway_reads_it(self, world: RouteWorld, told: Any, share: int) -> None:
        mirror = {"backendRef": {"name": "checkout-canary", "port": 80}, **told}
        world.change(lambda spec: spec["rules"][1].update(filters=[{"type": "RequestMirror", "requestMirror": mirror}]))
        world.with_options(mirror=True)

        assert world.router.observe().mirror == Mirror("canary", share)

    def test_filters_that_moved_are_a_conflict(self, world: RouteWorld) -> None:
        world.with_options(mirror=True)
        other = [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["x"]}}]
        world.meanwhile(lambda: world.change(lambda spec: spec["rules"][1].update(filters=other)))

        with pytest.raises(RouterError) as told:
            world.router.apply(target(0, mirror=MIRROR))

        assert told.value.conflict
        assert world.rule()["filters"] == other

    def test_what_the_schema_forbids_is_a_permanent_error_and_no_conflict(self, world: RouteWorld) -> None:
        patch = [{"op": "replace", "path": "/spec/rules/1/backendRefs/1/weight", "value": 1_000_001}]

        with pytest.raises(RouterError, match=r"422.*weight") as told:
            world.router._cluster.patch(world.router._route, patch)

        assert told.value.permanent
        assert not told.value.conflict

    def test_a_plan_can_be_checked_by_the_server(self, world: RouteWorld) -> None:
        world.with_options(server_dry_run=True, granularity=1_000_000)
        before = world.writes()

        plan = world.router.plan(target(25_000))

        assert '"replace"' in plan[-1]
        assert world.writes() == before

    def test_an_answer_that_comes_too_late_may_have_been_applied(self, world: RouteWorld) -> None:
        world.with_options(timeout_seconds=0.5)
        world.router.observe()
        world.meanwhile(lambda: world.link.set(Fault(down=Way(held=True))))
        world.router._cluster.get(world.router._route)

        with pytest.raises(RouterError, match="no answer in time") as told:
            world.router.apply(target(25_000))

        world.link.heal()
        assert not told.value.permanent
        assert not told.value.conflict
        brought_to(world.router, target(25_000))

    def test_a_second_writer_that_puts_everything_back_is_seen_each_time(self, world: RouteWorld) -> None:
        declared = [dict(ref) for ref in world.rule()["backendRefs"]]
        for canary in (5_000, 25_000):
            brought_to(world.router, target(canary))

            world.change(lambda spec: spec["rules"][1].update(backendRefs=declared))

            assert not agrees(world.router, target(canary))
            assert world.router.plan(target(canary))

    def test_only_reading_and_patching_that_route_is_allowed_and_enough(self, world: RouteWorld) -> None:
        brought_to(world.router, target(5_000))
        world.admin.create(world.files["route.yaml"].replace("name: shop,", "name: other,"))

        world.with_options(route="other")
        with pytest.raises(RouterError, match=r"403.*allow get in a Role") as told:
            world.router.observe()

        assert told.value.permanent

    def test_a_route_that_is_not_there_is_a_permanent_error(self, world: RouteWorld) -> None:
        world.admin.send("DELETE", world.admin.path(world.told()))

        with pytest.raises(RouterError, match=r"404.*never created here") as told:
            world.router.apply(target(5_000))

        assert told.value.permanent


class TestFaults:
    @pytest.fixture
    def world(self, small_kube: FakeKube, tmp_path: Path) -> Iterator[RouteWorld]:
        with Link(small_kube.port) as link:
            world = RouteWorld(small_kube, link, tmp_path)
            yield world
            world.admin.close()

    def test_a_webhook_that_undoes_half_of_it_is_a_permanent_error(self, world: RouteWorld) -> None:
        assert isinstance(world.kube, FakeKube)
        world.kube.objects.admission = lambda route: route["spec"]["rules"][1]["backendRefs"][1].update(weight=0)

        with pytest.raises(RouterError, match=r"not as told.*/backendRefs/1/weight.*25000") as told:
            world.router.apply(target(25_000))

        assert told.value.permanent

    def test_a_server_that_says_yes_and_stores_nothing_is_found_out_by_reading(self, world: RouteWorld) -> None:
        assert isinstance(world.kube, FakeKube)
        world.kube.objects.lies = True

        world.router.apply(target(25_000))

        assert not agrees(world.router, target(25_000))

    def test_a_cluster_whose_routes_know_no_fraction_is_told_no_mirror(self, tmp_path: Path) -> None:
        text = repr(definitions()).replace("'fraction'", "'portion'")
        with FakeKube(crds=eval(text)) as kube, Link(kube.port) as link:  # noqa: S307  # what was printed above
            world = RouteWorld(kube, link, tmp_path)
            world.with_options(mirror=True)

            with pytest.raises(RouterError, match=r"lacks the field.*Gateway API 1\.3") as told:
                world.router.apply(target(5_000, mirror=MIRROR))

            assert told.value.permanent
            assert "filters" not in world.rule()
            assert world.rule()["backendRefs"][1]["weight"] == 0
            world.admin.close()
