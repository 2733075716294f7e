"""The checkout as tests see it: its root, its tracked files, its project files."""

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
BINARY = {".png", ".ico", ".woff2", ".gz", ".zip"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every text file that git tracks and that exists, as absolute paths."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in listing.split("\0") if name)
    return tuple(path for path in paths if path.is_file() and path.suffix not in BINARY)


@cache
def project(folder: str = ".") -> dict[str, Any]:
    """Read the pyproject.toml of the service (".") or of the SDK ("sdk")."""
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text())
