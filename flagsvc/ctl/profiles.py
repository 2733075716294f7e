"""Profiles: where a service is and with which token, kept in a file that only its owner can read."""

import json
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from flagsvc.ctl.failure import Failure

DEFAULT_NAME = "default"
OWNER_ONLY = 0o600
_MEMBERS = frozenset({"url", "token", "environment"})


@dataclass(frozen=True, slots=True)
class Profile:
    """One service as one person uses it; "" is not said."""

    url: str = ""
    token: str = field(default="", repr=False)
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Profiles:
    """All of them by name, and which is in use."""

    current: str = ""
    known: Mapping[str, Profile] = field(default_factory=dict)

    def with_profile(self, name: str, profile: Profile) -> "Profiles":
        """Add or replace one, and use it."""
        return Profiles(name, {**self.known, name: profile})

    def using(self, name: str) -> "Profiles":
        """Use another; raises Failure for one that is not there."""
        self.demand(name)
        return replace(self, current=name)

    def demand(self, name: str) -> Profile:
        """Give the profile of this name; raises Failure, which names those that there are."""
        if name not in self.known:
            known = ", ".join(sorted(self.known)) or "none"
            raise Failure(f"there is no profile {name!r}; known: {known}", remedy="Make one: flagctl login.")
        return self.known[name]


def profiles_path(environment: Mapping[str, str]) -> Path:
    """Where the file is: in the configuration folder of the XDG base directory specification."""
    base = environment.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if Path(base).is_absolute() else Path(environment.get("HOME", "~")).expanduser() / ".config"
    return folder / "flagsvc" / "flagctl.json"


def read_profiles(path: Path) -> Profiles:
    """Read the file; none is no profiles. Raises Failure for a file that others may read, or that is no such file."""
    try:
        with path.open(encoding="utf-8") as file:
            _demand_private(path, os.fstat(file.fileno()).st_mode)
            return _profiles(json.load(file))
    except FileNotFoundError:
        return Profiles()
    except (OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise Failure(f"{path} cannot be read: {error}", remedy="Mend it, or remove it and log in again.") from None


def write_profiles(path: Path, profiles: Profiles) -> None:
    """Replace the file as a whole; at no moment can anybody else read it. Raises Failure."""
    known = {
        name: {key: value for key, value in asdict(each).items() if value} for name, each in profiles.known.items()
    }
    text = json.dumps({"current": profiles.current, "profiles": known}, indent=2) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".flagctl-")  # made for the owner alone
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None


def _demand_private(path: Path, mode: int) -> None:
    if os.name == "posix" and stat.S_IMODE(mode) & ~0o700:
        raise Failure(f"{path} holds tokens, and others may read it", remedy=f"chmod 600 {path}")


def _profiles(content: Any) -> Profiles:
    known = {
        name: Profile(**{k: v for k, v in each.items() if k in _MEMBERS}) for name, each in content["profiles"].items()
    }
    for profile in known.values():
        if not all(isinstance(value, str) for value in asdict(profile).values()):
            raise TypeError("a profile holds texts")
    return Profiles(str(content.get("current", "")), known)
