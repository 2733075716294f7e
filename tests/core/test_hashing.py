"""Laws that hold for every hash family, whatever its formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.hashing import BUCKETS, HASHES, UnknownHash, bucket_of, hash_of
from flagsdk.core.hashing.cbor import text, text_pair_head
from flagsdk.core.hashing.family import seed_of
from flagsdk.core.hashing.murmur import murmur3

UNITS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
SEEDED = {"split", "split-legacy"}
NAMES = sorted(HASHES)


def salts(name: str) -> st.SearchStrategy[str]:
    if name in SEEDED:
        return st.integers(-(2**31), 2**32 - 1).map(str)
    return st.text(st.characters(exclude_categories=["Cs"]))


@given(st.data(), st.sampled_from(NAMES), UNITS)
def test_a_unit_has_one_place_inside_the_space(data: st.DataObject, name: str, unit: str) -> None:
    salt = data.draw(salts(name))
    space = data.draw(st.sampled_from([HASHES[name].default_space, HASHES[name].spaces[0], HASHES[name].spaces[-1]]))

    place = hash_of(name, salt, space)(unit)

    assert 0 <= place < space
    assert hash_of(name, salt, space)(unit) == place


@pytest.mark.parametrize("name", NAMES)
def test_a_lone_surrogate_is_an_error_and_not_a_crash(name: str) -> None:
    prepared = hash_of(name, "7")

    for unit in ("\ud800", "a\udfff", "\udc00b"):
        with pytest.raises(UnicodeEncodeError):
            prepared(unit)


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_salt_is_an_unknown_hash(name: str) -> None:
    with pytest.raises(UnknownHash):
        hash_of(name, "\ud800")


@pytest.mark.parametrize("name", NAMES)
def test_composed_and_decomposed_text_are_two_units(name: str) -> None:
    prepared = hash_of(name, "7")
    pairs = [(f"Zo\u00eb{n}", f"Zoe\u0308{n}") for n in range(20)]

    assert any(prepared(composed) != prepared(decomposed) for composed, decomposed in pairs)


@pytest.mark.parametrize("name", NAMES)
def test_the_salt_matters_and_halves_are_halves(name: str) -> None:
    """Loose: a formula applied to the wrong text, sign or modulus would leave these bounds by far."""
    units = [f"user-{n}" for n in range(2_000)]
    half = HASHES[name].default_space // 2
    one, other = (hash_of(name, salt) for salt in ("31", "32"))

    low = sum(one(unit) < half for unit in units)
    agreeing = sum((one(unit) < half) == (other(unit) < half) for unit in units)

    assert 850 < low < 1150
    assert agreeing < len(units)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("space", [0, -1, 2**61])
def test_a_space_outside_the_formula_is_refused(name: str, space: int) -> None:
    with pytest.raises(UnknownHash):
        hash_of(name, "7", space)


def test_a_space_that_a_formula_fixes_cannot_be_chosen() -> None:
    fixed = [name for name in NAMES if len(HASHES[name].spaces) == 1]

    assert {*fixed} == SEEDED | {
        "featurevisor",
        "flagd1",
        "flagsmith",
        "growthbook1",
        "growthbook2",
        "launchdarkly",
    } | {"nginx-murmur2"}
    for name in fixed:
        with pytest.raises(UnknownHash):
            hash_of(name, "7", HASHES[name].default_space - 1)


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(UnknownHash, match="murmur4"):
        hash_of("murmur4", "salt")


@pytest.mark.parametrize("salt", ["", "-", "0x1", " 1", "1.0", "１", "1_000", "+1", "99999999999"])  # noqa: RUF001 -- a full-width digit is the case
def test_a_seed_is_decimal_digits(salt: str) -> None:
    with pytest.raises(UnknownHash):
        seed_of(salt)


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_signed_seed_is_its_two_complement(seed: int) -> None:
    assert seed_of(str(seed)) == seed % 2**32
    assert seed_of(str(seed % 2**32)) == seed % 2**32


def test_check_values_of_the_murmur_hash() -> None:
    assert murmur3("吉 星 高 照", 0) == 3435142074
    assert murmur3("My 🚀 is full of 🦎.", 0) == 1818098979


def test_units_that_share_a_salt_share_their_buckets() -> None:
    assert [bucket_of("s", f"u{n}") for n in range(50)] == [
        hash_of("murmur3", "s", BUCKETS)(f"u{n}") for n in range(50)
    ]


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, "60"),
        (23, "77"),
        (24, "7818"),
        (255, "78ff"),
        (256, "790100"),
        (65_535, "79ffff"),
        (65_536, "7a00010000"),
    ],
)
def test_cbor_heads_are_the_shortest(length: int, head: str) -> None:
    """RFC 8949 §4.2.1; a two-element array is 0x82 and then its elements."""
    assert text("x" * length) == bytes.fromhex(head) + b"x" * length
    assert text_pair_head("x" * length) == b"\x82" + text("x" * length)
