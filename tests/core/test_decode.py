"""Documents that cannot be read: refused with their place, and an error to whoever asks for the flag."""

import json
from typing import Any

import pytest

from flagsdk.core import Context, ErrorCode, Malformed, Snapshot, evaluate
from flagsdk.core.decode import decode_flag, decode_segment, decode_split
from flagsdk.core.explain import explained
from tests.core.making import WHOLE, flag, segment, snapshot, split, traffic

WRONG: list[tuple[dict[str, Any], str]] = [
    (flag(type="colour"), "/type"),
    (flag(type=None), "/type"),
    (flag(variants=[]), "/variants"),
    (flag(variants={"on": 1, "off": False}), "/variants/on"),
    (flag(variants={"a/b~c": 1, "off": False}), "/variants/a~1b~0c"),
    (flag(type="integer", variants={"on": True, "off": 0}), "/variants/on"),
    (flag(type="integer", variants={"on": 1.0, "off": 0}), "/variants/on"),
    (flag(type="float", variants={"on": 10**400, "off": 0}), "/variants/on"),
    (flag(type="object", variants={"on": "x", "off": {}}), "/variants/on"),
    (flag(offVariant="none"), "/offVariant"),
    (flag(enabled="yes"), "/enabled"),
    (flag(archived=1), "/archived"),
    (flag(prerequisites={}), "/prerequisites"),
    (flag(prerequisites=["p"]), "/prerequisites/0"),
    (flag(prerequisites=[{"flag": "p", "variants": [1]}]), "/prerequisites/0/variants/0"),
    (flag(targets=[{"variant": "none", "units": []}]), "/targets/0/variant"),
    (flag(targets=[{"variant": "on", "units": "ann"}]), "/targets/0/units"),
    (flag(targets=[{"variant": "on", "units": [], "by": 5}]), "/targets/0/by"),
    (flag(rules=[5]), "/rules/0"),
    (flag(rules=[{"when": {"all": []}, "serve": "none"}]), "/rules/0/serve"),
    (flag(rules=[{"id": 1, "when": {"all": []}, "serve": "on"}]), "/rules/0/id"),
    (flag(default="on"), "/default"),
    (flag(default={"serve": "none"}), "/default/serve"),
    (flag(default={"split": []}), "/default/split"),
    (flag(default=split({"on": WHOLE}, allocation=None)), "/default/split/allocation"),
    (flag(default=split({"on": WHOLE}, allocation=[["on", 0]])), "/default/split/allocation/0"),
    (flag(default=split({"on": WHOLE}, allocation=[["none", 0, WHOLE]])), "/default/split/allocation/0"),
    (flag(default=split({"on": WHOLE}, allocation=[["on", 0, 5.5]])), "/default/split/allocation/0"),
    (flag(default=split({"on": WHOLE}, allocation=[["on", 0, 5]])), "/default/split/allocation"),
    (flag(default=split({"on": WHOLE}, allocation=[["on", 0, 9], ["off", 5, WHOLE]])), "/default/split/allocation"),
    (flag(default=split({"on": WHOLE}, allocation=[["on", 0, 9], ["off", 10, WHOLE]])), "/default/split/allocation"),
    (flag(default=split({"on": WHOLE}, allocation=[])), "/default/split/allocation"),
    (flag(default=split({"on": WHOLE}, space=50_000)), "/default/split/allocation"),
    (flag(default=split({"on": WHOLE}, space="all")), "/default/split/space"),
    (flag(default=split({"on": WHOLE}, salt=5)), "/default/split/salt"),
    (flag(salt=5), "/salt"),
]


@pytest.mark.parametrize(("document", "pointer"), WRONG)
def test_a_flag_that_cannot_be_read_names_the_place(document: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_flag(document)

    assert caught.value.pointer == pointer
    assert caught.value.detail in str(caught.value)


@pytest.mark.parametrize("name", ["type", "variants", "offVariant", "enabled", "default", "key"])
def test_a_missing_member_is_named(name: str) -> None:
    with pytest.raises(Malformed, match="is missing") as caught:
        decode_flag({member: value for member, value in flag().items() if member != name})

    assert caught.value.pointer == f"/{name}"


@pytest.mark.parametrize("name", ["prerequisites", "targets", "rules", "salt"])
def test_these_members_may_be_left_out_or_null(name: str) -> None:
    without = {member: value for member, value in flag().items() if member != name}

    assert decode_flag(without) == decode_flag(without | {name: None})


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (traffic(stable="none"), "/stable"),
        (traffic(backends=[1]), "/backends/0"),
        (traffic(default={"serve": "blue"}), "/default/serve"),
    ],
)
def test_a_traffic_split_that_cannot_be_read_names_the_place(document: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_split(document)

    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("document", "pointer"),
    [(segment(excluded="x"), "/excluded"), (segment(by=1), "/by"), (segment() | {"key": None}, "/key")],
)
def test_a_segment_that_cannot_be_read_names_the_place(document: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_segment(document)

    assert caught.value.pointer == pointer


def test_asking_for_such_a_flag_is_a_parse_error() -> None:
    loaded = snapshot(flag(type="colour"))

    decision = evaluate(loaded, "f", Context("ann"))

    assert (decision.value, decision.variant, decision.error) == (None, None, ErrorCode.PARSE_ERROR)
    assert decision.detail == "flag/f cannot be read: /type: unknown type 'colour'"
    assert decision == explained(loaded, "f", Context("ann"))
    assert loaded.flag("f") is None


TEXTS = ["", "{", "[]", "5", '"f"', "null", '{"key": "g"}', '{"key": 1}', '{"key": "f", "x": NaN}', "[" * 100_000]


@pytest.mark.parametrize("text", [*TEXTS, '{"key": "f", "x": -Infinity}', '{"key": "f", "x": ' + "9" * 5000 + "}"])
def test_a_text_that_is_no_such_document_is_refused_whole(text: str) -> None:
    good = snapshot(flag())

    with pytest.raises(Malformed, match="flag/f"):
        Snapshot.load("test", "e1", 1, {"flag/f": text})
    with pytest.raises(Malformed, match="flag/f"):
        good.apply(2, {"flag/f": text})
    assert evaluate(good, "f", Context("ann")).variant == "on"


def test_another_format_is_refused() -> None:
    with pytest.raises(Malformed, match="format 2"):
        Snapshot.load("test", "e1", 1, {}, 2)


def test_kinds_that_are_not_known_are_kept() -> None:
    loaded = Snapshot.load("test", "e1", 1, {"widget/w": json.dumps({"key": "w"})})

    assert dict(loaded.documents) == {"widget/w": '{"key": "w"}'}
    assert loaded.keys() == []


@pytest.mark.parametrize(
    "documents", [{"flag/\ud800": '{"key": "\\ud800"}'}, {"flag/f": '{"key": "f", "x": "\ud800"}'}]
)
def test_names_and_texts_are_valid_unicode(documents: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="not valid Unicode"):
        Snapshot.load("test", "e1", 1, documents)
    with pytest.raises(Malformed, match="not valid Unicode"):
        snapshot(flag()).apply(2, documents)
