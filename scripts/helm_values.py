"""The page about the chart's values, from the comments of its values.yaml: one row for each value."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

VALUES = Path(__file__).parents[1] / "helm/flagsvc/values.yaml"
HEAD = """# Values of the Helm chart

Generated from `helm/flagsvc/values.yaml`. What is not here is refused, and so is a value that cannot be right. How to
use the chart: [Kubernetes](../deploy/kubernetes.md).
"""
TABLE = "| value | default | meaning |\n|---|---|---|\n"


class Row(NamedTuple):
    """One value: its path with dots, its default as JSON, its comment."""

    path: str
    default: str
    meaning: str


def page() -> str:
    """Write the page, a table for each member on top that has members of its own, and one for all others."""
    sections: dict[str, list[Row]] = {"": []}
    intros: dict[str, str] = {}
    for name, value, meaning in _members(_read(), VALUES.read_text("utf-8").splitlines()):
        if _is_section(value):
            sections[name] = list(_rows(value, f"{name}."))
            intros[name] = meaning
        else:
            sections[""].append(Row(name, _shown(value), meaning))
    return HEAD + "".join(_section(name, intros.get(name, ""), rows) for name, rows in sections.items())


def _read() -> Any:
    return YAML().load(VALUES.read_text("utf-8"))


def _section(name: str, intro: str, rows: list[Row]) -> str:
    title = f"\n## {name or 'On top'}\n\n" + (f"{intro}\n\n" if intro else "")
    return title + TABLE + "".join(f"| `{path}` | `{default}` | {meaning} |\n" for path, default, meaning in rows)


def _rows(values: Any, prefix: str) -> Iterator[Row]:
    for name, value, meaning in _members(values, VALUES.read_text("utf-8").splitlines()):
        if _is_section(value):
            yield from (row._replace(meaning=row.meaning or meaning) for row in _rows(value, f"{prefix}{name}."))
        else:
            yield Row(f"{prefix}{name}", _shown(value), meaning)


def _is_section(value: Any) -> bool:
    """Tell whether a value has members that are explained one by one: not when it is written on one line."""
    return isinstance(value, CommentedMap) and bool(value) and not value.fa.flow_style()


def _members(values: Any, lines: list[str]) -> Iterator[tuple[str, Any, str]]:
    for name, value in values.items():
        line = values.lc.key(name)[0]
        yield name, value, _above(lines, line)


def _above(lines: list[str], line: int) -> str:
    """Give the comment that ends right above a line."""
    found: list[str] = []
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
        found.insert(0, lines[line].strip().lstrip("#").strip())
    return " ".join(found)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
