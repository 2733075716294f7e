"""Elastic Beanstalk: which environment has the production name."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers import aws_beanstalk
from tests.routers.aws.worlds import built
from tests.routers.contract import RouterContract, brought_to, target
from tests.support.beanstalk import Environment, FakeBeanstalk, Refusal
from tests.support.link import REFUSE, Fault, Link, Way

PRODUCTION, OTHER = "shop.eu-central-1.elasticbeanstalk.com", "shop-next.eu-central-1.elasticbeanstalk.com"


class Environments:
    """Two environments of an application; the first has the production name."""

    steps = (0, 100_000, 0, 100_000)

    def __init__(self, fake: FakeBeanstalk, link: Link) -> None:
        self.fake, self.link = fake, link
        self.blue, self.green = fake.environments
        self.router = built(
            "aws-beanstalk", link.port, application="shop", cname=PRODUCTION,
            backends={"stable": "shop-blue", "canary": "shop-green"},
        )  # fmt: skip

    def by_hand(self, canary: int) -> None:
        self.green.cname, self.blue.cname = (PRODUCTION, OTHER) if canary else (OTHER, PRODUCTION)

    def restart(self) -> None:
        """AWS keeps what it was told, and is not restarted by its users."""

    @contextmanager
    def down(self) -> Iterator[None]:
        self.link.set(REFUSE)
        try:
            yield
        finally:
            self.link.heal()

    def writes(self) -> int:
        return len(self.fake.swaps)


@pytest.fixture
def world() -> Iterator[Environments]:
    blue, green = Environment("shop-blue", "e-blue", PRODUCTION), Environment("shop-green", "e-green", OTHER)
    with FakeBeanstalk(blue, green) as fake, Link(fake.port) as link:
        yield Environments(fake, link)


class TestBeanstalk(RouterContract):
    @pytest.fixture
    def world(self, world: Environments) -> Environments:
        return world

    def test_what_a_restart_leaves_is_what_the_capabilities_say(self, world: Environments) -> None:  # type: ignore[override]
        brought_to(world.router, target(100_000))

        assert world.router.capabilities.persistent
        assert world.router.observe().weights == {"stable": 0, "canary": 1}


def test_told_twice_is_one_swap(world: Environments) -> None:
    for _ in range(3):
        world.router.apply(target(100_000))

    assert world.fake.swaps == [("shop-blue", "shop-green")]
    assert world.green.cname == PRODUCTION


def test_a_swap_is_between_whoever_has_the_name_and_whoever_shall_have_it(world: Environments) -> None:
    world.router.apply(target(100_000))
    world.router.apply(target(0))

    assert world.fake.swaps == [("shop-blue", "shop-green"), ("shop-green", "shop-blue")]
    assert world.blue.cname == PRODUCTION


def test_a_swap_whose_answer_is_lost_is_never_sent_twice(world: Environments) -> None:
    world.router.observe()
    world.fake.after_swap = lambda: world.link.set(Fault(down=Way(cut_after=0)))

    with pytest.raises(RouterError, match="may have been applied") as told:
        world.router.apply(target(100_000))
    world.link.heal()
    world.router.apply(target(100_000))
    world.router.apply(target(100_000))

    assert not told.value.permanent
    assert world.fake.swaps == [("shop-blue", "shop-green")]
    assert world.router.observe().weights == {"stable": 0, "canary": 1}


def test_a_swap_whose_answer_comes_too_late_is_never_sent_twice(
    world: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flagsvc.outbound.aws.READ_SECONDS", 0.3)
    world.router.observe()
    world.fake.after_swap = lambda: world.link.set(Fault(down=Way(held=True)))

    with pytest.raises(RouterError, match="no answer in time"):
        world.router.apply(target(100_000))
    world.link.heal()
    world.router.apply(target(100_000))

    assert world.fake.swaps == [("shop-blue", "shop-green")]


def test_an_environment_that_began_to_change_after_it_was_read_is_temporary(world: Environments) -> None:
    world.fake.before_swap = lambda: setattr(world.blue, "status", "Updating")

    with pytest.raises(RouterError, match="Must be Ready") as told:
        world.router.apply(target(100_000))

    assert not told.value.permanent
    world.fake.before_swap, world.blue.status = lambda: None, "Ready"
    world.router.apply(target(100_000))
    assert world.fake.swaps == [("shop-blue", "shop-green")]


def test_a_process_that_stood_still_between_reading_and_swapping_swaps_nothing(
    world: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flagsvc.routers.common.awaiting.FRESH_SECONDS", -1.0)

    with pytest.raises(RouterError, match="read again") as told:
        world.router.apply(target(100_000))

    assert not told.value.permanent
    assert world.fake.swaps == []
    monkeypatch.undo()
    world.router.apply(target(100_000))
    assert world.fake.swaps == [("shop-blue", "shop-green")]


def test_a_swap_that_is_under_way_is_waited_for_by_whoever_reads(world: Environments) -> None:
    world.fake.manual = True
    world.router.apply(target(100_000))

    for router in (world.router, Environments(world.fake, world.link).router):  # another replica knows nothing of it
        with pytest.raises(RouterError, match=r"not seen yet|wait until it is Ready") as told:
            router.apply(target(100_000))
        assert not told.value.permanent
    assert "Updating" in world.router.observe().detail
    world.fake.finish()
    world.router.apply(target(100_000))

    assert world.fake.swaps == [("shop-blue", "shop-green")]
    assert world.router.observe().weights == {"stable": 0, "canary": 1}


def test_a_swap_that_was_asked_for_and_is_described_late_is_not_asked_for_again(
    world: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(aws_beanstalk, "monotonic", lambda: now[0])
    world.fake.lying = True  # the environments go on being described as they were
    world.router.apply(target(100_000))

    for canary in (100_000, 0):
        with pytest.raises(RouterError, match="a swap was asked for 0 s ago and is not seen yet"):
            world.router.apply(target(canary))
    assert len(world.fake.swaps) == 1

    now[0] += aws_beanstalk.SETTLE_SECONDS
    world.router.apply(target(100_000))
    assert len(world.fake.swaps) == 2  # it was lost for certain


def test_a_lying_one_is_never_seen_as_done(world: Environments) -> None:
    world.fake.lying = True

    world.router.apply(target(100_000))

    assert world.router.observe().weights == {"stable": 1, "canary": 0}


@pytest.mark.parametrize(
    ("refusal", "permanent"),
    [
        (Refusal(403, "InsufficientPrivilegesException", "no rights to swap"), True),
        (Refusal(400, "Throttling", "Rate exceeded"), False),
    ],
)
def test_a_swap_that_was_refused_may_be_asked_for_at_once(
    world: Environments, refusal: Refusal, *, permanent: bool
) -> None:
    world.fake.refusal_of_swap = refusal
    with pytest.raises(RouterError, match=refusal.code) as told:
        world.router.apply(target(100_000))
    world.fake.refusal_of_swap = None

    world.router.apply(target(100_000))

    assert told.value.permanent == permanent
    assert world.green.cname == PRODUCTION


def test_a_swap_that_failed_inside_aws_is_not_asked_for_again_at_once(world: Environments) -> None:
    world.fake.refusal_of_swap = Refusal(500, "InternalFailure", "something broke")
    with pytest.raises(RouterError, match="InternalFailure"):
        world.router.apply(target(100_000))
    world.fake.refusal_of_swap = None

    with pytest.raises(RouterError, match="not seen yet"):
        world.router.apply(target(100_000))


@pytest.mark.parametrize("health", ["Red", "Grey"])
def test_nothing_is_moved_onto_an_environment_that_is_not_healthy(world: Environments, health: str) -> None:
    world.green.health = health

    for call in (world.router.plan, world.router.apply):
        with pytest.raises(RouterError, match=f"shop-green .*health {health}.*before it is healthy") as told:
            call(target(100_000))
        assert not told.value.permanent
    assert world.fake.swaps == []


def test_a_name_that_neither_has_is_permanent_and_both_are_named(world: Environments) -> None:
    world.blue.cname = "shop-old.eu-central-1.elasticbeanstalk.com"

    with pytest.raises(RouterError, match=r"shop-next.*canary.*shop-old.*stable") as told:
        world.router.apply(target(100_000))

    assert told.value.permanent
    assert world.router.observe().weights == {"stable": 0, "canary": 0}


def test_an_environment_that_is_not_there_is_named(world: Environments) -> None:
    world.fake.environments.pop()

    with pytest.raises(RouterError, match="no environment shop-green") as told:
        world.router.observe()

    assert told.value.permanent


def test_anything_between_nothing_and_all_is_refused(world: Environments) -> None:
    for canary in (1_000, 50_000, 99_000):
        with pytest.raises(RouterError, match="step") as told:
            world.router.apply(target(canary))
        assert told.value.permanent
    assert world.fake.swaps == []


def test_a_plan_names_the_two_environments(world: Environments) -> None:
    (line,) = world.router.plan(target(100_000))

    assert line.startswith(f"swap CNAMEs: {PRODUCTION} from shop-blue (e-blue, Ready, health Green) to shop-green")


def test_throttling_is_temporary(world: Environments) -> None:
    world.fake.failure = Refusal(400, "Throttling", "Rate exceeded")

    with pytest.raises(RouterError, match="Throttling") as told:
        world.router.observe()

    assert not told.value.permanent
