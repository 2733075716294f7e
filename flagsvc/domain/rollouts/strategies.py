"""Plans made of a few facts, one way for each strategy; what comes out is an ordinary plan, to be edited at will."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsdk.core.validate import Problem
from flagsvc.domain.rollouts.check import plan_problems
from flagsvc.domain.rollouts.check_analysis import HOUR
from flagsvc.domain.rollouts.checklists import post_deployment, pre_deployment, smoke
from flagsvc.domain.rollouts.facts import INSTANCE, Facts, facts_of, facts_problems
from flagsvc.domain.rollouts.plan import Gate, Hook, Plan, PlanTarget, Step
from flagsvc.domain.rollouts.reading import plan_members

MINUTE = 60.0
RAMP = (5_000, 10_000, 25_000, 50_000, 75_000, WHOLE)
FIRST_INTERNAL, FIRST_ALL, FIRST_BETA = 100, 1_000, 10_000
MAX_NAME = 100
DOWNTIME = "from the step 'stop' to the end of the step 'start'"

_HOLDS = ((10_000, 15 * MINUTE), (25_000, 20 * MINUTE), (WHOLE - 1, 30 * MINUTE), (WHOLE, 15 * MINUTE))
"""Up to this weight a step of a canary holds so long: the more people have it, the more there is to be sure of."""


def plan_from(members: Any) -> tuple[dict[str, Any], list[Problem]]:
    """Make the members of a plan of the members of facts; or say everything that is wrong, and make nothing."""
    problems = facts_problems(members)
    if problems:
        return {}, problems
    made = plan_members(plan_for(facts_of(members)))
    return made, [
        Problem("", problem.code, f"The plan would be wrong at {problem.pointer}: {problem.detail}")
        for problem in plan_problems(made)
    ]


def plan_for(facts: Facts) -> Plan:
    """Make the plan of facts: routers are moved before flags, and go back after them."""
    ordered = replace(facts, targets=tuple(sorted(facts.targets, key=lambda target: target.kind != "split")))
    plan = _STRATEGIES[facts.strategy](ordered)
    return replace(
        plan,
        before=pre_deployment() if facts.checklist else (),
        after=post_deployment(() if facts.strategy == "rolling" else facts.checks) if facts.verification else (),
        analysis=facts.analysis,
        downtime=facts.downtime or plan.downtime,
        reminder=facts.reminder or plan.reminder,
    )


def _canary(facts: Facts) -> Plan:
    """Let a growing share have it, and look at each step."""
    steps = [
        Step(
            name=_share(weight),
            weights=_all(facts.targets, weight),
            hold_seconds=_held(facts, next(hold for most, hold in _HOLDS if weight <= most)),
            gates=_shared(facts),
        )
        for weight in facts.weights or RAMP
    ]
    first = (*smoke(facts.checks), *steps[0].gates, *_approval(facts, "Somebody has looked at how the first ones fare"))
    return _plan(facts, replace(steps[0], gates=first), *steps[1:])


def _blue_green(facts: Facts) -> Plan:
    """Try the new side while nobody is there, switch everybody at once, and keep the old side for the way back."""
    asked = replace(facts, approval=facts.approval is not False)
    looked = _approval(asked, "The new side was looked at and may get everybody")
    steps = [
        Step(
            name="preview", gates=(*smoke(facts.checks), *looked), say="The new side can be looked at; nobody is there"
        ),
        Step(
            name="switch",
            weights=_all(facts.targets, WHOLE),
            hold_seconds=facts.keep_seconds,
            gates=_shared(facts),
            say="Everybody is on the new side; the old one stays as the instant way back until this step ends",
        ),
    ]
    if facts.hook is not None:
        said = "The old side is retired: from here on there is no instant way back"
        steps.append(Step(name="retire", hook=_told(facts.hook, "retire", _old(facts)), say=said))
    return _plan(facts, *steps)


def _rolling(facts: Facts) -> Plan:
    """Update one instance after the other while the rest serves; on the way back in the reverse order."""
    shares = dict(facts.shares) or _equal(facts.instances)
    steps = [step for instance in facts.instances for step in _updated(facts, instance, shares)]
    return replace(_plan(facts, *steps), back="hooks-first")


def _updated(facts: Facts, instance: str, shares: Mapping[str, int]) -> Iterator[Step]:
    name = facts.targets[0].name
    yield Step(
        name=_called("take out", instance),
        weights={name: _without(shares, instance)},
        hold_seconds=facts.drain_seconds,
        say=f"{instance} gets nothing new and ends what it has",
    )
    yield Step(
        name=_called("update", instance),
        hook=_told(facts.hook, "update", instance),
        undo=_told(facts.hook, "undo", instance),
        gates=smoke(tuple(replace(check, url=check.url.replace(INSTANCE, instance)) for check in facts.checks)),
    )
    yield Step(
        name=_called("put back", instance),
        weights={name: dict(shares)},
        hold_seconds=_held(facts, MINUTE),
        gates=_shared(facts),
    )


def _recreate(facts: Facts) -> Plan:
    """Stop the old version, start the new one: whoever asks in between gets nothing."""
    old, new = _old(facts), facts.targets[0].candidate if facts.targets else "new"
    down = facts.downtime or DOWNTIME
    steps = [
        Step(
            name="stop",
            hook=_told(facts.hook, "stop", old),
            undo=_told(facts.hook, "start", old),
            say=f"The service is down from here on ({down})",
        ),
        Step(
            name="start",
            hook=_told(facts.hook, "start", new),
            undo=_told(facts.hook, "stop", new),
            gates=(*smoke(facts.checks), *_approval(facts, "The new version answers as it should")),
            say="The service is still down until the new version has started",
        ),
        Step(
            name="open",
            weights=_all(facts.targets, WHOLE),
            hold_seconds=_held(facts, 15 * MINUTE),
            say="The service is up again, with the new version",
        ),
    ]
    return replace(_plan(facts, *steps), back="hooks-first", downtime=down)


def _dark_launch(facts: Facts) -> Plan:
    """Let the own people have it, then a thousandth of all and those who asked for it, then everybody."""
    main = facts.targets[0]
    internal = _ruled(main, "internal", facts.internal_rule)
    beta = _ruled(main, "beta", facts.beta_rule)
    look = _approval(facts, "Those who asked for it are content")
    steps = [
        Step(name="internal", weights={internal.name: WHOLE if facts.internal_rule else FIRST_INTERNAL}),
        Step(name=_share(FIRST_ALL), weights={main.name: FIRST_ALL}),
        Step(name="beta", weights={beta.name: FIRST_BETA}),
        Step(name="everybody", weights={target.name: WHOLE for target in (internal, beta, main)}),
    ]
    held = [replace(step, hold_seconds=_held(facts, HOUR), gates=_shared(facts)) for step in steps]
    held[0] = replace(held[0], gates=(*smoke(facts.checks), *held[0].gates))
    held[2] = replace(held[2], gates=(*held[2].gates, *look))
    targets = tuple({target.name: target for target in (main, internal, beta)}.values())
    reminder = f"Everybody has it: take the flag {main.key!r} out of the code, then archive it"
    return Plan(strategy="dark-launch", targets=targets, steps=tuple(held), reminder=reminder)


def _ruled(main: PlanTarget, word: str, rule: str) -> PlanTarget:
    """Give the rule of a flag as a target of its own, or the flag's default where there is no such rule."""
    return replace(main, name=f"{main.name}-{word}", rule=rule) if rule else main


def _plan(facts: Facts, *steps: Step) -> Plan:
    return Plan(strategy=facts.strategy, targets=facts.targets, steps=steps)


def _all(targets: tuple[PlanTarget, ...], weight: int) -> dict[str, int]:
    return {target.name: weight for target in targets}


def _held(facts: Facts, seconds: float) -> float:
    return seconds if facts.hold_seconds is None else facts.hold_seconds


def _shared(facts: Facts) -> tuple[Gate, ...]:
    """Wait for the share that arrives, where routers can count it: nobody counts for a flag."""
    counted = facts.share and any(target.kind == "split" for target in facts.targets)
    return (Gate(name="share", kind="share", title="What arrives is what was asked for"),) if counted else ()


def _approval(facts: Facts, title: str) -> tuple[Gate, ...]:
    return (Gate(name="approval", kind="approval", title=title),) if facts.approval else ()


def _old(facts: Facts) -> str:
    return facts.targets[0].baseline if facts.targets else "old"


def _told(hook: Hook | None, action: str, instance: str) -> Hook | None:
    """Tell the program what to do with whom, beside what it is told anyhow."""
    return hook and replace(hook, body={**hook.body, "action": action, "instance": instance})


def _equal(instances: tuple[str, ...]) -> dict[str, int]:
    whole, rest = divmod(WHOLE, len(instances))
    return {name: whole + (index < rest) for index, name in enumerate(instances)}


def _without(shares: Mapping[str, int], instance: str) -> dict[str, int]:
    """Share what an instance had among the others, as they share the rest, exactly."""
    others = {name: share for name, share in shares.items() if name != instance}
    left = sum(others.values())
    parts = {name: divmod(share * WHOLE, left) for name, share in others.items()}
    missing = WHOLE - sum(whole for whole, _ in parts.values())
    favoured = sorted(parts, key=lambda name: (-parts[name][1], name))[:missing]
    return {instance: 0, **{name: whole + (name in favoured) for name, (whole, _) in parts.items()}}


def _called(verb: str, instance: str) -> str:
    return f"{verb} {instance}"[:MAX_NAME]


def _share(weight: int) -> str:
    return f"{weight / 1_000:g} %"


_STRATEGIES: Mapping[str, Callable[[Facts], Plan]] = {
    "canary": _canary,
    "blue-green": _blue_green,
    "rolling": _rolling,
    "recreate": _recreate,
    "dark-launch": _dark_launch,
}
