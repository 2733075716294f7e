"""What the routers of a binding would be told now: asked all at once, in bounded time, failures as data."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Target

SECONDS = 10.0
"""How long all routers together may take to answer."""
AT_ONCE = 8


def planned(
    ask: Callable[[str, Target], Sequence[str]], names: Sequence[str], target: Target, seconds: float = SECONDS
) -> list[dict[str, Any]]:
    """Ask every router: [{"name", "lines", "error"}], in their order; `error` is null for one that answered."""
    pool = ThreadPoolExecutor(min(AT_ONCE, len(names)), thread_name_prefix="plan")
    try:
        asked = {name: pool.submit(ask, name, target) for name in names}
        wait(asked.values(), timeout=seconds)
        return [_answer(name, future, seconds) for name, future in asked.items()]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(name: str, asked: Future[Sequence[str]], seconds: float) -> dict[str, Any]:
    if not asked.done():
        return {"name": name, "lines": [], "error": f"no answer within {seconds:g} s"}
    try:
        return {"name": name, "lines": list(asked.result()), "error": None}
    except RouterError as error:
        return {"name": name, "lines": [], "error": str(error)}
