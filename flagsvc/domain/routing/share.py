"""The share that is really seen: whether the traffic splits as it was told to.

Where each request is drawn anew, requests are judged by a test that stays valid however often one looks: a mixture of
binomials against the configured share (Ville 1939; Robbins 1970), E = B(1+x, 1+y) / (B(1, 1) θ^x (1-θ)^y). Where units
are sticky their requests come in bursts, so that such a test would raise the alarm for healthy splits: there the share
of requests has only to lie within half and twice the configured one. Units, each counted once, may always be tested.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf, lgamma, log

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.target import Target

ALPHA = 0.001
"""Chance of an alarm over the whole life of one healthy target, where the test is exact."""
LEAST_REQUESTS = 100
BAND_REQUESTS, BAND_SECONDS = 1000, 60.0
"""So much has to be seen before the band is asked."""
DRAIN_SECONDS = 10.0
"""Requests that were on their way when the weights changed are left out, and what the router needs to follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one router's counts say about one target. `counted`: requests per backend since `since` (Unix seconds).

    `goal` is the target's fingerprint, `last` the raw counts as last read. `verdict` is "ok", "off" (it does not do
    what it says) or "unknown" (too little was seen); `detail` says it in words: "canary: 25 % wanted, 24.6 % seen".
    """

    goal: str = ""
    since: float = 0.0
    counted: Mapping[str, int] = field(default_factory=dict)
    last: Mapping[str, int] | None = None
    verdict: str = "unknown"
    detail: str = ""


def watched(share: Share, goal: str, raw: Mapping[str, int], applied_at: float, now: float, drain: float) -> Share:
    """Add what a router counted since it was last read; a lower number is a restart, a new goal a new beginning."""
    if share.goal != goal or share.last is None or now < applied_at + drain:
        return Share(goal=goal, since=now, last=dict(raw))
    counted = dict(share.counted)
    for backend, total in raw.items():
        before = share.last.get(backend, 0)
        counted[backend] = counted.get(backend, 0) + (total - before if total >= before else total)
    return replace(share, counted=counted, last=dict(raw))


def judged(share: Share, target: Target, able: Capabilities, now: float) -> Share:
    """Say whether the shares that were seen are those that were told."""
    total = sum(share.counted.values())
    off, unknown, words = False, total < LEAST_REQUESTS, []
    for backend, weight in sorted(target.weights.items()):
        hits, wanted = share.counted.get(backend, 0), weight / WHOLE
        verdict = _verdict(hits, total - hits, wanted, able, now - share.since, len(target.weights))
        off, unknown = off or verdict == "off", unknown or verdict == "unknown"
        words.append(f"{backend}: {weight / 1000:g} % wanted, {_shown(hits, total)} seen")
    verdict = "off" if off else "unknown" if unknown else "ok"
    return replace(share, verdict=verdict, detail=f"{'; '.join(words)} ({total} requests)")


def evidence(hits: int, misses: int, wanted: float) -> float:
    """Natural logarithm of E: the evidence against a share of exactly `wanted`, infinite for what cannot be."""
    if (wanted <= 0 and hits) or (wanted >= 1 and misses):
        return inf
    against = lgamma(1 + hits) + lgamma(1 + misses) - lgamma(2 + hits + misses)
    return against - (hits * log(wanted) if hits else 0.0) - (misses * log(1 - wanted) if misses else 0.0)


def contradicts(hits: int, misses: int, wanted: float, alpha: float = ALPHA) -> bool:
    """Whether independent draws (requests drawn anew, or distinct units) are not split so, at that error rate."""
    return evidence(hits, misses, wanted) >= log(1 / alpha)


def _verdict(hits: int, misses: int, wanted: float, able: Capabilities, seconds: float, backends: int) -> str:
    if wanted in {0.0, 1.0} or able.sticky == "none":
        return "off" if contradicts(hits, misses, wanted, ALPHA / backends) else "ok"
    total = hits + misses
    if total < BAND_REQUESTS or seconds < BAND_SECONDS:
        return "unknown"
    return "ok" if wanted / 2 <= hits / total <= 2 * wanted and misses / total >= (1 - wanted) / 2 else "off"


def _shown(hits: int, total: int) -> str:
    return f"{100 * hits / total:.3g} %" if total else "nothing"
