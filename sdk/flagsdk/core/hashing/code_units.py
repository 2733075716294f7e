"""Families that hash UTF-16 code units, as JavaScript and Java see text: GrowthBook and Split's legacy hash."""

from struct import unpack

from .family import HashFamily, UnitHash, exactly, seed_of

FNV_START = 0x811C9DC5
FNV_PRIME = 0x01000193
MASK = 0xFFFFFFFF
SIGN = 0x80000000


def code_units(value: str) -> tuple[int, ...]:
    """UTF-16 code units of a text, without a byte-order mark; a lone surrogate raises UnicodeEncodeError."""
    data = value.encode("utf-16-le")
    return unpack(f"<{len(data) // 2}H", data)


def fnv1a(value: str, start: int = FNV_START) -> int:
    """FNV-1a, 32-bit, one round per code unit; `start` continues an earlier text."""
    state = start
    for unit in code_units(value):
        state = (state ^ unit) * FNV_PRIME & MASK
    return state


def java_hash(value: str) -> int:
    """`String.hashCode` of Java, unsigned: h = 31 h + code unit, in 32 bits."""
    state = 0
    for unit in code_units(value):
        state = state * 31 + unit & MASK
    return state


def _growthbook1(salt: str, space: int) -> UnitHash:
    return lambda unit: fnv1a(unit + salt) % space


def _growthbook2(salt: str, space: int) -> UnitHash:
    start = fnv1a(salt)
    return lambda unit: fnv1a(str(fnv1a(unit, start))) % space


def _split_legacy(salt: str, space: int) -> UnitHash:
    seed = seed_of(salt)
    return lambda unit: _magnitude(java_hash(unit) ^ seed) % space


def _magnitude(word: int) -> int:
    return (1 << 32) - word if word & SIGN else word


FAMILIES = (
    HashFamily("growthbook1", 1_000, _growthbook1, "seed; '__' and the id for a namespace", exactly(1_000)),
    HashFamily("growthbook2", 10_000, _growthbook2, "seed", exactly(10_000)),
    HashFamily("split-legacy", 100, _split_legacy, "seed in decimal, signed or not (algo 1)", exactly(100)),
)
"""Sources: the vendors' formulas, each with its vectors in tests/conformance/vectors."""
