"""MurmurHash2, 32-bit, as nginx's split_clients computes it: what stock nginx decides, computed elsewhere."""

from struct import unpack_from

from .family import HashFamily, UnitHash, exactly

SPACE = 10_000
MASK = 0xFFFFFFFF
FACTOR = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """MurmurHash2 32-bit with seed 0, unsigned.  Source: Appleby, MurmurHash2; nginx, src/core/ngx_murmurhash.c."""
    words, rest = divmod(len(data), 4)
    state = len(data) & MASK
    for word in unpack_from(f"<{words}I", data):
        mixed = word * FACTOR & MASK
        state = (state * FACTOR ^ (mixed ^ mixed >> 24) * FACTOR) & MASK
    if rest:
        state = (state ^ int.from_bytes(data[-rest:], "little")) * FACTOR & MASK
    state = (state ^ state >> 13) * FACTOR & MASK
    return state ^ state >> 15


def bucket_of_word(word: int) -> int:
    """Bucket of a hash: the last b whose lower bound floor(b * (2^32 - 1) / 10 000) the hash reaches.

    A single part of b * 0.01 % in split_clients ends at that very bound, and "hash < end" is inside. The highest hash,
    2^32 - 1, is below no end; nginx gives it to "*", and here it is in the last bucket.
    """
    return min(SPACE - 1, ((word + 1) * SPACE - 1) // MASK)


def _nginx(salt: str, space: int) -> UnitHash:
    prefix = f"{salt}:".encode()
    return lambda unit: bucket_of_word(murmur2(prefix + unit.encode()))


FAMILIES = (HashFamily("nginx-murmur2", SPACE, _nginx, "what precedes ':' and the unit", exactly(SPACE)),)
"""Source: nginx, src/http/modules/ngx_http_split_clients_module.c; vectors in tests/conformance/vectors."""
