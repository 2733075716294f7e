"""The reference is right: its example can be made from its words alone, and is what the service signs."""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from flagsdk.signatures import Verifier
from flagsdk.wire import Statement
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/reference/signatures.md").read_text()
EXAMPLE = json.loads(next(line for line in PAGE.splitlines() if line.startswith('{"public"')))
MEMBERS = ("environment", "epoch", "revision", "at", "format", "digest")


def test_the_example_can_be_made_from_the_words_of_the_page() -> None:
    """Without the code of this tree."""
    parts = ["flagsvc-snapshot-1", *(str(EXAMPLE[member]) for member in MEMBERS)]
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    public = base64.b64decode(EXAMPLE["public"])
    name, _, signature = EXAMPLE["signature"].partition(":")

    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature), message)
    assert name == hashlib.sha256(public).hexdigest()[:16]
    private = base64.b64decode(PAGE.partition("private key `")[2].partition("`")[0])
    assert Ed25519PrivateKey.from_private_bytes(private).sign(message) == base64.b64decode(signature)


def test_a_reader_takes_the_example() -> None:
    statement = Statement(*(EXAMPLE[member] for member in MEMBERS))

    Verifier(EXAMPLE["public"]).verify(statement, EXAMPLE["signature"])


def test_messages_of_faults_are_those_that_the_page_explains() -> None:
    page = (ROOT / "docs/signing.md").read_text()
    source = (ROOT / "sdk/flagsdk/signatures.py").read_text() + (ROOT / "sdk/flagsdk/wire/follow.py").read_text()

    for words in ("not signed, though a public key is pinned", "the signature is not one of this content"):
        assert words in page
        assert words in source
