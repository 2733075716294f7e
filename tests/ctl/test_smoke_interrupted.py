"""`flagctl smoke`, ended while a write is on its way: what arrives only afterwards leaves nothing behind either."""

from collections.abc import Callable

import pytest

from flagsvc.ctl.api import Answer, Api, Request
from flagsvc.ctl.failure import Failure, Unreachable
from flagsvc.ctl.smoke.trial import Trial
from tests.ctl.conftest import ENVIRONMENT
from tests.support.service import ADMIN_TOKEN, Service

Make = Callable[[Trial], str]
MADE: dict[str, Make] = {"flag": Trial.make_flag, "token": Trial.make_token}


class Late(Api):
    """A way to the service on which a POST is held up: who sends it does not get to see the answer."""

    def __init__(self, service: Service, ended: BaseException) -> None:
        super().__init__(service.url, ADMIN_TOKEN)
        self._ended = ended
        self._held: list[Request] = []

    def exchange(self, request: Request) -> Answer:
        if request.method != "POST":
            return super().exchange(request)
        self._held.append(request)
        raise self._ended

    def arrive(self) -> None:
        """Let what was held up arrive."""
        for request in self._held:
            super().exchange(request)


def visible(service: Service) -> list[str]:
    flags = service.call("GET", "flags?limit=200")["items"]
    tokens = service.call("GET", "tokens?limit=200&state=valid")["items"]
    names = [each["key"] for each in flags] + [each["name"] for each in tokens]
    return [name for name in names if name.startswith("smoke-")]


@pytest.mark.parametrize("ended", [KeyboardInterrupt(), Unreachable("no answer in time", sent=True)], ids=repr)
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_a_write_that_arrives_after_the_end_leaves_nothing(service: Service, make: Make, ended: BaseException) -> None:
    late = Late(service, ended)
    trial = Trial(late, ENVIRONMENT, "a test", Api(service.url, ADMIN_TOKEN))

    with pytest.raises((KeyboardInterrupt, Failure)):
        make(trial)
    left = trial.undo()
    late.arrive()

    assert (left, visible(service)) == ([], [])


def test_what_was_refused_is_not_made_in_the_end(service: Service) -> None:
    """Nothing is repeated that had its answer."""
    trial = Trial(Api(service.url, ADMIN_TOKEN), "no-such-place", "a test", Api(service.url, ADMIN_TOKEN))
    for make in MADE.values():
        with pytest.raises(Failure):
            make(trial)

    assert (trial.undo(), visible(service)) == ([], [])
