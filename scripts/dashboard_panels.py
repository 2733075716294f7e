"""What the Grafana dashboard shows: rows of panels as a table. `scripts.dashboard` makes Grafana's JSON of it."""

from typing import Literal, NamedTuple

Kind = Literal["stat", "lines", "stack"]
HERE = 'job=~"$job", instance=~"$instance"'
ENV = f'{HERE}, environment=~"$environment"'
RATE = "$__rate_interval"


class Query(NamedTuple):
    """One query, and how its series are called."""

    expression: str
    legend: str = ""


class Panel(NamedTuple):
    """One panel. `unit` is Grafana's id of a unit; `width` of the 24 columns of a dashboard."""

    title: str
    kind: Kind
    unit: str
    queries: tuple[Query, ...]
    about: str
    width: int = 8


class Row(NamedTuple):
    """A row, its panels from left to right and then down; they fill lines of 24 columns."""

    title: str
    panels: tuple[Panel, ...]


def _one(  # noqa: PLR0913, PLR0917  # a row of a table
    title: str, kind: Kind, unit: str, expression: str, legend: str, about: str, width: int = 8
) -> Panel:
    return Panel(title, kind, unit, (Query(expression, legend),), about, width)


def _quantiles(bucket: str, labels: str, by: str = "", legend: str = "") -> tuple[Query, ...]:
    grouped = f"le, {by}" if by else "le"
    return tuple(
        Query(
            f"histogram_quantile({q}, sum by ({grouped}) (rate({bucket}{{{labels}}}[{RATE}])))",
            f"p{round(100 * q)} {legend}".rstrip(),
        )
        for q in (0.5, 0.99)
    )


OVERVIEW = Row("Overview", (
    _one("Replicas", "stat", "none", f"count(flagsvc_build_info{{{HERE}}})", "", "Processes that are scraped.", 4),
    _one("Not ready", "stat", "none", f"count(flagsvc_ready{{{HERE}}} == 0) or vector(0)", "",
         "Replicas that take no requests.", 4),
    _one("Database", "stat", "bool_on_off", f"min(flagsvc_database_up{{{HERE}}})", "",
         "Off: somebody cannot ask it.", 4),
    _one("Redis", "stat", "bool_on_off", f"min(flagsvc_redis_up{{{HERE}}})", "",
         "Off: somebody cannot ask it; flags are served all the same.", 4),
    _one("Rollouts under way", "stat", "none",
         f'sum(flagsvc_rollout_phase{{{ENV}, phase!="paused"}}) or vector(0)', "", "Those that have not ended.", 4),
    _one("Rollouts paused", "stat", "none",
         f'sum(flagsvc_rollout_phase{{{ENV}, phase="paused"}}) or vector(0)', "", "They wait for somebody.", 4),
    _one("Revision of each replica", "lines", "none", f"flagsvc_snapshot_revision{{{ENV}}}",
         "{{environment}} {{instance}}", "Lines of one environment lie upon one another."),
    Panel("Propagation", "lines", "s", _quantiles("flagsvc_propagation_seconds_bucket", HERE),
          "From the commit of a change to its decision in a replica."),
    _one("Age of what is decided by", "lines", "s", f"flagsvc_snapshot_age_seconds{{{HERE}}}", "{{instance}}",
         "Since the database last confirmed it: a second or two."),
))  # fmt: skip

TRAFFIC = Row("Traffic", (
    _one("Requests", "stack", "reqps", f"sum by (route) (rate(flagsvc_http_requests_total{{{HERE}}}[{RATE}]))",
         "{{route}}", "Answered, by route."),
    Panel("Latency", "lines", "s",
          _quantiles("flagsvc_http_request_duration_seconds_bucket", HERE, "route", "{{route}}"),
          "Until the answer begins."),
    _one("Errors", "stack", "reqps",
         f'sum by (route, status) (rate(flagsvc_http_requests_total{{{HERE}, status=~"5.."}}[{RATE}]))'
         " or vector(0)", "{{route}} {{status}}", "Answers 5xx."),
    _one("Decisions for load balancers", "stack", "ops",
         f"sum by (environment, split, cohort) (rate(flagsvc_decisions_total{{{ENV}}}[{RATE}]))",
         "{{environment}}/{{split}} {{cohort}}", "Cohorts given, by split.", 12),
    _one("Share of each cohort", "lines", "percentunit",
         f"sum by (environment, split, cohort) (rate(flagsvc_decisions_total{{{ENV}}}[{RATE}]))"
         f" / on (environment, split) group_left"
         f" sum by (environment, split) (rate(flagsvc_decisions_total{{{ENV}}}[{RATE}]))",
         "{{environment}}/{{split}} {{cohort}}", "Of the requests that were asked about.", 12),
))  # fmt: skip

FLAGS = Row("Flags", (
    _one("Evaluations", "stack", "ops",
         f"sum by (environment, flag, variant) (rate(flagsvc_evaluations_total{{{ENV}}}[{RATE}]))",
         "{{environment}}/{{flag}} {{variant}}", "Over OFREP; SDKs evaluate by themselves and are not in it."),
    _one("Reasons", "stack", "ops", f"sum by (reason) (rate(flagsvc_evaluations_total{{{ENV}}}[{RATE}]))",
         "{{reason}}", "Why evaluations came out as they did."),
    Panel("Time of an evaluation", "lines", "s", _quantiles("flagsvc_evaluation_duration_seconds_bucket", HERE),
          "Reading, evaluating and rendering one OFREP answer."),
    _one("Changes", "stack", "none",
         f"sum by (environment, actor_kind) (increase(flagsvc_changes_total{{{ENV}}}[{RATE}]))",
         "{{environment}} {{actor_kind}}", "Committed: by tokens of people and programs, and by rollouts.", 12),
    _one("Outcomes", "stack", "ops",
         f"sum by (environment, kind) (rate(flagsvc_outcomes_total{{{ENV}}}[{RATE}]))", "{{environment}} {{kind}}",
         "What SDKs and load balancers reported of requests.", 12),
))  # fmt: skip

ROLLOUTS = Row("Rollouts", (
    _one("Phase", "lines", "none", f"max by (environment, rollout, phase) (flagsvc_rollout_phase{{{ENV}}}) == 1",
         "{{environment}}/{{rollout}} {{phase}}", "The phase that each is in.", 6),
    _one("Step", "lines", "none", f"max by (environment, rollout) (flagsvc_rollout_step{{{ENV}}})",
         "{{environment}}/{{rollout}}", "The step under way.", 6),
    Panel("Target and observed share", "lines", "percentunit", (
        Query(f"max by (environment, rollout, target) (flagsvc_rollout_target_ratio{{{ENV}}})",
              "{{rollout}} {{target}} wanted"),
        Query(f"max by (environment, rollout, target) (flagsvc_rollout_observed_ratio{{{ENV}}})",
              "{{rollout}} {{target}} observed")), "Of the candidate; observed where routers count.", 6),
    _one("Verdicts", "lines", "none",
         f"max by (environment, rollout, metric, verdict) (flagsvc_rollout_verdict{{{ENV}}}) == 1",
         "{{rollout}} {{metric}} {{verdict}}", "What is said about each metric.", 6),
    _one("Ended", "stack", "none", f"sum by (phase) (increase(flagsvc_rollouts_ended_total{{{HERE}}}[1h]))",
         "{{phase}}", "Within an hour."),
    _one("Rollbacks", "stack", "none", f"sum by (cause) (increase(flagsvc_rollbacks_total{{{HERE}}}[1h]))",
         "{{cause}}", "Within an hour, by cause."),
    _one("Notices", "stack", "none",
         f"sum by (notifier, outcome) (increase(flagsvc_notices_total{{{HERE}}}[{RATE}]))",
         "{{notifier}} {{outcome}}", "What became of those about rollouts."),
))  # fmt: skip

ROUTERS = Row("Routers", (
    Panel("Told and observed shares", "lines", "percentunit", (
        Query(f"max by (environment, binding, backend) (flagsvc_binding_target_ratio{{{ENV}}})",
              "{{binding}} {{backend}} wanted"),
        Query(f"max by (environment, binding, router, backend) (flagsvc_router_told_ratio{{{ENV}}})",
              "{{router}} {{backend}} told"),
        Query(f"max by (environment, binding, router, backend) (flagsvc_router_observed_ratio{{{ENV}}})",
              "{{router}} {{backend}} observed")), "Of each backend.", 12),
    Panel("Drift and reachability", "lines", "none", (
        Query(f"max by (environment, binding, router) (flagsvc_router_drift{{{ENV}}})", "{{router}} drift"),
        Query(f"min by (environment, binding, router) (flagsvc_router_up{{{ENV}}})", "{{router}} up"),
        Query(f"min by (environment, binding, router) (flagsvc_observed_share_ok{{{ENV}}})", "{{router}} share ok")),
        "1 is yes, 0 is no.", 12),
    _one("Phase of bindings", "lines", "none",
         f"max by (environment, binding, phase) (flagsvc_binding_phase{{{ENV}}}) == 1", "{{binding}} {{phase}}",
         "The phase that each is in.", 12),
    _one("Failed calls", "stack", "none",
         f"sum by (router) (increase(flagsvc_router_apply_failures_total{{{HERE}}}[{RATE}]))", "{{router}}",
         "By which a router could not be told.", 12),
))  # fmt: skip

CLIENTS = Row("Clients", (
    _one("At the present revision", "lines", "percentunit",
         f"min by (environment) (flagsvc_clients_at_revision_ratio{{{ENV}}})", "{{environment}}",
         "Of the clients that report."),
    _one("Open streams", "stack", "none", f"flagsvc_stream_clients{{{HERE}}}", "{{instance}}",
         "SDKs, OFREP and consoles."),
    _one("Reports of usage", "stack", "none",
         f"sum by (outcome) (increase(flagsvc_usage_reports_total{{{HERE}}}[{RATE}]))", "{{outcome}}",
         "What became of them."),
))  # fmt: skip

PUBLICATION = Row("Database, Redis, publisher", (
    _one("Answering", "lines", "none", f'{{__name__=~"flagsvc_(database|redis)_up", {HERE}}}',
         "{{__name__}} {{instance}}", "1 while it answers."),
    Panel("Commit to Redis", "lines", "s", _quantiles("flagsvc_publish_seconds_bucket", HERE),
          "By the publisher that was first."),
    _one("Age of publication", "lines", "s", f"flagsvc_publication_age_seconds{{{HERE}}}", "{{instance}}",
         "Since the publisher last found or made every copy equal."),
    _one("Failed turns of the publisher", "stack", "none",
         f"sum by (reason) (increase(flagsvc_publish_failures_total{{{HERE}}}[{RATE}]))", "{{reason}}", "By reason."),
    _one("Database behind", "lines", "none", f"max by (environment) (flagsvc_database_behind{{{ENV}}})",
         "{{environment}}", "1 while readers hold later changes."),
    _one("Leases", "lines", "none", f"flagsvc_lease_held{{{HERE}}}", "{{lease}} {{instance}}",
         "1 for the replica that drives."),
))  # fmt: skip

PROCESS = Row("Process", (
    _one("Processor", "lines", "percentunit",
         f"rate(process_cpu_seconds_total{{{HERE}}}[{RATE}]) and on (job, instance) flagsvc_build_info",
         "{{instance}}", "Of one core."),
    _one("Memory", "lines", "bytes",
         f"process_resident_memory_bytes{{{HERE}}} and on (job, instance) flagsvc_build_info", "{{instance}}",
         "Resident."),
    Panel("Descriptors", "lines", "none", (
        Query(f"process_open_fds{{{HERE}}} and on (job, instance) flagsvc_build_info", "{{instance}} open"),
        Query(f"process_max_fds{{{HERE}}} and on (job, instance) flagsvc_build_info", "{{instance}} most")),
        "Open files and sockets."),
    _one("Uptime", "lines", "s",
         f"time() - process_start_time_seconds{{{HERE}}} and on (job, instance) flagsvc_build_info", "{{instance}}",
         "Since the process started."),
    _one("Health checks that are not ok", "lines", "none",
         f'flagsvc_health_check{{{HERE}, status=~"degraded|down"}} == 1 or vector(0)',
         "{{check}} {{status}} {{instance}}", "Nothing else than 0: all is well."),
    _one("Versions", "stack", "none", f"count by (version) (flagsvc_build_info{{{HERE}}})", "{{version}}",
         "Replicas of each."),
))  # fmt: skip

ALARMS = {
    "Not ready": ("green", "red"),
    "Database": ("red", "green"),
    "Redis": ("orange", "green"),
    "Rollouts paused": ("green", "orange"),
}
"""Colours of single numbers: of 0, and from 1 on. The others are of one colour."""
ROWS = (OVERVIEW, TRAFFIC, FLAGS, ROLLOUTS, ROUTERS, CLIENTS, PUBLICATION, PROCESS)
CHANGES = f"max by (environment) (changes(flagsvc_snapshot_revision{{{ENV}}}[1m])) > 0"
"""When something was changed: an annotation upon every panel."""
