"""The SDK's source as its reference needs it: where a public name is defined, and what it says of itself.

Nothing is imported but syntax trees are read, so that no framework of an integration need be installed.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SDK = Path(__file__).parents[1] / "sdk"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Definition:
    """A public name: `nodes` are its class, its assignment, or its function (all overloads of it before)."""

    home: str
    name: str
    nodes: tuple[ast.stmt, ...]
    doc: str


@cache
def modules_with_names() -> dict[str, list[str]]:
    """Give the public names by module: those of `flagsdk` and of each integration."""
    folder = SDK / "flagsdk" / "integrations"
    found = ["flagsdk", *sorted(f"flagsdk.integrations.{path.stem}" for path in folder.glob("[!_]*.py"))]
    public = {name: names_of(name) for name in found}
    return {name: names for name, names in public.items() if names}


def is_public(name: str) -> bool:
    """Whether a name has a place of its own in the reference."""
    return any(name in names for names in modules_with_names().values())


def names_of(module: str) -> list[str]:
    """Read the `__all__` of a module; empty where it has none."""
    for node in statements(module):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def define(module: str, name: str) -> Definition:
    """Find a name where it is defined, through imports; raises LookupError."""
    body = list(statements(module))
    nodes = [node for node in body if name in _bound(node)]
    if nodes:
        return Definition(module, name, tuple(nodes), _doc(nodes[-1], body))
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module and any((a.asname or a.name) == name for a in node.names):
            original = next(a.name for a in node.names if (a.asname or a.name) == name)
            return define(node.module, original)
    raise LookupError(f"{module} does not define {name}")


def members(body: list[ast.stmt]) -> list[tuple[str, list[Function]]]:
    """Give the public methods and properties of a class's body as they come, each with its overloads before it."""
    grouped = dict[str, list[Function]]()
    for node in body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            grouped.setdefault(node.name, []).append(node)
    return list(grouped.items())


def decorators(node: Function) -> set[str]:
    """Name the decorators of a function, without arguments."""
    return {ast.unparse(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list}


@cache
def path_of(module: str) -> Path:
    """Find the file of a module, which need not be there."""
    path = SDK.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def statements(module: str) -> tuple[ast.stmt, ...]:
    """Read the statements of a module, those under `if` and `try` among them."""
    return tuple(_flattened(ast.parse(path_of(module).read_text("utf-8")).body))


def _flattened(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _flattened(node.body)
            yield from _flattened(node.orelse)


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, Function | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {ast.unparse(target) for target in targets}


def _doc(node: ast.stmt, body: list[ast.stmt]) -> str:
    """Read a docstring; that of an assignment is the text after it."""
    if isinstance(node, Function | ast.ClassDef):
        return ast.get_docstring(node) or ""
    following = body[body.index(node) + 1 : body.index(node) + 2]
    texts = [
        each.value.value for each in following if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    ]
    return str(texts[0]) if texts else ""
