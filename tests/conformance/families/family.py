"""What a family of cases is made of: documents of one environment, contexts, and the decisions its law demands."""

import json
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
Expected = dict[str, Any]

ABSENT = object()
"""In a context built by `context_of`: leave the attribute out."""

HOLDS, FAILS = True, False
"""Outcomes of a condition, besides None for unknown."""

YES: Expected = {"value": "yes", "variant": "yes", "reason": "TARGETING_MATCH", "rule": "r"}
NO: Expected = {"value": "no", "variant": "no", "reason": "DEFAULT"}
FLAG: Document = {
    "type": "string",
    "variants": {"yes": "yes", "no": "no", "off": "off"},
    "enabled": True,
    "offVariant": "off",
    "default": {"serve": "no"},
}


class Spelled(str):
    """A JSON number written exactly so, for instance `1e5`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Spelled({self!s})"


@dataclass
class Family:
    """One file of the corpus. `about` states the law in a sentence; the cases are what the law says."""

    name: str
    about: str
    documents: dict[str, Document] = field(default_factory=dict)
    cases: list[dict[str, Any]] = field(default_factory=list)
    _rules: dict[str, str] = field(default_factory=dict)

    def flag(self, key: str, **members: Any) -> str:
        """Add a flag: a string flag with the variants yes, no and off, unless said otherwise. Gives its key."""
        self.documents[f"flag/{key}"] = {"key": key, **FLAG, **members}
        return key

    def split(self, key: str, **members: Any) -> str:
        """Add a traffic split. Gives its key."""
        self.documents[f"split/{key}"] = {"key": key, "enabled": True, "rules": [], "targets": [], **members}
        return key

    def segment(self, key: str, **members: Any) -> str:
        """Add a segment. Gives its key."""
        self.documents[f"segment/{key}"] = {"key": key, "included": [], "excluded": [], "when": None, **members}
        return key

    def case(self, name: str, key: str, context: Any, expected: Expected, kind: str = "flag") -> None:
        """Add a case: the flag (or split), asked with the context, decides as expected; a member left out is null."""
        self.cases.append({"id": f"{self.name}/{name}", kind: key, "context": context, "expect": expected})

    def rule(self, when: Document) -> str:
        """Give the flag whose only rule serves yes when the condition is true; the same condition, the same flag."""
        text = repr(when)
        if text not in self._rules:
            self._rules[text] = self.flag(f"c{len(self._rules)}", rules=[{"id": "r", "when": when, "serve": "yes"}])
        return self._rules[text]

    def truth(self, name: str, when: Document, context: Any, outcome: bool | None) -> None:  # noqa: FBT001 -- the subject
        """Add what shows a condition to be true, false or unknown: itself, and its opposite by `not`."""
        self.case(name, self.rule(when), context, served(outcome is True))
        self.case(f"{name}/not", self.rule({"not": when}), context, served(outcome is False))

    def test(self, name: str, test: Document, context: Any, outcome: bool | None) -> None:  # noqa: FBT001 -- the subject
        """Add a comparison, and the same one with `negate`: a missing attribute makes neither true."""
        self.case(name, self.rule(test), context, served(outcome is True))
        self.case(f"{name}/negate", self.rule({**test, "negate": True}), context, served(outcome is False))


def context_of(value: Any) -> Document:
    """Give a context whose attribute `a` has the value, or is not there."""
    return {"targetingKey": "user-1"} | ({} if value is ABSENT else {"a": value})


def comparison(op: str, *values: Any, **members: Any) -> Document:
    """Compare the attribute `a` with values."""
    return {"attribute": "a", "op": op, **({"values": list(values)} if values else {}), **members}


def meaning(value: Any) -> Any:
    """Give the JSON value that a spelling stands for."""
    return json.loads(value) if isinstance(value, Spelled) else value


def served(holds: bool) -> Expected:  # noqa: FBT001 -- the subject
    """Give the decision of a flag made by `rule`."""
    return YES if holds else NO
