"""What visitors get, as lines: rate, share and errors of each version, the evidence so far, the flag."""

from math import log
from typing import NamedTuple

from examples.demo.scene import Scene
from flagsvc.ctl.spans import Line, Span

COLOURS = {"v1": "#4c8dff", "v2": "#2eaf6b", "v3": "#e08a2e"}
SPARKS = "▁▂▃▄▅▆▇█"
FULL_SPARK = 0.15
"""The error rate that fills a spark's whole height."""
NOTICEABLE = 0.03
"""The error rate from which on it is shown in red."""
MOST_EVIDENCE = 99_999
EIGHTHS = " ▏▎▍▌▋▊▉"


def visitors(scene: Scene, width: int) -> list[Line]:
    """Tell rate, share and error rate per version, and the flag, in a panel of its own."""
    versions = _versions(scene)
    names = max((len(scene.place_of(version)) for version in versions), default=0)
    lines: list[Line] = [_rate(scene), ()]
    for version in versions:
        label = _label(scene, version, names)
        share = scene.reading.shares.get(version, 0.0)
        bar = Span(_bar(share, width - len(label.text) - 8), _colour(version))
        lines.append((label, bar, Span(f" {share:>7.1%}")))
    lines += [(), (Span("errors, second by second", "dim"),)]
    for version in versions:
        sparks = Span(_sparks(scene, version, width - len(version) - 9), _colour(version))
        lines.append((Span(f"{version} ", f"bold {_colour(version)}"), sparks, _errors(scene, version)))
    if evidence := _evidence(scene):
        heading = f"evidence against {evidence.version}, {evidence.enough:.0f} is enough"
        lines += [(), (Span(heading, "dim"),), evidence.bar(width)]
    return [*lines, (), *_flag(scene)]


def visitors_in_short(scene: Scene, width: int) -> list[Line]:
    """Tell the same in few rows, for a small terminal."""
    lines: list[Line] = []
    versions = _versions(scene)
    names = max((len(scene.place_of(version)) for version in versions), default=0)
    for version in versions:
        label = _label(scene, version, names)
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
    rate = Span(f"{scene.reading.per_second:.0f} requests/s")
    if evidence := _evidence(scene):
        before, after = f"evidence against {evidence.version} ", f", {evidence.enough:.0f} is enough"
        lines.append((Span(before), *evidence.bar(width - len(before) - len(after)), Span(after)))
    return [*lines, (rate, *_lost(scene), *flag)]


def _rate(scene: Scene) -> Line:
    rate = Span(f"{scene.reading.per_second:.0f} requests/s")
    return rate, *(_lost(scene) or (Span(", all answered", "dim"),))


def _lost(scene: Scene) -> Line:
    lost = scene.reading.unanswered
    return (Span(f", {lost} unanswered", "bold red"),) if lost else ()


def _versions(scene: Scene) -> list[str]:
    """List what runs, or was asked a moment ago."""
    return sorted({version for version in {*scene.places.values(), *scene.reading.shares} if version})


def _label(scene: Scene, version: str, width: int) -> Span:
    return Span(f"{version} {scene.place_of(version):<{width}}  ", f"bold {_colour(version)}")


def _errors(scene: Scene, version: str) -> Span:
    rate = scene.reading.error_rates.get(version)
    if rate is None:
        return Span(f"{'-':>7}", "dim")
    return Span(f"{rate:>7.1%}", "bold red" if rate >= NOTICEABLE else "")


class _Evidence(NamedTuple):
    """How far the evidence against the candidate is on its way to what is enough; each tenfold is the same length."""

    version: str
    e: float
    enough: float

    def bar(self, width: int) -> Line:
        """Draw it, with its figure."""
        part = min(1.0, log(max(self.e, 1.0)) / log(self.enough))
        figure = f" {min(self.e, MOST_EVIDENCE):>6,.0f}"
        style = "bold red" if self.e >= self.enough else "yellow"
        return Span(_bar(part, width - len(figure)), style), Span(figure)


def _evidence(scene: Scene) -> _Evidence | None:
    rollout = scene.rollout or {}
    alpha = ((rollout.get("plan") or {}).get("analysis") or {}).get("alpha")
    e = ((rollout.get("status") or {}).get("verdict") or {}).get("e")
    version = (rollout.get("deployment") or {}).get("version", "")
    return _Evidence(version, e, 1 / alpha) if alpha and e is not None else None


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
