"""What a command goes by, and where each value came from: an option, a variable, or the profile in use."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from flagsvc.ctl.failure import USAGE, Failure
from flagsvc.ctl.profiles import Profile, Profiles

VARIABLES: Mapping[str, str] = {
    "FLAGSVC_URL": "Address of the service.",
    "FLAGSVC_TOKEN": "The token.",
    "FLAGSVC_TOKEN_FILE": "A file that holds the token.",
    "FLAGSVC_ENVIRONMENT": "The environment that commands are about.",
    "FLAGSVC_PROFILE": "The profile to go by instead of the one in use.",
    "FLAGSVC_PROXY": "A proxy to go through, http://HOST:PORT; no other variable names one.",
    "XDG_CONFIG_HOME": "Profiles are kept below it in flagsvc/flagctl.json; ~/.config unless it is set.",
    "FLAGSVC_REDIS_PASSWORD": "The password for `smoke --redis`, where the address holds none.",
    "NO_COLOR": "Set to anything: no colours.",
    "FORCE_COLOR": "Set to anything: colours also where there is no terminal.",
}
"""Every variable that is read, for the reference."""
MAX_TOKEN = 1000


class Value(NamedTuple):
    """A value and where it came from; "" and "" where nobody said it."""

    text: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What options say; "" where they do not."""

    url: str = ""
    environment: str = ""
    profile: str = ""
    token_file: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """What to go by. The token is never shown."""

    profile: Value
    url: Value
    environment: Value
    token: Value = field(repr=False)

    def demand_url(self) -> str:
        """Give the address; raises Failure when nobody said it."""
        return self.url.text or _missing("where the service is", "--url, FLAGSVC_URL or flagctl login")

    def demand_environment(self) -> str:
        """Give the environment; raises Failure when nobody said it."""
        return self.environment.text or _missing("which environment", "-e, FLAGSVC_ENVIRONMENT or flagctl login -e")

    def demand_token(self) -> str:
        """Give the token; raises Failure when there is none."""
        ways = "FLAGSVC_TOKEN, FLAGSVC_TOKEN_FILE, --token-file or flagctl login"
        return self.token.text or _missing("who you are (there is no token)", ways)


def resolve(given: Given, variables: Mapping[str, str], profiles: Profiles) -> Values:
    """Find every value: an option goes before a variable, a variable before the profile.

    The token of a profile goes to the address of that profile only: an address from elsewhere never receives it.
    Raises Failure for a profile or a token file that is not there.
    """
    chosen = _chosen(given, variables, profiles)
    profile = profiles.demand(chosen.text) if chosen.text else Profile()
    place = f"profile {chosen.text}"
    url = _first(
        Value(given.url, "--url"),
        Value(variables.get("FLAGSVC_URL", ""), "FLAGSVC_URL"),
        Value(profile.url, place),
    )
    environment = _first(
        Value(given.environment, "--environment"),
        Value(variables.get("FLAGSVC_ENVIRONMENT", ""), "FLAGSVC_ENVIRONMENT"),
        Value(profile.environment, place),
    )
    own = profile.token if profile.url.rstrip("/") == url.text.rstrip("/") else ""
    token = _first(
        Value(_from_file(given.token_file), f"--token-file {given.token_file}"),
        Value(_checked(variables.get("FLAGSVC_TOKEN", "")), "FLAGSVC_TOKEN"),
        Value(_from_file(variables.get("FLAGSVC_TOKEN_FILE", "")), "FLAGSVC_TOKEN_FILE"),
        Value(own, place),
    )
    return Values(chosen, url, environment, token)


def token_of(text: str) -> str:
    """Read a token as it was typed or stood in a file; raises Failure for what cannot be one."""
    token = text.strip()
    if not token or len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise Failure("that is no token: one word of printable ASCII characters is expected", USAGE)
    return token


def _chosen(given: Given, variables: Mapping[str, str], profiles: Profiles) -> Value:
    chosen = _first(Value(given.profile, "--profile"), Value(variables.get("FLAGSVC_PROFILE", ""), "FLAGSVC_PROFILE"))
    if chosen.text:
        return chosen
    return Value(profiles.current, "flagctl context use") if profiles.current in profiles.known else Value()


def _first(*candidates: Value) -> Value:
    return next((each for each in candidates if each.text), Value())


def _checked(text: str) -> str:
    return token_of(text) if text else ""


def _from_file(name: str) -> str:
    if not name:
        return ""
    if name == "-":
        return token_of(sys.stdin.read(MAX_TOKEN + 2))
    try:
        return token_of(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"the token file {name} cannot be read: {error}", USAGE) from None


def _missing(what: str, ways: str) -> str:
    raise Failure(f"say {what}: {ways}", USAGE)
