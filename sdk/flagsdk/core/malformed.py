"""Reading a document member by member; what cannot be read is named by its JSON pointer."""

from typing import Any, TypeVar


class Malformed(ValueError):
    """A document that cannot be read: `pointer` is the place (RFC 6901), `detail` the fault in words."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer or 'document'}: {detail}")
        self.pointer = pointer
        self.detail = detail


T = TypeVar("T")
_WORDS = {str: "a string", bool: "a boolean", int: "an integer", list: "a list", dict: "an object"}


def at(pointer: str, name: object) -> str:
    """Pointer to a member or an element."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def typed(value: Any, kind: type[T], pointer: str) -> T:
    """Give the value when it is exactly of the type; else raise Malformed."""
    if type(value) is not kind:
        raise Malformed(pointer, f"must be {_WORDS[kind]}")
    return value


def member(document: dict[str, Any], name: str, kind: type[T], pointer: str = "") -> T:
    """Give a member that must be there, exactly of the type; else raise Malformed."""
    if name not in document:
        raise Malformed(at(pointer, name), "is missing")
    return typed(document[name], kind, at(pointer, name))


def optional(document: dict[str, Any], name: str, default: T, pointer: str = "") -> T:
    """Give a member exactly of the default's type, or the default where the member is absent or null."""
    value = document.get(name)
    return default if value is None else typed(value, type(default), at(pointer, name))


def texts(document: dict[str, Any], name: str, pointer: str = "") -> list[str]:
    """Give a list of strings, empty where the member is absent or null."""
    values: list[Any] = optional(document, name, [], pointer)
    return [typed(value, str, at(at(pointer, name), index)) for index, value in enumerate(values)]
