"""One method for one flag or traffic split."""

from collections.abc import Callable

from flagsdk.codegen.layout import INDENT, Group, Part, labelled, laid
from flagsdk.codegen.literals import literal, text_literal
from flagsdk.codegen.prose import about, docstring, visible
from flagsdk.codegen.subject import Subject
from flagsdk.codegen.types import Typed

_GETTERS = {"boolean": "get_boolean", "string": "get_string", "integer": "get_integer", "float": "get_float"}
_PLAIN_DEPTH, _INNER_DEPTH = 2, 3
_GIVEN = {"str", "dict[str, Any]"}  # what the getters give by themselves: nothing to cast


def accessor(each: Typed, name: str, type_: str) -> str:
    """Write the method `name` that returns `type_`."""
    write: Callable[[Typed, str], tuple[Part, list[str]]] = _object if each.subject.type == "object" else _scalar
    default, body = write(each, type_)
    parts = ("self", "context: ContextLike = None", "*", labelled("default: ", default))
    head = laid(Group(f"def {name}(", parts, f") -> {type_}:"), 1)
    return "\n".join([INDENT + head, docstring(_promise(each.subject), about(each.subject), 2), *body])


def _scalar(each: Typed, type_: str) -> tuple[Part, list[str]]:
    subject = each.subject
    getter = "cohort" if subject.is_split else _GETTERS[subject.type]
    call = Group(f"self._client.{getter}(", (text_literal(subject.key), "context", "default"), ")")
    value = Group("cast(", (text_literal(type_), call), ")") if each.choices else call
    return labelled(f"{type_} = ", literal(subject.off)), [_returned(value, _PLAIN_DEPTH)]


def _object(each: Typed, type_: str) -> tuple[Part, list[str]]:
    """Make the off variant's value anew on each use: what a program does to it stays with that program."""
    start = INDENT * _PLAIN_DEPTH
    call = Group("value = self._client.get_object(", (text_literal(each.subject.key), "context"), ")")
    held: Part = "value" if type_ in _GIVEN else Group("cast(", (text_literal(type_), "value"), ")")
    body = [
        start + laid(call, _PLAIN_DEPTH),
        f"{start}if value is not None:",
        _returned(held, _INNER_DEPTH),
        f"{start}if default is not None:",
        _returned("default", _INNER_DEPTH),
        _returned(literal(each.subject.off), _PLAIN_DEPTH),
    ]
    return f"{type_} | None = None", body


def _returned(value: Part, indent: int) -> str:
    return INDENT * indent + laid(labelled("return ", value), indent)


def _promise(subject: Subject) -> str:
    kind = "Cohort of the traffic split" if subject.is_split else f"Value of the {subject.type} flag"
    return f"{kind} `{visible(subject.key)}`."
