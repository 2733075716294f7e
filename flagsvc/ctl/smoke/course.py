"""Checks in their order: each is passed, failed, or not made because of one that failed before it."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flagsvc.ctl.failure import DONE, Failure, Unreachable

Standing = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `run` tells what it saw, or raises Failure. It is made when all that it `needs` have passed.

    `remedy` is what to do when it fails, unless the failure itself knows better.
    """

    name: str
    run: Callable[[], str]
    needs: Sequence[str] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a check. `code` is the exit code that it asks for."""

    name: str
    standing: Standing
    seconds: float = 0.0
    detail: str = ""
    remedy: str = ""
    code: int = DONE

    def shown(self) -> dict[str, Any]:
        """Give it as JSON."""
        content = {"name": self.name, "result": self.standing, "seconds": round(self.seconds, 4), "detail": self.detail}
        return {**content, **({"remedy": self.remedy} if self.remedy else {})}


@dataclass
class Course:
    """The checks that were made so far; `told` hears of each as soon as it is known."""

    told: Callable[[Result], None]
    clock: Callable[[], float] = time.monotonic
    results: list[Result] = field(default_factory=list)

    def make(self, checks: Iterable[Check]) -> None:
        """Make checks, one after the other."""
        for check in checks:
            self.keep(self._made(check))

    def keep(self, result: Result) -> None:
        """Add a result, and tell it."""
        self.results.append(result)
        self.told(result)

    @property
    def failed(self) -> list[Result]:
        """Those that failed, in their order."""
        return [each for each in self.results if each.standing == "failed"]

    @property
    def code(self) -> int:
        """The exit code: that of the first that failed."""
        return self.failed[0].code if self.failed else DONE

    def _made(self, check: Check) -> Result:
        passed = {each.name for each in self.results if each.standing == "passed"}
        missing = [name for name in check.needs if name not in passed]
        if missing:
            return Result(name=check.name, standing="skipped", detail=f"needs {', '.join(missing)}")
        start = self.clock()
        try:
            detail = check.run()
        except Failure as failure:
            taken, remedy = self.clock() - start, _remedy(failure, check)
            return Result(
                name=check.name, standing="failed", seconds=taken, detail=failure.detail, remedy=remedy,
                code=failure.code,
            )  # fmt: skip
        return Result(name=check.name, standing="passed", seconds=self.clock() - start, detail=detail)


def _remedy(failure: Failure, check: Check) -> str:
    """Take the check's word for what no answer means: the failure itself only knows that none came."""
    first, second = (check, failure) if isinstance(failure, Unreachable) else (failure, check)
    return first.remedy or second.remedy
