"""What the recorded Prometheus remembers: scenes of two targets, scraped every ten seconds, with their traps."""

from collections.abc import Iterable, Mapping

from tests.metric_sources.recorded import BEGIN, SCRAPE, History, Samples, every

START, END = BEGIN + 60, BEGIN + 120
"""One window of six scrapes, with six before it."""
SCRAPES = 20
UP = every([1] * SCRAPES)
SECONDS = {"0.1": 60, "0.25": 80, "0.5": 90, "1.0": 96, "+Inf": 100}
"""Upper bound → events per scrape that were at most so slow; 1.0 as some clients write it."""
SIZES = {"10": 60, "50": 100, "+Inf": 100}


def steady(per_scrape: float) -> Samples:
    """Give a counter that grows evenly."""
    return every([per_scrape * scrape for scrape in range(SCRAPES)])


def labels(scene: str, cohort: str, **more: str) -> str:
    """Write the labels of a series of one target."""
    given = {"job": scene, "instance": cohort, "cohort": cohort, **more}
    return "{" + ",".join(f'{name}="{value}"' for name, value in given.items()) + "}"


def scene(
    name: str,
    canary: Samples | None = None,
    canary_bad: Samples | None = None,
    *,
    canary_up: Samples = UP,
    stable: bool = True,
) -> History:
    """Two targets: `stable` counts 150 per scrape, 1.5 of them bad; `canary` as told."""
    made: dict[str, Samples | None] = {
        f"http_total{labels(name, 'stable', status='200')}": steady(148.5) if stable else None,
        f"http_total{labels(name, 'stable', status='500')}": steady(1.5) if stable else None,
        f"http_total{labels(name, 'canary', status='200')}": canary,
        f"http_total{labels(name, 'canary', status='500')}": canary_bad,
        f"up{labels(name, 'stable')}": UP,
        f"up{labels(name, 'canary')}": canary_up,
    }
    return {series: samples for series, samples in made.items() if samples is not None}


def histogram(metric: str, cohort: str, factor: int, buckets: Mapping[str, int], total: float) -> History:
    """One target's histogram, `factor` times the events."""
    of = {bound: labels("sized", cohort, le=bound) for bound in buckets}
    return {
        **{f"{metric}_bucket{of[bound]}": steady(count * factor) for bound, count in buckets.items()},
        f"{metric}_sum{labels('sized', cohort)}": steady(total * factor),
        f"{metric}_count{labels('sized', cohort)}": steady(buckets["+Inf"] * factor),
    }


def together(several: Iterable[History]) -> History:
    """Put histories together."""
    return {series: samples for history in several for series, samples in history.items()}


PAST = together(
    [
        scene("usual", steady(95 / 6), steady(5 / 6)),
        scene("clean", steady(100 / 6)),
        scene("quiet"),
        scene("alone", steady(95 / 6), steady(5 / 6), stable=False),
        # scraped at 3, 13, 23 …: 136 more from 53 to 113; two errors are in the sample that their series is born with
        scene(
            "trap",
            every([0, 20, 41, 60, 83, 100, 121, 146, 170, 195, 214, 236, 260], since=3),
            every([2, 3, 4], since=93),
            canary_up=every([1] * SCRAPES, since=3),
        ),
        scene("reset", every([*range(1000, 1090, 10), 7, 17, 27, 37]), every([*[50] * 9, 2, 2, 3, 3])),
        scene(
            "failed",
            every([0, 10, 20, 30, 40, 50, 60, None, None, 90, 100, 110, 120, *range(130, 200, 10)]),
            canary_up=every([*[1] * 7, 0, 0, *[1] * 11]),
        ),
        scene("late", every([0, 10, 20, 30, 40, 50, 60, 70, 80]), canary_up=every([1] * 9)),
        scene(
            "joined", every([500, 510, 520, 530], since=90), every([7, 8, 9], since=100), canary_up=every([1] * 11, 90)
        ),
        scene(
            "risen",
            every([500, 510, 520, 530, 540, 550], since=70),
            canary_up=every([*[0] * 7, *[1] * 13]),
        ),
        scene("strange", every([0, 5, -5, *range(17)])),
        histogram("seconds", "stable", 9, SECONDS, 25),
        histogram("seconds", "canary", 1, SECONDS, 25),
        histogram("size", "stable", 9, SIZES, 1500),
        histogram("size", "canary", 1, SIZES, 1500),
        {f"up{labels('sized', cohort)}": UP for cohort in ("stable", "canary")},
        {f"mixed_bucket{labels('mixed', 'stable', le='+Inf', pod='1')}": steady(1)},
        {f"mixed_bucket{labels('mixed', 'stable', le=bound, pod='2')}": steady(1) for bound in ("0.5", "+Inf")},
        {
            'odd_total{cohort="a\\"b\\\\c.*",instance="odd"}': steady(10),
            'odd_total{cohort="plain",instance="odd"}': steady(1),
        },
    ]
)

__all__ = ["END", "PAST", "SCRAPE", "START"]
