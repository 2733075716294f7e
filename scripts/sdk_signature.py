"""How the SDK's functions are called, as its reference shows it: aliases and constants by what they stand for."""

import ast
import copy

from scripts.sdk_source import Function, decorators, define, is_public

WIDTH = 100


def signature(node: Function, name: str, home: str, *, bound: bool = False) -> str:
    """Write how a function is called, on several lines when one is too long; `bound` leaves the first argument out."""
    parameters = _parameters(node.args, home)
    parameters = parameters[1:] if bound and "staticmethod" not in decorators(node) else parameters
    start = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    end = f" -> {spelled(node.returns, home)}" if node.returns and node.name != "__init__" else ""
    line = f"{start}{name}({', '.join(parameters)}){end}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{start}{name}(", *(f"    {each}," for each in parameters), f"){end}"])


def spelled(annotation: ast.expr, home: str) -> str:
    """Write a type as a module writes it, with what its private aliases stand for."""
    written: ast.expr = _Spelling(home).visit(copy.deepcopy(annotation))
    return ast.unparse(written)


def _parameters(given: ast.arguments, home: str) -> list[str]:
    positional = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(positional) - len(given.defaults)) + given.defaults
    written = [_parameter(*pair, home) for pair in zip(positional, defaults, strict=True)]
    if given.posonlyargs:
        written.insert(len(given.posonlyargs), "/")
    if given.vararg:
        written.append("*" + _parameter(given.vararg))
    elif given.kwonlyargs:
        written.append("*")
    written += [_parameter(*pair, home) for pair in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    return written + (["**" + _parameter(given.kwarg)] if given.kwarg else [])


def _parameter(given: ast.arg, default: ast.expr | None = None, home: str = "") -> str:
    typed = f"{given.arg}: {spelled(given.annotation, home)}" if given.annotation else given.arg
    equals = " = " if given.annotation else "="
    return typed if default is None else f"{typed}{equals}{_constant(default, home)}"


def _constant(value: ast.expr, home: str) -> str:
    """Write a default; a constant of the SDK by its value, which says more than its name."""
    constant = _value(value.id, home) if isinstance(value, ast.Name) else None
    return ast.unparse(constant[1] if constant and isinstance(constant[1], ast.Constant) else value)


class _Spelling(ast.NodeTransformer):
    """Puts what an alias stands for in its place, unless the alias is public or a type variable."""

    def __init__(self, home: str) -> None:
        self._home = home

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = None if is_public(node.id) else _value(node.id, self._home)
        if found is None or isinstance(found[1], ast.Call):
            return node
        spelled_: ast.expr = _Spelling(found[0]).visit(found[1])
        return spelled_


def _value(name: str, home: str) -> tuple[str, ast.expr] | None:
    """Find what a name of the SDK was assigned, and where."""
    try:
        found = define(home, name)
    except (LookupError, FileNotFoundError):
        return None
    node = found.nodes[-1]
    return (found.home, copy.deepcopy(node.value)) if isinstance(node, ast.Assign) else None
