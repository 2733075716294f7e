"""Weights as people write them, in percent, and as the API takes them; and what a place serves now."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flagsvc.ctl.failure import USAGE, Failure
from flagsvc.ctl.figures import WHOLE, percent

PER_PERCENT = 1000


def weights_of(text: str) -> dict[str, int]:
    """Read "on=25,off=75": percent with up to three decimals, to 1/100 000; raises Failure unless it adds up to 100."""
    weights: dict[str, int] = {}
    for part in text.split(","):
        name, equals, amount = part.partition("=")
        name = name.strip()
        if not (name and equals) or name in weights:
            raise Failure(f"{part.strip()!r} is no weight: write each variant once, as in on=25,off=75", USAGE)
        weights[name] = _weight(name, amount)
    total = sum(weights.values())
    if total != WHOLE:
        raise Failure(f"the weights add up to {percent(total)}, not 100 %", USAGE)
    return weights


def served(document: Mapping[str, Any], rule: str | None) -> dict[str, int]:
    """Give the weights that the default, or a rule, serves by; raises Failure for a rule that is not there."""
    place = document["default"]
    if rule is not None:
        rules = {each["id"]: each for each in document.get("rules") or ()}
        if rule not in rules:
            known = ", ".join(rules) or "none"
            raise Failure(f"there is no rule {rule!r}; known: {known}", USAGE)
        place = rules[rule]
    return dict(place["split"]["weights"]) if "split" in place else {place["serve"]: WHOLE}


def changes(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Write each variant's weight, old → new, a line each; those that get nothing before and after are left out."""
    names = [name for name in {**before, **after} if before.get(name) or after.get(name)]
    width = max(map(len, names), default=0)
    pairs = [(name, percent(before.get(name, 0)), percent(after.get(name, 0))) for name in names]
    old_width = max((len(old) for _, old, _ in pairs), default=0)
    return [f"  {name:<{width}}  {old:>{old_width}}" + (f" → {new}" if new != old else "") for name, old, new in pairs]


def _weight(name: str, amount: str) -> int:
    try:
        exact = Decimal(amount.strip().removesuffix("%").strip()) * PER_PERCENT
    except InvalidOperation:
        raise Failure(f"{amount!r} is no weight of {name}: a number of percent is expected", USAGE) from None
    if not exact.is_finite() or exact < 0 or exact > WHOLE or exact != int(exact):
        raise Failure(f"{amount}: a weight is 0 to 100 percent, with three decimals at most", USAGE)
    return int(exact)
