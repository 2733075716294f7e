"""Random flags, segments, splits and contexts, hostile ones included."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from flagsdk.core import Context
from tests.core.making import WHOLE, segment

KEYS = ("a", "b", "c", "d")
ATTRIBUTES = ("country", "plan", "age", "version", "when", "ip", "user.id", "org.plan", "targetingKey", "tags")
UNITS = ("ann", "bob", "user-1", "user-2", "Ünit", "", "a\ud800", "x" * 300)
TEXTS = ("DE", "de", "AT", "", "pro", "Straße", "1", "true", "a.b", "\ud800", "\x00", "ann")
VERSIONS = ("1.2.3", "v2", "2.0.0-rc.1", "2.0.0-rc.1+b7", "1.10", "01.2", "x", "1.2.3.4")
INSTANTS = (
    "2024-02-29T12:00:00Z",
    "2024-02-29T13:00:00+01:00",
    "2024-02-30T00:00:00Z",
    "2024-02-29T12:00:00.5Z",
    "2024",
)
ADDRESSES = ("10.1.2.3", "::1", "::ffff:10.1.2.3", "2001:db8::1", "10.1.2", "fe80::1%eth0")
NUMBERS = (0, 1, -1, 18, 1.0, 0.5, 2**53, 2**53 + 1, float(2**53), 10**400, 1e308)
PATTERNS = ("^a", "DE|AT", "e$", "(?i)pro", "[a-z]+@", "")


class Plan(StrEnum):
    PRO = "pro"


class Loud(dict[str, Any]):
    """A mapping that raises when it is read."""

    def get(self, key: object, default: object = None) -> Any:
        raise RuntimeError(key)


class Fussy(Mapping[str, Any]):
    """A mapping that raises for some keys only."""

    def __init__(self, inner: dict[str, Any]) -> None:
        self._inner = inner

    def __getitem__(self, key: str) -> Any:
        if key in ("country", "user", "targetingKey"):
            raise ValueError(key)
        return self._inner[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._inner)

    def __len__(self) -> int:
        return len(self._inner)


class Liar(str):
    """A string that claims to equal everything."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        raise TypeError("no hash")


class Unwalkable(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        raise OSError("walked")


HOSTILE: tuple[Any, ...] = (
    None,
    float("nan"),
    float("inf"),
    10**5000,
    b"DE",
    object(),
    Liar("DE"),
    Plan.PRO,
    Unwalkable([1]),
    Loud(),
    Fussy({"id": 1}),
    1 + 2j,
    len,
)

scalars = st.sampled_from((*TEXTS, *UNITS, *VERSIONS, *INSTANTS, *ADDRESSES, *NUMBERS, True, False)) | st.text(
    max_size=4
)
odd_values = scalars | st.sampled_from(HOSTILE)
lists = st.lists(odd_values, max_size=3) | st.lists(st.lists(scalars, max_size=2), max_size=2) | st.tuples(scalars)
objects = st.dictionaries(st.sampled_from(("id", "plan", "x")), odd_values | lists, max_size=2)
values = odd_values | lists | objects

_plain_contexts = st.dictionaries(st.sampled_from((*ATTRIBUTES, "user", "org")), values, max_size=8)
_units = st.sampled_from(UNITS) | st.sampled_from(("ann", "user-1"))
contexts: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda unit, rest: Context() | rest | {"targetingKey": unit}, _units, _plain_contexts),
    _plain_contexts,
    _plain_contexts.map(MappingProxyType),
    _plain_contexts.map(Fussy),
    _plain_contexts.map(Loud),
    st.sampled_from((None, 42, "text", b"", [1], object(), float("nan"))),
)

_OPERANDS: dict[str, tuple[Any, ...]] = {
    "equals": (*TEXTS, *NUMBERS, True, False),
    "in": (*TEXTS, *NUMBERS, True, False),
    "contains": TEXTS,
    "startsWith": TEXTS,
    "endsWith": TEXTS,
    "matches": PATTERNS,
    "lessThan": NUMBERS,
    "lessThanOrEqual": NUMBERS,
    "greaterThan": NUMBERS,
    "greaterThanOrEqual": NUMBERS,
    "before": INSTANTS[:2],
    "after": INSTANTS[:2],
    "semverEquals": VERSIONS[:5],
    "semverLessThan": VERSIONS[:5],
    "semverLessThanOrEqual": VERSIONS[:5],
    "semverGreaterThan": VERSIONS[:5],
    "semverGreaterThanOrEqual": VERSIONS[:5],
    "inCidr": ("10.0.0.0/8", "::/0", "::ffff:10.0.0.0/104", "10.1.2.3"),
    "exists": (),
    "resembles": ("unknown operator",),
}


def operands_of(name: str) -> tuple[Any, ...]:
    """Give values that the operator can use."""
    return _OPERANDS[name]


@st.composite
def comparisons(draw: Callable[..., Any]) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(_OPERANDS)))
    operands = _OPERANDS[name]
    chosen = draw(st.lists(st.sampled_from(operands), max_size=3)) if operands else []
    flags = {word: True for word in ("negate", "ignoreCase") if draw(st.booleans())}
    return {"attribute": draw(st.sampled_from(ATTRIBUTES)), "op": name, "values": chosen} | flags


_ranges = st.tuples(st.integers(0, WHOLE), st.integers(0, WHOLE)).map(sorted)
_by = st.sampled_from(("targetingKey", "targetingKey", "user.id", "plan"))
buckets = st.builds(
    lambda salt, by, ranges, negate: {"bucket": {"salt": salt, "by": by, "ranges": ranges}, "negate": negate},
    st.sampled_from(("s", "t")),
    _by,
    st.lists(_ranges, max_size=2),
    st.booleans(),
)
memberships = st.builds(
    lambda key, negate: {"segment": key, "negate": negate}, st.sampled_from((*KEYS, "none")), st.booleans()
)
strange: st.SearchStrategy[Any] = st.sampled_from(
    ({}, {"all": [], "any": []}, {"attribute": "plan"}, {"future": 1}, 7, None, {"not": {"op": "in"}})
)
leaves = comparisons() | comparisons() | comparisons() | buckets | memberships
conditions: st.SearchStrategy[Any] = st.recursive(
    st.one_of(leaves, leaves, leaves, leaves, leaves, strange),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)

VARIANTS = ("v0", "v1", "v2", "v3", "v4", "v5", "v6")


@st.composite
def serves(draw: Callable[..., Any]) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"serve": draw(st.sampled_from(VARIANTS))}
    cuts = sorted(draw(st.sets(st.integers(1, WHOLE - 1), max_size=6)))
    bounds = list(zip([0, *cuts], [*cuts, WHOLE], strict=True))
    table = [[draw(st.sampled_from(VARIANTS)), start, end] for start, end in draw(st.permutations(bounds))]
    body = {
        "by": draw(_by),
        "hash": draw(st.sampled_from(("murmur3", "murmur3", "featurevisor", "later"))),
        "salt": "s",
    }
    return {"split": body | {"allocation": table}}


_targets = st.builds(
    lambda variant, units, by: {"variant": variant, "units": units, "by": by},
    st.sampled_from(VARIANTS),
    st.lists(st.sampled_from(UNITS), max_size=3),
    _by,
)
_prerequisites = st.builds(
    lambda key, names: {"flag": key, "variants": names},
    st.sampled_from((*KEYS, "none")),
    st.lists(st.sampled_from(VARIANTS), max_size=5),
)
_rules = st.builds(lambda when, serve: {"id": "r", "when": when} | serve, conditions, serves())


def flags(key: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a string flag with that key."""
    return st.fixed_dictionaries(
        {
            "key": st.just(key),
            "type": st.just("string"),
            "variants": st.just({name: name.upper() for name in VARIANTS}),
            "enabled": st.sampled_from((True, True, True, True, False)),
            "offVariant": st.sampled_from(VARIANTS),
            "prerequisites": st.lists(_prerequisites, max_size=1) | st.just([]),
            "targets": st.lists(_targets, max_size=2),
            "rules": st.lists(_rules, max_size=3),
            "default": serves(),
        },
        optional={"archived": st.sampled_from((False, False, True))},
    )


def segments(key: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a segment with that key."""
    units = st.lists(st.sampled_from(UNITS), max_size=3)
    return st.builds(
        lambda included, excluded, by, when: segment(key, included=included, excluded=excluded, by=by, when=when),
        units,
        units,
        _by,
        st.none() | conditions,
    )


def flag_sets() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw one flag for each of the keys."""
    return st.tuples(*map(flags, KEYS)).map(list)


def segment_sets() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw one segment for each of the keys."""
    return st.tuples(*map(segments, KEYS)).map(list)
