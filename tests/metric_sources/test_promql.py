"""Variables in PromQL: a value stays where it was put and means itself; selectors are told from other queries."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.metric_sources.promql import demand_selector, filled, narrowed, one_of, suffixed

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


def unquoted(literal: str) -> str:
    """Read a double-quoted literal as Go does, as far as we write it."""
    text, out, place = literal[1:-1], "", 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
            out += {"n": "\n", "\\": "\\", '"': '"'}[text[place]]
        else:
            assert text[place] not in '"\n'
            out += text[place]
        place += 1
    return out


@given(ANY_TEXT)
def test_any_value_is_read_back_as_itself(value: str) -> None:
    written = filled('a{b="$x"}', {"x": value})

    assert unquoted(written[4:-1]) == value
    demand_selector(written)


@given(ANY_TEXT)
def test_any_value_in_a_pattern_matches_itself_and_nothing_else(value: str) -> None:
    written = filled('a{b=~"v-$x"}', {"x": value})

    pattern = unquoted(written[5:-1])
    assert re2.fullmatch(pattern, f"v-{value}")
    assert not re2.fullmatch(pattern, f"v-{value}x")


@given(st.sets(ANY_TEXT, min_size=1, max_size=4), ANY_TEXT)
def test_a_pattern_for_several_values_matches_just_those(values: set[str], other: str) -> None:
    pattern = unquoted(one_of(values))

    assert all(re2.fullmatch(pattern, value) for value in values)
    assert bool(re2.fullmatch(pattern, other)) == (other in values)


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("a{b='$x'}", "a{b='it\\'s'}"),
        ('a{b="$x-$x"}', "a{b=\"it's-it's\"}"),
        ("a{b=`$x`}", "a{b=`it's`}"),
        ('a{b=~"5..$"}', 'a{b=~"5..$"}'),
        ('a{b=~"(x|y$)"}', 'a{b=~"(x|y$)"}'),
        ("rate(a[$window])", "rate(a[15s])"),
        ('a # "$unknown\n', 'a # "$unknown\n'),
        ('a{b="\\"$x"}', 'a{b="\\"it\'s"}'),
    ],
)
def test_values_take_the_quotes_that_are_there(query: str, written: str) -> None:
    assert filled(query, {"x": "it's"}, {"window": "15s"}) == written


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("a{b=$x}", r"\$x stands outside of quotes"),
        ("$x", r"\$x stands outside of quotes"),
        ('a{b="$y"}', r"there is no variable \$y here; known: \$x"),
        ("rate(a[$windw])", r"there is no variable \$windw here; known: \$window"),
        ('a{b="x}', "a quote is opened and not closed"),
        ("a{b=`$x`}", "a value with a backquote"),
        ("a" * 5_000, "longer than 4000 characters"),
    ],
)
def test_a_variable_that_has_no_place_is_an_error(query: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        filled(query, {"x": "`"}, {"window": "15s"})


@pytest.mark.parametrize(
    "selector",
    [
        "a",
        "a_total",
        "job:a:rate",
        'a{b="c"}',
        "a{}",
        " a { b != \"c\" , d=~'e{1,2}', } ",
        '{__name__="a"}',
        'a{b="}"}',
    ],
)
def test_a_selector_is_a_selector(selector: str) -> None:
    demand_selector(selector)


@pytest.mark.parametrize(
    "query",
    [
        "", " ", "{}", "sum(a)", "rate(a[5m])", "a[5m]", "a offset 5m", "a @ 1", "a or b", "a{b}", 'a{b="c"', "5",
        'a{b="c"} - 1', "a{b=c}", 'a{b="c" d="e"}', 'a{b=="c"}', "a b",
    ],
)  # fmt: skip
def test_anything_else_is_none(query: str) -> None:
    with pytest.raises(ValueError, match=r"expected a selector|names no metric"):
        demand_selector(query)


def test_a_histogram_needs_its_name_in_front() -> None:
    with pytest.raises(ValueError, match="the name of the metric before its labels"):
        demand_selector('{__name__="a"}', named=True)


@pytest.mark.parametrize(
    ("selector", "long", "narrow"),
    [
        ("a", "a_sum", 'a{x="1"}'),
        ('a{b="c"}', 'a_sum{b="c"}', 'a{x="1",b="c"}'),
        (' a {b="c",} ', ' a_sum{b="c",} ', 'a{x="1",b="c",}'),
        ("a{}", "a_sum{}", 'a{x="1"}'),
    ],
)
def test_names_and_matchers_are_added(selector: str, long: str, narrow: str) -> None:
    assert (suffixed(selector, "_sum"), narrowed(selector, 'x="1"')) == (long, narrow)
