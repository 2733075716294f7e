"""How the query of a metric tells the two arms apart: variables that a source puts into its query, a value per arm.

`query["arms"]` is {"baseline": …, "candidate": …}. A text is the value of the variable `cohort` (also called `arm`);
a mapping gives each of several variables its text, the same ones on both sides.
"""

from collections.abc import Mapping
from typing import Any, Literal

from flagsvc.domain.analysis.spec import Metric

Side = Literal["baseline", "candidate"]
SIDES: tuple[Side, ...] = ("baseline", "candidate")
USUAL = ("cohort", "arm")
MAX_VALUE = 200


def arms_of(metric: Metric) -> Mapping[Side, Mapping[str, str]]:
    """Give the variables of each arm, of a value without arms none; raises ValueError with a sentence."""
    given = metric.query.get("arms")
    if given is None and metric.kind == "value":
        return {"baseline": {}, "candidate": {}}
    if not isinstance(given, Mapping) or set(given) != set(SIDES):
        raise ValueError('arms: expected {"baseline": …, "candidate": …}, each a text or a mapping of variables')
    arms = {side: _variables(side, given[side]) for side in SIDES}
    if set(arms["baseline"]) != set(arms["candidate"]):
        raise ValueError("arms: both sides need the same variables")
    if arms["baseline"] == arms["candidate"]:
        raise ValueError("arms: baseline and candidate are the same, so nothing can be compared")
    return arms


def _variables(side: Side, given: Any) -> Mapping[str, str]:
    if isinstance(given, str):
        given = dict.fromkeys(USUAL, given)
    if not isinstance(given, Mapping) or not given:
        raise ValueError(f"arms.{side}: expected a text or a mapping of variables to texts")
    for name, value in given.items():
        if not isinstance(name, str) or not (name.isascii() and name.isidentifier()):
            raise ValueError(f"arms.{side}: {name!r} is no name of a variable: letters, digits and _")
        if not isinstance(value, str) or not 0 < len(value) <= MAX_VALUE or not value.isprintable():
            raise ValueError(f"arms.{side}.{name}: expected a text of 1 to {MAX_VALUE} printable characters")
    return dict(given)
