"""Docker Swarm against a stand-in of a manager's socket, which Docker's own client library talks to as well."""

import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers import Tools, build
from flagsvc.routers.docker_swarm import Options
from tests.routers.contract import STEPS, RouterContract, brought_to, target
from tests.support.fake_docker import FakeDocker
from tests.support.timing import within

TOOLS = Tools(shelf=None)  # type: ignore[arg-type]  # nothing of it is used
pytestmark = pytest.mark.usefixtures("short")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[FakeDocker]:
    with FakeDocker(tmp_path / "docker.sock") as fake:
        yield fake


def router_of(manager: FakeDocker, **backends: str) -> Any:
    names = backends or {"stable": "shop_stable", "canary": "shop_canary"}
    return build("edge", "docker-swarm", Options(backends=names, replicas=20, socket=Path(str(manager.path))), TOOLS)


@pytest.fixture
def theirs(manager: FakeDocker) -> Iterator[Any]:
    client = docker.DockerClient(base_url=manager.url)
    yield client.services
    client.close()


class Services:
    """A swarm with a service per cohort."""

    steps = STEPS

    def __init__(self, manager: FakeDocker) -> None:
        self.manager = manager
        self.router = router_of(manager)

    def by_hand(self, canary: int) -> None:
        replicas = canary * 20 // 100_000
        self.manager.scale("shop_canary", replicas)
        self.manager.scale("shop_stable", 20 - replicas)

    def restart(self) -> None:
        self.router = router_of(self.manager)

    def down(self) -> AbstractContextManager[None]:
        return self.manager.down()

    def writes(self) -> int:
        return self.manager.writes


class TestDockerSwarm(RouterContract):
    @pytest.fixture
    def world(self, manager: FakeDocker) -> Services:
        return Services(manager)


def test_docker_s_own_client_reads_what_ours_wrote_and_nothing_else_changed(manager: FakeDocker, theirs: Any) -> None:
    before = {name: copy.deepcopy(manager.service(name)["Spec"]) for name in ("shop_stable", "shop_canary")}

    brought_to(router_of(manager), target(25_000))

    for name, replicas in (("shop_stable", 15), ("shop_canary", 5)):
        spec = theirs.get(name).attrs["Spec"]
        assert spec == {**before[name], "Mode": {"Replicated": {"Replicas": replicas}}}


def test_ours_reads_what_docker_s_own_client_wrote(manager: FakeDocker, theirs: Any) -> None:
    manager.starts_after = 0
    theirs.get("shop_stable").scale(10)
    theirs.get("shop_canary").scale(10)

    assert router_of(manager).observe().weights == {"stable": 10, "canary": 10}


def test_ours_makes_a_stale_write_of_docker_s_own_client_fail(manager: FakeDocker, theirs: Any) -> None:
    held = theirs.get("shop_canary")
    brought_to(router_of(manager), target(25_000))

    with pytest.raises(APIError, match="out of sequence"):
        held.scale(3)


def test_running_tasks_count_and_nothing_shrinks_before_they_run(manager: FakeDocker) -> None:
    manager.starts_after = 10**6
    router = router_of(manager)

    for canary in (25_000, 100_000):
        with pytest.raises(RouterError, match=r"shop_canary runs 0 of .*nothing shrinks before") as told:
            router.apply(target(canary))

        assert not told.value.permanent
        observed = router.observe()
        assert observed.weights == {"stable": 20, "canary": 0}
    assert observed.detail == "shop_canary: 0 of 20 run"


def test_what_has_started_meanwhile_lets_the_next_call_go_on(manager: FakeDocker) -> None:
    manager.starts_after = 10**6
    router = router_of(manager)
    with pytest.raises(RouterError):
        router.apply(target(25_000))
    assert list(router.plan(target(25_000))) == ["scale shop_stable from 20 to 15"]

    for task in manager.state["tasks"]:
        task["left"] = 0
    brought_to(router, target(25_000))


def test_tasks_that_an_update_of_the_image_runs_on_top_are_no_drift(manager: FakeDocker) -> None:
    manager.starts_after = 0
    manager.state["tasks"] += [{"service": "shop_stable", "left": 0}] * 2
    router = router_of(manager)
    assert router.observe().weights["stable"] == 22

    manager.service("shop_stable")["UpdateStatus"] = {"State": "updating"}

    assert router.observe().weights == {"stable": 20, "canary": 0}


def test_what_grows_is_told_before_what_shrinks(manager: FakeDocker) -> None:
    router = router_of(manager)

    assert router.plan(target(25_000)) == ["scale shop_canary from 0 to 5", "scale shop_stable from 20 to 15"]
    brought_to(router, target(25_000))
    assert router.plan(target(0)) == ["scale shop_stable from 15 to 20", "scale shop_canary from 5 to 0"]


def test_a_stale_write_is_a_conflict_and_overwrites_nothing(
    manager: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = router_of(manager)
    steps = router._steps

    def meanwhile(wanted: Any) -> Any:
        found = steps(wanted)
        manager.scale("shop_canary", 7)
        return found

    monkeypatch.setattr(router, "_steps", meanwhile)

    with pytest.raises(RouterError, match="somebody changed the service 'shop_canary'") as told:
        router.apply(target(25_000))

    assert told.value.conflict
    assert manager.service("shop_canary")["Spec"]["Mode"]["Replicated"]["Replicas"] == 7


@pytest.mark.parametrize(
    ("fault", "permanent"), [("mute", False), ("refuse", False), ("forbid", True), ("late", False)]
)
def test_a_write_that_is_not_answered_well_is_an_error(
    manager: FakeDocker,
    fault: Any,
    permanent: bool,  # noqa: FBT001  # a column
) -> None:
    router = router_of(manager)
    router.observe()

    with manager.bent(fault), within(5), pytest.raises(RouterError) as told:
        router.apply(target(25_000))

    assert told.value.permanent == permanent


def test_half_of_it_is_seen_and_completed(manager: FakeDocker) -> None:
    router = router_of(manager)
    with manager.bent("late"), pytest.raises(RouterError):
        router.apply(target(25_000))  # the first of two was done, and nobody said so

    assert router.observe().weights == {"stable": 20, "canary": 5}
    brought_to(router, target(25_000))
    assert manager.writes == 2


def test_a_lie_is_read_back(manager: FakeDocker) -> None:
    router = router_of(manager)

    with manager.bent("lie"), pytest.raises(RouterError, match="shop_canary runs 0 of 5") as told:
        router.apply(target(25_000))

    assert not told.value.permanent
    assert router.observe().weights == {"stable": 20, "canary": 0}
    assert router.plan(target(25_000))


@pytest.mark.parametrize(
    ("backends", "words"),
    [
        ({"stable": "shop_stable", "canary": "shop_cnary"}, "shop_cnary: 404"),
        ({"stable": "shop_stable", "canary": "agents"}, "'agents' is not replicated"),
    ],
)
def test_services_that_cannot_be_told_are_refused(manager: FakeDocker, backends: Any, words: str) -> None:
    agents = copy.deepcopy(manager.service("shop_canary"))
    agents |= {"ID": "id-of-agents", "Spec": {**agents["Spec"], "Name": "agents", "Mode": {"Global": {}}}}
    manager.state["services"].append(agents)

    with pytest.raises(RouterError, match=words) as told:
        router_of(manager, **backends).plan(target(25_000))

    assert told.value.permanent


def test_no_manager_at_all_is_temporary(tmp_path: Path) -> None:
    options = Options(backends={"stable": "a", "canary": "b"}, replicas=2, socket=tmp_path / "nobody.sock")

    with pytest.raises(RouterError, match="no connection") as told:
        build("edge", "docker-swarm", options, TOOLS).observe()

    assert not told.value.permanent
