"""As much of AWS's command line as the guides use: `python -m tests.support.aws_cli SERVICE OPERATION --OPTION …`.

Services, operations and options are those of the library's own descriptions of the API, as in the real program; what
they do not have is an error. Values are words, JSON, the shorthand MEMBER={}, or file://PATH.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]  # ships no types
from botocore import xform_name
from botocore.session import get_session

GLOBAL = frozenset({"query", "output"})


def described(service: str, command: str) -> tuple[str, dict[str, tuple[str, Any]]]:
    """Give the operation that a command is, and its parameters (name, shape) by their options.

    Raises UnknownServiceError, or ValueError for a command that the service does not have.
    """
    model = get_session().get_service_model(service)
    (operation,) = (name for name in model.operation_names if _kebab(name) == command)
    members = model.operation_model(operation).input_shape.members
    return operation, {_kebab(name): (name, shape) for name, shape in members.items()}


def parsed(words: Sequence[str]) -> tuple[str, str, dict[str, Any], dict[str, str]]:
    """Give service, operation, parameters and global options of a command, without the word `aws`.

    Raises what `described` raises, and KeyError for an option that the operation does not have.
    """
    service, command, *rest = words
    operation, members = described(service, command)
    given: dict[str, Any] = {}
    others: dict[str, str] = {}
    for option, values in _options(rest):
        if option in GLOBAL:
            (others[option],) = values
        else:
            name, shape = members[option]
            given[name] = _value(shape, values)
    return service, xform_name(operation), given, others


def printed(answer: Any, output: str) -> str:
    """Write an answer as the program does: JSON, or rows of words."""
    if output != "text":
        return json.dumps(answer, default=str)
    rows = answer if isinstance(answer, list) and any(isinstance(row, list) for row in answer) else [answer]
    return "\n".join("\t".join(map(str, row if isinstance(row, list) else [row])) for row in rows)


def main(words: Sequence[str]) -> None:
    """Do the command, and print what it answers."""
    service, operation, given, others = parsed(words)
    answer = getattr(boto3.client(service), operation)(**given)
    chosen = jmespath.search(others["query"], answer) if "query" in others else answer
    print(printed(chosen, others.get("output", "json")))  # noqa: T201  # a program for the shell


def _kebab(name: str) -> str:
    return str(xform_name(name)).replace("_", "-")


def _options(words: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for at, word in enumerate(words):
        if word.startswith("--"):
            yield word.removeprefix("--"), list(takewhile(lambda one: not one.startswith("--"), words[at + 1 :]))


def _value(shape: Any, values: Sequence[str]) -> Any:
    texts = [Path(one.removeprefix("file://")).read_text() if one.startswith("file://") else one for one in values]
    if shape.type_name == "list" and shape.member.type_name == "string":
        return texts
    (text,) = texts
    if shape.type_name == "structure" and "=" in text.partition("{")[0]:
        member, _, inner = text.partition("=")
        return {member: json.loads(inner)}
    kinds: Mapping[str, Any] = {"structure": json.loads, "list": json.loads, "integer": int, "boolean": json.loads}
    return kinds.get(shape.type_name, str)(text)


if __name__ == "__main__":
    main(sys.argv[1:])
