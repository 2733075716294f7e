"""Segments, traffic splits, and what a reader does with what it does not know."""

from typing import Any

from .family import FAILS, HOLDS, NO, YES, Document, Expected, Family, comparison

TRUE, FALSE = comparison("equals", 1), comparison("equals", 2)
UNKNOWN = {**comparison("equals", 1), "attribute": "gone"}
OUTCOMES: dict[str, tuple[Document | None, bool | None]] = {
    "holds": (TRUE, HOLDS),
    "fails": (FALSE, FAILS),
    "unknown": (UNKNOWN, None),
    "none": (None, FAILS),
}
"""Condition of a segment, and whether it is true where `a` is 1."""
MISSING: dict[str, Any] = {"empty": "", "number": 7, "null": None, "list": ["in"]}


def segments() -> Family:
    """Excluded is no, included is yes, else the condition; without a unit the condition alone, or unknown."""
    family = Family("segments", "Excluded, then included, then the condition; a missing unit leaves the condition.")
    for name, (when, outcome) in OUTCOMES.items():
        family.segment(name, included=["in", "both"], excluded=["out", "both"], when=when)
        member = {"segment": name}
        for unit, listed in {"in": True, "out": False, "both": False, "IN": outcome, "else": outcome}.items():
            family.test(f"{name}/{unit}", member, {"targetingKey": unit, "a": 1}, listed)
            family.truth(f"{name}/{unit}/group", {"any": [member]}, {"targetingKey": unit, "a": 1}, listed)
        without = None if when is None else outcome
        for kind, absent in MISSING.items():
            family.test(f"{name}/missing/{kind}", member, {"targetingKey": absent, "a": 1}, without)
            family.truth(f"{name}/missing/{kind}/group", {"any": [member]}, {"targetingKey": absent, "a": 1}, without)
        family.test(f"{name}/missing/absent", member, {"a": 1}, without)
    _nested(family)
    return family


def _nested(family: Family) -> None:
    family.segment("by", by="company.id", included=["acme"], excluded=["evil"], when={"segment": "holds"})
    for unit, outcome in {"acme": True, "evil": False, "other": True}.items():
        context = {"targetingKey": "else", "company": {"id": unit}, "a": 1}
        family.test(f"by/{unit}", {"segment": "by"}, context, outcome)
    family.test("by/missing", {"segment": "by"}, {"targetingKey": "in"}, HOLDS)
    family.test("by/missing-excluded-inside", {"segment": "by"}, {"targetingKey": "out", "a": 1}, FAILS)
    family.segment("not-in", when={"segment": "holds", "negate": True})
    for unit, outcome in {"in": False, "out": True}.items():
        family.test(f"not-in/{unit}", {"segment": "not-in"}, {"targetingKey": unit, "a": 1}, outcome)
    both = {"all": [{"segment": "holds"}, {"not": {"segment": "fails"}}]}
    family.truth("both/else", both, {"targetingKey": "else", "a": 1}, HOLDS)
    family.truth("both/in", both, {"targetingKey": "in", "a": 1}, FAILS)
    family.segment("level0", included=["deep"])
    for number in range(1, 10):
        family.segment(f"level{number}", when={"segment": f"level{number - 1}"})
    for unit, outcome in {"deep": True, "shallow": False}.items():
        family.test(f"deep/{unit}", {"segment": "level9"}, {"targetingKey": unit}, outcome)


UNSUPPORTED: dict[str, Document] = {
    "operator": comparison("resembles", 1),
    "operator-negated": comparison("resembles", 1, negate=True),
    "operator-not": {"not": comparison("resembles", 1)},
    "operator-case": comparison("Equals", 1),
    "operator-beside-true": {"any": [TRUE, comparison("resembles", 1)]},
    "operator-beside-false": {"not": {"all": [FALSE, comparison("resembles", 1)]}},
    "operator-deep": {"any": [TRUE, {"not": {"all": [FALSE, {"any": [comparison("resembles", 1)]}]}}]},
    "hash": {"bucket": {"salt": "s", "hash": "murmur4", "ranges": [[0, 100_000]]}},
    "hash-negated": {"bucket": {"salt": "s", "hash": "murmur4", "ranges": []}, "negate": True},
    "hash-space": {"bucket": {"salt": "s", "hash": "growthbook1", "space": 999, "ranges": [[0, 999]]}},
    "hash-salt": {"bucket": {"salt": "no seed", "hash": "split", "ranges": [[0, 100]]}},
    "shape": {"likely": TRUE},
    "shape-negated": {"not": {"likely": TRUE}},
    "shape-empty": {},
    "shapes-mixed": {"all": [], "any": [TRUE]},
    "no-object": {"all": [True]},
    "pattern": comparison("matches", "(?=x)"),
    "pattern-beside-true": {"any": [TRUE, comparison("matches", "(")]},
    "version": comparison("semverLessThan", "1.x"),
    "instant": comparison("before", "tomorrow"),
    "network": comparison("inCidr", "10.0.0.0/33"),
    "number": comparison("lessThan", "5"),
    "text": comparison("contains", 5),
    "segment": {"segment": "no-such-segment"},
    "segment-negated": {"segment": "no-such-segment", "negate": True},
    "segment-uses-it": {"segment": "unsupported"},
    "segment-uses-it-listed": {"segment": "unsupported-listed"},
    "segment-of-segment": {"segment": "rests-on-unsupported"},
    "segment-circle": {"segment": "circle"},
    "segment-circle-negated": {"not": {"segment": "circle"}},
}


def unsupported() -> Family:
    """Rules with anything unknown in them never match, however negated or grouped; the next rule is asked."""
    family = Family(
        "unsupported", "What a reader does not know closes the rule and nothing else: no gate opens by age."
    )
    unknown = comparison("resembles", 1)
    family.segment("unsupported", when=unknown)
    family.segment("unsupported-listed", included=["user-1"], when=unknown)
    family.segment("rests-on-unsupported", when={"not": {"segment": "unsupported"}})
    family.segment("circle", included=["user-1"], when={"segment": "circle-back"})
    family.segment("circle-back", when={"segment": "circle"})
    context = {"targetingKey": "user-1", "a": 1}
    for name, when in UNSUPPORTED.items():
        closed = {"id": "closed", "when": when, "serve": "off"}
        family.case(name, family.flag(f"alone-{name}", rules=[closed]), context, NO)
        following = family.flag(f"next-{name}", rules=[closed, {"id": "r", "when": TRUE, "serve": "yes"}])
        family.case(f"{name}/next-rule", following, context, YES)
    family.case("supported-twin", family.rule({"any": [TRUE, FALSE]}), context, YES)
    _splits(family)
    return family


def _splits(family: Family) -> None:
    """Unknown hashes close a rule; in the default one leaves nothing but the off variant."""
    split = {"weights": {"yes": 100_000}, "salt": "s", "hash": "murmur4", "allocation": [["yes", 0, 100_000]]}
    context = {"targetingKey": "user-1"}
    failed: Expected = {"value": "off", "variant": "off", "reason": "ERROR", "error": "GENERAL"}
    family.case("split/default", family.flag("split-default", default={"split": split}), context, failed)
    rule = {"id": "closed", "when": {"all": []}, "split": split}
    family.case("split/rule", family.flag("split-rule", rules=[rule]), context, NO)
    both = family.flag("split-both", rules=[rule], default={"split": split})
    family.case("split/rule-and-default", both, context, failed)
    first = family.flag(
        "split-after", rules=[{"id": "r", "when": {"all": []}, "serve": "yes"}], default={"split": split}
    )
    family.case("split/never-reached", first, context, YES)


BACKENDS = {"backends": ["stable", "canary"], "stable": "stable"}


def traffic() -> Family:
    """Backends are the variants of a string flag whose off variant is the stable one."""
    family = Family("traffic", "Backends are variants, stable is the off variant, everything else as in a flag.")
    table = [["canary", 0, 100_000]]
    everybody = {"weights": {"canary": 100_000, "stable": 0}, "salt": "s", "by": "targetingKey", "allocation": table}
    user = {"targetingKey": "user-1"}
    rule = {"id": "r", "when": comparison("equals", 1), "serve": "canary"}
    target = {"variant": "canary", "units": ["user-1"]}
    stages: list[tuple[str, dict[str, Any], Document, Expected]] = [
        ("static", {"default": {"serve": "stable"}}, user, _sent("stable", "STATIC")),
        ("disabled", {"default": {"serve": "canary"}, "enabled": False}, user, _sent("stable", "DISABLED")),
        (
            "rule",
            {"default": {"serve": "stable"}, "rules": [rule]},
            {**user, "a": 1},
            _sent("canary", "TARGETING_MATCH", "r"),
        ),
        ("no-rule", {"default": {"serve": "stable"}, "rules": [rule]}, user, _sent("stable", "DEFAULT")),
        (
            "target",
            {"default": {"serve": "stable"}, "targets": [target]},
            user,
            _sent("canary", "TARGETING_MATCH", "target"),
        ),
        (
            "missing",
            {"default": {"split": everybody}},
            {},
            {**_sent("stable", "ERROR"), "error": "TARGETING_KEY_MISSING"},
        ),
        (
            "anonymous",
            {"default": {"split": everybody}},
            {"targetingKey": ""},
            {**_sent("stable", "ERROR"), "error": "TARGETING_KEY_MISSING"},
        ),
    ]
    for name, members, context, expected in stages:
        family.case(name, family.split(name, **BACKENDS, **members), context, expected, "split")
    not_found: Expected = {"value": None, "reason": "ERROR", "error": "FLAG_NOT_FOUND"}
    family.split("archived", **BACKENDS, default={"serve": "stable"}, archived=True)
    family.flag("only-a-flag")
    for key in ("archived", "only-a-flag", "no-such-split"):
        family.case(f"not-found/{key}", key, user, not_found, "split")
    family.case("not-found/static", "static", user, not_found)
    return family


def _sent(backend: str, reason: str, rule: str | None = None) -> Expected:
    sent: Expected = {"value": backend, "variant": backend, "reason": reason}
    return sent if rule is None else {**sent, "rule": rule}
