"""The text form of tokens: `fs{a|s|e}_<environment or "all">_<32 base62>_<6 base62 checksum>`."""

import hashlib
import zlib
from typing import NamedTuple

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LETTERS = {"admin": "a", "sdk": "s", "evaluation": "e"}
KINDS = {letter: kind for kind, letter in LETTERS.items()}
EVERYWHERE = "all"
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6


class TokenParts(NamedTuple):
    """What a token's text says about itself; whether it is valid, only the store knows."""

    kind: str
    environment: str | None


def token_text(kind: str, environment: str | None, secret: str) -> str:
    """Write a token: `secret` is 32 random base62 characters (190 bits); environment None means all."""
    body = f"fs{LETTERS[kind]}_{environment or EVERYWHERE}_{secret}"
    return f"{body}_{checksum(body)}"


def parts_of(text: str) -> TokenParts | None:
    """Read a token's text; None when it is none (form or checksum), which needs no look into the store."""
    head, *rest = text.rsplit("_", 2)
    prefix, _, environment = head.partition("_")
    if len(rest) != 2 or not _well_formed(prefix, environment, *rest):  # noqa: PLR2004  # secret and checksum
        return None
    if checksum(text.rpartition("_")[0]) != rest[1]:
        return None
    return TokenParts(KINDS[prefix[2]], None if environment == EVERYWHERE else environment)


def checksum(body: str) -> str:
    """Six base62 digits of the CRC-32 of everything before them; finds typing errors and helps secret scanners."""
    number, digits = zlib.crc32(body.encode(errors="surrogatepass")), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def token_hash(text: str) -> str:
    """SHA-256 of a token's text, the only form that is stored (the secret has full entropy, so no slow hash)."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _well_formed(prefix: str, environment: str, secret: str, check: str) -> bool:
    return (
        prefix in {f"fs{letter}" for letter in KINDS}
        and bool(environment)
        and len(secret) == SECRET_LENGTH
        and len(check) == CHECKSUM_LENGTH
        and all(character in ALPHABET for character in secret + check)
    )
