"""The picture of a scene for a terminal of any size from 80 by 24. Nothing in it wraps but the caption."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from textwrap import wrap

from rich import box
from rich.layout import Layout
from rich.panel import Panel
from rich.text import Text

from examples.demo.scene import Entry, Scene
from examples.demo.stage import ENVIRONMENT
from flagsvc.ctl.spans import painted
from flagsvc.ctl.tree import tree

WIDE = 112
"""From here on what visitors get is shown beside the rollout, otherwise below it."""
BESIDE = 46
"""Columns for what visitors get when it is shown beside the rollout."""
CAPTION_LINES = 2
LEAST_LOG = 4
COLOURS = {"v1": "#4c8dff", "v2": "#2eaf6b", "v3": "#e08a2e"}
SPARKS = "▁▂▃▄▅▆▇█"
FULL_SPARK = 0.25
"""The error rate that fills a spark's whole height."""
NOTICEABLE = 0.03
"""The error rate from which on it is shown in red."""
EIGHTHS = " ▏▎▍▌▋▊▉"


def picture(scene: Scene, width: int, height: int) -> Layout:
    """Draw a scene: heading and caption, the rollout, what visitors get, the log."""
    rollout = _rollout(scene)
    wide = width >= WIDE
    people = _people(scene, BESIDE - 4) if wide else _people_in_short(scene, width - 4)
    shown = Layout(name="all")
    head = Layout(_head(scene, width), size=2 + CAPTION_LINES)
    if wide:
        rows = max(len(rollout), len(people)) + 2
        middle = Layout(size=_room(height, rows, head))
        middle.split_row(
            Layout(_panel(rollout, "rollout")), Layout(_panel(people, "what visitors get"), size=BESIDE)
        )
        parts = [middle]
    else:
        below = Layout(_panel(people, "what visitors get"), size=len(people) + 2)
        parts = [Layout(_panel(rollout, "rollout"), size=_room(height, len(rollout) + 2, head, below)), below]
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


def _panel(lines: Sequence[Text], title: str) -> Panel:
    body = Text("\n", no_wrap=True, overflow="ellipsis").join(lines)
    body.no_wrap, body.overflow = True, "ellipsis"
    return Panel(body, title=f"[bold]{title}", title_align="left", border_style="dim", box=box.ROUNDED)


def _rollout(scene: Scene) -> list[Text]:
    if scene.rollout is None:
        return [Text("No rollout yet.", "dim")]
    lines = tree(scene.rollout, ENVIRONMENT, datetime.fromtimestamp(scene.now, UTC))
    return [painted([line]) for line in lines]


def _people(scene: Scene, width: int) -> list[Text]:
    """Lines of a panel of its own: rate, share and error rate per version, the flag."""
    versions = _versions(scene)
    lines = [_rate(scene), Text()]
    for version in versions:
        share = scene.reading.shares.get(version, 0.0)
        label = f"{version} {scene.place_of(version):<15} "
        lines.append(_styled(label, _bar(share, width - len(label) - 8), f" {share:>7.1%}", colour=_colour(version)))
    lines += [Text(), Text("errors, by the second", "dim")]
    for version in versions:
        label = f"{version} "
        sparks = _sparks(scene, version, width - len(label) - 8)
        lines.append(_styled(label, sparks, "", colour=_colour(version)).append(*_errors(scene, version)))
    return [*lines, Text(), *_flag(scene)]


def _people_in_short(scene: Scene, width: int) -> list[Text]:
    """Draw the same in few rows, for a small terminal."""
    lines = []
    for version in _versions(scene):
        share = scene.reading.shares.get(version, 0.0)
        label = f"{version} {scene.place_of(version):<15} "
        line = _styled(label, _bar(share, 20), f" {share:>6.1%}  errors", colour=_colour(version))
        line.append(*_errors(scene, version)).append(" ")
        lines.append(line.append(_sparks(scene, version, width - line.cell_len), _colour(version)))
    (last, *_) = _flag(scene)
    return [*lines, _rate(scene).append("   ").append_text(last)]


def _rate(scene: Scene) -> Text:
    reading = scene.reading
    text = Text(f"{reading.per_second:.0f} requests/s")
    if reading.unanswered:
        text.append(f", {reading.unanswered} without an answer", "bold red")
    elif reading.total:
        text.append(", each answered", "dim")
    return text


def _versions(scene: Scene) -> list[str]:
    """List what runs or was asked a moment ago."""
    return sorted({version for version in {*scene.places.values(), *scene.reading.shares} if version})


def _errors(scene: Scene, version: str) -> tuple[str, str]:
    rate = scene.reading.error_rates.get(version)
    if rate is None:
        return f"{'–':>7} ", "dim"
    return f"{rate:>7.1%} ", "bold red" if rate >= NOTICEABLE else ""


def _flag(scene: Scene) -> Iterator[Text]:
    """Say for whom the release's flag is on, and whether it is for anybody whom the edge did not send to the canary."""
    if not scene.feature:
        yield Text()
        return
    visits = {version: count for (feature, version), count in scene.reading.features.items() if feature == scene.feature}
    whole = scene.reading.per_second * 3
    share = sum(visits.values()) / whole if whole else 0.0
    yield Text(f"flag {scene.feature}: on for {share:.1%}")
    outside = sum(count for version, count in visits.items() if "canary" not in scene.place_of(version))
    if share:
        yield Text(f"{outside} of them outside the canary" if outside else "all of them in the canary", "dim")


def _bar(share: float, width: int) -> str:
    whole, eighth = divmod(round(share * width * 8), 8)
    return ("█" * whole + EIGHTHS[eighth].strip()).ljust(width)


def _sparks(scene: Scene, version: str, width: int) -> str:
    rates = scene.reading.history.get(version, ())[-width:] if width > 0 else ()
    return "".join(_spark(rate) for rate in rates).rjust(max(0, width))


def _spark(rate: float | None) -> str:
    if rate is None:
        return " "
    return SPARKS[min(len(SPARKS) - 1, round(rate / FULL_SPARK * (len(SPARKS) - 1)))]


def _colour(version: str) -> str:
    return COLOURS.get(version, "")


def _styled(label: str, drawn: str, figure: str, *, colour: str) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    return text.append(label, f"bold {colour}").append(drawn, colour).append(figure)


def _log(entries: Sequence[Entry], width: int, rows: int) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("─ log ".ljust(width, "─"), "dim")
    for entry in entries[-(rows - 1) :] if rows > 1 else ():
        text.append(f"\n {int(entry.at) // 60}:{int(entry.at) % 60:02}  ", "dim").append(entry.text, entry.style)
    return text
