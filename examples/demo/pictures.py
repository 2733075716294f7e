"""Pictures of a run for the documentation: what the live view showed, as SVG."""

import io
import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from examples.demo.scene import Board
from examples.demo.view import picture

WIDTH, HEIGHT = 116, 28
ELSEWHERE = re.compile(r"\s*(@font-face \{.*?\}|<!--.*?-->)", re.DOTALL)
FAMILY = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
"""Fonts that readers have: a picture that fetches one from elsewhere is shown without it on most sites."""


class Photographer:
    """Keeps the last picture of each kind of moment as demo-KIND.svg in a folder; does nothing without one."""

    def __init__(self, board: Board, folder: Path | None) -> None:
        self._board = board
        self._folder = folder

    def take(self, kind: str) -> None:
        """Take the picture of this moment."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / f"demo-{kind}.svg").write_text(drawn(self._board, f"demo-{kind}"), encoding="utf-8")


def drawn(board: Board, name: str) -> str:
    """Draw the board as an SVG of a terminal."""
    console = Console(
        record=True, file=io.StringIO(), width=WIDTH, height=HEIGHT, force_terminal=True, color_system="truecolor",
        no_color=False, legacy_windows=False,
    )  # fmt: skip
    console.print(picture(board.scene(), WIDTH, HEIGHT))
    svg = console.export_svg(title="make demo", theme=DIMMED_MONOKAI, unique_id=name)
    return ELSEWHERE.sub("", svg).replace("Fira Code, monospace", FAMILY)
