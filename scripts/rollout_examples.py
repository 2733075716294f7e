"""Write examples/rollouts: the plans that the facts in docs/rollouts/strategies.md make. Tests compare them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flagsvc.domain.rollouts.strategies import plan_from

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/rollouts/strategies.md"
EXAMPLES = ROOT / "examples/rollouts"
_SECTION = re.compile(r"^## ([a-z-]+)\n.*?^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def facts() -> Mapping[str, Any]:
    """Give the facts on the page, by strategy."""
    return {name: json.loads(text) for name, text in _SECTION.findall(PAGE.read_text("utf-8"))}


def example(told: Mapping[str, Any]) -> dict[str, Any]:
    """Make the document of a plan of facts; its key is that of its first target and the strategy."""
    members, problems = plan_from(told)
    if problems:
        raise SystemExit("\n".join(f"{problem.pointer}: {problem.detail}" for problem in problems))
    return {"key": f"{members['targets'][0]['key']}-{told['strategy']}", **members}


def main() -> None:
    """Write every example."""
    for strategy, told in facts().items():
        (EXAMPLES / f"{strategy}.json").write_text(json.dumps(example(told), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
