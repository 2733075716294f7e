"""Believing the edge: what the service signed for this environment counts, everything else is ignored and counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.integrations.cohort import (
    MOST,
    NOTHING,
    CohortVerifier,
    edge_cohort,
    edge_unit,
    outgoing_headers,
    use_cohorts,
)
from flagsdk.wire.cohort import head_of, signed

KEY, OLD = "k" * 32, "o" * 32
NOW = 1_800_000_000


def header(
    split: str = "checkout", cohort: str = "canary", unit: str | None = "ann", environment: str = "production",
    key: str = KEY, expires: int = NOW + 300,
) -> str:  # fmt: skip
    return signed(key.encode(), head_of(environment, split, cohort, "epoch.7"), unit, expires).decode()


@pytest.fixture
def verifier() -> CohortVerifier:
    return CohortVerifier(KEY, environment="production", clock=lambda: NOW)


def test_a_verified_cohort_is_in_force_for_the_block(verifier: CohortVerifier) -> None:
    with use_cohorts(verifier.read(header())):
        assert (edge_cohort("checkout"), edge_unit()) == ("canary", "ann")
        assert edge_cohort("search") is None

    assert (edge_cohort("checkout"), edge_unit()) == (None, None)
    assert verifier.refused == {}


@pytest.mark.parametrize(("text", "reason"), [
    (header(key=OLD), "forged"),
    (header()[:-1], "forged"),
    (header(expires=NOW), "expired"),
    (header(environment="staging"), "foreign"),
    ("canary", "malformed"),
    ("x" * 10_000, "malformed"),
    ("caf\N{LATIN SMALL LETTER E WITH ACUTE}\N{SNOWMAN}", "malformed"),
])  # fmt: skip
def test_what_is_not_to_be_believed_is_ignored_and_counted(verifier: CohortVerifier, text: str, reason: str) -> None:
    assert verifier.read(text) == NOTHING
    assert verifier.refused == {reason: 1}


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_no_header_makes_it_raise(text: str | bytes) -> None:
    assert CohortVerifier(KEY, environment="production").read(text) == NOTHING


def test_the_cohort_of_one_split_is_none_of_another(verifier: CohortVerifier) -> None:
    with use_cohorts(verifier.read(header("search"))):
        assert edge_cohort("search") == "canary"
        assert edge_cohort("checkout") is None


def test_a_request_that_passed_several_edges_brings_one_cohort_for_each_split(verifier: CohortVerifier) -> None:
    texts = [header("search", "blue", None), header("checkout"), header("checkout", "stable", "bob"), "forged.one"]

    held = verifier.read(" , ".join(texts))

    with use_cohorts(held):
        assert (edge_cohort("search"), edge_cohort("checkout"), edge_unit()) == ("blue", "canary", "ann")
    assert verifier.refused == {"forged": 1}
    assert verifier.read(held.header) == held


@pytest.mark.parametrize("text", ["{}", ", {}", "{},", " ,\t, {} ,"])
def test_empty_elements_of_the_list_are_nothing(verifier: CohortVerifier, text: str) -> None:
    assert verifier.read(text.format(header())).header == header()
    assert verifier.refused == {}


def test_a_header_of_thousands_costs_a_few_only(verifier: CohortVerifier) -> None:
    assert verifier.read(",".join(["a.b"] * 5_000)) == NOTHING
    assert verifier.refused == {"forged": MOST}


def test_only_what_was_verified_is_passed_on(verifier: CohortVerifier) -> None:
    with use_cohorts(verifier.read(f"forged.one, {header()}")):
        assert outgoing_headers() == {"X-Flagsvc-Cohort": header()}

    assert outgoing_headers() == {}


def test_while_keys_change_both_are_believed() -> None:
    both = CohortVerifier(f"{KEY},{OLD}", environment="production", clock=lambda: NOW)

    assert both.verify(header(key=OLD)) is not None
    assert both.verify(header(key=KEY)) is not None


@pytest.mark.parametrize(("keys", "environment"), [("", "production"), ("short", "production"), (KEY, "")])
def test_a_verifier_that_could_believe_nothing_or_anything_is_refused(keys: str, environment: str) -> None:
    with pytest.raises(ValueError, match=r"expected one or two keys|name the environment"):
        CohortVerifier(keys, environment=environment)


@pytest.mark.parametrize(
    ("keys", "environment", "wanted"), [("short", "production", "32 to 512"), (KEY, "", "FLAGSDK_ENVIRONMENT")]
)
def test_a_wrong_variable_is_told_by_its_name(keys: str, environment: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=f"^FLAGSDK_COHORT_KEY: .*{wanted}") as refusal:
        CohortVerifier.from_env({"FLAGSDK_COHORT_KEY": keys, "FLAGSDK_ENVIRONMENT": environment})

    assert keys not in str(refusal.value)


def test_it_is_made_from_the_environment_and_from_a_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("secrets") / "key"
    path.write_text(f"{KEY}\n")
    variables = {"FLAGSDK_ENVIRONMENT": "production"}

    assert CohortVerifier.from_env(variables) is None
    for more in ({"FLAGSDK_COHORT_KEY": KEY}, {"FLAGSDK_COHORT_KEY_FILE": str(path)}):
        verifier = CohortVerifier.from_env(variables | more)
        assert verifier is not None
        assert verifier.verify(header(expires=2**40)) is not None
