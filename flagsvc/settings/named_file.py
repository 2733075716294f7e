"""A YAML file that names things of several kinds with their options: routers, metric sources, notifiers.

It has one member with the things by name, {"routers": {NAME: {"kind": KIND, OPTION: value, …}}}. Which kinds there are,
and the dataclass of a kind's options, the caller says.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from flagsvc.settings.environment import SettingsError
from flagsvc.settings.sense import nonsense

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_BYTES = 1_048_576
WORDS = {"missing": "is needed", "dataclass_type": "expected a mapping of options"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What such a file looks like, and how its faults are told.

    `member`: its only member, which is also the word for several things; `thing`: one of them, as in "a router";
    `example`: a good name. `options_of` gives the dataclass of a kind's options, or raises ValueError with words for
    the start-up error. `parts`: members of an entry besides `kind` that are no options of the kind, each with a
    dataclass of its own. `reserved`: names that are taken already, each with the reason.
    """

    variable: str
    member: str
    thing: str
    example: str
    options_of: Callable[[str], Any]
    parts: Mapping[str, type] = field(default_factory=dict)
    reserved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing: its name, its kind, its checked options (the dataclass of the kind), and the parts that it has."""

    name: str
    kind: str
    options: Any
    parts: Mapping[str, Any]


def load_named(path: Path | None, form: Form) -> tuple[Entry, ...]:
    """Read the file, in its order; raises SettingsError with every fault. Without a path there is nothing."""
    if path is None:
        return ()
    entries: list[Entry] = []
    faults: list[str] = []
    for name, given in _members(path, _read(path, form.variable), form.member).items():
        try:
            entries.append(_entry(name, given, form))
        except _Faults as error:
            faults += [f"{path}: {form.member}.{name}{fault}" for fault in error.args[0]]
        except ValueError as error:
            faults.append(f"{path}: {form.member}.{name}: {error}")
    if faults:
        raise SettingsError(faults)
    return tuple(entries)


class _Faults(Exception):
    """What is wrong with one entry, each beginning with the place in it."""


def _read(path: Path, variable: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(_text(path, variable))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problem = (error.problem or "not YAML").partition(" with value ")[0]  # which may be a secret
        raise SettingsError([f"{where}: {problem.splitlines()[0]}"]) from error
    except (YAMLError, ValueError, RecursionError) as error:  # a character, a date, a depth that it does not take
        why = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise SettingsError([f"{path}: not YAML: {why[:200]}"]) from error


def _text(path: Path, variable: str) -> str:
    try:
        if not path.is_file():
            raise SettingsError([f"{variable} = {str(path)!r}: there is no such file"])
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise SettingsError([f"{path}: larger than {MAX_BYTES} bytes"])
        return content.decode("utf-8")
    except OSError as error:
        raise SettingsError([f"{variable} = {str(path)!r}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: not UTF-8"]) from error


def _members(path: Path, content: Any, member: str) -> Mapping[str, Any]:
    members = content.get(member) if isinstance(content, dict) and set(content) == {member} else None
    if not isinstance(members, dict):
        raise SettingsError([f"{path}: expected one member, {member}, with the {member} by name"])
    return members


def _entry(name: Any, given: Any, form: Form) -> Entry:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{form.thing} is named like a key, for instance {form.example}")
    if name in form.reserved:
        raise ValueError(form.reserved[name])
    if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
        raise ValueError("expected a mapping with a kind and its options")  # noqa: TRY004  # a fault of the file
    own = {option: value for option, value in given.items() if option != "kind" and option not in form.parts}
    faults: list[str] = []
    options = _checked(form.options_of(given["kind"]), own, "", faults)
    present = {part: kind for part, kind in form.parts.items() if part in given}
    parts = {part: _checked(kind, given[part], f".{part}", faults) for part, kind in present.items()}
    if faults:
        raise _Faults(faults)
    return Entry(name, given["kind"], options, parts)


def _checked(options: type, given: Any, place: str, faults: list[str]) -> Any:
    try:
        checked: Any = TypeAdapter(options).validate_python(given)
    except ValidationError as error:
        faults += _told(options, place, error)
        return None
    faults += [f"{place}.{option}: {words}" for option, words in nonsense(checked)]
    return checked


def _told(options: type, place: str, error: ValidationError) -> Iterator[str]:
    known = [field.name for field in fields(options)]
    for fault in error.errors(include_url=False, include_input=False):
        *within, last = fault["loc"] or ("",)
        if fault["type"] == "unexpected_keyword_argument":
            told = f"there is no option {last!r}{_meant(str(last), known)}; options: {', '.join(known) or 'none'}"
            yield "".join([place, *(f".{step}" for step in within)]) + f": {told}"
        else:
            told = WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
            yield "".join([place, *(f".{step}" for step in fault["loc"])]) + f": {told}"


def _meant(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f" (do you mean {close[0]!r}?)" if close else ""
