"""What differs between documents, place by place."""

from typing import Any

import pytest

from flagsvc.domain.comparison import content_of, differences, draw_of

SPLIT = {"weights": {"on": 25_000, "off": 75_000}, "by": "targetingKey", "salt": "s", "allocation": [["on", 0, 25_000]]}
RULE = {"id": "r1", "when": {"segment": "beta"}, "split": SPLIT}
FLAG = {"key": "f", "salt": "x", "name": "F", "enabled": True, "default": {"split": SPLIT}, "rules": [RULE]}


def _found(**sides: Any) -> list[tuple[str, Any]]:
    return [(each.pointer, dict(each.values)) for each in differences(sides)]


def test_what_the_service_draws_is_no_content() -> None:
    content = content_of("flag", FLAG)

    kept = {"weights": SPLIT["weights"], "by": "targetingKey"}
    assert content == {
        "enabled": True,
        "default": {"split": kept},
        "rules": [{"when": {"segment": "beta"}, "split": kept}],
    }
    assert FLAG["rules"] == [RULE], "the document itself stays as it is"


def test_a_segment_is_its_content() -> None:
    segment = {"key": "beta", "included": ["u"], "when": None}

    assert content_of("segment", segment) == segment


def test_the_draw_is_the_salt_and_the_table_of_each_split() -> None:
    other_salt = {**FLAG, "default": {"split": {**SPLIT, "salt": "t"}}}
    other_table = {**FLAG, "rules": [{**RULE, "split": {**SPLIT, "allocation": [["on", 5, 25_005]]}}]}
    other = {**FLAG, "salt": "y"}
    other_id = {**FLAG, "rules": [{**RULE, "id": "r2"}]}

    assert len({draw_of(each) for each in (FLAG, other, other_salt, other_table)}) == 4
    assert draw_of(other_id) == draw_of(FLAG)


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        ({"x": 1}, {"x": 1}, []),
        ({"x": 1}, {"x": 2}, [("/x", {"a": 1, "b": 2})]),
        ({"x": 1}, {"x": True}, [("/x", {"a": 1, "b": True})]),
        ({"x": None}, {}, [("/x", {"a": None})]),
        ({"x": {"y/z": 1}}, {"x": {"y/z": 2}}, [("/x/y~1z", {"a": 1, "b": 2})]),
        ({"x": [{"y": 1}, {"y": 2}]}, {"x": [{"y": 1}, {"y": 3}]}, [("/x/1/y", {"a": 2, "b": 3})]),
        ({"x": [{"y": 1}]}, {"x": []}, [("/x", {"a": [{"y": 1}], "b": []})]),
        ({"x": ["u", "v"]}, {"x": ["u", "w"]}, [("/x", {"a": ["u", "v"], "b": ["u", "w"]})]),
        ({"x": {"y": 1}}, {"x": 1}, [("/x", {"a": {"y": 1}, "b": 1})]),
    ],
)
def test_the_smallest_place_that_differs_is_told(a: Any, b: Any, found: Any) -> None:
    assert _found(a=a, b=b) == found


def test_three_sides_are_told_as_soon_as_one_differs() -> None:
    assert _found(a={"x": 1}, b={"x": 1}, c={"x": 2}) == [("/x", {"a": 1, "b": 1, "c": 2})]
