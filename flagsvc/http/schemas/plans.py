"""Plans of rollouts: what they move, in which steps, what they wait for and how they are judged.

Types are checked here; what members mean, and which ones there are, is judged by `domain.rollouts.check`, whose
sentences name the nearest known word.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from flagsvc.domain.rollouts.check import MAX_STEPS, MAX_TARGETS
from flagsvc.domain.rollouts.check_analysis import MAX_METRICS
from flagsvc.domain.rollouts.check_gates import MAX_CHECKS, MAX_GATES, MAX_TEXT
from flagsvc.http.fields import KEY_PATTERN, Key
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Open, Weight
from flagsvc.http.schemas.writes import WriteAnswer

DURATION = r"^([0-9]+(\.[0-9]+)?(d|h|m|s|ms)){1,5}$"
_WEIGHT = {"type": "integer", "minimum": 0, "maximum": 100_000}
_WEIGHTS = {
    "type": "object",
    "additionalProperties": {"anyOf": [_WEIGHT, {"type": "object", "additionalProperties": _WEIGHT}]},
}

Duration = Annotated[str, WithJsonSchema({"type": "string", "pattern": DURATION})]
Name = Annotated[str, WithJsonSchema({"type": "string", "pattern": KEY_PATTERN})]
Address = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^https?://[^ ]+$", "maxLength": 2000})]
Note = Annotated[str, Field(max_length=MAX_TEXT)]
Free = dict[str, Any]

Strategy = Literal["canary", "blue-green", "rolling", "recreate", "dark-launch"]


class PlanCheck(Open):
    """One HTTP request of a smoke test; it passes with one of these statuses and this text in the answer."""

    url: Address = Field(description="http or https, without user and fragment.")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    body: Annotated[str, Field(max_length=10_000)] = ""
    statuses: list[Annotated[int, Field(ge=100, le=599)]] = Field(default=[200])
    contains: Note = Field(default="", description="What the answer's text must have in it.")
    timeout: Duration = Field(default="5s", description="100ms to 1m.")


class PlanHook(Open):
    """A POST to a program of yours, asked again until it says done or no."""

    url: Address
    body: Free = Field(default_factory=dict, description="Sent with what the service says about the rollout.")
    timeout: Duration = Field(default="10s", description="For one answer.")
    every: Duration = Field(default="5s", description="How soon it is asked again.")
    deadline: Duration = Field(default="10m", description="When it must have said done.")


class PlanGate(Open):
    """What a step, the start or the end waits for."""

    name: Name = Field(description="Unique where it stands; in the address that passes it.")
    kind: Literal["approval", "checklist", "smoke", "webhook", "analysis", "share"] = Field(
        description="A person's word, an item ticked off, a smoke test, a program, the verdict, the share really seen."
    )
    title: Annotated[str, Field(max_length=200)] = Field(default="", description="For people.")
    checks: Annotated[list[PlanCheck], Field(max_length=MAX_CHECKS)] = Field(
        default_factory=list, description="Of a smoke test, and needed there."
    )
    hook: PlanHook | None = Field(default=None, description="Of a webhook, and needed there.")
    attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        default=3, description="Failures in a row that make a smoke test fail."
    )
    every: Duration = Field(default="5s", description="How soon a smoke test is tried again.")
    deadline: Duration = Field(default="0s", description="When it fails if it is still open; 0s: never.")


class PlanTarget(Open):
    """One place that is moved: the default, or a rule, of a flag or traffic split."""

    name: Name = Field(description="Weights of steps refer to it.")
    kind: Literal["flag", "split"]
    key: Key
    rule: Annotated[str, Field(max_length=100)] = Field(default="", description="Id of a rule; empty: the default.")
    candidate: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="Gets the weight of each step.")
    baseline: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="Gets what the others leave.")


class PlanStep(Open):
    """One step: targets are moved in their order, then the hook is called, then it holds and its gates are open."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Left out: its number."
    )
    weights: Annotated[dict[str, Any], WithJsonSchema(_WEIGHTS)] = Field(
        default_factory=dict,
        description="Target → weight of its candidate in 1/100 000, or all weights of the place by variant.",
    )
    hold: Duration = Field(default="0s", description="At least so long, from when all of it is in force; 90d at most.")
    gates: Annotated[list[PlanGate], Field(max_length=MAX_GATES)] = Field(default_factory=list)
    hook: PlanHook | None = Field(default=None, description="Called once everything is in force.")
    undo: PlanHook | None = Field(default=None, description="Called on the way back, for steps that were begun.")
    say: Note = Field(default="", description="Said to people when the step begins.")


class PlanMetric(Open):
    """One metric, read from a configured metric source."""

    name: Name
    kind: Literal["errors", "latency", "mean", "ratio", "value"]
    source: Name = Field(description="Name of a metric source; `own`: what SDKs and load balancers report here.")
    query: Free = Field(default_factory=dict, description="What only that source understands.")
    guard: float | None = Field(
        default=None,
        description="Smallest ratio, or change, that counts: 2 for errors, 1.5 for latency, 0.05 for mean and ratio.",
    )
    weight: Annotated[float, Field(ge=0.001, le=1000)] = Field(default=1.0, description="Among the metrics.")
    of: Literal["requests", "units"] = Field(default="requests", description="What the source counts.")
    better: Literal["higher", "lower"] = Field(default="higher", description="Of mean and ratio.")
    minimum: float | None = Field(default=None, description="Of a value: less is bad.")
    maximum: float | None = Field(default=None, description="Of a value: more is bad.")
    breaches: Annotated[int, Field(ge=1, le=100)] = Field(default=3, description="Bad windows in a row of a value.")
    bound: Duration = Field(default="0s", description="Of latency: slower is bad; 0s: fixed before the start.")


class PlanAnalysis(Open):
    """How a rollout is judged: candidate against baseline, in windows, by a test that stays valid under looking."""

    metrics: Annotated[list[PlanMetric], Field(min_length=1, max_length=MAX_METRICS)]
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        default=0.01, description="Chance that a healthy candidate is rolled back, over the whole rollout."
    )
    beta: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        default=0.05, description="Chance that a candidate as bad as `proveRatio` is called proven."
    )
    prove_ratio: Annotated[float, Field(ge=1.01, le=100)] = Field(default=2.0, description="Proven not to be so bad.")
    null_ratio: Annotated[float, Field(ge=1, le=100)] = Field(
        default=1.0, description="1 tests for worse; more never rolls back below it."
    )
    every: Duration = Field(default="15s", description="Length of a window.")
    warmup: Duration = Field(default="15s", description="What is left out after each change of weights.")
    advance_when: Literal["no_alarm", "proven", "proven_or_no_alarm"] = "no_alarm"
    evidence: Literal["step", "rollout"] = Field(default="step", description="Since when it is gathered.")
    on_unknown: Literal["rollback", "hold", "pause"] = Field(
        default="rollback", description="What follows when nothing was known for `unknownFor`."
    )
    unknown_for: Duration = "10m"
    min_events: Annotated[int, Field(ge=1)] = Field(default=1, description="Fewer of an arm are not judged.")


class PlanMembers(Open):
    """A plan: what a rollout copies when it begins."""

    format: Literal[1] = 1
    strategy: Strategy
    targets: Annotated[list[PlanTarget], Field(max_length=MAX_TARGETS)] = Field(
        description="Moved in this order, and put back in the reverse one."
    )
    before: Annotated[list[PlanGate], Field(max_length=MAX_GATES)] = Field(
        default_factory=list, description="Gates of the start: the pre-deployment checklist."
    )
    steps: Annotated[list[PlanStep], Field(min_length=1, max_length=MAX_STEPS)]
    after: Annotated[list[PlanGate], Field(max_length=MAX_GATES)] = Field(
        default_factory=list, description="Gates of the end: the post-deployment verification."
    )
    analysis: PlanAnalysis | None = None
    on_failure: Literal["rollback", "pause"] = Field(
        default="rollback", description="What follows when a gate, a hook or a router fails."
    )
    apply_within: Duration = Field(default="2m", description="How long routers may take to read back a step.")
    cooldown: Duration = Field(default="30m", description="After a rollback nothing it moves is rolled out so long.")
    back: Literal["traffic-first", "hooks-first"] = Field(
        default="traffic-first", description="Whether traffic goes back before the undo hooks, or after them."
    )
    downtime: Note = Field(default="", description="Said aloud: when nobody is served.")
    reminder: Note = Field(default="", description="What is left to do when it is over.")


class _Texts(documents.Texts, documents.Answered):
    model_config = ConfigDict(extra="allow")  # a member too many is refused with the nearest one that there is


class PlanCreate(PlanMembers, _Texts):
    """A new plan."""

    key: Key


class PlanReplace(PlanMembers, _Texts):
    """A plan. The key is fixed: left out, or sent back as it was."""

    key: Key | None = None


class Plan(PlanMembers, documents.Answer):
    """A plan as it is stored."""

    name: str | None = None
    description: str | None = None
    owner: str | None = None
    tags: list[str]


class PlanPage(Open):
    """A page of plans."""

    items: list[Plan]
    next_cursor: str | None


class StrategyFacts(Open):
    """The few facts that a strategy makes a plan of; each strategy takes only those that mean something to it."""

    strategy: Strategy
    targets: Annotated[list[PlanTarget], Field(max_length=MAX_TARGETS)] = Field(
        default_factory=list,
        description="Routers are moved before flags. One split for rolling, one flag for dark-launch.",
    )
    weights: list[Weight] | None = Field(default=None, description="canary: growing, up to 100 000.")
    hold: Duration | None = Field(default=None, description="Of every step that holds; left out: the strategy's own.")
    checks: list[PlanCheck] = Field(
        default_factory=list, description="A smoke test; rolling: {instance} in an address is replaced."
    )
    hook: PlanHook | None = Field(
        default=None, description="blue-green, rolling, recreate: the program that does the work, told the `action`."
    )
    analysis: PlanAnalysis | None = None
    approval: bool | None = Field(default=None, description="Ask a person; blue-green does unless this is false.")
    share: bool = Field(default=True, description="Whether steps wait until the share really seen is as asked for.")
    checklist: bool = Field(default=True, description="Whether the pre-deployment checklist is in.")
    verification: bool = Field(default=True, description="Whether the post-deployment verification is in.")
    keep: Duration = Field(default="1h", description="blue-green: how long the old side is kept.")
    drain: Duration = Field(default="30s", description="rolling: what an instance gets to end its requests.")
    instances: list[Name] = Field(default_factory=list, description="rolling: backends of the split, in order.")
    shares: dict[str, Weight] = Field(default_factory=dict, description="rolling: their weights; empty: equal ones.")
    internal_rule: str = Field(default="", description="dark-launch: rule of the own people, opened first.")
    beta_rule: str = Field(default="", description="dark-launch: rule of those who asked for it.")
    downtime: Note = ""
    reminder: Note = ""


class PlanMade(Open):
    """The plan that a strategy makes; nothing is stored. It fits into a new rollout, or with a key into a new plan."""

    plan: PlanMembers


class PlanWritten(WriteAnswer):
    """The answer of a write to a plan."""

    document: Plan
