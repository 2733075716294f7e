"""What is stored can be evaluated: limits that only show when segments are unfolded."""

from typing import Any

import pytest

from flagsvc.domain.errors import Invalid
from flagsvc.usecases import documents
from tests.usecases.world import World, flag, segment


def _any(count: int) -> dict[str, Any]:
    return {"any": [{"attribute": "a", "op": "equals", "values": [number]} for number in range(count)]}


def _rule(key: str) -> dict[str, Any]:
    return {"id": "r", "when": {"segment": key}, "serve": "on"}


@pytest.fixture
def world(small_world: World) -> World:
    small_world.flag()
    small_world.segment("inner", included=[], when=_any(900))
    return small_world


def test_a_rule_that_no_reader_would_evaluate_is_refused(world: World) -> None:
    """Twelve times nine hundred conditions are more than a reader takes; eleven times are not."""
    world.segment("outer", when={"any": [{"segment": "inner"}] * 12})
    with pytest.raises(Invalid) as refusal:
        world.merge(flag(), {"rules": [_rule("outer")]})
    assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == [("/rules/0/when", "too-many")]

    world.merge(segment("outer"), {"when": {"any": [{"segment": "inner"}] * 11}})
    world.merge(flag(), {"rules": [_rule("outer")]})


def test_a_segment_cannot_outgrow_what_its_users_bear(world: World) -> None:
    """The rule is two segments away; the refusal names it. What makes a segment smaller is always welcome."""
    world.segment("outer", when={"any": [{"segment": "inner"}] * 11})
    world.merge(flag(), {"rules": [_rule("outer")]})
    with pytest.raises(Invalid) as refusal:
        world.merge(segment("inner"), {"when": _any(999)})
    [fault] = refusal.value.faults
    assert (fault.pointer, fault.code) == ("/when", "too-many")
    assert "flag/new" in fault.detail
    world.merge(segment("inner"), {"when": _any(800)})


def test_a_chain_of_segments_cannot_be_lengthened_from_below(world: World) -> None:
    """Each edit is short by itself; what rests on its end must still be followed."""
    for number in range(40):
        world.segment(f"s{number}")
    for number in range(19, 0, -1):
        world.merge(segment(f"s{number - 1}"), {"when": {"segment": f"s{number}"}})
    for number in range(39, 20, -1):
        world.merge(segment(f"s{number - 1}"), {"when": {"segment": f"s{number}"}})
    world.merge(flag(), {"rules": [_rule("s0")]})

    with pytest.raises(Invalid) as refusal:
        world.merge(segment("s19"), {"when": {"segment": "s20"}})

    assert "flag/new" in str(refusal.value)
    documents.put_document(world.store, world.intent(), segment("s19"), {"when": {"segment": "s30"}})
