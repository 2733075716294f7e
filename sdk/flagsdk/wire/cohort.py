"""The signed cohort: what the edge decided for a request, as a text that the applications behind it can verify.

`BODY.MAC`, both base64url without padding. BODY is UTF-8, fields parted by line feeds: environment, split, cohort,
revision (`EPOCH.REVISION`), expiry (whole seconds since 1970), unit (the rest; empty where there is none). MAC is
HMAC-SHA-256 over DOMAIN and the text of BODY, so nothing is decoded that was not verified before. No clock is here.
Source: docs/reference/traffic.md, "The signed cohort".
"""

import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

HEADER = "X-Flagsvc-Cohort"
"""The header that carries it: in the answer to the edge, and from the edge to the application."""

DOMAIN = b"flagsvc-cohort-1:"
"""Goes into every MAC: the same key signs nothing else that could be taken for a cohort."""

MAX_BYTES = 2048  # a unit of 512 bytes, four names of 100, and a third more for base64
LEAST_KEY, MOST_KEY = 32, 512

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_FIELDS = 6


class Unfit(StrEnum):
    """Why a signed cohort is not believed."""

    MALFORMED = "malformed"
    FORGED = "forged"
    EXPIRED = "expired"
    FOREIGN = "foreign"
    """It is another environment's."""


@dataclass(frozen=True, slots=True)
class SignedCohort:
    """What the edge decided: the `cohort` of `split`, by `revision`, for `unit` (None: it found none)."""

    environment: str
    split: str
    cohort: str
    unit: str | None
    revision: str
    expires: int


def parse_keys(text: str) -> tuple[bytes, ...]:
    """Read one or two keys, with a comma between; the first one signs, each verifies.

    A key is 32 to 512 visible ASCII characters without a comma. Raises ValueError otherwise, without the text in it.
    """
    keys = tuple(part.strip() for part in text.split(","))
    if len(keys) > 2 or not all(_is_key(key) for key in keys):  # noqa: PLR2004  # the present one, and one more to change it
        raise ValueError(
            f"expected one or two keys of {LEAST_KEY} to {MOST_KEY} visible ASCII characters, with a comma between"
        )
    return tuple(key.encode("ascii") for key in keys)


def head_of(environment: str, split: str, cohort: str, revision: str) -> bytes:
    """Write the fields that do not depend on the request; raises ValueError for a field with a line feed."""
    fields = (environment, split, cohort, revision)
    if any("\n" in field for field in fields):
        raise ValueError("a name with a line feed cannot be signed")
    return "\n".join((*fields, "")).encode()


def signed(key: bytes, head: bytes, unit: str | None, expires: int) -> bytes:
    """Sign a cohort; `head` is from `head_of`, `expires` in seconds since 1970."""
    body = _text(b"%b%d\n%b" % (head, expires, unit.encode() if unit else b""))
    return b"%b.%b" % (body, _mac(key, body))


def opened(text: bytes, keys: Iterable[bytes], now: float) -> SignedCohort | Unfit:
    """Verify and read a signed cohort; the reason where it is not to be believed. Never raises."""
    body, dot, mac = text.partition(b".")
    if not dot or len(text) > MAX_BYTES:
        return Unfit.MALFORMED
    if not any(hmac.compare_digest(_mac(key, body), mac) for key in keys):
        return Unfit.FORGED
    found = _read(body)
    if found is None:
        return Unfit.MALFORMED
    return found if now < found.expires else Unfit.EXPIRED


def _read(body: bytes) -> SignedCohort | None:
    """Read what was verified; None where a later signer wrote something else."""
    try:
        standard = body.translate(_STANDARD) + b"=" * (-len(body) % 4)
        fields = binascii.a2b_base64(standard, strict_mode=True).decode().split("\n", _FIELDS - 1)
        environment, split, cohort, revision, expires, unit = fields
        return SignedCohort(environment, split, cohort, unit or None, revision, int(expires))
    except ValueError:
        return None


def _mac(key: bytes, body: bytes) -> bytes:
    return _text(hmac.digest(key, DOMAIN + body, "sha256"))


def _text(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=")


def _is_key(key: str) -> bool:
    return LEAST_KEY <= len(key) <= MOST_KEY and all("!" <= character <= "~" for character in key)
