"""One look at an environment, from any source, within a bounded time."""

import os
import threading
from collections.abc import Iterable

from flagsdk.cli.faults import USAGE, CommandError
from flagsdk.options import from_variables, origins
from flagsdk.sources import Source, SourceFault
from flagsdk.wire import Refused, Whole, admit

_WITH_AN_ADDRESS = ("FLAGSDK_ENVIRONMENT", "FLAGSDK_TOKEN", "FLAGSDK_TOKEN_FILE")


def read_snapshot(address: str | None, *, environment: str = "", seconds: float) -> Whole:
    """Read and check the snapshot at an address, or at the first place of the variables that answers (None).

    The token comes from FLAGSDK_TOKEN or the file FLAGSDK_TOKEN_FILE: a command line is no place for it. What a program
    falls back to, a copy on disk or a bootstrap, is not read: it may be old. Raises CommandError.
    """
    sources = _opened(address, environment)
    outcome = list[Whole | CommandError]()
    work = threading.Thread(target=_look, args=(sources, outcome), name="flagsdk-cli", daemon=True)
    work.start()
    work.join(seconds)  # a source bounds each of its waits, not their sum
    for source in sources:
        source.close()
    if not outcome:
        names = ", ".join(source.name for source in sources)
        raise CommandError(f"no flags from {names} within {seconds:g} s: check the address, or --wait longer")
    if isinstance(outcome[0], CommandError):
        raise outcome[0]
    return outcome[0]


def _opened(address: str | None, environment: str) -> list[Source]:
    variables = dict(os.environ)
    if address is not None:
        kept = {name: variables[name] for name in _WITH_AN_ADDRESS if name in variables}
        variables = {**kept, "FLAGSDK_SOURCE": address.replace(" ", "%20")}  # spaces would part several
    if environment:
        variables["FLAGSDK_ENVIRONMENT"] = environment
    try:
        named = from_variables(variables)
        by_name = {kind: named[kind] for kind in ("redis", "url", "file")}
        found = [place.open() for place in origins(named["sources"], by_name, named["environment"], named["token"])]
    except (ValueError, OSError) as fault:
        raise CommandError(str(fault), USAGE) from fault
    if not found:
        raise CommandError("FLAGSDK_OFFLINE leaves no source to read: name an ADDRESS", USAGE)
    return found


def _look(sources: Iterable[Source], outcome: list[Whole | CommandError]) -> None:
    """Ask one source after the other, and put what comes out of it."""
    faults = list[str]()
    for source in sources:
        try:
            whole = source.load()
            admit(whole)
        except (SourceFault, Refused) as fault:
            faults.append(f"{source.name}: {fault}")
        except Exception as fault:  # noqa: BLE001 - said where it is waited for, and not as a trace from a thread
            faults.append(f"{source.name}: {type(fault).__name__}: {fault}")
        else:
            outcome.append(whole)
            return
    outcome.append(CommandError(f"no flags from {'; '.join(faults)}"))
