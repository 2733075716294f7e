"""`python -m examples.demo`: the demo from beginning to end; the exit code is 0 when it ended as it should."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from examples.demo.api import Refused
from examples.demo.children import NotStarted
from examples.demo.pictures import Photographer
from examples.demo.plans import CALM, QUICK
from examples.demo.release import TooLong
from examples.demo.scene import Board
from examples.demo.screens import LiveScreen, PlainScreen, fits
from examples.demo.stage import Stage
from examples.demo.story import Ending, Story
from examples.demo.verdict import facts, went_well

PER_SECOND = 180.0
INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Play the demo; gives the exit code."""
    options = _options()
    console = Console()
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        endings = _play(console, options)
    except KeyboardInterrupt:
        console.print("Interrupted. Everything that was started has ended.")
        return INTERRUPTED
    except (NotStarted, Refused, TooLong) as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        return 1
    for passed, words in facts(endings):
        mark = "[green]✔[/green]" if passed else "[red]✘[/red]"
        console.print(f"{mark} {escape(words)}", highlight=False, soft_wrap=not console.is_terminal)
    return 0 if went_well(endings) else 1


def _play(console: Console, options: argparse.Namespace) -> list[Ending]:
    console.print("Starting HAProxy, Prometheus, flagsvc and the toy shop on free ports of 127.0.0.1 …", soft_wrap=True)
    with Stage(PER_SECOND) as stage:
        board = Board(stage.tally)
        screen = LiveScreen if fits(console) and not options.plain else PlainScreen
        photographer = Photographer(board, options.record)
        with screen(console, board):
            endings = Story(stage, board, QUICK if options.quick else CALM, photographer.take).play()
        _be_deaf()
    return endings


def _interrupt(number: int, frame: FrameType | None) -> None:
    _be_deaf()
    raise KeyboardInterrupt


def _be_deaf() -> None:
    """Let no further signal disturb the end of everything that was started; it takes some seconds at most."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="hold steps for a few seconds only")
    parser.add_argument("--plain", action="store_true", help="lines instead of the live picture")
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="put pictures of this run there, as SVG")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
