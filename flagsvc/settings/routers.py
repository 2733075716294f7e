"""The routers file: which load balancers, meshes and cloud resources this service may tell anything, and how."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from flagsvc.routers import CountsOptions, options_of
from flagsvc.settings.environment import SettingsError
from flagsvc.settings.sense import nonsense

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_BYTES = 1_048_576
WORDS = {"missing": "is needed", "dataclass_type": "expected a mapping of options"}


@dataclass(frozen=True, slots=True)
class RouterSpec:
    """One entry: name, kind, checked options (the dataclass of the kind), and where its requests are counted."""

    name: str
    kind: str
    options: Any
    counts: CountsOptions | None = None


def load_routers(path: Path | None) -> tuple[RouterSpec, ...]:
    """Read the file, {"routers": {NAME: {"kind": KIND, OPTION: value, …}}}; raises SettingsError with every fault.

    Without a path there are no routers.
    """
    if path is None:
        return ()
    specs: list[RouterSpec] = []
    faults: list[str] = []
    for name, entry in _entries(path, _read(path)).items():
        try:
            specs.append(_spec(name, entry))
        except _Faults as error:
            faults += [f"{path}: routers.{name}{fault}" for fault in error.args[0]]
        except ValueError as error:
            faults.append(f"{path}: routers.{name}: {error}")
    if faults:
        raise SettingsError(faults)
    return tuple(specs)


class _Faults(Exception):
    """What is wrong with one entry, each beginning with the place in it."""


def _read(path: Path) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(_text(path))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problem = (error.problem or "not YAML").partition(" with value ")[0]  # which may be a secret
        raise SettingsError([f"{where}: {problem.splitlines()[0]}"]) from error
    except (YAMLError, ValueError, RecursionError) as error:  # a character, a date, a depth that it does not take
        why = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise SettingsError([f"{path}: not YAML: {why[:200]}"]) from error


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise SettingsError([f"FLAGSVC_ROUTERS = {str(path)!r}: there is no such file"])
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise SettingsError([f"{path}: larger than {MAX_BYTES} bytes"])
        return content.decode("utf-8")
    except OSError as error:
        raise SettingsError([f"FLAGSVC_ROUTERS = {str(path)!r}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: not UTF-8"]) from error


def _entries(path: Path, content: Any) -> Mapping[str, Any]:
    if not isinstance(content, dict) or set(content) != {"routers"} or not isinstance(content["routers"], dict):
        raise SettingsError([f"{path}: expected one member, routers, with the routers by name"])
    return content["routers"]


def _spec(name: Any, entry: Any) -> RouterSpec:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError("a router is named like a key, for instance edge-1")
    if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
        raise ValueError("expected a mapping with a kind and its options")  # noqa: TRY004  # a fault of the file
    given = {option: value for option, value in entry.items() if option not in {"kind", "counts"}}
    faults: list[str] = []
    options = _checked(options_of(entry["kind"]), given, "", faults)
    counts = _checked(CountsOptions, entry["counts"], ".counts", faults) if "counts" in entry else None
    if faults:
        raise _Faults(faults)
    return RouterSpec(name, entry["kind"], options, counts)


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
