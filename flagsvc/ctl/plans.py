"""Plans from files, and the body that starts a rollout."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flagsvc.ctl.failure import USAGE, Failure

MAX_FILE = 1024 * 1024
_WHOLE = frozenset({"plan", "planKey"})
_KEPT_WITH = frozenset(
    ["key", "name", "description", "owner", "tags", "version", "createdAt", "changedAt", "changedBy"]
)


def body_of(plan: str, file: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Make the body: the stored plan of that key, or what a file says; `extra` goes before.

    A file has a plan, alone or as the document under which it is kept (of which only the plan counts), or a whole body.
    Raises Failure for neither, both, and what cannot be read.
    """
    if bool(plan) == bool(file):
        raise Failure("name a stored plan, or a file with -f: one of them", USAGE)
    content = {"planKey": plan} if plan else read_file(file)
    body = content if _WHOLE & content.keys() else {"plan": _alone(content)}
    return {**body, **{name: value for name, value in extra.items() if value}}


def _alone(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plan.items() if name not in _KEPT_WITH}


def read_file(name: str) -> dict[str, Any]:
    """Read a file of YAML 1.2 or JSON, - for standard input; raises Failure for what is no object."""
    try:
        text = sys.stdin.read(MAX_FILE) if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{name}: {error}", USAGE) from None
    content = _parsed(name, text)
    if not isinstance(content, dict):
        raise Failure(f"{name}: an object is expected", USAGE)
    return content


def _parsed(name: str, text: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise Failure(f"{name}: {error}", USAGE) from None
    from ruamel.yaml import YAML  # noqa: PLC0415  # both: only who gives a file of YAML needs it
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        raise Failure(f"{name}: {' '.join(str(error).split())}", USAGE) from None
