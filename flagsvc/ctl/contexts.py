"""`login`, `logout`, `whoami` and `context`: where the service is, and who you are there."""

import os
import sys
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from flagsvc.ctl.api import base_of, path_of
from flagsvc.ctl.failure import USAGE, Failure, Refused
from flagsvc.ctl.names import known_environments
from flagsvc.ctl.options import Common, Environment, InEnvironment, register
from flagsvc.ctl.output import columns, note
from flagsvc.ctl.profiles import DEFAULT_NAME, Profile, profiles_path, read_profiles, write_profiles
from flagsvc.ctl.session import Session, connect
from flagsvc.ctl.values import MAX_TOKEN, token_of

FORBIDDEN = 403
_KINDS = {"fsa": "admin", "fss": "sdk", "fse": "evaluation"}
_Name = Annotated[str, typer.Argument(help="Name of the profile; the one in use when left out.", metavar="NAME")]


@dataclass(frozen=True, kw_only=True)
class Login(Common):
    """Options of `login`."""

    name: Annotated[str, typer.Argument(help="Name of the profile.", metavar="NAME")] = ""
    environment: Environment = ""


@dataclass(frozen=True, kw_only=True)
class Logout(Common):
    """Options of `logout`."""

    name: _Name = ""


@dataclass(frozen=True, kw_only=True)
class Use(Common):
    """Options of `context use`."""

    name: Annotated[str, typer.Argument(help="Name of the profile.", metavar="NAME")]


def login(options: Login) -> None:
    """Keep a service's address and your token in a profile, and use it.

    The token is read from --token-file, else from standard input: it is never an argument, which others could see.
    It is tried before it is kept.
    """
    path = profiles_path(os.environ)
    profiles = read_profiles(path)
    name = options.name or profiles.current or DEFAULT_NAME
    known = profiles.known.get(name, Profile())
    url = base_of(options.url or os.environ.get("FLAGSVC_URL", "") or known.url or _missing_url())
    environment = options.environment or known.environment
    token = Session(options).values.token.text if options.token_file else token_of(_typed())
    who = _tried(url, token, environment, debug=options.debug)
    write_profiles(path, profiles.with_profile(name, Profile(url, token, environment)))
    note(f"logged in at {url} as profile {name}: {who}")


def logout(options: Logout) -> None:
    """Forget the token of a profile; its address stays. The token itself goes on being valid until it is revoked."""
    path = profiles_path(os.environ)
    profiles = read_profiles(path)
    name = options.name or options.profile or profiles.current
    if not name:
        raise Failure("nobody is logged in")
    profile = profiles.demand(name)
    write_profiles(path, replace(profiles, known={**profiles.known, name: replace(profile, token="")}))
    note(f"logged out of profile {name}")


def whoami(options: InEnvironment) -> None:
    """Tell where you are and what your token is, and ask the service whether it accepts it."""
    session = Session(options)
    values = session.values
    said = _tried(values.demand_url(), values.demand_token(), values.environment.text, debug=options.debug)
    content = {
        "url": values.url.text,
        "profile": values.profile.text or None,
        "environment": values.environment.text or None,
        "token": said,
    }
    session.out.data(content, lambda: (f"{key:<11}  {value or '-'}" for key, value in content.items()), lambda: [said])


def context_list(options: Common) -> None:
    """List the profiles."""
    profiles = read_profiles(profiles_path(os.environ))
    items = [
        {
            "name": name,
            "inUse": name == profiles.current,
            "url": profile.url,
            "environment": profile.environment or None,
            "loggedIn": bool(profile.token),
        }
        for name, profile in sorted(profiles.known.items())
    ]
    rows = [["*" if each["inUse"] else "", each["name"], each["url"], each["environment"] or "-"] for each in items]
    out = Session(options).out
    out.data(
        items, lambda: columns(rows, "", "name", "url", "environment"), lambda: [str(each["name"]) for each in items]
    )


def context_use(options: Use) -> None:
    """Go by another profile from now on."""
    path = profiles_path(os.environ)
    write_profiles(path, read_profiles(path).using(options.name))
    note(f"using profile {options.name}")


def context_show(options: InEnvironment) -> None:
    """Show every value that commands go by, and where it came from."""
    session = Session(options)
    found = session.values
    values = {"profile": found.profile, "url": found.url, "environment": found.environment}
    rows = [(name, value.text or "-", value.origin or "nobody says it") for name, value in values.items()]
    rows.append(
        ("token", kind_of(found.token.text) if found.token.text else "-", found.token.origin or "nobody says it")
    )
    rows.append(("file", str(profiles_path(os.environ)), "XDG_CONFIG_HOME"))
    content = [{"name": name, "value": value, "origin": origin} for name, value, origin in rows]
    session.out.data(content, lambda: columns(rows, "name", "value", "from"), lambda: [row[0] for row in rows])


def kind_of(token: str) -> str:
    """Say what a token's own text says of it, and nothing of its secret."""
    head, *rest = token.rsplit("_", 2)
    prefix, _, environment = head.partition("_")
    if len(rest) != 2 or prefix not in _KINDS:  # noqa: PLR2004  # secret and checksum
        return "a token"
    return f"{_KINDS[prefix]} token for {'every environment' if environment == 'all' else environment}"


def add(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "login", login)
    register(app, "logout", logout)
    register(app, "whoami", whoami)
    group = typer.Typer(no_args_is_help=True, help="The profiles: services and who you are there.")
    register(group, "list", context_list)
    register(group, "use", context_use)
    register(group, "show", context_show)
    app.add_typer(group, name="context")


def _typed() -> str:
    if sys.stdin.isatty():
        from getpass import getpass  # noqa: PLC0415  # only at a terminal

        return getpass("Token: ")
    return sys.stdin.read(MAX_TOKEN + 2)


def _tried(url: str, token: str, environment: str, *, debug: bool) -> str:
    """Ask the service with a token. Raises Failure unless it knows it; one for other work is known, too."""
    api = connect(url, token, debug=debug)
    path = path_of("environments", environment) if environment else path_of("environments")
    try:
        api.get(path)
    except Refused as refused:
        if environment and refused.word == "not-found":
            raise Refused(refused.status, refused.problem, known_environments(api, environment)) from None
        if refused.status != FORBIDDEN:
            raise
        return f"{kind_of(token)}, which may not do this: {refused.detail}"
    return kind_of(token)


def _missing_url() -> str:
    raise Failure("say where the service is: --url or FLAGSVC_URL", USAGE)
