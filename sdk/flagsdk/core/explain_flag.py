"""One flag walked step by step: the order of evaluation, spelled out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .compiled import closed_rules
from .context import Unreadable
from .decision import Decision, ErrorCode, Reason
from .explain_condition import WORDS, Step, Walker
from .model import Fixed, Flag, Rule, Serve, Split
from .outcome import CIRCULAR, TARGET_RULE, UNREADABLE, missing_unit
from .shown import MAX_ITEMS, shown_text

Verdicts = Mapping[str, Decision]


class Examination:
    """Walks one flag for one context; `steps` fills on the way. Parents' decisions are already in `verdicts`."""

    def __init__(self, flag: Flag, walker: Walker, verdicts: Verdicts, *, ring: bool) -> None:
        self._flag = flag
        self._walker = walker
        self._verdicts = verdicts
        self._ring = ring
        self.steps: list[Step] = []

    def decide(self) -> Decision:
        """Give the decision, without revision."""
        flag = self._flag
        self._note("enabled", outcome=WORDS[flag.enabled])
        if not flag.enabled:
            return self._served(flag.off, Reason.DISABLED)
        if self._ring:
            return self._fault(ErrorCode.GENERAL, CIRCULAR)
        unmet = next(self._unmet(), None)
        if unmet is not None:
            return replace(self._served(flag.off, Reason.DEFAULT), prerequisite=unmet)
        try:
            return self._target() or self._rule() or self._default()
        except (Unreadable, UnicodeEncodeError):
            self._note("context", outcome="unreadable")
            return self._fault(ErrorCode.INVALID_CONTEXT, UNREADABLE)

    def _unmet(self) -> Iterator[str]:
        for prerequisite in self._flag.prerequisites:
            parent = self._verdicts[f"flag/{prerequisite.flag}"]
            served = parent.error is None and parent.reason is not Reason.DISABLED
            met = served and parent.variant in prerequisite.variants
            wanted = sorted(prerequisite.variants)[:MAX_ITEMS]
            self._note("prerequisite", flag=prerequisite.flag, variants=wanted, outcome=WORDS[met])
            if not met:
                yield prerequisite.flag

    def _target(self) -> Decision | None:
        for target in self._flag.targets:
            unit = self._walker.unit(target.by)
            hit = unit in target.units
            self._note(
                "target", by=target.by, unit=unit and shown_text(unit), variant=target.variant, outcome=WORDS[hit]
            )
            if hit:
                return self._served(target.variant, Reason.TARGETING_MATCH, TARGET_RULE)
        return None

    def _rule(self) -> Decision | None:
        closed = closed_rules(self._flag, self._walker.audience)
        for index, rule in enumerate(self._flag.rules):
            if index in closed:
                self._note("rule", index=index, rule=rule.id, outcome="unsupported", faults=list(closed[index]))
            elif self._matches(index, rule):
                return self._serve(rule.serve, Reason.TARGETING_MATCH, rule.id)
        return None

    def _matches(self, index: int, rule: Rule) -> bool:
        truth, when = self._walker.judge(rule.when)
        self._note("rule", index=index, rule=rule.id, when=when, outcome=WORDS[truth])
        return truth is True

    def _default(self) -> Decision:
        flag = self._flag
        plain = not (flag.rules or flag.targets or flag.prerequisites)
        self._note("default")
        return self._serve(flag.default, Reason.STATIC if plain else Reason.DEFAULT, None)

    def _serve(self, serve: Serve, reason: Reason, rule: str | None) -> Decision:
        match serve:
            case Fixed(variant):
                return self._served(variant, reason, rule)
            case Split():
                return self._split(serve, rule)
            case _:
                return self._fault(ErrorCode.GENERAL, serve.detail, rule)

    def _split(self, split: Split, rule: str | None) -> Decision:
        unit = self._walker.unit(split.by)
        if unit is None:
            self._note("split", by=split.by, unit=None)
            return self._fault(ErrorCode.TARGETING_KEY_MISSING, missing_unit(split.by), rule)
        bucket = split.place(unit)
        variant, start, end = next(owned for owned in split.ranges if owned[1] <= bucket < owned[2])
        self._note(
            "split",
            by=split.by,
            unit=shown_text(unit),
            hash=split.hash,
            salt=shown_text(split.salt),
            space=split.space,
            bucket=bucket,
            range=[start, end],
            variant=variant,
        )
        return replace(self._served(variant, Reason.SPLIT, rule), bucket=bucket)

    def _served(self, variant: str, reason: Reason, rule: str | None = None) -> Decision:
        return Decision(self._flag.variants[variant], variant, reason, rule)

    def _fault(self, error: ErrorCode, detail: str, rule: str | None = None) -> Decision:
        return replace(self._served(self._flag.off, Reason.ERROR, rule), error=error, detail=detail)

    def _note(self, step: str, **members: Any) -> None:
        self.steps.append({"step": step, **members})
