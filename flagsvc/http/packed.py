"""Large answers that many ask for again: rendered once, compressed once, told apart by a tag over their octets."""

import gzip
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from starlette.datastructures import Headers

from flagsvc.http.strict_json import encoded

LEVEL = 1
"""Of compression: at higher ones a large answer takes several times as long for a tenth less."""


class Packed(NamedTuple):
    """An answer's body in both forms. Strong tags differ by form (RFC 9110, section 8.8.3.3)."""

    plain: bytes
    gzipped: bytes
    digest: str

    def tag(self, *, gzipped: bool) -> str:
        """Write the strong entity tag of a form."""
        return f'"{self.digest}{"-gzip" if gzipped else ""}"'


@dataclass(slots=True)
class Packing:
    """Keeps the newest body of each kind of question; its entries are replaced whole, by whichever thread."""

    kept: dict[Hashable, tuple[Hashable, Packed]] = field(default_factory=dict)

    def body(self, question: Hashable, fingerprint: Hashable, content: Callable[[], Any]) -> Packed:
        """Give what is kept, made anew where its fingerprint was another one."""
        known = self.kept.get(question)
        if known is None or known[0] != fingerprint:
            known = self.kept[question] = (fingerprint, packed(content()))
        return known[1]


def packed(content: Any) -> Packed:
    """Render and compress."""
    plain = encoded(content)
    return Packed(plain, gzip.compress(plain, LEVEL, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


def accepts_gzip(headers: Headers) -> bool:
    """Whether `Accept-Encoding` names gzip (or anything), and not with weight 0 (RFC 9110, section 12.5.3)."""
    weights = dict(_coding(part) for part in headers.get("accept-encoding", "").split(","))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _coding(part: str) -> tuple[str, float]:
    name, _, parameter = part.partition(";")
    return name.strip().lower(), _weight(parameter.strip().lower())


def _weight(parameter: str) -> float:
    if not parameter.startswith("q="):
        return 1.0
    try:
        return float(parameter[2:])
    except ValueError:
        return 0.0
