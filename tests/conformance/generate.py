"""Writes the conformance corpus: `python -m tests.conformance.generate`. The same code always writes the same bytes."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.conformance.families import FAMILIES, Family
from tests.conformance.families.family import Spelled

HERE = Path(__file__).parent
FORMAT = 1
MARK = "\ue000"
"""Encloses a number that keeps its spelling until the text is made; a private character that no case uses."""


def corpus() -> dict[str, str]:
    """Give the text of every file by its name."""
    return {f"{family.name}.json": text_of(family) for family in (make() for make in FAMILIES)}


def text_of(family: Family) -> str:
    """Give a family as JSON, one document and one case per line."""
    head = {"format": FORMAT, "family": family.name, "about": family.about}
    members = [f"{_json(name)}: {_json(value)}" for name, value in head.items()]
    documents = ",\n".join(f"    {_json(name)}: {_json(document)}" for name, document in family.documents.items())
    cases = ",\n".join(f"    {_json(case)}" for case in family.cases)
    members += [f'"documents": {{\n{documents}\n  }}', f'"cases": [\n{cases}\n  ]']
    return "{\n  " + ",\n  ".join(members) + "\n}\n"


def _json(value: Any) -> str:
    """ASCII, so that no editor, checkout or font can change a code point unseen."""
    mark = json.dumps(MARK)[1:-1]
    return json.dumps(_marked(value)).replace(f'"{mark}', "").replace(f'{mark}"', "")


def _marked(value: Any) -> Any:
    if isinstance(value, Spelled):
        return f"{MARK}{value}{MARK}"
    if isinstance(value, dict):
        return {name: _marked(member) for name, member in value.items()}
    return [_marked(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    """Write every file, and say how many cases there are."""
    for name, text in corpus().items():
        (HERE / name).write_text(text, encoding="ascii")
        sys.stdout.write(f"{name}: {len(json.loads(text)['cases'])} cases\n")


if __name__ == "__main__":
    main()
