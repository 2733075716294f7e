"""What proves to a receiver that a request is ours and of now: HMAC-SHA-256 over the time and the body."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

HEADER = "X-Flagsvc-Signature"


def signed(secrets: Sequence[str], body: bytes, now: float) -> dict[str, str]:
    """Give the header: t=UNIX SECONDS,v1=HEX for each secret (two while one is changed); none without a secret.

    HEX is the HMAC of the time's digits, a full stop, and the body.
    """
    if not secrets:
        return {}
    time = str(int(now))
    macs = (hmac.new(secret.encode(), f"{time}.".encode() + body, sha256).hexdigest() for secret in secrets)
    return {HEADER: ",".join([f"t={time}", *(f"v1={mac}" for mac in macs)])}
