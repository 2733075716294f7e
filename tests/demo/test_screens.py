"""Where the demo is watched: the live picture where it can be shown, lines everywhere else."""

import io
import re

import pytest
from rich.console import Console

from examples.demo.scene import Board
from examples.demo.screens import PlainScreen, fits, in_words
from examples.demo.tally import Reading, Tally, Visit
from tests.demo.scenes import scene


class Terminal(io.TextIOWrapper):
    """What a console takes for a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True


def console(width: int = 80, height: int = 24, *, encoding: str = "utf-8", term: str = "xterm") -> Console:
    return Console(file=Terminal(encoding), width=width, height=height, _environ={"TERM": term})


def test_a_terminal_of_80_by_24_gets_the_picture() -> None:
    assert fits(console())


@pytest.mark.parametrize(
    "poor",
    [console(79), console(80, 23), console(encoding="latin-1"), console(term="dumb"), Console(file=io.StringIO())],
    ids=["narrow", "low", "without its characters", "dumb", "no terminal"],
)
def test_others_get_lines(poor: Console) -> None:
    assert not fits(poor)


def test_each_entry_is_a_line_with_its_time() -> None:
    out = io.StringIO()
    board = Board(Tally())

    with PlainScreen(Console(file=out, width=20), board):
        board.say("a sentence that is longer than the console [is] wide", "bold red")

    assert re.fullmatch(r"\d+:\d\d  a sentence that is longer than the console \[is\] wide\n", out.getvalue())


def test_what_visitors_get_fits_into_one_line() -> None:
    words = in_words(scene("baking"))

    assert words == "visitors get: v2 75.1% with 0.4% errors, v3 24.9% with 22.0% errors; 180 requests/s"


def test_nothing_is_said_of_visitors_before_there_are_any() -> None:
    board = Board(Tally())

    assert in_words(board.scene()) == ""


def test_a_board_shows_what_was_written_last_and_what_visitors_get_now() -> None:
    tally = Tally()
    board = Board(tally)
    tally.add(Visit(sent=0.0, user="ann", status=200, version="v1"))

    board.show(caption="first", feature="gift-cards")
    board.show(caption="second")

    shown = board.scene()
    assert (shown.caption, shown.feature, shown.reading.total) == ("second", "gift-cards", 1)
    assert isinstance(shown.reading, Reading)
