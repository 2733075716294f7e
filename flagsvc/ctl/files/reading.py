"""Files of documents: YAML 1.2 or JSON, several to a file, each with the way back from a pointer to its line.

A file is data: no includes and no templates; anchors are read, and bounded in what they grow to.
"""

import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from flagsvc.ctl.failure import USAGE, Failure

VERSION = "flagsvc/v1"
ENDINGS = (".yaml", ".yml", ".json")
MOST_BYTES = 4 * 1024 * 1024
MOST_DEPTH = 60
MOST_VALUES = 500_000
"""In all files together, anchors followed."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document, the file that it stands in, and the tree that knows its lines."""

    file: str
    content: dict[str, Any]
    tree: Any = field(repr=False)

    @property
    def name(self) -> str:
        """What it is: Flag/new-checkout."""
        return f"{self.content.get('kind')}/{_at(self.content, 'metadata', 'key')}"

    def place(self, pointer: str) -> str:
        """Give file, line and column of a pointer into the document: as near as it leads."""
        node, line, column = self.tree, *_own(self.tree)
        for step in (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]):
            found = _step(node, step)
            if found is None:
                break
            node, line, column = found
        return f"{self.file}:{line + 1}:{column + 1}"


def read(paths: Sequence[str]) -> list[Document]:
    """Read files, and the files of folders, in the order of their names; raises Failure for what is no document."""
    budget = _Budget()
    return [each for path in paths for file in _files(Path(path)) for each in _documents(file, budget)]


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path.resolve(), onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if Path(folder, name).is_symlink():
                raise Failure(f"{Path(folder, name)}: a link to a folder, which is not followed", USAGE)
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(ENDINGS) and name[0] != ".")


def _refuse(error: OSError) -> None:
    """Refuse all of a folder of which a part cannot be read: what is missing would look like what was taken out."""
    raise Failure(f"{error.filename}: {error.strerror}", USAGE)


def _text(file: Path) -> str:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise Failure(f"{file}: no file", USAGE)
        if file.stat().st_size > MOST_BYTES:
            raise Failure(f"{file}: larger than {MOST_BYTES} bytes", USAGE)
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file}: {error}", USAGE) from None


def _documents(file: Path, budget: "_Budget") -> Iterator[Document]:
    for tree in _trees(file, _text(file)):
        if tree is None:  # nothing between two lines of ---
            continue
        content = budget.plain(tree, file)
        if not isinstance(content, dict) or content.get("apiVersion") != VERSION:
            place = Document(str(file), {}, tree).place("/apiVersion")
            raise Failure(f"{place}: no document of ours: `apiVersion: {VERSION}` is expected", USAGE)
        yield Document(str(file), content, tree)


def _trees(file: Path, text: str) -> list[Any]:
    if file.suffix == ".json":
        try:
            found = json.loads(text, object_pairs_hook=_members)
        except (ValueError, RecursionError) as error:
            raise Failure(f"{file}: {error}", USAGE) from None
        return found if isinstance(found, list) else [found]
    from ruamel.yaml import YAML  # noqa: PLC0415  # only who gives files of YAML needs it

    try:
        return list(YAML(typ="rt", pure=True).load_all(text))
    except Exception as error:  # noqa: BLE001  # the parser fails in many ways over what is no YAML
        raise Failure(f"{file}: {' '.join(str(error).split())}", USAGE) from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"{name!r} is there twice in one object")
        members[name] = value
    return members


class _Budget:
    """Makes plain values of trees, as long as there are not too many."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def plain(self, value: Any, file: Path, depth: int = 0) -> Any:
        """Give a value without what YAML adds; raises Failure for what JSON has not."""
        if depth > MOST_DEPTH:
            raise Failure(f"{file}: more than {MOST_DEPTH} levels, anchors followed", USAGE)
        self._left -= 1
        if self._left < 0:
            raise Failure(f"{file}: more than {MOST_VALUES} values in all, anchors followed", USAGE)
        if isinstance(value, dict):
            return {_key(name, file): self.plain(each, file, depth + 1) for name, each in value.items()}
        if isinstance(value, list):
            return [self.plain(each, file, depth + 1) for each in value]
        return _scalar(value, file)


def _key(name: Any, file: Path) -> str:
    if not isinstance(name, str):
        raise Failure(f"{file}: the key {name!r} is no text: put it in quotes", USAGE)
    return str(name)


def _scalar(value: Any, file: Path) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return bool(value) if type(value).__name__ == "ScalarBoolean" else int(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise Failure(f"{file}: {value} is no number that JSON has", USAGE)
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    raise Failure(f"{file}: a value of the kind {type(value).__name__} has no place here", USAGE)


def _own(node: Any) -> tuple[int, int]:
    position = getattr(node, "lc", None)
    return (position.line or 0, position.col or 0) if position is not None else (0, 0)


def _step(node: Any, step: str) -> tuple[Any, int, int] | None:
    """Go one step down; None where there is nothing."""
    if isinstance(node, dict) and step in node and not _is_merged(node, step):
        return (node[step], *(node.lc.key(step) if hasattr(node, "lc") else (0, 0)))
    if isinstance(node, list) and step.isdigit() and int(step) < len(node):
        return (node[int(step)], *(node.lc.item(int(step)) if hasattr(node, "lc") else (0, 0)))
    return None


def _is_merged(node: Any, step: str) -> bool:
    """Whether a member comes from another mapping: its line is there, and says nothing of this one."""
    return hasattr(node, "lc") and step not in (node.lc.data or {})


def _at(content: Any, *path: str) -> Any:
    for step in path:
        content = content.get(step) if isinstance(content, dict) else None
    return content
