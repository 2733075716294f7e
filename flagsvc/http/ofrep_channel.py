"""Channels: what a browser puts into the address of an OFREP event stream, because it cannot send a header there."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from flagsvc.http.authentication import KnownToken, Principal

_PURPOSE = b"ofrep-events:"


class Channels:
    """Signs and opens channels. A channel lets its bearer hear *that* an environment changed, and nothing else.

    It is signed with the hash of the token it was given to, so every replica can open it and it ends with that token.
    """

    def __init__(self) -> None:
        self._known: Mapping[str, KnownToken] = {}

    def learn(self, tokens: Iterable[KnownToken]) -> None:
        """Replace the known tokens."""
        self._known = {token.principal.token_id: token for token in tokens}

    def sign(self, principal: Principal) -> str:
        """Make the channel of a token; empty when the token is not known (any more)."""
        known = self._known.get(principal.token_id)
        return f"{principal.token_id}.{_signature(known)}" if known else ""

    def open(self, channel: str) -> Principal | None:
        """Find whom a channel was given to, as long as the token is valid."""
        token_id, _, signature = channel.rpartition(".")
        known = self._known.get(token_id)
        if known is None or not hmac.compare_digest(_signature(known).encode(), signature.encode("utf-8", "replace")):
            return None
        return known.principal if self.holds(known.principal) else None

    def holds(self, principal: Principal) -> bool:
        """Whether the token of this principal still opens something: it is valid, and its environment not archived."""
        known = self._known.get(principal.token_id)
        if known is None or known.principal.archived:
            return False
        return known.expires is None or known.expires > datetime.now(UTC)


def _signature(token: KnownToken) -> str:
    message = _PURPOSE + str(token.principal.environment).encode()
    return hmac.new(bytes.fromhex(token.sha256), message, hashlib.sha256).hexdigest()[:32]
