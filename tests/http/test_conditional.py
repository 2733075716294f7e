"""ETags: versions in quotes, compared as RFC 9110 says."""

import pytest
from starlette.datastructures import Headers

from flagsvc.http.conditional import NO_SUCH_VERSION, Expectation, etag, expectation, unchanged
from flagsvc.http.problem import Problem


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Expectation()),
        ({"If-Match": '"42"'}, Expectation(version=42)),
        ({"If-Match": ' "0" '}, Expectation(version=0)),
        ({"If-Match": "*"}, Expectation()),
        ({"If-None-Match": "*"}, Expectation(absent=True)),
        ({"If-Match": 'W/"42"'}, Expectation(version=NO_SUCH_VERSION)),
        ({"If-Match": '"abc"'}, Expectation(version=NO_SUCH_VERSION)),
        ({"If-Match": '"042"'}, Expectation(version=NO_SUCH_VERSION)),
    ],
)
def test_writes_name_a_version_or_its_absence(headers: dict[str, str], expected: Expectation) -> None:
    assert expectation(Headers(headers)) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Match": "42"},
        {"If-Match": ""},
        {"If-Match": '"1", "2"'},
        {"If-None-Match": '"1"'},
        {"If-Match": '"1"', "If-None-Match": "*"},
    ],
)
def test_other_demands_are_malformed_and_name_the_header(headers: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        expectation(Headers(headers))

    assert refused.value.code == "malformed"
    assert refused.value.faults[0].pointer.startswith("header/If-")


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ('"7"', True),
        ('W/"7"', True),
        ('"6", "7"', True),
        ("*", True),
        ('"6"', False),
        ("7", False),
        ('"77"', False),
        ('x "7"', False),
    ],
)
def test_reads_are_revalidated_by_weak_comparison(header: str, same: bool) -> None:  # noqa: FBT001  # a column of the table
    assert unchanged(Headers({"If-None-Match": header}), etag(7)) is same


def test_without_the_header_nothing_is_unchanged() -> None:
    assert not unchanged(Headers({}), etag(7))
