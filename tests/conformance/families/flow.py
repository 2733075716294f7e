"""The order of evaluation: state of the flag, prerequisites, targets, rules, default."""

from typing import Any

from .family import NO, Document, Expected, Family, Spelled, comparison

USER: Document = {"targetingKey": "user-1"}
ON = {"id": "r", "when": {"all": []}, "serve": "yes"}
OFF = {"id": "never", "when": {"any": []}, "serve": "yes"}
TARGET = {"variant": "yes", "units": ["user-1"]}

NOT_FOUND: Expected = {"value": None, "reason": "ERROR", "error": "FLAG_NOT_FOUND"}
DISABLED: Expected = {"value": "off", "variant": "off", "reason": "DISABLED"}
TARGETED: Expected = {"value": "yes", "variant": "yes", "reason": "TARGETING_MATCH", "rule": "target"}
MATCHED: Expected = {"value": "yes", "variant": "yes", "reason": "TARGETING_MATCH", "rule": "r"}
STATIC: Expected = {"value": "no", "variant": "no", "reason": "STATIC"}


def unmet(parent: str) -> Expected:
    """Give the decision of a flag one of whose prerequisites is not met."""
    return {"value": "off", "variant": "off", "reason": "DEFAULT", "prerequisite": parent}


def order() -> Family:
    """Whatever comes first wins, and the reason says what it was."""
    family = Family("order", "Not found, disabled, prerequisites, targets, rules in order, default: the first decides.")
    parents = [{"flag": "parent", "variants": ["yes"]}]
    family.flag("parent")
    stages: list[tuple[str, dict[str, Any], Expected]] = [
        ("static", {}, STATIC),
        ("empty-lists", {"targets": [], "rules": [], "prerequisites": []}, STATIC),
        ("default-after-rules", {"rules": [OFF]}, NO),
        ("default-after-targets", {"targets": [{"variant": "yes", "units": ["user-2"]}]}, NO),
        ("default-after-empty-target", {"targets": [{"variant": "yes", "units": []}]}, NO),
        ("rule", {"rules": [OFF, ON]}, MATCHED),
        ("first-rule", {"rules": [ON, {**ON, "id": "later", "serve": "no"}]}, MATCHED),
        ("target", {"rules": [{**ON, "serve": "no"}], "targets": [TARGET]}, TARGETED),
        ("first-target", {"targets": [TARGET, {"variant": "no", "units": ["user-1"]}]}, TARGETED),
        ("prerequisite", {"prerequisites": parents, "targets": [TARGET], "rules": [ON]}, unmet("parent")),
        ("disabled", {"enabled": False, "prerequisites": parents, "targets": [TARGET], "rules": [ON]}, DISABLED),
        ("archived", {"archived": True, "targets": [TARGET], "rules": [ON]}, NOT_FOUND),
        ("archived-disabled", {"archived": True, "enabled": False}, NOT_FOUND),
        ("not-archived", {"archived": False}, STATIC),
    ]
    for name, members, expected in stages:
        family.case(name, family.flag(name, **members), USER, expected)
    family.case("absent", "no-such-flag", USER, NOT_FOUND)
    family.case("case-matters", "Static", USER, NOT_FOUND)
    family.case("empty-key", "", USER, NOT_FOUND)
    return family


UNITS: list[tuple[str, Any, bool]] = [
    ("listed", "user-1", True),
    ("other", "user-2", False),
    ("case", "User-1", False),
    ("space", "user-1 ", False),
    ("number", 7, False),
    ("text-number", "7", True),
    ("true", True, False),
    ("empty", "", False),
    ("null", None, False),
    ("list", ["user-1"], False),
    ("composed", "Zo\u00eb", True),
    ("decomposed", "Zoe\u0308", False),
    ("surrogate-escape", "\ud800", False),
]


def targets() -> Family:
    """Targets match the exact unit at their `by`; without a unit none matches and evaluation goes on."""
    family = Family("targets", "A unit that is listed gets the target's variant; a missing unit is never listed.")
    listed = [{"variant": "yes", "units": ["user-1", "7", "Zo\u00eb"]}]
    plain = family.flag("plain", targets=listed)
    by = family.flag("by", targets=[{**listed[0], "by": "company.id"}])
    for name, unit, matched in UNITS:
        expected = TARGETED if matched else NO
        family.case(f"plain/{name}", plain, {"targetingKey": unit}, expected)
        family.case(f"by/{name}", by, {"targetingKey": "user-1", "company": {"id": unit}}, expected)
        family.case(f"by-literal/{name}", by, {"targetingKey": "user-1", "company.id": unit}, expected)
    family.case("plain/absent", plain, {}, NO)
    family.case("by/absent", by, {"targetingKey": "user-1"}, NO)
    several = [
        {"variant": "no", "units": ["user-1"], "by": "company"},
        {"variant": "yes", "units": ["user-1"]},
    ]
    both = family.flag("both", targets=several)
    family.case("both/second", both, {"targetingKey": "user-1", "company": "acme"}, TARGETED)
    served_no = {**TARGETED, "value": "no", "variant": "no"}
    family.case("both/first", both, {"targetingKey": "user-1", "company": "user-1"}, served_no)
    return family


VALUES: dict[str, tuple[Any, Any]] = {
    "boolean": (True, False),
    "string": ("Zo\u00eb", ""),
    "integer": (2**53 - 1, -7),
    "float": (Spelled("0.1"), Spelled("1.0")),
    "object": ({"a": [1, {"b": None}]}, []),
}


def values() -> Family:
    """Values of any type come out as they were written."""
    family = Family("values", "The value of the variant is the answer, whatever its type.")
    for kind, (first, second) in VALUES.items():
        variants = {"first": first, "second": second}
        common = {"type": kind, "variants": variants, "offVariant": "second", "default": {"serve": "first"}}
        enabled, disabled = family.flag(f"{kind}-on", **common), family.flag(f"{kind}-off", **common, enabled=False)
        family.case(f"{kind}/first", enabled, USER, {"value": first, "variant": "first", "reason": "STATIC"})
        family.case(f"{kind}/second", disabled, USER, {"value": second, "variant": "second", "reason": "DISABLED"})
    whole = family.flag("whole", type="float", variants={"one": 1}, offVariant="one", default={"serve": "one"})
    family.case("float/whole", whole, USER, {"value": Spelled("1.0"), "variant": "one", "reason": "STATIC"})
    return family


NO_CONTEXTS: dict[str, Any] = {
    "null": None,
    "list": [],
    "pairs": [["targetingKey", "user-1"]],
    "text": "user-1",
    "number": 7,
}
INVALID: Expected = {"value": "off", "variant": "off", "reason": "ERROR", "error": "INVALID_CONTEXT"}


def contexts() -> Family:
    """Contexts that are no objects fail a flag that has to read them, and no other; an empty object is a context."""
    family = Family("contexts", "What is no object cannot be read: off variant, INVALID_CONTEXT; nothing is raised.")
    everybody = {"weights": {"yes": 100_000}, "salt": "s", "allocation": [["yes", 0, 100_000]]}
    reading = {
        "rule": family.rule(comparison("equals", 1)),
        "target": family.flag("target", targets=[TARGET]),
        "split": family.flag("split", default={"split": everybody}),
    }
    static, disabled = family.flag("static"), family.flag("disabled", enabled=False)
    for name, context in NO_CONTEXTS.items():
        for kind, key in reading.items():
            family.case(f"{name}/{kind}", key, context, INVALID)
        family.case(f"{name}/static", static, context, STATIC)
        family.case(f"{name}/disabled", disabled, context, DISABLED)
        family.case(f"{name}/not-found", "no-such-flag", context, NOT_FOUND)
    for kind in ("rule", "target"):
        family.case(f"empty/{kind}", reading[kind], {}, NO)
    return family


PARENTS: dict[str, tuple[dict[str, Any], str | None]] = {
    "serves-yes": ({"default": {"serve": "yes"}}, "yes"),
    "serves-no": ({"default": {"serve": "no"}}, "no"),
    "rule-yes": ({"rules": [ON]}, "yes"),
    "target-yes": ({"targets": [TARGET]}, "yes"),
    "disabled": ({"enabled": False, "offVariant": "yes"}, None),
    "archived": ({"archived": True, "default": {"serve": "yes"}}, None),
    "in-error": (
        {
            "offVariant": "yes",
            "default": {
                "split": {"weights": {"yes": 100_000}, "salt": "s", "by": "nobody", "allocation": [["yes", 0, 100_000]]}
            },
        },
        None,
    ),
}
"""Parent → its members, and the variant that counts (None: it can meet nothing)."""


def prerequisites() -> Family:
    """Parents must serve one of the listed variants: missing, archived, disabled or failing ones never do."""
    family = Family("prerequisites", "Unmet: off variant, reason DEFAULT, and the parent that failed.")
    for name, (members, counts) in PARENTS.items():
        family.flag(name, **members)
        for wanted in (["yes"], ["no"], ["yes", "no"], ["off"], ["nothing"], []):
            key = family.flag(f"{name}-{'-'.join(wanted) or 'none'}-child", prerequisites=[_parent(name, *wanted)])
            met = counts is not None and counts in wanted
            family.case(f"{name}/{'-'.join(wanted) or 'none'}", key, USER, NO if met else unmet(name))
    family.flag("orphan", prerequisites=[_parent("no-such-flag", "yes")])
    family.case("missing", "orphan", USER, unmet("no-such-flag"))
    several = [_parent("serves-yes", "yes"), _parent("serves-no", "yes"), _parent("disabled", "yes")]
    family.flag("several", prerequisites=several)
    family.case("first-unmet-is-named", "several", USER, unmet("serves-no"))
    family.flag("all-met", prerequisites=[_parent("serves-yes", "yes"), _parent("serves-no", "no")], rules=[ON])
    family.case("all-met", "all-met", USER, MATCHED)
    _chain(family)
    _circle(family)
    return family


def _parent(key: str, *variants: str) -> Document:
    return {"flag": key, "variants": list(variants)}


def _chain(family: Family) -> None:
    """Each link is met until the context says otherwise at the bottom; an unmet parent serves its off variant."""
    family.flag("link0", rules=[{"id": "r", "when": comparison("equals", 1), "serve": "yes"}])
    depth = 40
    for number in range(1, depth):
        parent = _parent(f"link{number - 1}", "yes")
        family.flag(f"link{number}", prerequisites=[parent], default={"serve": "yes"})
    passed = {"value": "yes", "variant": "yes", "reason": "DEFAULT"}
    for number in (1, 2, 15, 16, 17, depth - 1):
        family.case(f"chain/{number}/met", f"link{number}", {"a": 1}, passed)
        family.case(f"chain/{number}/unmet", f"link{number}", {"a": 2}, unmet(f"link{number - 1}"))


def _circle(family: Family) -> None:
    """Everybody in the circle fails; who only depends on it has an unmet prerequisite."""
    failing: Expected = {"value": "off", "variant": "off", "reason": "ERROR", "error": "GENERAL"}
    for name, parent in (("alone", "alone"), ("one", "two"), ("two", "three"), ("three", "one")):
        family.flag(name, prerequisites=[_parent(parent, "yes", "off")], rules=[ON])
        family.case(f"circle/{name}", name, USER, failing)
    family.flag("outside", prerequisites=[_parent("one", "yes", "off")])
    family.case("circle/outside", "outside", USER, unmet("one"))
