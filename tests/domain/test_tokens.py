"""Token texts: what is written is read back, and a typing error never reaches the store."""

from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.tokens import ALPHABET, KINDS, TokenParts, checksum, parts_of, token_hash, token_text

SECRETS = st.text(ALPHABET, min_size=32, max_size=32)
ENVIRONMENTS = st.none() | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True).filter(
    lambda key: key != "all"
)


@given(kind=st.sampled_from(sorted(KINDS.values())), environment=ENVIRONMENTS, secret=SECRETS)
def test_a_token_says_what_it_is(kind: str, environment: str | None, secret: str) -> None:
    assert parts_of(token_text(kind, environment, secret)) == TokenParts(kind, environment)


@given(environment=ENVIRONMENTS, secret=SECRETS, data=st.data())
def test_one_wrong_character_is_noticed(environment: str | None, secret: str, data: st.DataObject) -> None:
    text = token_text("sdk", environment, secret)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET + "_-.").filter(lambda character: character != text[place]))

    assert parts_of(text[:place] + other + text[place + 1 :]) is None


@given(st.text())
def test_any_text_is_judged_without_fail(text: str) -> None:
    assert parts_of(text) is None
    assert len(checksum(text)) == 6
    assert len(token_hash(text)) == 64


def test_the_form_is_as_documented() -> None:
    text = token_text("evaluation", "prod", "A" * 32)
    assert text.startswith("fse_prod_" + "A" * 32 + "_")
    assert len(text) == len("fse_prod_") + 32 + 1 + 6
    assert token_text("admin", None, "0" * 32).startswith("fsa_all_")
    for broken in ("", "fsa", "fsa_all", "fsx_all_" + text[9:], text + "0", text[:-1], text.replace("_", "-")):
        assert parts_of(broken) is None
