"""A module is code of a few known forms, whatever the documents hold; it runs, and gives what they promise."""

import ast
import json
from typing import Any

import pytest
from hypothesis import given, settings

from flagsdk import Reading
from flagsdk.codegen import TAKEN, Ungenerable, python_module
from flagsdk.core.decode import decode_flag, decode_split
from tests.codegen.documents import SENSIBLE, documents, flag, split

Documents = dict[str, str]
NODES = {
    *("Module", "Expr", "Constant", "ImportFrom", "alias", "ClassDef", "FunctionDef", "arguments", "arg"),
    *("Assign", "AnnAssign", "Name", "Load", "Store", "Attribute", "Subscript", "Tuple", "List", "Dict", "Call"),
    *("Return", "If", "Compare", "IsNot", "BinOp", "BitOr", "UnaryOp", "USub"),
}
CALLS = {"TypedDict", "cast"} | {
    f"self._client.{getter}"
    for getter in ("get_boolean", "get_string", "get_integer", "get_float", "get_object", "cohort")
}


def _tree(text: str) -> ast.Module:
    return ast.parse(text)


def _running(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, "flags.py", "exec"), namespace)  # noqa: S102 - that it may be run is what is tested
    return namespace


def _members(text: str, name: str) -> list[str]:
    """Names of what a class of the module defines, in order."""
    [class_] = [node for node in _tree(text).body if isinstance(node, ast.ClassDef) and node.name == name]
    methods = [node.name for node in class_.body if isinstance(node, ast.FunctionDef)]
    return [*methods, *(ast.unparse(node.target) for node in class_.body if isinstance(node, ast.AnnAssign))]


def _accessors(text: str) -> list[str]:
    return _members(text, "Flags")[1:]  # without __init__


def _off(name: str, text: str) -> Any:
    document = json.loads(text)
    read = decode_split(document) if name.startswith("split/") else decode_flag(document)
    return read.variants[read.off]


@given(documents())
def test_it_holds_nothing_but_the_known_forms_of_code(drawn: Documents) -> None:
    tree = _tree(python_module(drawn, '"""\nimport os'))

    assert {type(node).__name__ for node in ast.walk(tree)} <= NODES
    assert {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)} <= CALLS
    assert {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} <= {"typing", "flagsdk"}


@given(documents())
def test_every_name_in_it_is_declared_in_it(drawn: Documents) -> None:
    tree = _tree(python_module(drawn, "production"))
    declared = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    declared |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}

    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}

    assert used <= declared | TAKEN | {"self", "client", "context", "default", "value"}


@given(documents())
def test_it_runs_and_each_accessor_gives_the_off_value_where_there_is_no_answer(drawn: Documents) -> None:
    text = python_module(drawn, "production")
    flags = _running(text)["Flags"](Reading())

    given_ = [getattr(flags, name)() for name in _accessors(text)]

    promised = [_off(name, drawn[name]) for name in sorted(drawn)]
    assert repr(given_) == repr(promised)  # equal, and of the same types: 1 is not True


@given(documents())
def test_the_keys_are_exactly_those_of_the_documents(drawn: Documents) -> None:
    text = python_module(drawn, "production")
    keys = _running(text)["Keys"]

    given_ = [getattr(keys, name) for name in _members(text, "Keys")]

    assert given_ == [name.partition("/")[2] for name in sorted(drawn)]


@given(documents())
def test_accessors_differ_and_are_plain_names(drawn: Documents) -> None:
    names = _accessors(python_module(drawn, "production"))

    assert len({*names}) == len(names) == len(drawn)
    assert all(name.isascii() and name.isidentifier() and not name.startswith("_") for name in names)


@given(documents())
@settings(max_examples=25)
def test_equal_documents_give_equal_texts(drawn: Documents) -> None:
    shuffled = {name: json.dumps(json.loads(drawn[name]), indent=1) for name in reversed(drawn)}

    assert python_module(shuffled, "production") == python_module(drawn, "production")


def test_a_value_of_an_object_is_made_anew_for_each_caller() -> None:
    flags = _running(python_module(SENSIBLE, "production"))["Flags"](Reading())
    flags.page()["tags"].append("mine")

    assert flags.page()["tags"] == ["a"] * 40


def test_a_caller_may_give_another_default() -> None:
    flags = _running(python_module(SENSIBLE, "production"))["Flags"](Reading())

    assert flags.theme(default="it's") == "it's"
    assert flags.limits(default={"max-items": 1}) == {"max-items": 1}


def test_rules_and_weights_do_not_change_it_but_variants_and_texts_do() -> None:
    before = flag("a", "boolean", {"on": True, "off": False}, "off")
    rules = flag("a", "boolean", {"on": True, "off": False}, "off", enabled=False, salt="s", default={"serve": "on"})
    off = flag("a", "boolean", {"on": True, "off": False}, "on")
    named = flag("a", "boolean", {"on": True, "off": False}, "off", name="A")

    first, *others = (python_module(each, "production") for each in (before, rules, off, named))

    assert others[0] == first
    assert first not in others[1:]


def test_an_infinite_number_of_a_file_is_written_without_a_name() -> None:
    text = python_module({"flag/a": flag("a", "float", {"on": 1}, "on")["flag/a"].replace(":1", ":-1e999")}, "e")

    assert _running(text)["Flags"](Reading()).a() == float("-inf")


def test_archived_flags_and_segments_are_left_out() -> None:
    held = flag("a", "boolean", {"on": True}, "on", archived=True) | {"segment/b": '{"key":"b"}'}

    assert _accessors(python_module(held | split("c", "x"), "production")) == ["c_cohort"]


DEEP = flag("a", "object", {"v": json.loads("[" * 17 + "]" * 17)}, "v")["flag/a"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"key":"a","type":"duration","variants":{},"offVariant":"x"}', "[" * 9000, DEEP]
)
def test_a_document_that_nobody_could_read_is_named(text: str) -> None:
    with pytest.raises(Ungenerable, match=r"^flag/a: "):
        python_module({"flag/a": text}, "production")


def test_of_many_bad_documents_the_first_are_named() -> None:
    with pytest.raises(Ungenerable, match=r"flag/0: .*flag/2: .*\(and 2 more\)$"):
        python_module({f"flag/{number}": "" for number in range(5)}, "production")


@pytest.mark.parametrize("name", ["", "1", "a b", "class", "_x", "Größe", "Keys", "cast", "str"])
def test_a_class_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"name"):
        python_module(SENSIBLE, "production", name)


def test_members_that_no_class_could_have_are_written_as_texts() -> None:
    text = python_module(SENSIBLE, "production")

    assert "Shadows = TypedDict(" in text  # `int: int` would take the name away from the members after it
    assert "Limits = TypedDict(" in text  # "max-items"
    assert "class Page(TypedDict):" in text


def test_no_method_takes_the_name_of_a_type() -> None:
    colour = flag("Colour", "string", {"a": "red", "b": "blue"}, "a")

    assert _accessors(python_module(colour, "production")) == ["Colour_"]
