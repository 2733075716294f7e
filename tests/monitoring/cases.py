"""What makes each alert fire, and what must not: series in promtool's notation, one value a minute."""

from collections.abc import Mapping
from typing import NamedTuple

Series = Mapping[str, str]


class Case(NamedTuple):
    """`since`: the minute in which the expression becomes true; None: it never fires, however long it goes on."""

    why: str
    series: Series
    since: int | None = None


def on(name: str, labels: str = "", instance: str = "a:8080") -> str:
    """Write a series as a scrape makes it."""
    return f'{name}{{job="flagsvc", instance="{instance}"{", " if labels else ""}{labels}}}'


LONG = 400
"""Minutes for which a case goes on."""
BUILD = {on("flagsvc_build_info", 'version="1"'): f"1x{LONG}"}
PROD = 'environment="production"'
ROLLOUT = f'{PROD}, rollout="checkout-1"'
ROUTER = f'{PROD}, binding="edge", router="edge-1"'
STEADY, FROM_10 = f"1x{LONG}", f"0x9 1x{LONG}"
GONE_10 = f"1x9 0x{LONG}"


def phase(name: str, values: str, instance: str = "a:8080") -> Series:
    """Write the phase of the one rollout."""
    return {on("flagsvc_rollout_phase", f'{ROLLOUT}, phase="{name}"', instance): values}


def verdict(kind: str, values: str) -> Series:
    """Write the verdict on its one metric."""
    return {on("flagsvc_rollout_verdict", f'{ROLLOUT}, metric="errors", verdict="{kind}"'): values}


def propagated(fast: str, every: str) -> Series:
    """Write a histogram: how many changes decided within a second, and how many at all."""
    name = "flagsvc_propagation_seconds_bucket"
    return {on(name, 'le="1"'): fast, on(name, 'le="2.5"'): every, on(name, 'le="+Inf"'): every}


def answered(good: str, bad: str) -> Series:
    """Write answers of one route."""
    name = "flagsvc_http_requests_total"
    common = 'route="/api/v1/environments", method="GET"'
    return {on(name, f'{common}, status="200"'): good, on(name, f'{common}, status="500"'): bad}


def evaluated(good: str, bad: str) -> Series:
    """Write evaluations of one flag."""
    name = "flagsvc_evaluations_total"
    common = f'{PROD}, flag="f", variant="on", source="ofrep"'
    return {on(name, f'{common}, reason="SPLIT"'): good, on(name, f'{common}, reason="ERROR"'): bad}


def notices(outcome: str, values: str) -> Series:
    """Write what became of notices to one notifier."""
    return {on("flagsvc_notices_total", f'notifier="chat", outcome="{outcome}"'): values}


CASES: Mapping[str, tuple[Case, ...]] = {
    "ServiceAbsent": (
        Case("it vanishes", {on("flagsvc_build_info", 'version="1"'): f"1x9 stale {'_x' + str(LONG)}"}, 10),
        Case("one of two vanishes", {**BUILD, on("flagsvc_build_info", "", "b:8080"): "1x9 stale"}),
    ),
    "ReplicaDown": (
        Case("it was there", {on("up"): GONE_10, on("flagsvc_build_info"): "1x9 stale"}, 10),
        Case("it never was flagsvc", {on("up"): f"0x{LONG}", on("flagsvc_build_info", "", "b:8080"): STEADY}),
        Case("it was taken away with its target", {on("up"): "1x9 stale", on("flagsvc_build_info"): "1x9 stale"}),
    ),
    "ReplicaRestarting": (
        Case("three starts", {on("process_start_time_seconds"): "1x4 2x4 3x4 4x400", **BUILD}, 15),
        Case("two starts", {on("process_start_time_seconds"): "1x4 2x4 3x400", **BUILD}),
        Case("somebody else's", {on("process_start_time_seconds"): "1+1x400"}),
    ),
    "NotReady": (Case("unready", {on("flagsvc_ready"): GONE_10}, 10), Case("ready", {on("flagsvc_ready"): STEADY})),
    "DiskFilling": (
        Case("degraded", {on("flagsvc_health_check", 'check="disk", status="degraded"'): f"0x9 1x{LONG}"}, 10),
        Case("another check", {on("flagsvc_health_check", 'check="memory", status="degraded"'): f"0x9 1x{LONG}"}),
        Case("nothing is kept there", {on("flagsvc_health_check", 'check="disk", status="ok"'): f"0x{LONG}"}),
    ),
    "MemoryHigh": (
        Case("degraded", {on("flagsvc_health_check", 'check="memory", status="ok"'): GONE_10}, 10),
        Case("another check", {on("flagsvc_health_check", 'check="disk", status="ok"'): GONE_10}),
    ),
    "DescriptorsHigh": (
        Case(
            "nine tenths",
            {on("process_open_fds"): f"10x9 90x{LONG}", on("process_max_fds"): f"100x{LONG}", **BUILD},
            10,
        ),
        Case("half", {on("process_open_fds"): f"50x{LONG}", on("process_max_fds"): f"100x{LONG}", **BUILD}),
        Case("somebody else's", {on("process_open_fds"): f"99x{LONG}", on("process_max_fds"): f"100x{LONG}"}),
    ),
    "DatabaseDown": (
        Case("down", {on("flagsvc_database_up"): GONE_10}, 10),
        Case("a moment", {on("flagsvc_database_up"): f"1x9 0 1x{LONG}"}),
    ),
    "RedisDown": (
        Case("down", {on("flagsvc_redis_up"): GONE_10}, 10),
        Case("none is configured", BUILD),
        Case("a moment", {on("flagsvc_redis_up"): f"1x9 0 1x{LONG}"}),
    ),
    "PublishFailing": (
        Case(
            "refused", {on("flagsvc_publication_age_seconds"): f"1x9 61+60x{LONG}", on("flagsvc_redis_up"): STEADY}, 10
        ),
        Case(
            "Redis is down",
            {on("flagsvc_publication_age_seconds"): f"61+60x{LONG}", on("flagsvc_redis_up"): f"0x{LONG}"},
        ),
        Case("it works", {on("flagsvc_publication_age_seconds"): f"59x{LONG}", on("flagsvc_redis_up"): STEADY}),
    ),
    "DatabaseBehind": (
        Case(
            "one replica knows",
            {on("flagsvc_database_behind", PROD): FROM_10, on("flagsvc_database_behind", PROD, "b:8080"): f"0x{LONG}"},
            10,
        ),
        Case("none", {on("flagsvc_database_behind", PROD): f"0x{LONG}"}),
    ),
    "SnapshotStale": (
        Case("grows", {on("flagsvc_snapshot_age_seconds"): f"1x9 31+60x{LONG}"}, 10),
        Case("never loaded", {on("flagsvc_snapshot_age_seconds"): f"1e9x{LONG}"}, 0),
        Case("fresh", {on("flagsvc_snapshot_age_seconds"): f"29x{LONG}"}),
    ),
    "ReplicaRevisionSkew": (
        Case(
            "one stands still",
            {
                on("flagsvc_snapshot_revision", PROD): f"5x9 6+1x{LONG}",
                on("flagsvc_snapshot_revision", PROD, "b:8080"): f"5x{LONG}",
            },
            11,
        ),
        Case(
            "many changes, read at different moments",
            {
                on("flagsvc_snapshot_revision", PROD): f"6+1x{LONG}",
                on("flagsvc_snapshot_revision", PROD, "b:8080"): f"5+1x{LONG}",
            },
        ),
        Case(
            "other environments",
            {
                on("flagsvc_snapshot_revision", PROD): f"5x{LONG}",
                on("flagsvc_snapshot_revision", 'environment="staging"'): f"9x{LONG}",
            },
        ),
        Case(
            "other installations",
            {
                on("flagsvc_snapshot_revision", PROD): f"5x{LONG}",
                'flagsvc_snapshot_revision{job="other", environment="production"}': f"9x{LONG}",
            },
        ),
    ),
    "PropagationSlow": (
        Case("one in ten takes over a second", propagated("0x10 9+9x400", "0x10 10+10x400"), 11),
        Case("all are fast", propagated("0+10x400", "0+10x400")),
        Case("nothing changes", propagated("9x400", "10x400")),
    ),
    "ClientsBehind": (
        Case("a fifth lags", {on("flagsvc_clients_at_revision_ratio", PROD): f"1x9 0.8x{LONG}"}, 10),
        Case("nearly all", {on("flagsvc_clients_at_revision_ratio", PROD): f"0.95x{LONG}"}),
        Case("nobody reports", BUILD),
    ),
    "UnknownParts": (
        Case("some were met", {on("flagsvc_unknown_operator_total"): f"0x9 3x{LONG}"}, 10),
        Case("a new replica begins with them", {on("flagsvc_unknown_operator_total"): f"_x10 3x{LONG}"}, 10),
        Case("none were met", {on("flagsvc_unknown_operator_total"): f"0x{LONG}"}),
    ),
    "NobodyDrives": (
        Case(
            "neither holds it",
            {
                on("flagsvc_lease_held", 'lease="rollouts"'): GONE_10,
                on("flagsvc_lease_held", 'lease="rollouts"', "b:8080"): f"0x{LONG}",
            },
            10,
        ),
        Case(
            "it moves",
            {
                on("flagsvc_lease_held", 'lease="rollouts"'): GONE_10,
                on("flagsvc_lease_held", 'lease="rollouts"', "b:8080"): f"0x10 1x{LONG}",
            },
        ),
    ),
    "RolloutStuck": (
        Case("moving", phase("moving", FROM_10), 10),
        Case(
            "rolling back, while the lease moves",
            {**phase("rolling-back", "0x9 1x5 stale"), **phase("rolling-back", f"_x15 1x{LONG}", "b:8080")},
            10,
        ),
        Case("baking", {**phase("baking", STEADY), **phase("moving", f"0x{LONG}")}),
    ),
    "RolloutPaused": (Case("paused", phase("paused", FROM_10), 10), Case("scheduled", phase("scheduled", STEADY))),
    "VerdictUnknownTooLong": (
        Case("baking", {**phase("baking", STEADY), **verdict("unknown", FROM_10)}, 10),
        Case(
            "a step without a hold",
            {**phase("moving", STEADY), **phase("baking", f"0x{LONG}"), **verdict("unknown", STEADY)},
        ),
        Case("healthy", {**phase("baking", STEADY), **verdict("unknown", f"0x{LONG}"), **verdict("healthy", STEADY)}),
    ),
    "RollbackStorm": (
        Case("three by themselves", {on("flagsvc_rollbacks_total", 'cause="unhealthy"'): "0x9 1 2 3x400"}, 12),
        Case("people", {on("flagsvc_rollbacks_total", 'cause="person"'): "0x9 1+1x400"}),
        Case("two", {on("flagsvc_rollbacks_total", 'cause="failed"'): "0x9 1 2x400"}),
    ),
    "NoticesFailing": (
        Case("refused", notices("refused", f"0x9 1x{LONG}"), 10),
        Case("tried in vain", {**notices("put-back", "0x9 5+5x400"), **notices("delivered", f"7x{LONG}")}, 10),
        Case("some come through", {**notices("put-back", "0+5x400"), **notices("delivered", "0+1x400")}),
        Case("all come through", notices("delivered", "0+5x400")),
    ),
    "RouterDown": (
        Case("away", {on("flagsvc_router_up", ROUTER): GONE_10}, 10),
        Case("there", {on("flagsvc_router_up", ROUTER): STEADY}),
    ),
    "RouterDrift": (
        Case("drifted", {on("flagsvc_router_drift", ROUTER): FROM_10, on("flagsvc_router_up", ROUTER): STEADY}, 10),
        Case("away", {on("flagsvc_router_drift", ROUTER): STEADY, on("flagsvc_router_up", ROUTER): f"0x{LONG}"}),
        Case(
            "a step", {on("flagsvc_router_drift", ROUTER): f"0x9 1x3 0x{LONG}", on("flagsvc_router_up", ROUTER): STEADY}
        ),
    ),
    "GitOpsDrift": (
        Case("not in step", {on("flagsvc_gitops_in_sync"): GONE_10}, 10),
        Case("for a moment", {on("flagsvc_gitops_in_sync"): f"1x9 0x10 1x{LONG}"}),
    ),
    "ObservedShareOff": (
        Case("off", {on("flagsvc_observed_share_ok", ROUTER): GONE_10}, 10),
        Case("as told", {on("flagsvc_observed_share_ok", ROUTER): STEADY}),
    ),
    "EdgeAsksUnknown": (
        Case("asked", {on("flagsvc_decisions_total", 'split="unknown"'): "0x9 5+5x400"}, 10),
        Case(
            "a known split",
            {
                on("flagsvc_decisions_total", 'split="checkout"'): "0+5x400",
                on("flagsvc_decisions_total", 'split="unknown"'): f"7x{LONG}",
            },
        ),
    ),
    "HttpErrorsBurn": (
        Case("one in ten", answered("0+90x400", "0+10x400"), 2),
        Case("one in two thousand", answered("0+2000x400", "0+1x400")),
        Case("few of few", answered("0+1x400", "0x50 1x350")),
        Case(
            "health says no",
            {
                on("flagsvc_http_requests_total", 'route="/health/ready", method="GET", status="503"'): "0+30x400",
                **answered("0+30x400", f"0x{LONG}"),
            },
        ),
    ),
    "EvaluationErrorsBurn": (
        Case("one in ten", evaluated("0+90x400", "0+10x400"), 2),
        Case("one in two thousand", evaluated("0+2000x400", "0+1x400")),
        Case("few of few", evaluated("0+1x400", "0x50 1x350")),
    ),
}

SLOW_BURN: Mapping[str, Series] = {
    "HttpErrorsBurn": answered("0+990x400", "0+8x400"),
    "EvaluationErrorsBurn": evaluated("0+990x400", "0+8x400"),
}
"""Eight of a thousand: over six times the budget and under fourteen."""
