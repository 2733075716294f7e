"""Patches: RFC 7396 and RFC 6902, within bounds, and a difference that leads from one value to the other."""

from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.errors import BadPatch
from flagsvc.domain.members import same
from flagsvc.domain.patch import MAX_OPERATIONS, Patch, difference, merged

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-1, 1) | st.text("ab/~", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text("ab/~", max_size=2), JSON, max_size=4)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_does_what_its_standard_says(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


@given(before=OBJECTS, after=OBJECTS)
def test_a_difference_leads_from_one_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Applied to the first, it gives the second, types included (1 is not true, 1 is not 1.0)."""
    operations = difference(before, after)

    assert same(jsonpatch.JsonPatch(operations).apply(before), after)
    assert (operations == []) == same(before, after)
    assert Patch("json", operations).apply(before) == after


@given(document=OBJECTS, patch=OBJECTS)
def test_a_patch_leaves_its_arguments_alone(document: dict[str, Any], patch: dict[str, Any]) -> None:
    kept = repr((document, patch))

    Patch("merge", patch).apply(document)
    Patch("json", [{"op": "add", "path": "/z", "value": patch}, {"op": "add", "path": "/z/y", "value": 1}]).apply(
        document
    )

    assert repr((document, patch)) == kept


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("merge", [1]),
        ("merge", None),
        ("json", {"op": "add"}),
        ("json", "x"),
        ("json", [1]),
        ("json", ["x"]),
        ("json", [{"op": "fly", "path": "/a"}]),
        ("json", [{"op": "add", "path": "a", "value": 1}]),
        ("json", [{"op": "add", "path": "/b/c", "value": 1}]),
        ("json", [{"op": "add", "path": 1, "value": 1}]),
        ("json", [{"op": "remove", "path": "/b"}]),
        ("json", [{"op": "test", "path": "/a", "value": 2}]),
        ("json", [{"op": "replace", "path": "", "value": []}]),
        ("json", [{"op": "move", "path": "/a/b", "from": "/a"}]),
        ("json", [{"op": "add", "path": "/l/9", "value": 1}]),
        ("json", [{"op": "add", "path": "/l/x", "value": 1}]),
        ("json", [{"op": "test", "path": "/a", "value": 1}] * (MAX_OPERATIONS + 1)),
    ],
)
def test_a_patch_that_does_not_fit_is_refused(kind: str, body: Any) -> None:
    with pytest.raises(BadPatch):
        Patch(kind, body).apply({"a": 1, "l": [1]})


def test_copies_of_copies_are_bounded() -> None:
    """Forty doublings would need more memory than there is."""
    bomb = [{"op": "copy", "from": "", "path": f"/x{number}"} for number in range(40)]
    with pytest.raises(BadPatch, match="parts"):
        Patch("json", bomb).apply({"a": 1})
