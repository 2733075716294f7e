"""Cross-origin rules for browsers that ask OFREP: only configured origins, no cookies."""

from collections.abc import Mapping, Sequence

Headers = Mapping[bytes, bytes]
PREFLIGHT = (
    b"access-control-allow-methods: POST, GET\r\n"
    b"access-control-allow-headers: authorization, content-type, if-none-match, x-api-key\r\n"
    b"access-control-max-age: 7200\r\n"
)
"""Header lines that answer a preflight, beside those of `Cors.head`."""


class Cors:
    """The origins whose pages may ask; `*` allows all. With none configured no header is ever sent."""

    def __init__(self, origins: Sequence[str] = ()) -> None:
        self._origins = frozenset(origin.encode("ascii") for origin in origins)

    def head(self, headers: Headers) -> bytes:
        """Header lines that let the page at `Origin` read the answer; none where it may not."""
        if not self._origins:
            return b""
        origin = headers.get(b"origin", b"")
        if not self._allows(origin):
            return b"vary: origin\r\n"
        exposed = b"access-control-expose-headers: etag, retry-after\r\nvary: origin\r\n"
        return b"access-control-allow-origin: %b\r\n%b" % (origin, exposed)

    def is_preflight(self, headers: Headers) -> bool:
        """Whether this is a preflight of an origin that may ask."""
        return b"access-control-request-method" in headers and self._allows(headers.get(b"origin", b""))

    def _allows(self, origin: bytes) -> bool:
        return origin in self._origins or (b"*" in self._origins and origin.isascii() and bool(origin))
