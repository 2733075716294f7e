"""Families on MurmurHash3 x86 32-bit over UTF-8: native, Unleash, Split, flagd and Featurevisor."""

from mmh3 import mmh3_32_sintdigest as signed_of_bytes
from mmh3 import mmh3_32_uintdigest as murmur3_of_bytes

from .cbor import text, text_pair_head
from .family import HashFamily, UnitHash, exactly, seed_of

BUCKETS = 100_000
UNLEASH_VARIANT_SEED = 86_028_157
FLAGD1_SPACE = 2**31 + 1
WORD = range(1, 2**32 + 1)
POSITIVE_INT32 = range(1, 2**31)


def murmur3(value: str, seed: int) -> int:
    """MurmurHash3 x86 32-bit of the text's UTF-8, unsigned; a lone surrogate raises UnicodeEncodeError.

    Never give `mmh3.hash` a text that may hold a lone surrogate: its own encoding error ends the process (5.3.1).
    """
    return murmur3_of_bytes(value.encode(), seed)


def bucket_of(salt: str, unit: str) -> int:
    """Bucket of a unit: an integer in [0, 100_000), uniform over units; one bucket is 1/100 000 of them.

    Case and Unicode form matter. A lone surrogate raises UnicodeEncodeError (`evaluate` answers with an error code
    instead).  Source: docs/evaluation.md, "Hash"; vectors in tests/conformance/vectors/native_murmur3.csv.
    """
    return murmur3(unit, murmur3(salt, 0)) * BUCKETS >> 32


def _native(salt: str, space: int) -> UnitHash:
    seed = murmur3(salt, 0)
    return lambda unit: murmur3(unit, seed) * space >> 32


def _unleash(salt: str, space: int) -> UnitHash:
    prefix = salt + ":"
    return lambda unit: murmur3(prefix + unit, 0) % space


def _unleash_variant(salt: str, space: int) -> UnitHash:
    prefix = salt + ":"
    return lambda unit: murmur3(prefix + unit, UNLEASH_VARIANT_SEED) % space


def _split(salt: str, space: int) -> UnitHash:
    seed = seed_of(salt)
    return lambda unit: murmur3(unit, seed) % space


def _flagd1(salt: str, space: int) -> UnitHash:
    return lambda unit: abs(signed_of_bytes((salt + unit).encode(), 0))


def _flagd2(salt: str, space: int) -> UnitHash:
    return lambda unit: murmur3(salt + unit, 0) * space >> 32


def _flagd3(salt: str, space: int) -> UnitHash:
    head = text_pair_head(salt) if salt else b""
    return lambda unit: murmur3_of_bytes(head + text(unit), 0) * space >> 32


def _featurevisor(salt: str, space: int) -> UnitHash:
    return lambda unit: murmur3(unit + salt, 1) * space >> 32


FAMILIES = (
    HashFamily("murmur3", BUCKETS, _native, "any text; its hash seeds the unit's", WORD),
    HashFamily("unleash", 100, _unleash, "groupId of the strategy", WORD),
    HashFamily("unleash-variant", 1_000, _unleash_variant, "groupId of the variants; the space is Σ weight", WORD),
    HashFamily("split", 100, _split, "seed in decimal, signed or not (algo 2)", exactly(100)),
    HashFamily("flagd1", FLAGD1_SPACE, _flagd1, "flag key; empty = unit alone", exactly(FLAGD1_SPACE)),
    HashFamily("flagd2", BUCKETS, _flagd2, "flag key; empty = unit alone; the space is Σ weight", POSITIVE_INT32),
    HashFamily("flagd3", BUCKETS, _flagd3, "flag key; empty = unit, no pair; the space is Σ weight", POSITIVE_INT32),
    HashFamily("featurevisor", BUCKETS, _featurevisor, "what follows the unit: '.', feature key", exactly(BUCKETS)),
)
"""Sources: the vendors' formulas, each with its vectors in tests/conformance/vectors."""
