"""Many generated functions of one shape as one loop: no call for each, and what the context says is read once for all.

The constants of a flag lie side by side in a row, which counts when two hundred flags push each other out of the cache.
A loop counts uses but notes no units: whoever asks for everything at once has not shown anybody anything yet.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from .compile_source import INDENT, NOTING, factory_of, shape_of
from .outcome import Outcome
from .prerequisites import Decide

LEAST = 3
"""So many flags of a shape that read the same attributes are worth a loop of their own."""

Member = tuple[str, Decide]
READERS = ("context.get({})", "lookup(context, {})")
UNIT = READERS[0].format("TARGETING_KEY")


class Loop(NamedTuple):
    """`decide_all(context, outcomes)` writes the outcomes of `members` and counts a use of each.

    It raises only before it has written any, for a context that cannot be read.
    """

    decide_all: Callable[[Any, dict[str, Outcome]], None]
    members: tuple[Member, ...]


class _Shape(NamedTuple):
    """The body of a function, the names of its constants, and those of them that name attributes, with their values."""

    body: str
    names: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]


def loops_of(flags: Iterable[Member]) -> tuple[list[Loop], list[Member]]:
    """Give loops, and the flags that are in none of them."""
    groups: dict[_Shape | None, list[Member]] = {}
    for key, decide in flags:
        groups.setdefault(_shape(decide), []).append((key, decide))
    loops: list[Loop] = []
    others: list[Member] = []
    for shape, members in groups.items():
        if shape is None or len(members) < LEAST:
            others += members
        else:
            loops.append(Loop(_loop(shape, members), tuple(members)))
    return loops, others


def _shape(decide: Decide) -> _Shape | None:
    body, sketches = _without_notes(shape_of(decide))
    if not body:
        return None
    names = tuple(name for name in decide.__code__.co_freevars if name not in sketches)
    constants = zip(decide.__code__.co_freevars, decide.__closure__ or (), strict=True)
    attributes = tuple((name, cell.cell_contents) for name, cell in constants if _read(body, name))
    return _Shape(body, names, attributes)


def _without_notes(body: str) -> tuple[str, frozenset[str]]:
    """Leave out the lines that note units, each with the condition before it; give the names of the sketches, too."""
    lines = body.splitlines()
    notes = {index for index, line in enumerate(lines) if line.endswith(NOTING)}
    kept = (line for index, line in enumerate(lines) if not {index, index + 1} & notes)
    return "\n".join(kept), frozenset(lines[index].strip().removesuffix(NOTING) for index in notes)


def _read(body: str, name: str) -> str:
    """Give the expression that reads the attribute with this name, if the body has one."""
    return next((reader.format(name) for reader in READERS if reader.format(name) in body), "")


def _loop(shape: _Shape, members: Sequence[Member]) -> Callable[[Any, dict[str, Outcome]], None]:
    attributes = dict(shape.attributes)
    own = [name for name in shape.names if name not in attributes]
    text = "\n".join(_lines(shape, [*attributes], own))
    loop: Callable[[Any, dict[str, Outcome]], None] = factory_of(text)(
        rows=[_row(key, decide, own) for key, decide in members], **attributes
    )
    return loop


def _lines(shape: _Shape, attributes: Sequence[str], own: Iterable[str]) -> Iterator[str]:
    """Write the factory of the loop."""
    body = shape.body
    yield f"def factory({', '.join(('rows', *attributes))}):"
    yield f"{INDENT}def decide_all(context, outcomes):"
    for index, reader in enumerate([*(_read(body, name) for name in attributes), UNIT]):
        if reader in body:
            body = body.replace(reader, f"read{index}")
            yield f"{INDENT * 2}read{index} = {reader}"
    yield f"{INDENT * 2}for {', '.join(('key', *own))} in rows:"
    yield from _looped(body.splitlines())
    yield f"{INDENT}return decide_all"


def _looped(lines: Iterable[str]) -> Iterator[str]:
    """Put a function's body into a loop: what it would return is kept, and the next flag has its turn."""
    for line in lines:
        indent, returns, outcome = line.partition("return ")
        if returns and not indent.strip():
            yield f"{INDENT}{indent}outcomes[key] = outcome = {outcome}"
            yield f"{INDENT}{indent}outcome.uses += 1"
            yield f"{INDENT}{indent}continue"
        else:
            yield INDENT + line


def _row(key: str, decide: Decide, names: Iterable[str]) -> tuple[Any, ...]:
    constants = dict(zip(decide.__code__.co_freevars, decide.__closure__ or (), strict=True))
    return key, *(constants[name].cell_contents for name in names)
