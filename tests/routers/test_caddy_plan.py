"""Lists of upstreams and what they mean: values in, values out."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.routers.caddy_plan import GRANULARITY, MAX_ENTRIES, observed_in, paths_of, tag_of, upstreams_of


@st.composite
def wanted(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    cuts = sorted(draw(st.lists(st.integers(0, GRANULARITY), max_size=3)))
    weights = {f"b{n}": end - start for n, (start, end) in enumerate(pairwise([0, *cuts, GRANULARITY]))}
    counts = {name: draw(st.sampled_from([1, 2, 4, 5])) for name in weights}
    return weights, {name: tuple(f"{name}:{n}" for n in range(count)) for name, count in counts.items()}


@given(wanted())
def test_a_list_means_the_weights_that_it_was_made_of(
    case: tuple[dict[str, int], dict[str, tuple[str, ...]]],
) -> None:
    weights, addresses = case

    upstreams = upstreams_of(weights, addresses)

    assert len(upstreams) <= MAX_ENTRIES
    assert observed_in({"upstreams": upstreams}, addresses, "").weights == weights


def test_a_list_is_short_and_spread() -> None:
    upstreams = upstreams_of({"stable": 75, "canary": 25}, {"stable": ("s:1",), "canary": ("c:1",)})

    assert [upstream["dial"][0] for upstream in upstreams] == ["s", "c", "s", "s"]


def test_an_address_that_is_missing_from_its_backend_s_share_is_seen() -> None:
    addresses = {"stable": ("s:1",), "canary": ("c:1", "c:2")}
    listed = [{"dial": "s:1"}, {"dial": "c:1"}]

    observed = observed_in({"upstreams": listed}, addresses, "")

    assert observed.weights == {"stable": 50, "canary": 0}
    assert observed.detail == "upstreams: 1 of c:1, 1 of s:1"


def test_the_paths_of_an_id_are_found_in_objects_and_lists() -> None:
    config = {"apps": [{"x": {"@id": "a"}}, {"@id": "b"}, {"y": [{"@id": "a"}]}]}

    assert list(paths_of(config, "a")) == ["apps/0/x", "apps/2/y/0"]
    assert list(paths_of(config, "c")) == []


@pytest.mark.parametrize(("body", "hashed"), [(b"", "811c9dc5"), (b"a", "e40c292c"), (b"foobar", "bf9cf968")])
def test_the_tag_is_fnv_1a(body: bytes, hashed: str) -> None:
    """The vectors of the function's authors (RFC 9923, appendix)."""
    assert tag_of("apps/http", body) == f'"/config/apps/http {hashed}"'
