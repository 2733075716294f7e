"""What the signature of a snapshot is over, and how it is written. No key and no cryptography here."""

import base64
import binascii
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from flagsdk.wire.values import Change, Whole

DOMAIN = b"flagsvc-snapshot-1"
"""Where the bytes belong: a signature made for anything else is none of a snapshot."""


class Statement(NamedTuple):
    """That an environment has, at one revision, documents of this digest; `at` in Unix milliseconds."""

    environment: str
    epoch: str
    revision: int
    at: int
    format: int
    digest: str

    def encoded(self) -> bytes:
        """Give the bytes that are signed: no two statements have the same.

        The domain, then each member in the order of this class as UTF-8 (numbers in decimal), each of the seven
        behind its length in 4 bytes, big-endian. Raises UnicodeEncodeError for a lone surrogate.
        Source: docs/reference/signatures.md.
        """
        parts = [DOMAIN, *(str(member).encode() for member in self)]
        return b"".join(len(part).to_bytes(4) + part for part in parts)

    def __str__(self) -> str:
        """Say which revision, for messages."""
        return f"{self.environment!r}, epoch {self.epoch}, revision {self.revision}"


Sign = Callable[[Statement], str]
"""Gives the signature of a statement, as it is written in `signature`."""

Verify = Callable[[Statement, str], None]
"""Passes when a signature is one of the statement by a trusted key; raises Untrusted."""


def unsigned(statement: Statement) -> str:
    """Sign nothing: what a writer without a key uses."""
    return ""


def statement_of(value: Whole | Change, format: int) -> Statement:  # noqa: A002  # the word of the wire
    """Give the statement of a snapshot, which is also that of the change that leads to it."""
    return Statement(value.environment, value.epoch, value.revision, value.at, format, value.digest)


def key_id(public_key: bytes) -> str:
    """Name a public key (its 32 bytes): the first 16 hexadecimal digits of its SHA-256."""
    return sha256(public_key).hexdigest()[:16]


def signature_text(key: str, signature: bytes) -> str:
    """Write a signature: `KEYID:BASE64`."""
    return f"{key}:{base64.b64encode(signature).decode()}"


def signature_parts(text: str) -> tuple[str, bytes]:
    """Read a signature into key id and bytes; raises ValueError for any other spelling, too."""
    key, colon, encoded = text.partition(":")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except binascii.Error as fault:
        raise ValueError("not base64") from fault
    if not colon or signature_text(key, signature) != text:
        raise ValueError("not KEYID:BASE64")
    return key, signature
