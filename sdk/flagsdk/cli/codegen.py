"""`flagsdk codegen python`: flags of an environment → a typed module, written or compared."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flagsdk.cli.faults import DIFFERENCES, USAGE, CommandError
from flagsdk.cli.writing import read, say, write

if TYPE_CHECKING:
    from flagsdk.wire import Whole

WAIT_SECONDS = 10.0
ADDRESSES = "redis://HOST?environment=E, https://HOST (with FLAGSDK_TOKEN) or file:PATH"
_EPILOG = "Exit codes: 0 done or current, 1 error, 2 usage, 3 the module is out of date (--check)."


def add_codegen(verbs: Any) -> None:
    """Add the verb to the subparsers of a command line."""
    codegen = verbs.add_parser("codegen", help="write code for the flags of an environment")
    languages = codegen.add_subparsers(metavar="LANGUAGE", required=True)
    python = languages.add_parser(
        "python", help="a typed module", description="Write a typed Python module.", epilog=_EPILOG
    )
    python.add_argument("address", nargs="?", metavar="ADDRESS", help=ADDRESSES)
    python.add_argument("--from-env", action="store_true", help="read where FLAGSDK_* variables say")
    python.add_argument("--environment", default="", metavar="E", help="environment, where the address names none")
    python.add_argument("-o", "--output", type=Path, metavar="FILE", help="write this file (default: print)")
    python.add_argument("--class-name", default="Flags", metavar="NAME", help="name of the class (default: Flags)")
    python.add_argument("--check", action="store_true", help="write nothing; say whether FILE is current")
    python.add_argument(
        "--wait", type=_seconds, default=WAIT_SECONDS, metavar="SECONDS", help="for the source, at most"
    )
    python.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Do what the arguments say; returns the exit code. Raises CommandError."""
    if chosen.check and chosen.output is None:
        raise CommandError("--check compares a file: name it with -o", USAGE)
    made = _module(_read(chosen), chosen.class_name)
    if chosen.check:
        return _check(chosen.output, made)
    if chosen.output is None:
        say(made)
    else:
        write(chosen.output, made)
    return 0


def _seconds(text: str) -> float:
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(text)
    return seconds


def _read(chosen: argparse.Namespace) -> "Whole":
    from flagsdk.cli.snapshot import read_snapshot  # noqa: PLC0415 - `--help` must not wait for it

    if bool(chosen.address) == chosen.from_env:
        raise CommandError(f"name one source, an ADDRESS or --from-env; an ADDRESS is {ADDRESSES}", USAGE)
    return read_snapshot(chosen.address, environment=chosen.environment, seconds=chosen.wait)


def _module(whole: "Whole", class_name: str) -> str:
    from flagsdk.codegen import Ungenerable, python_module  # noqa: PLC0415 - likewise

    try:
        return python_module(whole.documents, whole.environment, class_name)
    except Ungenerable as fault:
        raise CommandError(f"no module can be made of {whole.environment}: {fault}") from fault
    except ValueError as fault:
        raise CommandError(f"--class-name: {fault}", USAGE) from fault


def _check(path: Path, made: str) -> int:
    """Print the difference, as a patch for the file that is there."""
    from difflib import unified_diff  # noqa: PLC0415 - likewise

    from flagsdk.codegen import same_code  # noqa: PLC0415 - likewise

    held = read(path)
    if held is not None and same_code(held, made):
        return 0
    lines = unified_diff((held or "").splitlines(keepends=True), made.splitlines(keepends=True), str(path), "now")
    say("".join(line if line.endswith("\n") else f"{line}\n" for line in lines))
    trouble = "is missing" if held is None else "is out of date"
    raise CommandError(f"{path} {trouble}: run the same command without --check", DIFFERENCES)
