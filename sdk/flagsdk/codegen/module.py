"""The module: its declarations, its keys, and the class with an accessor for each flag and traffic split."""

import ast
from collections.abc import Iterable, Mapping
from keyword import iskeyword

from flagsdk.codegen.accessors import accessor
from flagsdk.codegen.layout import INDENT, assignment
from flagsdk.codegen.literals import text_literal
from flagsdk.codegen.names import allocate, identifier
from flagsdk.codegen.prose import docstring, visible
from flagsdk.codegen.subject import digest_of, subjects_of
from flagsdk.codegen.types import Block, Typed, annotation, declarations, typed, wanted_names

_KEYS = "Keys"
_IMPORTS = {
    "typing": ("Any", "Final", "Literal", "NotRequired", "TypedDict", "cast"),
    "flagsdk": ("ContextLike", "Reading"),
}
_BUILTINS = ("bool", "dict", "float", "int", "list", "str")

TAKEN = frozenset({_KEYS, *_BUILTINS, *(name for names in _IMPORTS.values() for name in names)})
"""Names that a module uses itself; the class cannot have one of them."""


def python_module(documents: Mapping[str, str], environment: str, class_name: str = "Flags") -> str:
    """Write the typed module of one environment; equal documents give equal texts.

    `documents` maps "flag/KEY" and "split/KEY" to JSON texts, as a snapshot does. Raises Ungenerable for a document
    that no reader could use, ValueError for a class name that cannot be one.
    """
    if not (class_name.isascii() and class_name.isidentifier()) or class_name.startswith("_") or iskeyword(class_name):
        raise ValueError(f"{class_name!r} is no name for a class")
    if class_name in TAKEN:
        raise ValueError(f"the module needs the name {class_name!r} itself")
    subjects = subjects_of(documents)
    body = _body([typed(subject) for subject in subjects], class_name)
    return "\n".join([_head(environment, digest_of(subjects)), "", *_imports(body), body])


def _head(environment: str, digest: str) -> str:
    first = f"Flags and traffic splits of the environment `{visible(environment)}`, typed."
    rest = ["Written by `flagsdk codegen python`: do not edit it, run that again.", f"Written from: {digest}."]
    return docstring(first, rest, 0)


def _body(subjects: list[Typed], class_name: str) -> str:
    taken = TAKEN | {class_name}
    types = allocate(wanted_names(subjects), taken)
    taken |= {*types.values()}
    methods = allocate({each.subject.id: _name(each) for each in subjects}, taken)
    blocks = [block for each in subjects for block in declarations(each, types, taken)]
    classes = _keys(subjects), _class(subjects, class_name, methods, types)
    return _joined([*blocks, *(Block(text, is_class=True) for text in classes)])


def _name(each: Typed) -> str:
    return identifier(each.subject.key) + ("_cohort" if each.subject.is_split else "")


def _keys(subjects: list[Typed]) -> str:
    names = allocate({each.subject.id: _name(each).upper() for each in subjects})
    lines = [
        INDENT + assignment(f"{names[each.subject.id]}: Final", text_literal(each.subject.key), 1) for each in subjects
    ]
    about = docstring("The keys, for `on_change`, `override` and the like.")
    return "\n".join([f"class {_KEYS}:", about, *([""] if lines else []), *lines])


def _class(subjects: list[Typed], name: str, methods: Mapping[str, str], types: Mapping[str, str]) -> str:
    first = "Typed reads by one client. Without an answer they give `default`, by itself the off variant's value."
    accessors = [accessor(each, methods[each.subject.id], annotation(each, types)) for each in subjects]
    start = [
        f"class {name}:",
        docstring(first),
        "",
        f'{INDENT}__slots__ = ("_client",)',
        "",
        f"{INDENT}def __init__(self, client: Reading) -> None:",
        f"{INDENT * 2}self._client = client",
    ]
    return "\n\n".join(["\n".join(start), *accessors])


def _joined(blocks: Iterable[Block]) -> str:
    """Put blocks one after another: classes stand apart by two lines."""
    text, apart = "", True
    for block in blocks:
        wide = apart or block.is_class
        text += ("\n\n\n" if wide and text else "\n" if text else "\n" * (1 + block.is_class)) + block.text
        apart = block.is_class
    return text + "\n"


def _imports(body: str) -> list[str]:
    """Import what the text uses; in quotes stands only what is declared in the module, or made of it."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    wanted = {module: [name for name in names if name in used] for module, names in _IMPORTS.items()}
    lines = [f"from {module} import {', '.join(names)}" for module, names in wanted.items() if names]
    return "\n\n".join(lines).split("\n")
