"""The face for applications: one client, one background thread, answers from memory."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flagsdk.overrides import Values, outcomes_of
from flagsdk.reserve import Bootstrap
from flagsdk.status import Status
from flagsdk.subscriber import STALE_SECONDS, START_SECONDS, Subscriber

__all__ = ["STALE_SECONDS", "START_SECONDS", "AsyncFlagClient", "FlagClient", "Status"]


class FlagClient(Subscriber):
    """Evaluates flags and traffic splits of one environment.

    Making one connects to nothing; the background thread starts with the first use. Reads never block and never raise.
    Use it as a context manager (`with` or `async with`), which waits for the first snapshot, or call `wait_ready`.
    """

    def wait_ready(self, seconds: float = START_SECONDS) -> bool:
        """Wait for the first answer of a source, at most `seconds` and no longer than until `close`.

        True when there is a snapshot to answer from: the source's, or what was kept for the case that none answers.
        """
        return self._wait_ready(seconds)

    def close(self) -> None:
        """End the thread and the connections within five seconds. Reads go on from the last snapshot. Idempotent."""
        self._close()

    @classmethod
    def for_testing(cls, values: Values | None = None, /, **named: Any) -> "TestingClient":
        """Make a client for tests, without source and thread: `values` by key, or by keyword where a key allows it.

        With values, other keys are unknown: overriding them raises KeyError. Without any, every key may be set.
        """
        return TestingClient({**(values or {}), **named})

    def __enter__(self) -> Self:
        self.wait_ready(self._start_seconds)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        import asyncio  # noqa: PLC0415 - programs without it need not load it

        await asyncio.to_thread(self.wait_ready, self._start_seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        import asyncio  # noqa: PLC0415 - programs without it need not load it

        await asyncio.to_thread(self.close)


class TestingClient(FlagClient):
    """Serves the values it was made with (`FlagClient.for_testing`); `override` and `set` put others in their place."""

    __test__ = False  # pytest: no test class, whatever its name begins with

    def __init__(self, values: Bootstrap) -> None:
        environment = "" if isinstance(values, str | Path) else "testing"  # a file may say itself what it is of
        super().__init__(offline=True, bootstrap=values or None, environment=environment)
        self.wait_ready(0)

    def set(self, values: Values | None = None, /, **named: Any) -> None:
        """Serve these values from now on, in every thread and task, beneath what `override` puts in a scope."""
        outcomes = outcomes_of(values, named, self._in_force.snapshot)
        self._overrides.put_everywhere({**self._overrides.everywhere, **outcomes})

    def reset(self) -> None:
        """Forget what `set` has put."""
        self._overrides.put_everywhere({})


class AsyncFlagClient(Subscriber):
    """The same client for asyncio programs: only waiting and closing are different, and do not block the loop.

    Getters are plain functions here, too: they never wait for anything.
    """

    async def wait_ready(self, seconds: float = START_SECONDS) -> bool:
        """Wait for the first answer of a source; as `FlagClient.wait_ready`."""
        import asyncio  # noqa: PLC0415 - this module is loaded by programs without it

        return await asyncio.to_thread(self._wait_ready, seconds)

    async def close(self) -> None:
        """End the thread and the connections; as `FlagClient.close`."""
        import asyncio  # noqa: PLC0415 - likewise

        await asyncio.to_thread(self._close)

    async def __aenter__(self) -> Self:
        await self.wait_ready(self._start_seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()
