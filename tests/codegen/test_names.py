"""Names for keys: always names, always different, and never one that used to mean another key."""

from keyword import iskeyword

from hypothesis import given
from hypothesis import strategies as st

from flagsdk.codegen.names import allocate, identifier, pascal
from tests.codegen.documents import KEYS

RESERVED = {"str", "Flags"}


def _names(*keys: str) -> dict[str, str]:
    return allocate({key: identifier(key) for key in keys}, RESERVED)


@given(st.sets(KEYS))
def test_names_are_identifiers_and_differ(keys: set[str]) -> None:
    names = _names(*keys).values()

    assert len({*names}) == len(keys)
    assert all(name.isascii() and name.isidentifier() and not iskeyword(name) for name in names)
    assert RESERVED.isdisjoint(names)


@given(st.sets(KEYS), KEYS)
def test_one_more_key_can_take_a_name_away_but_never_give_it_to_another(keys: set[str], more: str) -> None:
    before, after = _names(*keys), _names(*keys, more)

    owners = {name: key for key, name in before.items()}
    assert all(owners.get(name, key) == key for key, name in after.items())


def test_keys_become_the_names_that_one_would_write() -> None:
    keys = {
        "new-checkout": "new_checkout",
        "a.b": "a_b",
        "newCheckout": "newCheckout",
        "class": "class_",
        "str": "str_",
    }

    assert _names(*keys) == keys


def test_a_name_needs_a_letter_first() -> None:
    assert [identifier(key) for key in ("1x", "_x", "", "日本")] == ["flag_1x", "x", "flag_", "flag_"]


def test_a_name_that_two_keys_want_is_given_to_none() -> None:
    names = _names("a-b", "a.b", "a_b")

    assert all(name.startswith("a_b_") for name in names.values())


def test_a_key_that_looks_like_a_suffixed_name_is_told_apart() -> None:
    taken = _names("a-b", "a.b")["a-b"]
    names = _names("a-b", "a.b", taken)

    assert len({*names.values()}) == 3


def test_types_are_written_in_pascal_case() -> None:
    assert pascal("new_checkout") == "NewCheckout"
    assert pascal("newCheckout") == "NewCheckout"
