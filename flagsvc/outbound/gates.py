"""What rollouts ask outside, as the loop that drives them calls it: from any thread, bounded, never raising."""

import logging
import time
from collections.abc import Callable, Sequence

from flagsvc.domain.rollouts.plan import Check, Hook
from flagsvc.outbound import hooks
from flagsvc.outbound import smoke as smoke_tests
from flagsvc.outbound.guarded import Guarded
from flagsvc.outbound.outcome import Outcome, Standing, outcome

_log = logging.getLogger(__name__)


class Gates:
    """Smoke tests and hooks, over one client. Hooks are signed with every one of `secrets`."""

    def __init__(self, client: Guarded, secrets: Sequence[str] = (), clock: Callable[[], float] = time.time) -> None:
        self._client, self._secrets, self._clock = client, secrets, clock

    def smoke(self, checks: Sequence[Check]) -> Outcome:
        """Make all checks, within a minute: passed, or failed with everything that is wrong."""
        return _told("failed", lambda: smoke_tests.smoke(self._client, checks))

    def asked(self, hook: Hook, question: hooks.Question) -> Outcome:
        """Ask a program once: passed, failed, or waiting, which is to be asked again until the hook's deadline."""
        return _told("waiting", lambda: hooks.asked(self._client, self._secrets, hook, question, self._clock()))


def _told(otherwise: Standing, ask: Callable[[], Outcome]) -> Outcome:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001  # a named boundary: a fault here is no answer of theirs, and ends no loop
        _log.exception("a gate could not be asked")
        return outcome(otherwise, f"{type(error).__name__}: a fault of the service, see its log")
