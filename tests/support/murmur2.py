"""Units whose MurmurHash2 is a wanted word: the last block of the text, solved for."""

from itertools import count

from flagsdk.core.hashing.murmur2 import FACTOR, MASK

INVERSE = pow(FACTOR, -1, MASK + 1)
PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~+=*!")


def unit_of_word(salt: str, word: int) -> str:
    """Find a short unit of plain characters for which the hash of "SALT:unit" is this very word."""
    filler = "-" * (-(len(salt.encode()) + 1) % 4)
    for number in count():
        start = f"{filler}{number:04d}"
        head = f"{salt}:{start}".encode()
        last = _last_block(head, word)
        if PLAIN.issuperset(last):
            return start + last.decode()
    raise AssertionError


def _last_block(head: bytes, word: int) -> bytes:
    state = len(head) + 4
    for at in range(0, len(head), 4):
        state = (state * FACTOR ^ _mixed(int.from_bytes(head[at : at + 4], "little"))) & MASK
    before = _unfolded(_unfolded(word, 15) * INVERSE & MASK, 13) ^ state * FACTOR & MASK
    return (_unfolded(before * INVERSE & MASK, 24) * INVERSE & MASK).to_bytes(4, "little")


def _mixed(block: int) -> int:
    folded = block * FACTOR & MASK
    return (folded ^ folded >> 24) * FACTOR & MASK


def _unfolded(word: int, bits: int) -> int:
    """Undo x ^ x >> bits."""
    found = word
    for _ in range(32 // bits):
        found = word ^ found >> bits
    return found
