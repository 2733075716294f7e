"""Queries for Prometheus with variables in them: filled in without ever leaving their quotes, and plain selectors.

Source: "Querying basics" of the Prometheus documentation (string literals, matchers, durations).
"""

import re
from collections.abc import Mapping

MAX_QUERY = 4000
_STRING = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`"
_TOKEN = re.compile(
    rf"(?P<comment>\#[^\n]*)|(?P<operator>(?:=~|!~)\s*)?(?P<string>{_STRING})|(?P<open>[\"'`])|\$(?P<bare>\w+)"
)
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)", re.ASCII)
_PATTERN_SIGNS = re.compile(r"[\\.+*?()|\[\]{}^$]")
_MATCH = rf"\s*[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*(?:{_STRING})\s*"
_SELECTOR = re.compile(
    rf"\s*(?P<name>[A-Za-z_:][\w:]*)?\s*(?:\{{(?P<matches>(?:{_MATCH}(?:,{_MATCH})*,?)?\s*)\}})?\s*", re.ASCII
)
_ESCAPES = {"\\": "\\\\", "\n": "\\n"}


def filled(query: str, variables: Mapping[str, str], bare: Mapping[str, str] | None = None) -> str:
    """Put the values of variables, $name, into the strings of a query; raises ValueError with a sentence.

    A value stands for itself: what would end the string, or mean something in a pattern (=~, !~), is escaped. `bare`
    are variables for outside of strings, with values that are code.
    """
    if len(query) > MAX_QUERY:
        raise ValueError(f"longer than {MAX_QUERY} characters")

    def token(found: re.Match[str]) -> str:
        if found["open"]:
            raise ValueError("a quote is opened and not closed")
        if found["string"]:
            operator = found["operator"] or ""
            return operator + _filled_string(found["string"], variables, is_pattern=bool(operator))
        if found["bare"] is not None:
            return _bare(found["bare"], variables, bare or {})
        return found[0]

    return _TOKEN.sub(token, query)


def demand_selector(query: str, *, named: bool = False) -> None:
    """Pass for a selector of counters, NAME{LABEL="VALUE", …}, and nothing around it; raises ValueError.

    `named`: its name has to stand before the braces.
    """
    found = _SELECTOR.fullmatch(query)
    if found is None:
        raise ValueError(
            'expected a selector of counters, such as http_requests_total{cohort="$cohort"}, without functions, '
            "ranges or sums: increases are taken from the raw samples"
        )
    if not (found["name"] or (found["matches"] or "").strip()):
        raise ValueError("an empty selector names no metric")
    if named and not found["name"]:
        raise ValueError('expected the name of the metric before its labels, such as NAME{cohort="$cohort"}')


def is_selector(query: str, *, named: bool = False) -> bool:
    """Whether it is one."""
    try:
        demand_selector(query, named=named)
    except ValueError:
        return False
    return True


def suffixed(selector: str, suffix: str) -> str:
    """Append to the name of a selector: `_bucket`, `_sum`."""
    end = selector.index("{") if "{" in selector else len(selector)
    return selector[:end].rstrip() + suffix + selector[end:]


def narrowed(selector: str, matches: str) -> str:
    """Add matchers to a selector that has a name."""
    name, _, more = selector.strip().removesuffix("}").partition("{")
    return f"{name.strip()}{{{matches}{',' if more.strip() else ''}{more}}}"


def quoted(value: str) -> str:
    """Write a string literal."""
    return '"' + _escaped(value, '"') + '"'


def one_of(values: set[str]) -> str:
    """Write the string literal of a pattern that matches these values and nothing else."""
    return quoted("|".join(_literal(value) for value in sorted(values)))


def _filled_string(literal: str, variables: Mapping[str, str], *, is_pattern: bool) -> str:
    quote = literal[0]

    def value(found: re.Match[str]) -> str:
        text = _known(found[1], variables)
        return _escaped(_literal(text) if is_pattern else text, quote)

    return quote + _VARIABLE.sub(value, literal[1:-1]) + quote


def _bare(name: str, variables: Mapping[str, str], bare: Mapping[str, str]) -> str:
    if name in variables:
        raise ValueError(f"${name} stands outside of quotes")
    return _known(name, bare)


def _known(name: str, variables: Mapping[str, str]) -> str:
    if name not in variables:
        known = ", ".join(f"${known}" for known in sorted(variables)) or "none"
        raise ValueError(f"there is no variable ${name} here; known: {known}")
    return variables[name]


def _escaped(text: str, quote: str) -> str:
    if quote == "`":
        if "`" in text:
            raise ValueError('a value with a backquote needs "…" around it')
        return text
    return "".join(_ESCAPES.get(sign, f"\\{sign}" if sign == quote else sign) for sign in text)


def _literal(text: str) -> str:
    return _PATTERN_SIGNS.sub(lambda sign: f"\\{sign[0]}", text)
