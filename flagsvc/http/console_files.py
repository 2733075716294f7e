"""The built files of the console, read once: what each is, and in which content codings it lies there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

INDEX = "index.html"
ASSETS = "assets/"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Content codings by preference, and the names of the files beside the plain ones."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file: its bodies by content coding, "" for the plain one, which is always there."""

    media_type: str
    bodies: Mapping[str, bytes]

    def body(self, accepted: str) -> tuple[str, bytes]:
        """Choose content coding and body for an `Accept-Encoding` header (RFC 9110, section 12.5.3)."""
        weights = dict(_weight(part) for part in accepted.split(",") if part.strip())
        for coding in ENCODINGS:
            if coding in self.bodies and weights.get(coding, weights.get("*", 0.0)) > 0:
                return coding, self.bodies[coding]
        return "", self.bodies[""]


def read_files(directory: Path) -> dict[str, File]:
    """Read every file below the directory, by its path in it ("assets/x.js"); none where there is no directory.

    Compressed forms belong to the file beside them; what begins with a dot is left out.
    """
    found = {path.relative_to(directory).as_posix(): path for path in sorted(directory.rglob("*")) if path.is_file()}
    visible = {name: path for name, path in found.items() if not any(part.startswith(".") for part in name.split("/"))}
    return {name: _file(path) for name, path in visible.items() if path.suffix not in ENCODINGS.values()}


def _file(path: Path) -> File:
    plain = path.read_bytes()
    beside = {coding: path.with_name(path.name + suffix) for coding, suffix in ENCODINGS.items()}
    compressed = {coding: each.read_bytes() for coding, each in beside.items() if each.is_file()}
    return File(_TYPES.get(path.suffix, "application/octet-stream"), {"": plain, **compressed})


def _weight(part: str) -> tuple[str, float]:
    coding, _, parameters = part.partition(";")
    name, _, value = parameters.strip().partition("=")
    try:
        weight = float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        weight = 0.0
    return coding.strip().lower(), weight
