"""Who may sign snapshots: one or two pinned public keys. Needs the extra `flagsdk[signing]` once a key is given."""

import base64
from typing import TYPE_CHECKING

from flagsdk.wire import Statement, Untrusted
from flagsdk.wire.statement import key_id, signature_parts

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEYS = 2  # the present one and, while keys are rotated, the next


class Verifier:
    """Verifies Ed25519 signatures (RFC 8032): `verify` is what `wire.admit` and `wire.advance` take.

    Immutable: any threads may share it. One signature costs about a tenth of a millisecond.
    """

    def __init__(self, public_keys: str) -> None:
        """Pin one or two keys, comma between: PEM, or the 32 bytes in base64, as `flagsvc keys new` prints them.

        Raises ValueError for any other text; ImportError, which names the extra, where `cryptography` is missing.
        """
        texts = [text for part in public_keys.split(",") if (text := part.strip())]
        if not 1 <= len(texts) <= KEYS:
            raise ValueError(f"public_key: give one or two keys with a comma between, not {len(texts)}")
        self._keys = dict(map(_named, texts))

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Ids of the pinned keys, as signatures name them."""
        return tuple(self._keys)

    def verify(self, statement: Statement, signature: str) -> None:
        """Pass for a signature of exactly this statement by a pinned key; raises wire.Untrusted for any other text."""
        if not signature:
            raise Untrusted(f"not signed, though a public key is pinned: {statement}")
        try:
            name, given = signature_parts(signature)
            key = self._keys[name]
            message = statement.encoded()
        except KeyError:
            pinned = " and ".join(self._keys)
            raise Untrusted(f"signed by key {name[:16]!r}, and pinned is {pinned}: {statement}") from None
        except ValueError as fault:
            raise Untrusted(f"no signature ({fault}): {statement}") from fault
        if not _is_by(key, given, message):
            raise Untrusted(f"the signature is not one of this content: {statement}")


def _is_by(key: "Ed25519PublicKey", signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - loads cryptography only for those who use it

    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _named(text: str) -> "tuple[str, Ed25519PublicKey]":
    try:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - only for those who use it
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - likewise
    except ImportError as fault:
        raise ImportError("public_key needs cryptography: pip install 'flagsdk[signing]'") from fault
    try:
        pem = text.startswith("-----BEGIN")
        raw = b"" if pem else base64.b64decode(text, validate=True)
        key = (
            serialization.load_pem_public_key(text.encode()) if pem else ed25519.Ed25519PublicKey.from_public_bytes(raw)
        )
    except ValueError as fault:
        raise ValueError(
            f"public_key: neither the PEM nor the base64 of an Ed25519 public key: {text[:12]}…"
        ) from fault
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise ValueError("public_key: not an Ed25519 key")  # noqa: TRY004 - a wrong value, as every other
    return key_id(key.public_bytes_raw()), key
