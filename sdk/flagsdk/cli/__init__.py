"""The command `flagsdk`. What a verb needs is loaded when the verb runs, so that `--help` answers at once."""

import argparse
import os
import sys
from collections.abc import Sequence

from flagsdk import __version__
from flagsdk.cli.codegen import add_codegen
from flagsdk.cli.faults import ERROR, CommandError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 done, 1 error, 2 usage, 3 differences."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except CommandError as fault:
        sys.stderr.write(f"flagsdk: {fault}\n")
        return fault.code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python itself complains as it ends
        return ERROR
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flagsdk", description="Tools for programs that use flagsdk.")
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    add_codegen(verbs)
    return parser
