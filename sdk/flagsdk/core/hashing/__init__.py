"""Named hashes: the native `murmur3` and the families that let a migrated split keep every unit where it is."""

from . import code_units, digests, murmur, murmur2
from .family import HashFamily, UnitHash, UnknownHash
from .murmur import BUCKETS, bucket_of

__all__ = ["BUCKETS", "HASHES", "NATIVE", "HashFamily", "UnitHash", "UnknownHash", "bucket_of", "hash_of"]

NATIVE = "murmur3"

HASHES: dict[str, HashFamily] = {
    family.name: family for family in (*murmur.FAMILIES, *murmur2.FAMILIES, *code_units.FAMILIES, *digests.FAMILIES)
}
"""Every hash this reader can compute, by the name a split stores."""


def hash_of(name: str, salt: str, space: int | None = None) -> UnitHash:
    """Prepare the hash of a split: unit → integer in [0, space); without a space, the family's own.

    Raises UnknownHash for a name, a space or a salt that this reader cannot compute, and for a salt with a lone
    surrogate. The returned function raises UnicodeEncodeError for a unit with a lone surrogate.
    """
    family = HASHES.get(name)
    if family is None:
        raise UnknownHash(f"unknown hash {name!r}")
    buckets = family.default_space if space is None else space
    if not family.accepts(buckets):
        raise UnknownHash(f"{name} is not defined over {buckets} buckets")
    if not _is_unicode(salt):
        raise UnknownHash("the salt is not valid Unicode")
    return family.prepare(salt, buckets)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
