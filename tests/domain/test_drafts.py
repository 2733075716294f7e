"""From a request to a document: defaults, fixed members, and what the rest of the service can rely on."""

import itertools
from typing import Any

import pytest

from flagsvc.domain.drafts import (
    configuration_draft,
    default_off,
    default_on,
    definition_draft,
    environment_draft,
    segment_draft,
    split_draft,
)
from flagsvc.domain.references import parents_of, references_of, segments_in, variants_used

NOW = "2026-01-01T00:00:00.000000Z"


def mint() -> str:
    """Give the same chance every time."""
    return "m" * 32


def definition(**members: Any) -> dict[str, Any]:
    """Draft a sound definition."""
    return definition_draft({"key": "f", "type": "boolean", **members}, {}, mint, NOW).document


def test_a_boolean_flag_needs_no_variants() -> None:
    document = definition()
    assert document["variants"] == {"on": True, "off": False}
    assert (document["salt"], document["createdAt"]) == ("m" * 22, NOW)


def test_texts_that_say_nothing_are_left_out() -> None:
    """Null and empty are the same as absent, so that equal documents look equal."""
    assert definition(name="", description=None, owner="") == definition()
    assert definition(name="New", salt=None, tags=["x"])["name"] == "New"


@pytest.mark.parametrize(("member", "value"), [("key", "g"), ("type", "string"), ("salt", "other"), ("archived", True)])
def test_what_identifies_a_flag_is_fixed(member: str, value: Any) -> None:
    before = definition()
    draft = definition_draft({member: value}, before, mint, NOW)
    assert [(fault.pointer, fault.code) for fault in draft.faults] == [(f"/{member}", "read-only")]
    assert definition_draft(before, before, mint, "later").document == before


def test_answered_members_may_come_back() -> None:
    """Version, times and summaries of an answer are ignored; unknown members are not."""
    before = definition()
    sent = {**before, "version": 3, "changedAt": NOW, "changedBy": "ada", "environments": {}, "revision": 9}
    assert definition_draft(sent, before, mint, NOW).document == before
    assert definition_draft(sent, before, mint, NOW).faults == []
    assert [fault.code for fault in definition_draft({"rules": []}, before, mint, NOW).faults] == ["unknown-member"]


def test_a_configuration_keeps_the_definition() -> None:
    """Definition members sent back unchanged are accepted, changed ones are not, and never stored."""
    flag = configuration_draft({}, {}, definition(tags=["x"]), mint).document
    sent = {**flag, "enabled": True, "variants": {"on": True}, "tags": []}

    draft = configuration_draft(sent, flag, flag, mint)

    assert [fault.pointer for fault in draft.faults] == ["/variants", "/tags"]
    assert draft.document == {**flag, "enabled": True}


def test_a_new_configuration_is_disabled_and_safe() -> None:
    flag = configuration_draft({}, {}, definition(), mint).document
    assert (flag["enabled"], flag["offVariant"], flag["default"]) == (False, "off", {"serve": "on"})
    text = definition(type="string", variants={"b": "1", "a": "2"})
    assert configuration_draft({}, {}, text, mint).document["default"] == {"serve": "a"}


@pytest.mark.parametrize(
    ("variants", "off"),
    [
        ({"on": True, "off": False}, "off"),
        ({"control": 1, "a": 2}, "control"),
        ({"yes": True, "no": False}, "no"),
        ({"b": 1, "a": 2}, "a"),
        ({}, "off"),
    ],
)
def test_the_off_variant_has_a_sensible_default(variants: dict[str, Any], off: str) -> None:
    assert default_off(variants) == off
    assert default_on({"type": "string", "variants": variants}, off) == off
    assert default_on({"type": "boolean", "variants": None}, off) == off


def test_a_traffic_split_starts_at_stable() -> None:
    body = {"key": "c", "backends": ["stable", "canary"], "stable": "stable", "sticky": {}, "unit": {"cookies": ["c"]}}
    document = split_draft(body, {}, mint).document
    assert document["default"] == {"serve": "stable"}
    assert document["unit"] == {"headers": [], "cookies": ["c"], "clientAddress": False}
    assert document["sticky"] == {"cookie": "flagsvc_unit", "maxAgeSeconds": 31_536_000, "secure": True}
    assert split_draft({**body, "salt": "shared"}, {}, mint).document["salt"] == "shared"
    assert split_draft({"key": "c"}, {}, mint).document["default"] == {"serve": None}


def test_defaults_are_never_shared() -> None:
    """Two documents from defaults are two values."""
    one, other = (split_draft({"key": "c"}, {}, mint).document for _ in range(2))
    one["unit"]["headers"].append("X")
    one["tags"].append("y")
    assert other["unit"]["headers"] == ["X-User-Id"]
    assert other["tags"] == []


def test_a_segment_is_complete() -> None:
    document = segment_draft({"key": "beta"}, {}).document
    assert document == {"key": "beta", "tags": [], "included": [], "excluded": [], "by": "targetingKey", "when": None}
    assert [fault.pointer for fault in segment_draft({"key": "x"}, document).faults] == ["/key"]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"key": "prod", "protected": True}, []),
        ({"key": "prod", "protected": 1, "requireReason": "yes"}, ["/protected", "/requireReason"]),
        ({"key": "prod", "name": "x" * 201, "description": 3, "owner": "me"}, ["/owner", "/name", "/description"]),
    ],
)
def test_environments_are_checked_here(body: dict[str, Any], pointers: list[str]) -> None:
    assert [fault.pointer for fault in environment_draft(body, {}).faults] == pointers


def test_references_are_found_at_any_depth() -> None:
    condition = {"all": [{"not": {"any": [{"segment": "a"}]}}, {"segment": "b", "negate": True}]}
    flag = {
        "prerequisites": [{"flag": "p", "variants": ["x", "y"]}],
        "rules": [{"id": "1", "when": condition, "serve": "z"}],
    }
    assert references_of(flag) == ["flag/p", "segment/a", "segment/b"]
    assert references_of({"when": {"segment": "c"}}) == ["segment/c"]
    assert list(segments_in(None)) == []
    assert (parents_of(flag, "p"), parents_of(flag, "q")) == ({"x", "y"}, set())


def test_variants_in_use_are_those_named_anywhere() -> None:
    names = (f"v{number}" for number in itertools.count())
    flag = {
        "offVariant": next(names),
        "targets": [{"variant": next(names), "units": ["u"]}],
        "rules": [{"id": "1", "when": {}, "serve": next(names)}],
        "default": {"split": {"weights": {next(names): 0}, "allocation": [[next(names), 0, 1]]}},
    }
    assert variants_used(flag) == {"v0", "v1", "v2", "v3", "v4"}
