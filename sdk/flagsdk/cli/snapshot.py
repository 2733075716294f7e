"""One look at an environment, from any source, within a bounded time."""

import os
import threading
from collections.abc import Callable
from typing import Any

from flagsdk.cli.faults import USAGE, CommandError
from flagsdk.options import source_from
from flagsdk.sources import Source, SourceFault
from flagsdk.wire import Refused, Whole, admit


def read_snapshot(address: str | None, *, environment: str = "", seconds: float) -> Whole:
    """Read and check the snapshot at an address, or where the variables say (None). Raises CommandError.

    The token comes from FLAGSDK_TOKEN or the file FLAGSDK_TOKEN_FILE: a command line is no place for it.
    """
    source = _opened(address, environment)
    try:
        whole = _within(seconds, source)
        admit(whole)
    except (SourceFault, Refused) as fault:
        raise CommandError(f"no flags from {source.name}: {fault}") from fault
    finally:
        source.close()
    return whole


def _opened(address: str | None, environment: str) -> Source:
    variables = dict(os.environ)
    if environment:
        variables["FLAGSDK_ENVIRONMENT"] = environment
    if address is not None:
        variables["FLAGSDK_SOURCE"] = address
    try:
        return source_from(variables)
    except (ValueError, OSError) as fault:
        raise CommandError(str(fault), USAGE) from fault


def _within(seconds: float, source: Source) -> Whole:
    """Load in a thread of its own: a source bounds each of its waits, not their sum."""
    outcome = list[Whole | BaseException]()
    thread = threading.Thread(target=_load, args=(source.load, outcome.append), name="flagsdk-cli", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise CommandError(f"no flags from {source.name} within {seconds:g} s: check the address, or --wait longer")
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _load(load: Callable[[], Whole], put: Callable[[Any], None]) -> None:
    try:
        put(load())
    except BaseException as fault:  # noqa: BLE001 - raised again where it is waited for
        put(fault)
