"""What an accessor returns, and the declarations that this needs: `Literal` of texts, `TypedDict` of objects."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from keyword import iskeyword

from flagsdk.codegen.layout import INDENT, Group, Part, labelled, laid
from flagsdk.codegen.literals import text_literal
from flagsdk.codegen.names import identifier, pascal
from flagsdk.codegen.prose import docstring, visible
from flagsdk.codegen.shapes import ANY, NOTHING, OBJECT, Listed, Optional, Plain, Shape, Struct, common
from flagsdk.codegen.subject import Subject

MOST_CHOICES, CHOICE_LENGTH = 20, 80
LEAST_CHOICES = 2  # of a flag: one variant says nothing about the texts to come
_PLAIN = {"boolean": Plain("bool"), "string": Plain("str"), "integer": Plain("int"), "float": Plain("float")}


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a module: a statement on one or more lines, or a class."""

    text: str
    is_class: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """A subject with the type of its values; `choices` are all of its texts, () = too many to list."""

    subject: Subject
    shape: Shape
    choices: tuple[str, ...] = ()

    @property
    def named(self) -> dict[str, tuple[str, Struct]]:
        """The objects in it: the name that each wants, by its id."""
        base = pascal(identifier(self.subject.key))
        return {f"{self.subject.id}#{path}": (base + name, struct) for path, name, struct in _structs(self.shape)}


def typed(subject: Subject) -> Typed:
    """Find the type of a subject's values."""
    if subject.type == "object":
        return Typed(subject, common(subject.values))
    choices = tuple(sorted(set(subject.values))) if subject.type == "string" else ()
    least = 1 if subject.is_split else LEAST_CHOICES
    listable = least <= len(choices) <= MOST_CHOICES and all(map(_is_short, choices))
    return Typed(subject, _PLAIN[subject.type], choices if listable else ())


def wanted_names(subjects: Collection[Typed]) -> dict[str, str]:
    """Names that the declarations of these subjects want, by id."""
    wanted = dict[str, str]()
    for each in subjects:
        if each.choices:
            wanted[each.subject.id] = pascal(identifier(each.subject.key)) + ("Cohort" if each.subject.is_split else "")
        wanted |= {id_: name for id_, (name, _) in each.named.items()}
    return wanted


def annotation(each: Typed, names: Mapping[str, str]) -> str:
    """Write the type of a subject's values."""
    return names[each.subject.id] if each.choices else _text(each.shape, each.subject.id, "", names)


def declarations(each: Typed, names: Mapping[str, str], taken: Collection[str]) -> Iterator[Block]:
    """Write what `annotation` needs: the innermost first, so that each name is there when it is used."""
    if each.choices:
        choices = tuple(map(text_literal, each.choices))
        alias = Group(f"{names[each.subject.id]} = Literal[", choices, "]", comma=len(choices) > 1)
        yield Block(laid(alias), is_class=False)
    for id_, (_, struct) in reversed(each.named.items()):
        yield _typed_dict(id_, struct, names, taken)


def _typed_dict(id_: str, struct: Struct, names: Mapping[str, str], taken: Collection[str]) -> Block:
    name, (subject, _, path) = names[id_], id_.partition("#")
    members = dict[str, str]()
    for member, shape in struct.members.items():
        text = _text(shape, subject, _step(path, member), names)
        members[member] = text if member in struct.required else f"NotRequired[{text}]"
    if all(_is_attribute(member) and member not in taken for member in members):
        where = f"In a value of `{visible(subject.partition('/')[2])}`, at `{visible(path) or '/'}`."
        lines = [f"{INDENT}{member}: {text}" for member, text in members.items()]
        return Block("\n".join([f"class {name}(TypedDict):", docstring(where), "", *lines]), is_class=True)
    parts: tuple[Part, ...] = tuple(labelled(f"{text_literal(member)}: ", text) for member, text in members.items())
    head = f"{name} = TypedDict("
    return Block(laid(Group(head, (text_literal(name), Group("{", parts, "}")), ")")), is_class=False)


def _structs(shape: Shape, path: str = "", name: str = "") -> Iterator[tuple[str, str, Struct]]:
    """Find the objects with members in a shape, each with its path and name; the outermost first."""
    if isinstance(shape, Optional):
        yield from _structs(shape.shape, path, name)
    elif isinstance(shape, Listed):
        yield from _structs(shape.item, f"{path}/-", f"{name}Item")
    elif isinstance(shape, Struct) and shape.members:
        yield path, name, shape
        for member, inner in shape.members.items():
            yield from _structs(inner, _step(path, member), name + pascal(identifier(member)))


def _text(shape: Shape, subject: str, path: str, names: Mapping[str, str]) -> str:
    match shape:
        case Optional():
            return f"{_text(shape.shape, subject, path, names)} | None"
        case Listed():
            return f"list[{_text(shape.item, subject, f'{path}/-', names)}]"
        case Struct():
            return names[f"{subject}#{path}"] if shape.members else OBJECT.name
        case Plain():
            return ANY.name if shape == NOTHING else shape.name


def _step(path: str, member: str) -> str:
    return f"{path}/{member.replace('~', '~0').replace('/', '~1')}"


def _is_short(text: str) -> bool:
    return len(text) <= CHOICE_LENGTH and (text.isprintable() or text == "")


def _is_attribute(member: str) -> bool:
    return member.isascii() and member.isidentifier() and not iskeyword(member) and not member.startswith("_")
