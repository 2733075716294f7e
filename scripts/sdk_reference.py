"""The page docs/reference/sdk.md: every public name of the SDK with its signature and docstring."""

import ast
from collections.abc import Iterator

from flagsdk.options import VARIABLES
from scripts.sdk_signature import signature, spelled
from scripts.sdk_source import Definition, Function, decorators, define, is_public, members, modules_with_names

HEAD = """# SDK

The public names of `flagsdk`, made from its source by `python -m scripts.reference`. What is not here may change at any
time. How to begin: [sdk/README](../../sdk/README.md); how a flag is decided: [evaluation](../evaluation.md). In the
signatures, `D` is whatever type a default has.
"""


def page() -> str:
    """Write the page; equal sources give equal pages."""
    parts = [HEAD, *(part for module, names in modules_with_names().items() for part in _module(module, names))]
    return "\n".join([*parts, *_variables()]).rstrip("\n") + "\n"


def undocumented() -> list[str]:
    """Name every public name, method and property that has no docstring."""
    public = [define(module, name) for module, names in modules_with_names().items() for name in names]
    missing = [each.name for each in public if not each.doc]
    for each in public:
        missing += [
            f"{each.name}.{name}" for name, (_, nodes) in _members(each).items() if not ast.get_docstring(nodes[-1])
        ]
    return missing


def _module(module: str, names: list[str]) -> Iterator[str]:
    yield f"## `{module}`\n"
    for name in sorted(names):
        definition = define(module, name)
        node = definition.nodes[-1]
        yield f"### `{name}`\n"
        yield from _class(definition, node) if isinstance(node, ast.ClassDef) else _other(definition)


def _other(definition: Definition) -> Iterator[str]:
    nodes = definition.nodes
    functions = [node for node in nodes if isinstance(node, Function)]
    yield _code(_signatures(functions, definition.name, definition.home) if functions else [ast.unparse(nodes[-1])])
    yield definition.doc + "\n"


def _class(definition: Definition, node: ast.ClassDef) -> Iterator[str]:
    home, made = _maker(definition)
    yield _code([signature(made, node.name, home, bound=True)] if made else [_head(node), *_fields(node, home)])
    yield definition.doc + "\n"
    if made and ast.get_docstring(made):
        yield f"{ast.get_docstring(made)}\n"
    inherited = [base.name for each in _lineage(definition) for base in _bases(each) if is_public(base.name)]
    if inherited:
        yield "And everything of " + ", ".join(f"[`{name}`](#{name.lower()})" for name in inherited) + ".\n"
    for name, (where, functions) in _members(definition).items():
        yield f"#### `{definition.name}.{name}`\n"
        yield _member(name, functions, where)


def _maker(definition: Definition) -> tuple[str, Function | None]:
    """Find the nearest `__init__`, and where it is."""
    for each in _lineage(definition):
        for node in _body(each):
            if isinstance(node, Function) and node.name == "__init__":
                return each.home, node
    return definition.home, None


def _member(name: str, functions: list[Function], home: str) -> str:
    node = functions[-1]
    if decorators(node) & {"property", "cached_property"}:
        code = [f"{name}: {spelled(node.returns, home)}" if node.returns else name]
    else:
        code = _signatures(functions, name, home, bound=True)
    return f"{_code(code)}\n{ast.get_docstring(node) or ''}\n"


def _signatures(functions: list[Function], name: str, home: str, *, bound: bool = False) -> list[str]:
    """Write the overloads where there are any: they say more than the function that stands for them."""
    shown = [node for node in functions if "overload" in decorators(node)] or functions[-1:]
    return [signature(node, name, home, bound=bound) for node in shown]


def _head(node: ast.ClassDef) -> str:
    return f"class {node.name}({', '.join(map(ast.unparse, node.bases))})" if node.bases else f"class {node.name}"


def _fields(node: ast.ClassDef, home: str) -> list[str]:
    """Write the fields of a value and the members of an enumeration."""
    fields = [each for each in node.body if isinstance(each, ast.Assign | ast.AnnAssign)]
    return [f"    {text}" for text in (_field(each, home) for each in fields) if not text.startswith("_")]


def _field(node: ast.Assign | ast.AnnAssign, home: str) -> str:
    if isinstance(node, ast.Assign):
        return ast.unparse(node)
    value = f" = {ast.unparse(node.value)}" if node.value else ""
    return f"{ast.unparse(node.target)}: {spelled(node.annotation, home)}{value}"


def _members(definition: Definition) -> dict[str, tuple[str, list[Function]]]:
    """Give the members of a class, and where each is: its own, then those of its lineage."""
    found = dict[str, tuple[str, list[Function]]]()
    for each in _lineage(definition):
        for name, functions in members(_body(each)):
            found.setdefault(name, (each.home, functions))
    return found


def _lineage(definition: Definition) -> list[Definition]:
    """Give a class and those of its bases that are not public themselves: their members have no other place."""
    hidden = [base for base in _bases(definition) if not is_public(base.name)]
    return [definition, *(each for base in hidden for each in _lineage(base))]


def _bases(definition: Definition) -> Iterator[Definition]:
    """Find the bases of a class that are the SDK's own."""
    node = definition.nodes[-1]
    for base in node.bases if isinstance(node, ast.ClassDef) else ():
        try:
            yield define(definition.home, ast.unparse(base).partition("[")[0])
        except (LookupError, FileNotFoundError):
            continue


def _body(definition: Definition) -> list[ast.stmt]:
    node = definition.nodes[-1]
    return node.body if isinstance(node, ast.ClassDef) else []


def _code(lines: list[str]) -> str:
    return "\n".join(["```python", *lines, "```", ""])


def _variables() -> Iterator[str]:
    yield "## Environment variables\n\nRead by `FlagClient.from_env`.\n\n| variable | meaning |\n|---|---|"
    yield from (f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items())
