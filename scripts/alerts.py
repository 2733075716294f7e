"""The alert rules, their only source: `python -m scripts.alerts` writes helm/flagsvc/files/alerts.yaml.

`--print --runbooks https://HOST/PATH/` prints them with runbook links that lead there, for those who do without the
chart. Rules see what docs/reference/metrics.md documents, and the labels `job`, `instance`, `namespace` of a scrape.
"""

import argparse
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from scripts.alerts_burn import burns

FILE = Path(__file__).parents[1] / "helm/flagsvc/files/alerts.yaml"
RUNBOOKS = "docs/runbooks/"
HEAD = """\
# Written by `python -m scripts.alerts`: change scripts/alerts.py instead.
# runbook_url begins with docs/runbooks/: put the address of your copy of these pages before it.
"""


class Alert(NamedTuple):
    """One rule. `held`: how long the expression has to be true; texts may have {{ $value }} and {{ $labels.NAME }}."""

    name: str
    severity: str
    held: str
    expression: str
    summary: str
    description: str


REPLICAS = "namespace, job"
"""What the replicas of one installation have in common."""
BUILD = "flagsvc_build_info"
UNKNOWN = "flagsvc_unknown_operator_total"
"""A replica that begins with such documents counts them before its first scrape: it has no increase."""
OF_ROLLOUT = f"{REPLICAS}, environment, rollout"
OF_ROUTER = f"{REPLICAS}, environment, binding, router"
BINDING = "{{ $labels.environment }}/{{ $labels.binding }}"
ROLLOUT = "{{ $labels.environment }}/{{ $labels.rollout }}"
WHERE = "{{ $labels.instance }}"
DURATION = "{{ $value | humanizeDuration }}"
SHARE = "{{ $value | humanizePercentage }}"

PROCESS = (
    Alert("ServiceAbsent", "critical", "5m", f"absent({BUILD})", "No flagsvc is scraped",
          "For five minutes no target has said that it is flagsvc. Applications go on with the flags that they hold."),
    Alert("ReplicaDown", "warning", "2m", f"up == 0 and on (job, instance) last_over_time({BUILD}[1h])",
          f"A replica does not answer: {WHERE}", f"{WHERE} was flagsvc within the last hour and cannot be scraped."),
    Alert("ReplicaRestarting", "warning", "0m",
          f"changes(process_start_time_seconds[30m]) > 2 and on (job, instance) {BUILD}",
          f"A replica starts again and again: {WHERE}", "It started {{ $value }} times within half an hour."),
    Alert("NotReady", "warning", "5m", "flagsvc_ready == 0", f"A replica is not ready: {WHERE}",
          f"{WHERE} has taken no requests for five minutes: /health/ready says why."),
    Alert("DiskFilling", "warning", "5m", 'flagsvc_health_check{check="disk", status=~"degraded|down"} == 1',
          f"Little disk is left: {WHERE}", f"The file system of the database at {WHERE} has less than 64 MiB."),
    Alert("MemoryHigh", "warning", "10m", 'flagsvc_health_check{check="memory", status="ok"} == 0',
          f"Little memory is left: {WHERE}", f"{WHERE} holds more than nine tenths of what it may."),
    Alert("DescriptorsHigh", "warning", "5m",
          f"process_open_fds / process_max_fds > 0.8 and on (job, instance) {BUILD}",
          f"Few descriptors are left: {WHERE}", f"{SHARE} of the files and sockets that {WHERE} may open are open."),
)  # fmt: skip

DATA = (
    Alert("DatabaseDown", "critical", "1m", "flagsvc_database_up == 0", f"The database does not answer {WHERE}",
          f"{WHERE} decides from memory; nothing can be changed, no rollout advances or goes back."),
    Alert("RedisDown", "warning", "1m", "flagsvc_redis_up == 0", f"Redis does not answer {WHERE}",
          "Flags are served all the same; SDKs follow over HTTP, or keep what they have."),
    Alert("PublishFailing", "warning", "1m", "flagsvc_publication_age_seconds > 60 and flagsvc_redis_up == 1",
          f"Changes do not reach Redis from {WHERE}",
          f"Redis answers, but the publisher of {WHERE} has not come to its end for {DURATION}."),
    Alert("DatabaseBehind", "critical", "1m",
          f"max by ({REPLICAS}, environment) (flagsvc_database_behind) == 1",
          "The database went back: {{ $labels.environment }}",
          "Readers of {{ $labels.environment }} hold later changes than the database, and follow no new ones."),
    Alert("SnapshotStale", "warning", "1m", "flagsvc_snapshot_age_seconds > 30",
          f"What {WHERE} decides by is not confirmed", f"The database last confirmed it {DURATION} ago."),
    Alert("ReplicaRevisionSkew", "warning", "2m",
          f"max by ({REPLICAS}, environment) (flagsvc_snapshot_revision offset 1m)"
          f" - min by ({REPLICAS}, environment) (flagsvc_snapshot_revision) > 0",
          "Replicas decide differently: {{ $labels.environment }}",
          "The replica that is furthest back lacks {{ $value }} revisions that another had a minute ago."),
    Alert("PropagationSlow", "warning", "5m",
          f"histogram_quantile(0.99, sum by ({REPLICAS}, le) (rate(flagsvc_propagation_seconds_bucket[15m]))) > 1",
          "Changes take long to decide", f"Of a hundred changes the slowest took {DURATION} to reach a replica."),
    Alert("ClientsBehind", "warning", "15m",
          f"min by ({REPLICAS}, environment) (flagsvc_clients_at_revision_ratio) < 0.9",
          "Clients hold old flags: {{ $labels.environment }}",
          f"Only {SHARE} of the clients that report hold the present revision."),
    Alert("UnknownParts", "warning", "0m",
          f"increase({UNKNOWN}[15m]) > 0 or ({UNKNOWN} > 0 unless {UNKNOWN} offset 15m)",
          f"Documents have parts that {WHERE} does not know",
          "Its rules with such parts never match: a newer version wrote them."),
)  # fmt: skip

ROLLOUTS = (
    Alert("NobodyDrives", "critical", "2m", f"max by ({REPLICAS}, lease) (flagsvc_lease_held) == 0",
          "No replica drives the {{ $labels.lease }}", "Nothing advances, and nothing goes back by itself."),
    Alert("RolloutStuck", "critical", "15m",
          f'max by ({OF_ROLLOUT}, phase) (flagsvc_rollout_phase{{phase=~"moving|rolling-back"}}) == 1',
          f"A rollout is stuck: {ROLLOUT}", "It has been {{ $labels.phase }} for a quarter of an hour."),
    Alert("RolloutPaused", "warning", "30m",
          f'max by ({OF_ROLLOUT}) (flagsvc_rollout_phase{{phase="paused"}}) == 1',
          f"A rollout waits for somebody: {ROLLOUT}", "It has been paused for half an hour."),
    Alert("VerdictUnknownTooLong", "warning", "10m",
          f'max by ({OF_ROLLOUT}, metric) (flagsvc_rollout_verdict{{verdict="unknown"}}) == 1'
          f' and on ({OF_ROLLOUT}) max by ({OF_ROLLOUT}) (flagsvc_rollout_phase{{phase="baking"}}) == 1',
          f"Nobody knows how {ROLLOUT} does",
          "Nothing is known of its metric {{ $labels.metric }}: it cannot advance."),
    Alert("RollbackStorm", "warning", "0m",
          f'sum by ({REPLICAS}) (increase(flagsvc_rollbacks_total{{cause!="person"}}[1h])) > 2.5',
          "Many rollouts went back by themselves", "About {{ $value | humanize }} within an hour."),
    Alert("NoticesFailing", "warning", "5m",
          f'sum by ({REPLICAS}, notifier) (increase(flagsvc_notices_total{{outcome=~"refused|given-up"}}[30m])) > 0'
          f' or (sum by ({REPLICAS}, notifier) (increase(flagsvc_notices_total{{outcome="put-back"}}[30m])) > 4'
          f' unless sum by ({REPLICAS}, notifier) (increase(flagsvc_notices_total{{outcome="delivered"}}[30m])) > 0)',
          "Notices do not arrive at {{ $labels.notifier }}",
          "About {{ $value | humanize }} tries to tell it failed within half an hour."),
)  # fmt: skip

EDGES = (
    Alert("RouterDown", "warning", "2m", f"min by ({OF_ROUTER}) (flagsvc_router_up) == 0",
          "A router cannot be read: {{ $labels.router }}",
          f"Of the binding {BINDING}; traffic goes on as the router was last told."),
    Alert("RouterDrift", "warning", "5m",
          f"max by ({OF_ROUTER}) (flagsvc_router_drift) == 1 and min by ({OF_ROUTER}) (flagsvc_router_up) == 1",
          "A router is not as it was told: {{ $labels.router }}",
          f"Of the binding {BINDING}; somebody else may be changing it."),
    Alert("ObservedShareOff", "warning", "5m", f"min by ({OF_ROUTER}) (flagsvc_observed_share_ok) == 0",
          "Traffic does not split as told: {{ $labels.router }}",
          f"Of the binding {BINDING}; what its requests show is not what its weights say."),
    Alert("GitOpsDrift", "warning", "15m", "flagsvc_gitops_in_sync == 0",
          f"Service and files are not in step: {WHERE}",
          "What a commit says may not be in force: something is left alone, cannot be read, or is refused."),
    Alert("EdgeAsksUnknown", "warning", "5m",
          f'sum by ({REPLICAS}) (rate(flagsvc_decisions_total{{split="unknown"}}[5m])) > 0',
          "A load balancer asks for what does not exist",
          "{{ $value | humanize }} times a second; it was answered: stable."),
)  # fmt: skip

GROUPS = {
    "flagsvc-process": PROCESS,
    "flagsvc-data": DATA,
    "flagsvc-rollouts": ROLLOUTS,
    "flagsvc-edges": EDGES,
    "flagsvc-errors": tuple(Alert(*each) for each in burns(REPLICAS)),
}


def rule(alert: Alert, runbooks: str = RUNBOOKS) -> dict[str, object]:
    """Write one rule as Prometheus reads it."""
    return {
        "alert": alert.name,
        "expr": LiteralScalarString(alert.expression),
        "for": alert.held,
        "labels": {"severity": alert.severity},
        "annotations": {
            "summary": alert.summary,
            "description": alert.description,
            "runbook_url": f"{runbooks}{alert.name}.md",
        },
    }


def text(runbooks: str = RUNBOOKS) -> str:
    """Write the whole file; `runbooks` comes before the name of each page."""
    groups = [{"name": name, "rules": [rule(alert, runbooks) for alert in alerts]} for name, alerts in GROUPS.items()]
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(sequence=4, offset=2)
    out = StringIO()
    yaml.dump({"groups": groups}, out)
    return HEAD + out.getvalue()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the file, or print it with other links."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", dest="printed", help="print the rules, write nothing")
    parser.add_argument("--runbooks", default=RUNBOOKS, help="what comes before NAME.md in runbook_url")
    options = parser.parse_args(arguments)
    if options.printed:
        print(text(options.runbooks), end="")
        return
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), "utf-8")


if __name__ == "__main__":
    main()
