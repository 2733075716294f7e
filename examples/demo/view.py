"""The picture of a scene for a terminal of any size from 80 by 24. Nothing in it wraps but the caption."""

from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import wrap

from rich import box
from rich.layout import Layout
from rich.panel import Panel
from rich.text import Text

from examples.demo.scene import Entry, Scene
from examples.demo.stage import ENVIRONMENT
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
COLOURS = {"v1": "#4c8dff", "v2": "#2eaf6b", "v3": "#e08a2e"}
SPARKS = "▁▂▃▄▅▆▇█"
FULL_SPARK = 0.25
"""The error rate that fills a spark's whole height."""
NOTICEABLE = 0.03
"""The error rate from which on it is shown in red."""
EIGHTHS = " ▏▎▍▌▋▊▉"


def picture(scene: Scene, width: int, height: int) -> Layout:
    """Draw a scene: heading and caption, the rollout, what visitors get, the log."""
    wide = width >= WIDE
    rollout = _rollout(scene, width - BESIDE - 4 if wide else width - 4)
    people = _people(scene, BESIDE - 4) if wide else _people_in_short(scene, width - 4)
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


def _rollout(scene: Scene, width: int) -> list[Line]:
    if scene.rollout is None:
        return [(Span("No rollout yet.", "dim"),)]
    head, *below = tree(scene.rollout, ENVIRONMENT, datetime.fromtimestamp(scene.now, UTC))
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
    """Leave out steps for which there is no room: those to come, the last one first, then those that are done."""
    to_come = [line for line in reversed(lines) if plain(line).startswith(("├─ ·", "└─ ·"))]
    done = [line for line in lines if plain(line).startswith("├─ ✔")]
    left_out = [*to_come, *done][: max(0, len(lines) - rows)]
    return [line for line in lines if line not in left_out]


def _people(scene: Scene, width: int) -> list[Line]:
    """Tell rate, share and error rate per version, and the flag, in a panel of its own."""
    versions = _versions(scene)
    lines: list[Line] = [_rate(scene), ()]
    for version in versions:
        label = _label(scene, version)
        share = scene.reading.shares.get(version, 0.0)
        bar = Span(_bar(share, width - len(label.text) - 8), _colour(version))
        lines.append((label, bar, Span(f" {share:>7.1%}")))
    lines += [(), (Span("errors, second by second", "dim"),)]
    for version in versions:
        sparks = Span(_sparks(scene, version, width - len(version) - 9), _colour(version))
        lines.append((Span(f"{version} ", f"bold {_colour(version)}"), sparks, _errors(scene, version)))
    return [*lines, (), *_flag(scene)]


def _people_in_short(scene: Scene, width: int) -> list[Line]:
    """Tell the same in few rows, for a small terminal."""
    lines: list[Line] = []
    for version in _versions(scene):
        label = _label(scene, version)
        share = scene.reading.shares.get(version, 0.0)
        left = (
            label,
            Span(_bar(share, 18), _colour(version)),
            Span(f" {share:>6.1%}  errors"),
            _errors(scene, version),
        )
        room = width - sum(len(span.text) for span in left) - 1
        lines.append((*left, Span(f" {_sparks(scene, version, room)}", _colour(version))))
    flag = [span for line in _flag(scene) for span in (Span("   "), *line)]
    return [*lines, (Span(f"{scene.reading.per_second:.0f} requests/s"), *_lost(scene), *flag)]


def _rate(scene: Scene) -> Line:
    rate = Span(f"{scene.reading.per_second:.0f} requests/s")
    return rate, *(_lost(scene) or (Span(", all answered", "dim"),))


def _lost(scene: Scene) -> Line:
    lost = scene.reading.unanswered
    return (Span(f", {lost} unanswered", "bold red"),) if lost else ()


def _versions(scene: Scene) -> list[str]:
    """List what runs, or was asked a moment ago."""
    return sorted({version for version in {*scene.places.values(), *scene.reading.shares} if version})


def _label(scene: Scene, version: str) -> Span:
    return Span(f"{version} {scene.place_of(version):<15} ", f"bold {_colour(version)}")


def _errors(scene: Scene, version: str) -> Span:
    rate = scene.reading.error_rates.get(version)
    if rate is None:
        return Span(f"{'-':>7}", "dim")
    return Span(f"{rate:>7.1%}", "bold red" if rate >= NOTICEABLE else "")


def _flag(scene: Scene) -> list[Line]:
    """Say for whom the release's flag is on, and whether it is for anybody whom the edge did not send to the canary."""
    if not scene.feature:
        return []
    visits = {version: count for (name, version), count in scene.reading.features.items() if name == scene.feature}
    whole, on = scene.reading.visits, sum(visits.values())
    outside = sum(count for version, count in visits.items() if "canary" not in scene.place_of(version))
    words = f"flag {scene.feature}: on for {on / whole if whole else 0.0:.1%}"
    if not on:
        return [(Span(words),)]
    return [(Span(words),), (Span(f"{outside} outside the canary" if outside else "all in the canary", "dim"),)]


def _bar(share: float, width: int) -> str:
    whole, eighth = divmod(round(share * width * 8), 8)
    return ("█" * whole + EIGHTHS[eighth].strip()).ljust(width)


def _sparks(scene: Scene, version: str, width: int) -> str:
    rates = scene.reading.history.get(version, ())[-width:] if width > 0 else ()
    return "".join(map(_spark, rates)).rjust(max(0, width))


def _spark(rate: float | None) -> str:
    if rate is None:
        return " "
    return SPARKS[min(len(SPARKS) - 1, round(rate / FULL_SPARK * (len(SPARKS) - 1)))]


def _colour(version: str) -> str:
    return COLOURS.get(version, "")


def _log(entries: Sequence[Entry], width: int, rows: int) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("─ log ".ljust(width, "─"), "dim")
    for entry in entries[-(rows - 1) :] if rows > 1 else ():
        text.append(f"\n {int(entry.at) // 60}:{int(entry.at) % 60:02}  ", "dim").append(entry.text, entry.style)
    return text
