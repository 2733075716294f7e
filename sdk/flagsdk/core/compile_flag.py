"""One flag (after its prerequisites) as a generated function from a context to an outcome."""

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from .compile_condition import Conditions, Known
from .compile_source import INDENT, NOTING, built
from .context import Unreadable, readable, unit_of
from .decision import ErrorCode, Reason
from .hashing import NATIVE
from .hashing.murmur import murmur3
from .model import Fixed, Flag, Rule, Serve, Split, Targets
from .outcome import TARGET_RULE, UNREADABLE, Outcome, Outcomes, missing_unit
from .sketch import Sketch

MAX_CHAIN = 4
"""Up to so many ranges are compared one by one; a longer table is searched."""

Decide = Callable[[Any], Outcome]


class Body:
    """Writes the function of one flag; `closed` holds the indexes of the rules that can never match."""

    def __init__(self, flag: Flag, outcomes: Outcomes, closed: Mapping[int, object], conditions: Conditions) -> None:
        self._flag = flag
        self._outcomes = outcomes
        self._closed = closed
        self._conditions = conditions
        self._source = conditions.source

    def decide(self) -> Decide:
        """Give the compiled function; it never raises."""
        lines = list(self._lines())
        if not self._source.reads:
            return built(self._source, "decide", lines)
        invalid = self._outcomes.fault(ErrorCode.INVALID_CONTEXT, UNREADABLE)
        rescue, outcome = self._source.bind_rare(rescued), self._source.bind_rare(invalid)
        guarded = ["try:", *(INDENT + line for line in lines), "except Exception:"]
        return built(self._source, "decide", [*guarded, f"{INDENT}return {rescue}(decide, context, {outcome})"])

    def _lines(self) -> Iterator[str]:
        known: Known = frozenset()
        for by, table in _tables(self._flag.targets, self._outcomes):
            variable, first = self._conditions.mention(by, known)
            listed, unlisted = self._source.bind(table), self._source.bind_rare(_slow_get(table))
            yield f"target = {listed}.get({variable}) if type({first}) is str else {unlisted}({variable})"
            yield "if target is not None:"
            yield f"{INDENT}return target"
            known |= {variable}
        for index, rule in enumerate(self._flag.rules):
            if index not in self._closed:
                known = yield from self._rule(rule, known)
        yield from self._default(known)

    def _rule(self, rule: Rule, known: Known) -> Generator[str, None, Known]:
        condition = self._conditions.expression(rule.when, known, want=True)
        yield f"if {condition.text}:"
        for line in self._serve(rule.serve, Reason.TARGETING_MATCH, rule.id, condition.if_true):
            yield INDENT + line
        return condition.if_false

    def _default(self, known: Known) -> Iterator[str]:
        flag = self._flag
        reason = Reason.DEFAULT if flag.rules or flag.targets or flag.prerequisites else Reason.STATIC
        return self._serve(flag.default, reason, None, known)

    def _serve(self, serve: Serve, reason: Reason, rule: str | None, known: Known) -> Iterator[str]:
        match serve:
            case Fixed(variant):
                yield f"return {self._source.bind(self._outcomes.of(variant, reason, rule))}"
            case Split():
                yield from self._split(serve, rule, known)
            case _:
                yield f"return {self._source.bind(self._outcomes.fault(ErrorCode.GENERAL, serve.detail, rule))}"

    def _split(self, split: Split, rule: str | None, known: Known) -> Iterator[str]:
        """Hash the unit and compare; a unit that is not Unicode raises, and `rescued` answers."""
        unit, first = self._conditions.mention(split.by, known)
        missing = self._outcomes.fault(ErrorCode.TARGETING_KEY_MISSING, missing_unit(split.by), rule)
        yield f"if type({first}) is not str:"
        yield f"{INDENT}{unit} = unit_of({unit})"
        yield f"if not {unit}:"
        yield f"{INDENT}return {self._source.bind_rare(missing)}"
        sketch = Sketch() if split.hash == NATIVE else None
        served = self._outcomes.of_split(split, rule, sketch)
        yield f"place = {self._place(split, unit)}"
        if sketch is not None:
            yield from self._note(self._source.bind(sketch))
        yield from self._choice([(served[variant], end) for variant, end in ends_of(split)])

    def _place(self, split: Split, unit: str) -> str:
        """Give the expression of what the ends are compared with: the raw hash for murmur3, else the bucket."""
        if split.hash != NATIVE:
            return f"{self._source.bind(split.place)}({unit})"
        seed = self._source.bind(murmur3(split.salt, 0))
        # murmur3_of_text ends the process on a lone surrogate (mmh3 5.3.1): only ASCII may reach it.
        fast, slow = f"murmur3_of_text({unit}, {seed}, False)", f"murmur3_of_bytes({unit}.encode(), {seed})"
        return f"{fast} if {unit}.isascii() else {slow}"

    def _note(self, sketch: str) -> Iterator[str]:
        """Note the unit, most often by one comparison that fails; a unit that is known already costs a second one."""
        yield f"if place < {sketch}.threshold and place not in {sketch}.held:"
        yield f"{INDENT}{sketch}{NOTING}"

    def _choice(self, ends: list[tuple[Outcome, int]]) -> Iterator[str]:
        """Give the outcome whose range holds the place."""
        bounds = self._source.bind(tuple(end for _, end in ends[:-1]))
        owners = self._source.bind(tuple(outcome for outcome, _ in ends))
        if len(ends) > MAX_CHAIN:
            yield f"return {owners}[bisect({bounds}, place)]"
            return
        for index in range(len(ends) - 1):
            yield f"if place < {bounds}[{index}]:"
            yield f"{INDENT}return {owners}[{index}]"
        yield f"return {owners}[{len(ends) - 1}]"


def rescued(decide: Decide, context: Any, invalid: Outcome) -> Outcome:
    """Answer for a context that raised: a mapping is asked again with care; what then still fails is invalid."""
    try:
        careful = readable(context)
    except Unreadable:
        return invalid
    return invalid if careful is context else decide(careful)


def _tables(targets: tuple[Targets, ...], outcomes: Outcomes) -> Iterator[tuple[str, dict[str, Outcome]]]:
    """Give the listed units as tables, one for each run of targets with the same `by`; the first listing wins."""
    runs: list[tuple[str, dict[str, Outcome]]] = []
    for target in targets:
        if not runs or runs[-1][0] != target.by:
            runs.append((target.by, {}))
        outcome = outcomes.of(target.variant, Reason.TARGETING_MATCH, TARGET_RULE)
        for unit in target.units:
            runs[-1][1].setdefault(unit, outcome)
    yield from runs


def _slow_get(table: dict[str, Outcome]) -> Callable[[Any], Outcome | None]:
    def get(value: Any) -> Outcome | None:
        unit = unit_of(value)
        return None if unit is None else table.get(unit)

    return get


def ends_of(split: Split) -> list[tuple[str, int]]:
    """Give (variant, end) by rising end, neighbours of one variant joined; murmur3 ends are in raw hashes.

    bucket < end  ⇔  hash * space >> 32 < end  ⇔  hash < ⌈end * 2³² / space⌉.
    """
    ends: list[tuple[str, int]] = []
    for variant, _, end in split.ranges:
        bound = -(-(end << 32) // split.space) if split.hash == NATIVE else end
        if ends and ends[-1][0] == variant:
            ends.pop()
        ends.append((variant, bound))
    return ends
