"""What a step can see, before it begins: in closed form, fitted to simulated rollouts, right within about a quarter.

Evidence grows by λ D per second, where λ is how many bad events both sides have per second and D how much each of them
tells (the Kullback-Leibler divergence of where it belongs). It is enough at ln(1/alpha) + c; c was fitted: what the
mixture costs, and what chance adds. Times of less than a minute are too coarse to be believed: windows have a length.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log, sqrt

from flagsvc.domain.analysis.guard import guard_of
from flagsvc.domain.analysis.percent import percent_of
from flagsvc.domain.analysis.spec import Analysis, Metric

HALF, NINE_OF_TEN = 3.0, 10.0
"""What is needed on top of ln(1/alpha) to notice a regression every other time, and nine times of ten."""
PROOF_HALF, PROOF_FOUR_OF_FIVE = 0.0, 2.4
"""What is needed on top of ln(1/beta) to prove a candidate that equals its baseline."""
WORST = 1000.0
EXAMPLE = 5.0
"""The regression whose blast radius is told."""
_TWICE, _TENFOLD, _HUNDRED = 2.0, 10.0, 100.0
_MINUTE, _HOUR, _DAY = 60, 60, 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What both sides get together, per second, and how much of it is bad (errors, or slow) on the baseline.

    `dispersion`: by how much counts of requests are divided (dispersion.py), 1 for units.
    """

    per_second: float
    bad_rate: float
    dispersion: float = 1.0

    @property
    def bad_per_second(self) -> float:
        """Bad events per second that count as evidence, if the candidate is like the baseline."""
        return self.per_second * self.bad_rate / self.dispersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What a step of `hold_seconds` at `share` can see of one metric. Ratios are candidate / baseline; None: nothing.

    `half`, `nine_of_ten`: the smallest ratios noticed so often. `goal`: the ratio that is to be noticed;
    `goal_seconds` at this share and `goal_share` within this hold are what it takes nine times of ten.
    `proof_half_seconds`, `proof_seconds`: how long a proof takes, every other time and four times of five.
    `example_seconds`, `exposed`, `extra_bad`: a five-fold regression until it is noticed, every other time.
    """

    metric: Metric
    traffic: Traffic
    share: float
    hold_seconds: float
    half: float | None
    nine_of_ten: float | None
    goal: float
    goal_seconds: float
    goal_share: float | None
    prove_ratio: float
    proof_half_seconds: float
    proof_seconds: float
    example_seconds: float
    exposed: float
    extra_bad: float

    @property
    def enough(self) -> bool:
        """Whether the hold is long enough to notice the goal nine times of ten."""
        return self.goal_seconds <= self.hold_seconds

    @property
    def proves(self) -> bool:
        """Whether the hold is long enough for a proof four times of five."""
        return self.proof_seconds <= self.hold_seconds


def power_of(analysis: Analysis, metric: Metric, traffic: Traffic, share: float, hold_seconds: float) -> Power:
    """Say what one step can see of an error or latency metric; `share` is the candidate's, between 0 and 1.

    The goal is the guard of errors; of latency it is twice as many slow events, since how a slower program spreads
    over the bound is not known beforehand.
    """

    def noticed(ratio: float, often: float, at: float = share) -> float:
        return seconds_to_notice(analysis, traffic, at, ratio, often)

    worst = min(WORST * analysis.null_ratio, 1 / traffic.bad_rate if traffic.bad_rate else inf)
    goal = max(guard_of(metric) if metric.kind == "errors" else 2.0, analysis.null_ratio)
    example = noticed(max(EXAMPLE, 2 * analysis.null_ratio), HALF)
    exposed = traffic.per_second * share * min(example, hold_seconds)
    return Power(
        metric=metric,
        traffic=traffic,
        share=share,
        hold_seconds=hold_seconds,
        half=_smallest(lambda ratio: noticed(ratio, HALF) <= hold_seconds, analysis.null_ratio, worst),
        nine_of_ten=_smallest(lambda ratio: noticed(ratio, NINE_OF_TEN) <= hold_seconds, analysis.null_ratio, worst),
        goal=goal,
        goal_seconds=noticed(goal, NINE_OF_TEN),
        goal_share=next(
            (at / 100 for at in range(1, 100) if noticed(goal, NINE_OF_TEN, at / 100) <= hold_seconds), None
        ),
        prove_ratio=analysis.prove_ratio,
        proof_half_seconds=seconds_to_prove(analysis, traffic, share, PROOF_HALF),
        proof_seconds=seconds_to_prove(analysis, traffic, share, PROOF_FOUR_OF_FIVE),
        example_seconds=example,
        exposed=exposed,
        extra_bad=exposed * traffic.bad_rate * (EXAMPLE - 1),
    )


def seconds_to_notice(analysis: Analysis, traffic: Traffic, share: float, ratio: float, often: float) -> float:
    """Seconds until a regression of `ratio` is noticed, as often as the constant says; infinite where it never is."""
    speed = traffic.bad_per_second * (1 - share + ratio * share) * _divergence(share, ratio, analysis.null_ratio)
    return (often - log(analysis.alpha)) / speed if speed > 0 and ratio > analysis.null_ratio else inf


def seconds_to_prove(analysis: Analysis, traffic: Traffic, share: float, often: float) -> float:
    """Seconds until a candidate that equals its baseline is proven not to be `prove_ratio` times as bad."""
    speed = traffic.bad_per_second * _divergence(share, 1.0, analysis.prove_ratio)
    return (often - log(analysis.beta)) / speed if speed > 0 else inf


def sentences(power: Power) -> tuple[str, ...]:
    """Say it in plain words: what can be noticed, what cannot and what it would take, the proof, the blast radius."""
    return (_noticed(power), _goal(power), _proof(power), _example(power))


def _divergence(share: float, ratio: float, null: float) -> float:
    if not 0 < share < 1:
        return 0.0
    ours, nulls = (times * share / (times * share + 1 - share) for times in (ratio, null))
    return ours * log(ours / nulls) + (1 - ours) * log((1 - ours) / (1 - nulls))


def _smallest(seen: Callable[[float], bool], null: float, worst: float) -> float | None:
    """Find the smallest ratio that is seen, up to the worst there can be: more than all events are never bad."""
    low, high = null, worst
    if not seen(high):
        return None
    while high / low > 1 + 1e-6:
        middle = sqrt(low * high)
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def _noticed(power: Power) -> str:
    traffic, bad = power.traffic, _bad(power)
    given = f"With {_rate(traffic.per_second)} {power.metric.of}/s and {percent_of(traffic.bad_rate)} {bad}"
    step = f"{given}, {_hold(power)} at {_part(power.share)}"
    if power.nine_of_ten is None or power.half is None:
        return f"{step} can notice nothing that matters."
    often = f"nine times of ten; {_times(power.half)} every other time"
    return f"{step} can notice {_times(power.nine_of_ten)} the {bad} ({often})."


def _goal(power: Power) -> str:
    goal, bad, hold = _times(power.goal), _bad(power), _hold(power)
    if power.enough:
        return f"{goal.capitalize()} the {bad} are noticed within {_duration(power.goal_seconds)} (nine times of ten)."
    if power.goal_seconds == inf:
        return f"{goal.capitalize()} the {bad} would never be noticed at {_part(power.share)}."
    share = "no share would do" if power.goal_share is None else f"{_part(power.goal_share)} would do"
    longer = f"that needs {_duration(power.goal_seconds)} at {_part(power.share)}"
    return f"{goal.capitalize()} the {bad} may be missed: {longer}; in {hold} {share}."


def _proof(power: Power) -> str:
    proof = f"Proof that the {_bad(power)} are less than {_times(power.prove_ratio)} as many"
    if power.proof_seconds == inf:
        return f"{proof} is impossible at {_part(power.share)}."
    than = "" if power.proves else f", more than the {_hold(power)}"
    return f"{proof} needs {_duration(power.proof_seconds)} (four times of five){than}."


def _example(power: Power) -> str:
    bad = _bad(power)
    seen = power.example_seconds <= power.hold_seconds
    until = f"are noticed after {_duration(power.example_seconds)}" if seen else "last unnoticed to the end of the step"
    cost = f"{_counted(power.exposed, power.metric.of)} exposed and {_counted(power.extra_bad, bad)} too many"
    return f"{_times(EXAMPLE).capitalize()} the {bad} {until} (every other time): {cost}."


def _bad(power: Power) -> str:
    return "slow ones" if power.metric.kind == "latency" else "errors"


def _times(ratio: float) -> str:
    if ratio == _TWICE:
        return "twice"
    return f"{ratio:.2g} times" if ratio < _TENFOLD else f"{ratio:.0f} times"


def _counted(number: float, things: str) -> str:
    whole = round(number)
    return f"1 {things.removesuffix('s')}" if whole == 1 else f"{whole:,} {things}"


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f}" if per_second >= _HUNDRED else f"{per_second:.3g}"


def _hold(power: Power) -> str:
    """Write how long the step is judged, which is known to the second."""
    seconds = round(power.hold_seconds)
    if seconds >= _MINUTE:
        return _duration(seconds)
    return "1 second" if seconds == 1 else f"{seconds} seconds"


def _part(share: float) -> str:
    return f"{100 * share:.3g} %"


def _duration(seconds: float) -> str:
    """Write a time in the largest unit of which there are two or more."""
    if seconds < _MINUTE:
        return "less than a minute"
    minutes = round(seconds / _MINUTE)
    if minutes < 2 * _HOUR:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{minutes / _HOUR:.0f} hours" if minutes < 2 * _DAY else f"{minutes / _DAY:.0f} days"
