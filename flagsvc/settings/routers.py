"""The routers file: which load balancers, meshes and cloud resources this service may tell anything, and how."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from flagsvc.routers import CountsOptions, options_of
from flagsvc.settings.environment import SettingsError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_BYTES = 1_048_576


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
    entries = _entries(path, _read(path))
    specs: list[RouterSpec] = []
    faults: list[str] = []
    for name, entry in entries.items():
        try:
            specs.append(_spec(name, entry))
        except ValidationError as error:
            faults += [f"{path}: routers.{name}{fault}" for fault in _told(error)]
        except ValueError as error:
            faults.append(f"{path}: routers.{name}: {error}")
    if faults:
        raise SettingsError(faults)
    return tuple(specs)


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > MAX_BYTES:
            raise SettingsError([f"{path}: larger than {MAX_BYTES} bytes"])
        return YAML(typ="safe", pure=True).load(text)
    except OSError as error:
        raise SettingsError([f"FLAGSVC_ROUTERS = {str(path)!r}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: not UTF-8"]) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise SettingsError([f"{where}: {error.problem}"]) from error


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
    options = TypeAdapter(options_of(entry["kind"])).validate_python(given)
    counts = TypeAdapter(CountsOptions).validate_python(entry["counts"]) if "counts" in entry else None
    return RouterSpec(name, entry["kind"], options, counts)


def _told(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        yield "".join(f".{step}" for step in fault["loc"]) + f": {fault['msg']}"
