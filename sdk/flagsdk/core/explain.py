"""The reference: a plain walk over the model, which gives the decision together with everything that led to it."""

from dataclasses import asdict, replace
from typing import Any

from .compiled import Compiled, parents_of
from .components import circular, components
from .decision import Decision
from .explain_condition import Step, Walker
from .explain_flag import Examination
from .shown import shown, shown_text
from .snapshot import FLAG, Snapshot

MAX_NESTED = 32
"""Traces of prerequisites nest so deep; deeper ones show their decision only."""


def explain(snapshot: Snapshot, key: str, context: Any, kind: str = FLAG) -> dict[str, Any]:
    """Decide a "flag" or a "split" and say why, in JSON types: the decision, and every step that led to it.

    A prerequisite carries its decision and its own steps; where a parent is met again, its decision only. Never raises.
    """
    report = _Report(snapshot, f"{kind}/{key}", context)
    return {
        "kind": kind,
        "key": shown(key),
        "revision": snapshot.revision,
        "decision": _members(report.decision),
        "steps": report.steps(report.name, 0),
    }


def explained(snapshot: Snapshot, key: str, context: Any, kind: str = FLAG) -> Decision:
    """Give only the decision of the plain walk: what compiled code is held to."""
    return _Report(snapshot, f"{kind}/{key}", context).decision


class _Report:
    """Decisions and steps of a flag and its ancestors, each walked once, parents first."""

    def __init__(self, snapshot: Snapshot, name: str, context: Any) -> None:
        self.name = name
        self._snapshot = snapshot
        self._walker = Walker(context, snapshot.audience)
        self._verdicts: dict[str, Decision] = {}
        self._steps: dict[str, list[Step]] = {}
        for component in components(name, self._parents):
            ring = circular(component, self._parents)
            for member in component:
                self._walk(member, ring=ring)

    @property
    def decision(self) -> Decision:
        return self._verdicts[self.name]

    def steps(self, name: str, depth: int) -> list[Step]:
        """Give the steps of a flag with those of its parents inside, each flag's once."""
        steps = self._steps.pop(name, [])
        return [self._with_parent(step, depth) if step["step"] == "prerequisite" else step for step in steps]

    def _with_parent(self, step: Step, depth: int) -> Step:
        parent = f"{FLAG}/{step['flag']}"
        inner = self.steps(parent, depth + 1) if depth < MAX_NESTED else []
        return step | {"decision": _members(self._verdicts[parent]), "steps": inner}

    def _walk(self, name: str, *, ring: bool) -> None:
        compiled, revision = self._compiled(name), self._snapshot.revision
        if compiled.flag is None or not compiled.found:
            outcome = compiled.outcomes[0]
            self._verdicts[name] = Decision(
                None, reason=outcome.reason, revision=revision, error=outcome.error, detail=outcome.detail
            )
            self._steps[name] = [{"step": "found", "outcome": "false"}]
            return
        examination = Examination(compiled.flag, self._walker, self._verdicts, ring=ring)
        self._verdicts[name] = replace(examination.decide(), revision=revision)
        self._steps[name] = examination.steps

    def _parents(self, name: str) -> tuple[str, ...]:
        flag = self._compiled(name).flag
        return () if flag is None else parents_of(flag)

    def _compiled(self, name: str) -> Compiled:
        kind, _, key = name.partition("/")
        return self._snapshot.compiled(kind, key)


def _members(decision: Decision) -> dict[str, Any]:
    detail = decision.detail and shown_text(decision.detail)
    return asdict(replace(decision, detail=detail))
