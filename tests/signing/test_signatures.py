"""A reader that pins a key takes what was signed with it, exactly as it was signed, and nothing else."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.snapshot import Snapshot
from flagsdk.signatures import Verifier
from flagsdk.wire import (
    FORMAT,
    Change,
    Corrupt,
    Digest,
    Refused,
    Regressed,
    Statement,
    Untrusted,
    Whole,
    admit,
    advance,
    canonical,
    unsigned,
)
from flagsvc.signing import Signer, new_pair, pair_of
from tests.signing.keys import BY_FIRST, BY_SECOND, EPOCH, FIRST, OLD_EPOCH, PINNED, SECOND, Value, signed

BOTH = Verifier(f"{FIRST.public},{SECOND.public}")
BEFORE = {"flag/a": canonical({"key": "a"})}
AFTER = {"flag/a": canonical({"key": "a", "name": "after"})}


def whole_of(revision: int, documents: dict[str, str], epoch: str = EPOCH, environment: str = "production") -> Whole:
    return Whole(environment, epoch, revision, Digest.of(documents).hex, FORMAT, 1000 + revision, documents)


CHANGE = Change("production", EPOCH, 6, Digest.of(AFTER).hex, 1006, AFTER)
HELD = signed(whole_of(5, BEFORE))
LATER = signed(whole_of(6, AFTER))
NEXT = signed(CHANGE)


def altered(value: Value, member: str, content: Any) -> Value:
    return replace(value, **{member: content})


def flipped(text: str, bit: int) -> str:
    """Give the text with one bit of its bytes changed, as far as that is a text."""
    raw = bytearray(text.encode())
    raw[bit // 8 % len(raw)] ^= 1 << bit % 7
    return raw.decode()


def test_what_was_signed_is_taken() -> None:
    held = admit(HELD, verify=PINNED.verify)
    following = advance(held, NEXT, verify=PINNED.verify)

    assert isinstance(following, Snapshot)
    assert following.documents == LATER.documents
    assert NEXT.signature == LATER.signature
    assert admit(LATER, held, verify=PINNED.verify).revision == 6


@given(st.sampled_from(["environment", "epoch", "digest", "signature"]), st.integers(0, 10_000))
def test_any_bit_of_any_text_that_is_flipped_is_refused(member: str, bit: int) -> None:
    """Alone, that is: the digest then is not that of the documents, either, but the signature says so first."""
    damaged = altered(LATER, member, flipped(getattr(LATER, member), bit))

    with pytest.raises(Untrusted):
        admit(damaged, verify=PINNED.verify)


@given(st.sampled_from(["revision", "at"]), st.integers(0, 62))
def test_any_bit_of_any_number_that_is_flipped_is_refused(member: str, bit: int) -> None:
    damaged = altered(LATER, member, getattr(LATER, member) ^ (1 << bit))

    with pytest.raises(Untrusted):
        admit(damaged, verify=PINNED.verify)


@given(st.sampled_from(["digest", "at", "signature"]), st.integers(0, 10_000))
def test_any_bit_of_a_change_that_is_flipped_is_refused(member: str, bit: int) -> None:
    held = admit(HELD)
    value = getattr(NEXT, member)
    damaged = altered(NEXT, member, value ^ (1 << bit % 40) if isinstance(value, int) else flipped(value, bit))

    with pytest.raises(Untrusted):
        advance(held, damaged, verify=PINNED.verify)


def test_the_format_is_signed_too() -> None:
    with pytest.raises(Untrusted):
        PINNED.verify(Statement("production", EPOCH, 6, 1006, FORMAT + 1, LATER.digest), LATER.signature)


def test_signed_documents_cannot_be_exchanged() -> None:
    """The signature is over the digest, and the digest over the documents."""
    with pytest.raises(Corrupt, match="digest"):
        admit(replace(LATER, documents=BEFORE), verify=PINNED.verify)


@pytest.mark.parametrize("value", [replace(LATER, signature=""), replace(LATER, signature="not a signature")])
def test_unsigned_is_refused_where_a_key_is_pinned_and_taken_where_none_is(value: Whole) -> None:
    with pytest.raises(Untrusted):
        admit(value, verify=PINNED.verify)

    assert admit(value).revision == 6


def test_an_unsigned_change_is_refused_where_a_key_is_pinned_and_taken_where_none_is() -> None:
    held = admit(HELD)

    with pytest.raises(Untrusted, match="not signed"):
        advance(held, CHANGE, verify=PINNED.verify)
    assert isinstance(advance(held, CHANGE), Snapshot)


def test_a_change_that_is_not_the_next_one_is_a_gap_whatever_its_signature() -> None:
    held = admit(LATER)

    assert not isinstance(advance(held, replace(NEXT, signature=""), verify=PINNED.verify), Snapshot)


def test_a_snapshot_of_another_environment_is_refused_though_it_is_signed() -> None:
    """Staging's copy under production's names, as it is or renamed."""
    staging = signed(whole_of(9, AFTER, environment="staging"))
    held = admit(HELD, verify=PINNED.verify)

    with pytest.raises(Corrupt, match="environment"):
        admit(staging, held, verify=PINNED.verify)
    with pytest.raises(Untrusted):
        admit(replace(staging, environment="production"), held, verify=PINNED.verify)


@pytest.mark.parametrize(
    "old",
    [whole_of(5, BEFORE), whole_of(99, BEFORE, OLD_EPOCH), whole_of(99, BEFORE, "an-epoch-without-a-date")],
    ids=["revision", "epoch", "undated epoch"],
)
def test_an_old_signed_snapshot_is_refused(old: Whole) -> None:
    """A replay: everything about it is right but its age."""
    held = admit(LATER, verify=PINNED.verify)
    replayed = signed(old)

    assert admit(replayed, verify=PINNED.verify)
    with pytest.raises(Regressed):
        admit(replayed, held, verify=PINNED.verify)


def test_a_later_epoch_may_begin_at_a_lower_revision() -> None:
    held = admit(signed(whole_of(9, AFTER, OLD_EPOCH)), verify=PINNED.verify)

    assert admit(HELD, held, verify=PINNED.verify).revision == 5


def test_an_installation_whose_epoch_has_no_date_can_be_signed_and_get_a_dated_one() -> None:
    undated = admit(signed(whole_of(9, BEFORE, "an-epoch-without-a-date")), verify=PINNED.verify)

    assert admit(LATER, undated, verify=PINNED.verify).epoch == EPOCH


def test_two_keys_can_be_pinned_while_keys_are_rotated() -> None:
    """Pin both, change the service's key, pin the new one: nobody has to hurry."""
    by_second = replace(LATER, signature=BY_SECOND.sign(Statement("production", EPOCH, 6, 1006, 1, LATER.digest)))

    assert BOTH.key_ids == (FIRST.id, SECOND.id)
    for one in (LATER, by_second):
        assert admit(one, verify=BOTH.verify)
    with pytest.raises(Untrusted, match=SECOND.id):
        admit(by_second, verify=PINNED.verify)
    with pytest.raises(Untrusted, match=FIRST.id):
        admit(LATER, verify=Verifier(SECOND.public).verify)


def test_naming_a_pinned_key_does_not_make_a_signature_one_of_it() -> None:
    by_second = signed(LATER, BY_SECOND).signature

    with pytest.raises(Untrusted):
        admit(replace(LATER, signature=by_second.replace(SECOND.id, FIRST.id)), verify=BOTH.verify)


@given(st.text(max_size=120) | st.text(max_size=90).map(lambda rest: f"{FIRST.id}:{rest}"))
def test_any_text_for_a_signature_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(Untrusted):
        admit(replace(LATER, signature=text), verify=PINNED.verify)


@given(st.text(st.characters(categories=["Cs"]), min_size=1, max_size=2))
def test_text_that_cannot_be_encoded_is_refused(surrogates: str) -> None:
    for member in ("environment", "epoch", "digest", "signature"):
        with pytest.raises(Refused):
            admit(altered(LATER, member, surrogates), verify=PINNED.verify)


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_one_statement_has_one_signature(revision: int, at: int) -> None:
    """Another process with the same key writes the same text, so replicas need not agree on who signs."""
    statement = Statement("production", EPOCH, revision, at, FORMAT, "d" * 64)

    assert BY_FIRST.sign(statement) == Signer(FIRST.private).sign(statement)
    assert unsigned(statement) == ""


def test_keys_are_taken_as_pem_too() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    statement = Statement("production", EPOCH, 1, 2, FORMAT, "d")
    for pinned in (public, pair_of(private).public, f" {FIRST.public} ,\n{public}\n"):
        Verifier(pinned).verify(statement, Signer(private).sign(statement))


OTHER = ec.generate_private_key(ec.SECP256R1())
LOCKED = ed25519.Ed25519PrivateKey.generate().private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
)
WRONG_PRIVATE = {
    "nothing": "",
    "no base64": "not a key",
    "too short": "AAAA",
    "too long": "A" * 88,
    "half a PEM": "-----BEGIN PRIVATE KEY-----",
    "another kind": OTHER.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    "a password": LOCKED.decode(),
}
WRONG_PUBLIC = {
    "nothing": "",
    "only commas": " , ",
    "three": ",".join([FIRST.public] * 3),
    "no base64": "not a key",
    "too short": "AAAA",
    "half a PEM": "-----BEGIN PUBLIC KEY-----",
    "another kind": OTHER.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
}


@pytest.mark.parametrize("text", WRONG_PRIVATE.values(), ids=list(WRONG_PRIVATE))
def test_what_is_no_private_key_is_refused_without_a_piece_of_it(text: str) -> None:
    with pytest.raises(ValueError, match="Ed25519") as caught:
        Signer(text)

    assert not text or text not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", WRONG_PUBLIC.values(), ids=list(WRONG_PUBLIC))
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="public_key"):
        Verifier(text)


def test_new_keys_differ_and_do_not_show_themselves() -> None:
    one, other = new_pair(), new_pair()

    assert one != other
    assert pair_of(one.private) == one
    assert one.private not in repr(one)


WITHOUT = """
import sys
import flagsdk, flagsdk.wire, flagsdk.signatures
assert not [name for name in sys.modules if name.partition(".")[0] == "cryptography"], "loaded before a key is given"
sys.modules["cryptography"] = None
try:
    flagsdk.signatures.Verifier(sys.argv[1])
except ImportError as fault:
    assert "flagsdk[signing]" in str(fault), fault
else:
    raise AssertionError("made without the package")
"""


def test_cryptography_is_loaded_only_for_a_key_and_missed_by_the_name_of_the_extra() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT, FIRST.public], check=True, timeout=30)
