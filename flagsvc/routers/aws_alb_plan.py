"""What a weighted forward action says, and what it shall say: actions in, actions out."""

from collections.abc import Mapping, Sequence
from typing import Any

from flagsvc.domain.routing.errors import RouterError

STEPS = 999
"""The largest weight that Elastic Load Balancing takes (API reference, TargetGroupTuple)."""

Action = Mapping[str, Any]


def weights_in(actions: Sequence[Action]) -> dict[str, int]:
    """Read the weights by target group ARN; one group that gets everything has 999, however it is written."""
    forward = _forward(actions)
    groups = forward.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": forward["TargetGroupArn"]}]
    weights = {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}
    some = [arn for arn, weight in weights.items() if weight]
    return weights | {some[0]: STEPS} if len(some) == 1 else weights


def stickiness_in(actions: Sequence[Action]) -> int | None:
    """Read for how many seconds a cookie keeps clients at a group (0: without end, as on network ones); None: off."""
    kept = _forward(actions).get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {})
    return int(kept.get("DurationSeconds", 0)) if kept.get("Enabled") else None


def demand_own(actions: Sequence[Action], names: Mapping[str, str]) -> None:
    """Pass when nobody but the configured groups (ARN → backend) gets traffic; else RouterError with the stranger."""
    strangers = [arn for arn, weight in weights_in(actions).items() if weight and arn not in names]
    if strangers:
        raise RouterError(
            f"the action also forwards to {', '.join(strangers)}, which is no backend of this router "
            f"({', '.join(sorted(names.values()))}): add it to the backends or take it out of the action",
            permanent=True,
        )


def rewritten(actions: Sequence[Action], told: Mapping[str, int], seconds: int | None) -> list[Action] | None:
    """Give the actions with other weights (by ARN), everything else as it was; None when they say so already.

    A group without weight leaves the action, and stickiness is off while there is one: a cookie would go on sending
    clients to it. Else `seconds` of stickiness, or what is there where it is None.
    """
    wanted = {arn: weight for arn, weight in told.items() if weight}
    emptied = len(wanted) < len(told)
    kept = None if emptied else stickiness_in(actions) if seconds is None else seconds
    there = weights_in(actions)
    if {arn: weight for arn, weight in there.items() if weight} == wanted and stickiness_in(actions) == kept:
        return None
    others = {arn: 0 for arn in there if arn not in told}
    return [
        _with(action, _config(wanted | others, kept)) if _forwards(action) else _sendable(action) for action in actions
    ]


def warmed(actions: Sequence[Action], cold: Sequence[str]) -> list[Action]:
    """Give the actions with further groups at weight 0: no traffic yet, but their targets are checked from now on."""
    config = _config(weights_in(actions) | dict.fromkeys(cold, 0), stickiness_in(actions))
    return _replaced(actions, config)


def lines_of(names: Mapping[str, str], actions: Sequence[Action]) -> str:
    """Show the weights and the stickiness of actions, with the backends' names."""
    weights = ", ".join(f"{names.get(arn, arn)} {weight}" for arn, weight in sorted(weights_in(actions).items()))
    kept = stickiness_in(actions)
    return f"{weights} (of {STEPS}), stickiness {'off' if kept is None else f'{kept} s'}"


def _forward(actions: Sequence[Action]) -> Action:
    found = [action for action in actions if _forwards(action)]
    if len(found) != 1:
        kinds = ", ".join(sorted(str(action.get("Type")) for action in actions)) or "none"
        raise RouterError(f"expected one forward action, found: {kinds}", permanent=True)
    return found[0]


def _forwards(action: Action) -> bool:
    return action.get("Type") == "forward"


def _replaced(actions: Sequence[Action], config: Mapping[str, Any]) -> list[Action]:
    return [_with(action, config) if _forwards(action) else _sendable(action) for action in actions]


def _config(weights: Mapping[str, int], seconds: int | None) -> Mapping[str, Any]:
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    lasting = {"DurationSeconds": seconds} if seconds else {}
    return {
        "TargetGroups": groups,
        "TargetGroupStickinessConfig": {"Enabled": False} if seconds is None else {"Enabled": True, **lasting},
    }


def _with(action: Action, config: Mapping[str, Any]) -> Action:
    rest = {name: value for name, value in action.items() if name != "TargetGroupArn"}
    return {**rest, "ForwardConfig": {**action.get("ForwardConfig", {}), **config}}


def _sendable(action: Action) -> Action:
    # the secret of a log-in is never read back, and stays only when asked for (AuthenticateOidcActionConfig)
    if "AuthenticateOidcConfig" not in action:
        return action
    return {**action, "AuthenticateOidcConfig": {**action["AuthenticateOidcConfig"], "UseExistingClientSecret": True}}
