"""Semantic versions: what is one, and how they are ordered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.versions import version_of

ORDERED = [
    "0",
    "0.0.1-0",
    "0.0.1-1",
    "0.0.1-2",
    "0.0.1-10",
    "0.0.1--",
    "0.0.1-1a",
    "0.0.1-A",
    "0.0.1-a",
    "0.0.1",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "v1.0.1",
    "1.2",
    "1.10",
    "V2",
    "10.0.0",
    "99999999999999999999.0.0",
]


def test_precedence_is_that_of_the_specification() -> None:
    read = [version_of(text) for text in ORDERED]

    assert None not in read
    assert sorted(read) == read  # type: ignore[type-var]  # none of them is None, see above
    assert len(set(read)) == len(read)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0.0"),
        ("1.2", "v1.2.0"),
        ("1.0.0+build.7", "1.0.0"),
        ("1.0.0-rc.1+a.b-c", "1.0.0-rc.1"),
        ("1-a", "1.0.0-a"),
    ],
)
def test_short_forms_prefix_and_build_make_no_difference(one: str, other: str) -> None:
    assert version_of(one) == version_of(other) is not None


WRONG = (
    "|v|vv1|vV1|x|1.|.1|1..2|1.2.3.4|01.2.3|1.02|1.2.3-|1.2.3-01|1.2.3-a..b|1.2.3+|1.2.3+a..b|1.2.3-a_b|1.2.3+a_b|"
    " 1.2.3|1.2.3 |1,2|-1|+1|1.2.3-é|\uff11.2.3|1.²"
)


@pytest.mark.parametrize("text", [*WRONG.split("|"), "1" * 257])
def test_everything_else_is_no_version(text: str) -> None:
    assert version_of(text) is None


@given(st.text(alphabet="0129.-+vaZ é²", max_size=12))
def test_reading_never_raises_and_what_is_read_compares(text: str) -> None:
    version = version_of(text)

    assert version is None or (version < version_of("100000") or version >= version_of("100000"))  # type: ignore[operator]  # a version
