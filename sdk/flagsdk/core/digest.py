"""The digest of a snapshot: SHA-256 over 256 buckets of documents, so that one change re-hashes one bucket."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Self

BUCKETS = 256
_Hashes = Mapping[str, bytes]


class Digest:
    """Immutable digest of named texts; `edit` costs one bucket.

    A document's hash is sha256(utf8 text). Its bucket is the first byte of sha256(utf8 name). A bucket's hash is sha256
    over its documents in order of name: 4 bytes big-endian length of the name, the name, the document's hash.
    The digest is sha256 over the 256 bucket hashes.  Source: docs/evaluation.md, "Digest".
    """

    def __init__(self, buckets: tuple[_Hashes, ...], hashes: tuple[bytes, ...]) -> None:
        self._buckets = buckets
        self._hashes = hashes
        self._hex = ""  # no cached_property: before Python 3.12 its lock stays locked in a child forked meanwhile

    @classmethod
    def of(cls, documents: Mapping[str, str]) -> Self:
        """Digest of all documents, name to canonical text."""
        buckets: tuple[dict[str, bytes], ...] = tuple({} for _ in range(BUCKETS))
        for name, text in documents.items():
            encoded = name.encode()
            buckets[sha256(encoded).digest()[0]][name] = sha256(text.encode()).digest()
        return cls(buckets, tuple(map(_bucket_hash, buckets)))

    def edit(self, edits: Mapping[str, str | None]) -> Self:
        """Digest after the edits: a text replaces or adds the document, None removes it."""
        buckets, hashes = list(self._buckets), list(self._hashes)
        for index, names in _by_bucket(edits).items():
            bucket = dict(buckets[index])
            for name in names:
                bucket.pop(name, None)
                if (text := edits[name]) is not None:
                    bucket[name] = sha256(text.encode()).digest()
            buckets[index], hashes[index] = bucket, _bucket_hash(bucket)
        return type(self)(tuple(buckets), tuple(hashes))

    @property
    def hex(self) -> str:
        """The digest as 64 hexadecimal digits."""
        if not self._hex:
            self._hex = sha256(b"".join(self._hashes)).hexdigest()
        return self._hex

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and self.hex == other.hex

    def __hash__(self) -> int:
        return hash(self.hex)

    def __repr__(self) -> str:
        return f"Digest({self.hex})"


def _by_bucket(names: Iterable[str]) -> dict[int, list[str]]:
    grouped: dict[int, list[str]] = {}
    for name in names:
        grouped.setdefault(sha256(name.encode()).digest()[0], []).append(name)
    return grouped


def _bucket_hash(bucket: _Hashes) -> bytes:
    parts: list[bytes] = []
    for name in sorted(bucket):
        encoded = name.encode()
        parts += (len(encoded).to_bytes(4), encoded, bucket[name])
    return sha256(b"".join(parts)).digest()
