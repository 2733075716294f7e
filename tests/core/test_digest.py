"""The digest: of the documents alone, and the same whichever way they came."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core import Digest

names = st.text(min_size=1, max_size=6)
documents = st.dictionaries(names, st.text(max_size=8), max_size=12)


def _by_hand(found: dict[str, str]) -> str:
    buckets = []
    for index in range(256):
        mine = sorted(name for name in found if sha256(name.encode()).digest()[0] == index)
        parts = [len(n.encode()).to_bytes(4) + n.encode() + sha256(found[n].encode()).digest() for n in mine]
        buckets.append(sha256(b"".join(parts)).digest())
    return sha256(b"".join(buckets)).hexdigest()


@given(documents)
def test_the_digest_is_the_one_that_is_written_down(found: dict[str, str]) -> None:
    assert Digest.of(found).hex == _by_hand(found)


@given(documents, st.lists(st.dictionaries(names, st.none() | st.text(max_size=4), max_size=4), max_size=5))
def test_edits_add_up_to_the_whole(found: dict[str, str], changes: list[dict[str, str | None]]) -> None:
    digest = Digest.of(found)
    for edits in changes:
        digest = digest.edit(edits)
        found = {name: text for name, text in (found | edits).items() if text is not None}

        assert digest == Digest.of(found)


def test_digests_compare_by_value() -> None:
    one, other = Digest.of({"a": "1"}), Digest.of({"a": "2"})

    assert one == Digest.of({"a": "1"})
    assert one != other
    assert one != one.hex
    assert len({one, other, Digest.of({"a": "1"})}) == 2
    assert repr(one) == f"Digest({one.hex})"


def test_the_digest_of_nothing_is_fixed() -> None:
    assert Digest.of({}).hex == "0e89e7ed74c9a5944c886585d634e3c68f4dccd0a31968fe52d6df0873ccdec6"
