"""The signed cohort: what was signed is read, whatever it says; and nothing else is, however little was changed."""

import base64
import hmac
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.wire.cohort import DOMAIN, MAX_BYTES, SignedCohort, Unfit, head_of, opened, parse_keys, signed
from tests.support.tree import ROOT

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = 1_800_000_000
names = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
units = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
cohorts = st.builds(
    SignedCohort,
    names,
    names,
    names,
    st.none() | units.filter(bool),
    names,
    st.integers(NOW + 1, NOW + 10**6),
)
SAMPLE = SignedCohort("production", "checkout", "canary", "user-17", "epoch.7", NOW + 300)


def text_of(cohort: SignedCohort, key: bytes = KEY) -> bytes:
    head = head_of(cohort.environment, cohort.split, cohort.cohort, cohort.revision)
    return signed(key, head, cohort.unit, cohort.expires)


@given(cohorts)
def test_what_was_signed_is_read(cohort: SignedCohort) -> None:
    assert opened(text_of(cohort), [KEY], NOW) == cohort


@given(cohorts)
def test_either_of_two_keys_verifies_and_a_third_does_not(cohort: SignedCohort) -> None:
    assert opened(text_of(cohort), [OTHER, KEY], NOW) == cohort
    assert opened(text_of(cohort), [OTHER], NOW) is Unfit.FORGED


@given(cohorts, st.data())
def test_with_any_one_character_changed_added_or_lost_it_is_no_longer_believed(
    cohort: SignedCohort, data: st.DataObject
) -> None:
    text = text_of(cohort)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[place]))

    for changed in (
        text[:place] + bytes([other]) + text[place + 1 :],
        text[:place] + bytes([other]) + text[place:],
        text[:place] + text[place + 1 :],
    ):
        assert opened(changed, [KEY], NOW) in {Unfit.FORGED, Unfit.MALFORMED}


@given(cohorts, cohorts)
def test_two_that_say_different_things_are_different_texts(one: SignedCohort, other: SignedCohort) -> None:
    assert (text_of(one) == text_of(other)) == (one == other)
    assert text_of(replace(one, unit=f"{one.unit}x")) != text_of(one)


@pytest.mark.parametrize(("now", "found"), [
    (NOW + 299.9, SAMPLE),
    (NOW + 300, Unfit.EXPIRED),
    (NOW + 10**9, Unfit.EXPIRED),
])  # fmt: skip
def test_it_is_believed_until_the_second_of_its_expiry(now: float, found: object) -> None:
    assert opened(text_of(SAMPLE), [KEY], now) == found


@given(st.binary(max_size=200))
def test_anything_else_is_refused_and_never_raises(text: bytes) -> None:
    assert isinstance(opened(text, [KEY], NOW), Unfit)


@given(st.binary(max_size=100))
def test_what_only_the_key_holder_can_have_written_otherwise_is_malformed_and_never_raises(payload: bytes) -> None:
    body = base64.urlsafe_b64encode(payload).rstrip(b"=")

    assert opened(body + b"." + mac_of(body), [KEY], NOW) in {Unfit.MALFORMED, Unfit.EXPIRED}


def test_the_mac_is_hmac_sha_256_over_a_domain_of_its_own_and_the_text_of_the_body() -> None:
    body = base64.urlsafe_b64encode(b"production\ncheckout\ncanary\nepoch.7\n1800000300\nuser-17").rstrip(b"=")

    assert text_of(SAMPLE) == body + b"." + mac_of(body)
    assert opened(body + b"." + mac_of(body, b""), [KEY], NOW) is Unfit.FORGED


def test_a_text_too_long_is_not_even_looked_at() -> None:
    assert opened(text_of(replace(SAMPLE, unit="x" * MAX_BYTES)), [KEY], NOW) is Unfit.MALFORMED


@pytest.mark.parametrize("place", range(4))
def test_a_name_that_would_shift_the_fields_is_not_signed(place: int) -> None:
    fields = ["production", "checkout", "canary", "epoch.7"]
    fields[place] += "\n"

    with pytest.raises(ValueError, match="line feed"):
        head_of(*fields)


def test_keys_are_one_or_two_and_long_enough_and_a_refusal_does_not_say_them() -> None:
    assert parse_keys("a" * 32) == (b"a" * 32,)
    assert parse_keys(f"{'a' * 32} , {'b' * 512}") == (b"a" * 32, b"b" * 512)

    for wrong in ("", "a" * 31, "b" * 513, "ab cd" * 10, "ä" * 40, f"{'a' * 32},", ",".join(["a" * 32] * 3)):
        with pytest.raises(ValueError, match="expected one or two keys") as refusal:
            parse_keys(wrong)
        assert "aaa" not in str(refusal.value)


def test_the_vectors_of_the_documentation_hold() -> None:
    page = (ROOT / "docs" / "reference" / "traffic.md").read_text()
    key = re.findall(r"for the key `(\w+)`", page)[0].encode()
    rows = re.findall(
        r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| `(.+?)` \| `(\d+)` \| (.*?) \| `(.+?)` \|$", page, re.MULTILINE
    )

    assert len(rows) == 3
    for environment, split, cohort, revision, expires, unit, text in rows:
        written = SignedCohort(environment, split, cohort, unit.strip("`") or None, revision, int(expires))
        assert text_of(written, key).decode() == text
        assert opened(text.encode(), [key], NOW) == written


def mac_of(body: bytes, domain: bytes = DOMAIN) -> bytes:
    return base64.urlsafe_b64encode(hmac.new(KEY, domain + body, "sha256").digest()).rstrip(b"=")
