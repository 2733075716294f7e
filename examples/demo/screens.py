"""Where the demo is watched: a live picture on a terminal, or plain lines anywhere else."""

import threading
from typing import Protocol, Self

from rich.console import Console, RenderableType
from rich.live import Live

from examples.demo.scene import Board, Entry, Scene
from examples.demo.view import picture

LEAST_WIDTH, LEAST_HEIGHT = 80, 24
PER_SECOND = 5
STATUS_SECONDS = 5.0


class Screen(Protocol):
    """Shows a board while it is open."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, kind: object, *_: object) -> None:
        """End, and leave the terminal as it was."""


def fits(console: Console) -> bool:
    """Whether a picture can be shown live: a terminal that is large enough, and knows its characters."""
    width, height = console.size
    knows = console.is_terminal and not console.is_dumb_terminal and "utf" in console.encoding.lower()
    return knows and width >= LEAST_WIDTH and height >= LEAST_HEIGHT


class LiveScreen:
    """The picture, redrawn some times a second; it follows the size of the terminal, and its last state stays."""

    def __init__(self, console: Console, board: Board) -> None:
        self._console = console
        self._board = board
        self._live = Live(
            console=console, screen=True, refresh_per_second=PER_SECOND, get_renderable=self._picture,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._live.stop()
        if kind is None:
            self._console.print(self._picture())

    def _picture(self) -> RenderableType:
        width, height = self._console.size
        return picture(self._board.scene(), width, height)


class PlainScreen:
    """A line for everything that happens, and one every few seconds for what visitors get."""

    def __init__(self, console: Console, board: Board) -> None:
        self._console = console
        self._board = board
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._report, name="lines", daemon=True)

    def __enter__(self) -> Self:
        self._board.listen(self._print)
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _report(self) -> None:
        while not self._ended.wait(STATUS_SECONDS):
            if words := in_words(self._board.scene()):
                self._print(Entry(self._board.elapsed, words))

    def _print(self, entry: Entry) -> None:
        self._console.out(f"{clock(entry.at)}  {entry.text}", highlight=False)


def in_words(scene: Scene) -> str:
    """Say what visitors get in one line; empty before there are any."""
    rates = scene.reading.error_rates
    told = [
        f"{version} {share:.1%} with {rates[version]:.1%} errors" for version, share in scene.reading.shares.items()
    ]
    return f"visitors get: {', '.join(told)}; {scene.reading.per_second:.0f} requests/s" if told else ""


def clock(seconds: float) -> str:
    """Write a time since the start."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
