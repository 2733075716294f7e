"""The picture of a scene for a terminal of any size from 80 by 24: heading, rollout, what visitors get, log."""

from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import wrap

from rich import box
from rich.layout import Layout
from rich.panel import Panel
from rich.text import Text

from examples.demo.scene import Entry, Scene
from examples.demo.stage import ENVIRONMENT
from examples.demo.visitors import visitors, visitors_in_short
from flagsvc.ctl.spans import Line, Span, painted, plain
from flagsvc.ctl.tree import tree

WIDE = 112
"""From here on what visitors get is shown beside the rollout, otherwise below it."""
BESIDE = 46
"""Columns for what visitors get when it is shown beside the rollout."""
SMALL = 26
"""A terminal of so many rows has none to spare for an empty one."""
CAPTION_LINES = 2
LEAST_LOG = 4
HEAD_SPANS = 3
"""The first line of a rollout begins with its name, a space, and its phase."""


def picture(scene: Scene, width: int, height: int) -> Layout:
    """Draw a scene: heading and caption, the rollout, what visitors get, the log."""
    wide = width >= WIDE
    rollout = _rollout(scene, width - BESIDE - 4 if wide else width - 4, with_remarks=wide)
    people = visitors(scene, BESIDE - 4) if wide else visitors_in_short(scene, width - 4)
    shown = Layout(name="all")
    head = Layout(_head(scene, width), size=1 + CAPTION_LINES + (height > SMALL and not wide))
    if wide:
        rows = max(len(rollout), len(people)) + 2
        middle = Layout(size=_room(height, rows, head))
        middle.split_row(Layout(_panel(rollout, "rollout")), Layout(_panel(people, "what visitors get"), size=BESIDE))
        parts = [middle]
    else:
        below = Layout(_panel(people, "what visitors get"), size=len(people) + 2)
        room = _room(height, len(rollout) + 2, head, below)
        parts = [Layout(_panel(_fitted(rollout, room - 2), "rollout"), size=room), below]
    used = sum(int(part.size or 0) for part in (head, *parts))
    shown.split_column(head, *parts, Layout(_log(scene.log, width, max(1, height - used))))
    return shown


def _room(height: int, wanted: int, *others: Layout) -> int:
    """Give a panel the rows that it wants, as far as the others and the least of a log leave them."""
    return max(3, min(wanted, height - LEAST_LOG - sum(int(other.size or 0) for other in others)))


def _head(scene: Scene, width: int) -> Text:
    minutes, seconds = divmod(int(scene.elapsed), 60)
    clock = f"{minutes}:{seconds:02} "
    title = f" flagsvc   {scene.heading}"[: width - len(clock)]
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{title:<{width - len(clock)}}{clock}", "bold reverse")
    lines = wrap(scene.caption, width - 2)[:CAPTION_LINES]
    text.append("".join(f"\n {line}" for line in lines), "bold")
    return text


def _panel(lines: Sequence[Line], title: str) -> Panel:
    body = painted(lines)
    return Panel(body, title=f"[bold]{title}", title_align="left", border_style="dim", box=box.ROUNDED)


def _rollout(scene: Scene, width: int, *, with_remarks: bool) -> list[Line]:
    if scene.rollout is None:
        return [(Span("No rollout yet.", "dim"),)]
    head, *below = tree(scene.rollout, ENVIRONMENT, datetime.fromtimestamp(scene.now, UTC))
    below = [line for line in below if with_remarks or not plain(line).startswith(("  verdict:", "  ! "))]
    return [*_broken(head, width), *(piece for line in below for piece in _wrapped(line, width))]


def _broken(head: Line, width: int) -> list[Line]:
    """Give the first line, in two where it is too wide: name and phase, then the facts."""
    if len(plain(head)) <= width or len(head) <= HEAD_SPANS:
        return [head]
    return [head[:HEAD_SPANS], (Span("│    ", "dim"), *head[HEAD_SPANS + 1 :])]


def _wrapped(line: Line, width: int) -> list[Line]:
    """Break a remark (cause, blast radius, verdict) that is too wide; rows of the tree are cut instead."""
    if len(line) > 1 or len(plain(line)) <= width:
        return [line]
    pieces = wrap(line[0].text.strip(), width, initial_indent="  ", subsequent_indent="    ")
    return [(Span(piece, line[0].style),) for piece in pieces]


def _fitted(lines: Sequence[Line], rows: int) -> list[Line]:
    """Leave out what there is no room for: steps to come, the last one first, then targets, then steps that were."""
    left_out = [line for line in reversed(lines) if plain(line).startswith(("├─ ·", "└─ ·"))]
    left_out += [line for line in lines if plain(line).startswith(("  split ", "  flag "))]
    left_out += [line for line in lines if plain(line).startswith("├─ ✔")]
    left_out = left_out[: max(0, len(lines) - rows)]
    return [line for line in lines if line not in left_out]


def _log(entries: Sequence[Entry], width: int, rows: int) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("─ log ".ljust(width, "─"), "dim")
    for entry in entries[-(rows - 1) :] if rows > 1 else ():
        text.append(f"\n {int(entry.at) // 60}:{int(entry.at) % 60:02}  ", "dim").append(entry.text, entry.style)
    return text
