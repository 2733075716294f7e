"""Signatures of snapshots (Ed25519, RFC 8032): the service's key, new keys, and a signer that signs a revision once."""

import base64
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from flagsdk.wire import Statement
from flagsdk.wire.statement import key_id, signature_text

KEPT = 4096
"""Signatures kept in memory, so that publisher and replica share the work: about 1 MB at most."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key as texts: `private` and `public` are the 32 bytes of each in base64, `id` is how signatures name it."""

    private: str = field(repr=False)
    public: str
    id: str


class Signer:
    """Signs statements with one key. Ed25519 draws no chance: a statement has one signature. Threads may share it."""

    def __init__(self, private_key: str) -> None:
        """Take the private key as PEM (PKCS #8, without a password) or base64; raises ValueError."""
        key = _key_of(private_key)
        name = key_id(key.public_key().public_bytes_raw())
        self._sign = lru_cache(KEPT)(lambda statement: signature_text(name, key.sign(statement.encoded())))

    def sign(self, statement: Statement) -> str:
        """Give the signature, in about a twentieth of a millisecond the first time."""
        return self._sign(statement)


def new_pair() -> KeyPair:
    """Make a new key from the operating system's chance."""
    return _pair(Ed25519PrivateKey.generate())


def pair_of(private_key: str) -> KeyPair:
    """Give the pair that a private key (PEM or base64) belongs to; raises ValueError."""
    return _pair(_key_of(private_key))


def _pair(key: Ed25519PrivateKey) -> KeyPair:
    public = key.public_key().public_bytes_raw()
    return KeyPair(_base64(key.private_bytes_raw()), _base64(public), key_id(public))


def _key_of(text: str) -> Ed25519PrivateKey:
    """Read a key; what is wrong with it is said without a piece of it."""
    try:
        if text.strip().startswith("-----BEGIN"):
            key = load_pem_private_key(text.strip().encode(), None)
        else:
            key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(text.strip(), validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("neither the PEM nor the base64 of an Ed25519 private key without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004 - a wrong value, as every other
    return key


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
