"""Settings from the process environment: every fault at once, files for secrets, a word on names that mean nothing."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from flagsvc.settings.model import PREFIX, Settings, expectation

FILE_SUFFIX = "_FILE"
REDACTED = "***"
ADDRESSES = frozenset({"database_url", "redis_url"})
PLACE = re.compile(r"(?P<scheme>[a-z+]+)://(?P<who>[^@/?#]*@)?(?P<place>[^@/?#]*(?:/[^@?#]*)?)(?P<query>\?[^@#]*)?")
"""An address with user and password before its only @: with a / or a ? in the password it has not this form."""
DANGER = "FLAGSVC_OUTBOUND_NETWORKS: whoever may write a plan can make this service talk to every host it can reach"
_SERVICE_LINK = re.compile(
    r"FLAGSVC_(METRICS_)?(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP)).*"
)  # set by Kubernetes for a Service
_PORT_LINK = re.compile(r"(tcp|udp)://.*")  # likewise, as FLAGSVC_PORT
_PORTS = frozenset({"port", "metrics_port"})


class SettingsError(Exception):
    """One or more settings are wrong: `faults` has a line for each, with name, value (redacted) and expectation."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        what = "1 setting is" if len(self.faults) == 1 else f"{len(self.faults)} settings are"
        super().__init__("\n".join([f"{what} wrong:", *(f"  {fault}" for fault in self.faults)]))


class _Environment(EnvSettingsSource):
    """The process environment, where `NAME_FILE` names a file that holds the value of a secret."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return _variables(os.environ)


class _Read(Settings):
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (_Environment(settings_cls), init_settings)


def load(defaults: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings from the environment; raises SettingsError that lists every fault.

    `defaults` replaces defaults by field name, as `flagsvc demo` does.
    """
    faults = _file_faults(os.environ)
    settings = None
    try:
        settings = _Read(**(defaults or {}))
    except ValidationError as error:
        faults += [_told(str(fault["loc"][0])) for fault in error.errors(include_input=False)]
    if faults or settings is None:
        raise SettingsError(dict.fromkeys(faults))
    return settings


OF_THE_CLIENT = frozenset(PREFIX + name for name in ("URL", "TOKEN", "TOKEN_FILE", "ENVIRONMENT", "PROFILE", "PROXY"))
"""What `flagctl` reads, often in the same shell."""


def warnings(settings: Settings | None = None) -> list[str]:
    """Name each `FLAGSVC_*` variable that means nothing, with the nearest that does, and what is dangerous."""
    known = list(variable_names())
    dangerous = settings is not None and any(not network.prefixlen for network in settings.outbound_networks)
    return [DANGER] * dangerous + [
        f"{name} is not a setting{_nearest(name, known)}"
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in {*known, *OF_THE_CLIENT} and not _SERVICE_LINK.fullmatch(name)
    ]


def variable_names() -> dict[str, str]:
    """Every variable that is read, with the field it sets."""
    names = {PREFIX + field.upper(): field for field in Settings.model_fields}
    return names | {name + FILE_SUFFIX: field for name, field in names.items() if is_secret(field)}


def is_secret(field: str) -> bool:
    """Whether the field is never shown, and may come from a file."""
    return "SecretStr" in str(Settings.model_fields[field].annotation)


def shown(settings: Settings) -> list[tuple[str, str, str]]:
    """Rows (variable, value, origin) of all settings, secrets redacted."""
    return [
        (PREFIX + field.upper(), _value(settings, field), _origin(settings, field)) for field in Settings.model_fields
    ]


def _value(settings: Settings, field: str) -> str:
    value = getattr(settings, field)
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return _redacted(field, value.get_secret_value())
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _redacted(field: str, secret: str) -> str:
    """Of an address show where it leads, when it is of a form in which nothing else can be a secret."""
    parts = PLACE.fullmatch(secret) if field in ADDRESSES else None
    if parts is None:
        return REDACTED
    who, query = (REDACTED + "@" if parts["who"] else "", "?" + REDACTED if parts["query"] else "")
    return f"{parts['scheme']}://{who}{parts['place']}{query}"


def _origin(settings: Settings, field: str) -> str:
    name = PREFIX + field.upper()
    for origin in (name, name + FILE_SUFFIX):
        if os.environ.get(origin):
            return origin
    return "default" if getattr(settings, field) == Settings.model_fields[field].default else "command"


def _variables(environ: Mapping[str, str]) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    for name, field in variable_names().items():
        text = environ.get(name, "")
        if text and not (field in _PORTS and _PORT_LINK.fullmatch(text)):  # Kubernetes puts tcp://… there by itself
            values[(PREFIX + field).lower()] = _content(text) if name.endswith(FILE_SUFFIX) else text
    return values


def _content(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""  # told by _file_faults


def _file_faults(environ: Mapping[str, str]) -> list[str]:
    faults: list[str] = []
    for name in (name for name in variable_names() if name.endswith(FILE_SUFFIX) and environ.get(name)):
        plain = name.removesuffix(FILE_SUFFIX)
        if environ.get(plain):
            faults.append(f"{name}: expected only one of {plain} and {name}")
        elif not _content(environ[name]):
            faults.append(f"{name} = {environ[name]!r}: expected a readable file that is not empty")
    return faults


def _told(field: str) -> str:
    name = PREFIX + field.upper()
    given = os.environ.get(name) or os.environ.get(name + FILE_SUFFIX) or ""
    value = REDACTED if is_secret(field) else repr(given)
    return f"{name} = {value}: expected {expectation(Settings.model_fields[field])}"


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known], n=1)
    return f"; did you mean {PREFIX}{close[0]}?" if close else ""
