"""Random schedules of faults and writes: a small number here, with new seeds each time; a thousand by the program."""

import random
from collections.abc import Callable, Iterator

import pytest

from tests.faults.schedule import impatient, run
from tests.support.servers import RedisServer

pytestmark = pytest.mark.servers

PORTIONS, PER_PORTION = 8, 5


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    with impatient():
        yield


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_after_any_schedule_every_answer_was_right_and_the_head_is_reached(
    redis_server: RedisServer, portion: int, record_property: Callable[[str, object], None]
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    record_property("seeds", f"{seed} to {seed + PER_PORTION - 1}")

    results = [run(seed + number, redis_server) for number in range(PER_PORTION)]

    assert {(result.seed, result.steps): result.faults for result in results if result.faults} == {}
