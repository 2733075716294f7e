"""Blue-green by a swap of two slots: relative, so it is read first, and one whose answer was lost is not repeated."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.http import text_of
from flagsvc.routers.azure_arm import ALLOWED, Arm, operation_of
from flagsvc.routers.common.awaiting import awaited, demand_fresh
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.understanding import understood

THROTTLED = 429
DOUBT_SECONDS = 180.0
"""How long a swap whose answer was lost may still come into force; no other is sent meanwhile."""


LONGEST_SECONDS = 1800.0
"""After that nobody is asked about a swap any more (they take minutes, rarely twenty): production is read instead."""


@dataclass(frozen=True, slots=True)
class _Pending:
    wanted: str
    since: float
    operation: str = ""


class Swap:
    """Brings the wanted release into production. Which slot holds what is told by an app setting of each."""

    def __init__(self, arm: Arm, values: Mapping[str, str], slot: str, setting: str) -> None:
        self._arm, self._values, self._slot, self._setting = arm, values, slot, setting
        self._pending: _Pending | None = None
        self.capabilities = Capabilities(
            granularity=1,
            sticky="none",
            backends=frozenset(values),
            max_backends=len(values),
            expected_propagation_seconds=120.0,
        )

    @understood("Azure")
    def plan(self, target: Target) -> Sequence[str]:
        """Say the swap, if there has to be one."""
        wanted = self._wanted(target)
        if self._under_way(wanted) or self._held() == wanted:
            return ()
        self._demand_that_it_moves(wanted)
        return (f"POST slots/{self._slot}/slotsswap {text_of(self._body())}",)

    @understood("Azure")
    def apply(self, target: Target) -> None:
        """Swap where production holds another release; returns when Azure has accepted it or done it."""
        wanted = self._wanted(target)
        if self._under_way(wanted) or self._held() == wanted:
            return
        self._demand_that_it_moves(wanted)
        since = time.monotonic()
        if self._held() != wanted:  # read last: a swap that somebody else did meanwhile is not to be undone
            demand_fresh(time.monotonic() - since)
            self._swap(wanted)

    @understood("Azure")
    def observe(self) -> Observed | None:
        """Read which release production holds; while a swap is under way, none can be promised."""
        pending = self._pending
        if pending and not self._settled(pending):
            return Observed(weights={}, detail=f"a swap to {pending.wanted} is under way")
        self._pending = None
        return Observed(weights={self._held(): 1})

    def _swap(self, wanted: str) -> None:
        self._pending = _Pending(wanted, time.monotonic())  # before the call: its answer may be lost
        try:
            reply = self._arm.send(
                "POST", f"/slots/{self._slot}/slotsswap", self._body(), allowed=ALLOWED | {THROTTLED}
            )
        except RouterError as error:
            if not (error.permanent or error.conflict):
                raise RouterError(f"{error}; it may have been accepted: it is read back, not sent again") from error
            self._pending = None
            raise
        if reply.status == THROTTLED:
            self._pending = None
            raise RouterError("Azure takes no more requests for the moment (429)")
        self._await(replace(self._pending, operation=operation_of(reply)))

    def _await(self, pending: _Pending) -> None:
        self._pending = pending
        if not pending.operation or awaited(partial(self._settled, pending)):
            self._pending = None
            if self._held() != pending.wanted:
                raise RouterError(f"Azure says that it swapped, and production does not hold {pending.wanted!r}")

    def _under_way(self, wanted: str) -> bool:
        pending = self._pending
        if pending is None:
            return False
        if self._settled(pending):
            self._pending = None
            return False
        if pending.wanted == wanted and pending.operation:
            return True
        raise RouterError(f"a swap to {pending.wanted!r} may be under way: the next can only follow it")

    def _settled(self, pending: _Pending) -> bool:
        """Whether the swap has ended, well or not; for one whose answer was lost, whether it cannot come any more."""
        if time.monotonic() - pending.since > LONGEST_SECONDS:
            return True
        if not pending.operation:
            return self._has_come(pending)
        try:
            outcome = self._arm.outcome(pending.operation)
        except RouterError as error:
            if not error.permanent:
                raise
            return self._has_come(pending)  # we may not ask, so production has to show it
        if outcome:
            self._pending = None
            raise RouterError(f"the swap to {pending.wanted!r} {outcome}")
        return outcome is not None

    def _has_come(self, pending: _Pending) -> bool:
        return self._held() == pending.wanted or time.monotonic() - pending.since > DOUBT_SECONDS

    def _held(self) -> str:
        """Which backend production is."""
        value = self._value("")
        for backend, known in self._values.items():
            if known == value:
                return backend
        raise self._unmarked("production", value, self._values.values())

    def _unmarked(self, slot: str, value: str | None, expected: Iterable[str]) -> RouterError:
        return RouterError(
            f"the app setting {self._setting} of the slot {slot!r} is {value!r}, expected "
            f"{' or '.join(map(repr, expected))}: set it with each release",
            permanent=True,
        )

    def _value(self, where: str) -> str | None:
        settings = self._arm.send("POST", f"{where}/config/appsettings/list").json().get("properties") or {}
        value = settings.get(self._setting)
        return None if value is None else str(value)

    def _demand_that_it_moves(self, wanted: str) -> None:
        """Refuse what would ask for a swap for ever: a setting that stays with its slot, a slot without the release."""
        value = self._value(f"/slots/{self._slot}")
        if value != self._values[wanted]:
            raise self._unmarked(self._slot, value, [self._values[wanted]])
        staying = self._arm.get("/config/slotConfigNames").json().get("properties") or {}
        if self._setting in (staying.get("appSettingNames") or ()):
            raise RouterError(
                f"{self._setting} is a slot setting: it stays when {wanted!r} moves, so nobody could tell who serves; "
                "clear its mark 'deployment slot setting'",
                permanent=True,
            )

    def _wanted(self, target: Target) -> str:
        told = told_weights(target, 1, self._values)
        return next(backend for backend, weight in told.items() if weight)

    def _body(self) -> dict[str, str | bool]:
        return {"targetSlot": "production", "preserveVnet": True}
