"""Cross-origin rules for browsers that ask OFREP: only configured origins, no cookies."""

from collections.abc import Mapping, Sequence

Headers = Mapping[bytes, bytes]
_ALLOWED = b"authorization, content-type, if-none-match, x-api-key"


class Cors:
    """The origins whose pages may ask; `*` allows all. With none configured no header is ever sent."""

    def __init__(self, origins: Sequence[str] = ()) -> None:
        self._origins = frozenset(origin.encode("ascii") for origin in origins)

    def headers(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        """Headers that let the page at `Origin` read the answer; none where it may not."""
        if not self._origins:
            return []
        origin = headers.get(b"origin")
        if origin is None or not self._allows(origin):
            return [(b"vary", b"origin")]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", b"etag, retry-after"),
            (b"vary", b"origin"),
        ]

    def is_preflight(self, headers: Headers) -> bool:
        """Whether this is a preflight of an origin that may ask."""
        return b"access-control-request-method" in headers and self._allows(headers.get(b"origin", b""))

    def preflight(self) -> list[tuple[bytes, bytes]]:
        """Headers that answer a preflight, beside `headers`."""
        return [
            (b"access-control-allow-methods", b"POST, GET"),
            (b"access-control-allow-headers", _ALLOWED),
            (b"access-control-max-age", b"7200"),
        ]

    def _allows(self, origin: bytes) -> bool:
        return bool(origin) and (origin in self._origins or b"*" in self._origins)
