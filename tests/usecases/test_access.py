"""Tokens and Idempotency-Keys: shown once, found by hash, and never twice the same write."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from flagsvc.domain.errors import Invalid, KeyReused, NotFound, Unauthenticated
from flagsvc.domain.page import Page
from flagsvc.domain.tokens import TokenParts, parts_of, token_text
from flagsvc.usecases import documents, flags, history, tokens
from flagsvc.usecases.intent import Idempotency, Written
from tests.store.engines import contents
from tests.usecases.world import START, World, segment

SDK = {"kind": "sdk", "environment": "prod", "name": "web"}
ADMIN = token_text("admin", None, "x" * 32)
SOON = START + timedelta(hours=1)


def _text(written: Written) -> str:
    assert written.document is not None
    return str(written.document["token"])


def test_a_token_is_shown_once_and_found_by_its_hash(world: World) -> None:
    """The text is in the answer and nowhere else; it opens what it was made for."""
    written = tokens.create_token(world.store, world.intent(), SDK)
    text = _text(written)

    assert parts_of(text) == TokenParts("sdk", "prod")
    assert written.created
    found = tokens.authenticate(world.store, text, SOON)
    assert (found.kind, found.environment, found.name) == ("sdk", "prod", "web")
    listed = tokens.list_tokens(world.store, Page(), SOON).items
    assert [item["id"] for item in listed] == [found.id]
    assert text not in repr(contents(world.store))
    assert world.verified()


def test_a_dry_run_shows_no_token(world: World) -> None:
    """The text would never work."""
    written = tokens.create_token(world.store, world.intent(dry_run=True), SDK)

    assert written.document is not None
    assert written.document["name"] == "web"
    assert "token" not in written.document


def test_one_answer_for_every_bad_token(world: World) -> None:
    """Unknown, malformed, revoked and expired look the same."""
    revoked = tokens.create_token(world.store, world.intent(), SDK)
    expiring = tokens.create_token(world.store, world.intent(), {**SDK, "expiresAt": SOON.isoformat()})
    assert tokens.authenticate(world.store, _text(expiring), SOON - timedelta(seconds=1))
    assert revoked.document is not None
    tokens.revoke_token(world.store, world.intent(), revoked.document["id"])

    bad = [_text(revoked), _text(expiring), token_text("sdk", "prod", "x" * 32), "nonsense", "", "\ud800"]
    assert {str(_refusal(world, text)) for text in bad} == {"A valid token is required."}


def _refusal(world: World, text: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refusal:
        tokens.authenticate(world.store, text, SOON)
    return refusal.value


def test_revoking_is_final_and_audited(world: World) -> None:
    """Twice is once; unknown ones are not found; the trail has creation and end."""
    made = tokens.create_token(world.store, world.intent(), SDK)
    assert made.document is not None
    first = tokens.revoke_token(world.store, world.intent(), made.document["id"])
    second = tokens.revoke_token(world.store, world.intent(), made.document["id"])

    assert first.change_id is not None
    assert second.change_id is None
    assert first.document is not None
    assert second.document == first.document
    with pytest.raises(NotFound):
        tokens.revoke_token(world.store, world.intent(), "moon")
    actions = [item["action"] for item in history.list_audit(world.store, Page(limit=2)).items]
    assert actions == ["token.revoke", "token.create"]
    assert world.verified()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "root"}, "/kind"),
        ({"kind": ["sdk"]}, "/kind"),
        ({"environment": "moon"}, "/environment"),
        ({"environment": None}, "/environment"),
        ({"kind": "admin"}, "/environment"),
        ({"name": " "}, "/name"),
        ({"name": None}, "/name"),
        ({"expiresAt": "tomorrow"}, "/expiresAt"),
        ({"expiresAt": 3}, "/expiresAt"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
        ({"expiresAt": "2030-01-01T00:00:00"}, "/expiresAt"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_wrong_tokens_are_refused(small_world: World, change: dict[str, Any], pointer: str) -> None:
    """By place; nothing is stored."""
    before = contents(small_world.store)
    with pytest.raises(Invalid) as refusal:
        tokens.create_token(small_world.store, small_world.intent(), {**SDK, **change})
    assert [fault.pointer for fault in refusal.value.faults] == [pointer]
    assert contents(small_world.store) == before


@pytest.mark.parametrize("text", [token_text("admin", None, "T" * 32), "local-only"])
def test_a_fixed_token_is_adopted_once(small_world: World, text: str) -> None:
    """Settings may fix the first token, in any form; starting again changes nothing; one of another kind is refused."""
    first = tokens.adopt_token(small_world.store, small_world.intent(), "admin", None, "first", text)
    before = contents(small_world.store)

    assert tokens.adopt_token(small_world.store, small_world.intent(), "admin", None, "first", text) == first
    assert contents(small_world.store) == before
    assert tokens.authenticate(small_world.store, text, SOON).id == first.id
    with pytest.raises(ValueError, match="not a token"):
        tokens.adopt_token(
            small_world.store, small_world.intent(), "sdk", "prod", "x", token_text("admin", None, "x" * 32)
        )


def test_the_last_use_is_remembered(small_world: World) -> None:
    """Coarsely, by id; tokens that were not used stay as they are."""
    made = tokens.create_token(small_world.store, small_world.intent(), SDK)
    assert made.document is not None
    tokens.record_use(small_world.store, {})
    tokens.record_use(small_world.store, {made.document["id"]: SOON, "moon": SOON})
    assert tokens.list_tokens(small_world.store, Page(), SOON).items[0]["usedAt"] == "2026-01-01T01:00:00.000000Z"


def test_token_lists_have_pages(small_world: World) -> None:
    """Newest first."""
    for number in range(3):
        tokens.create_token(small_world.store, small_world.intent(), {**SDK, "name": f"t{number}"})
    first = tokens.list_tokens(small_world.store, Page(limit=2), SOON)
    rest = tokens.list_tokens(small_world.store, Page(limit=2, cursor=first.next_cursor), SOON)
    assert [item["name"] for item in first.items + rest.items] == ["t2", "t1", "t0"]
    assert rest.next_cursor is None


KEY = Idempotency("key-1", "POST /x?", "hash")


def test_a_retry_gets_the_first_answer(world: World) -> None:
    """The same key with the same request stores nothing and answers the same, marked as replayed."""
    body = {"key": "beta", "included": ["u"]}
    first = documents.create_document(world.store, world.intent(idempotency=KEY), "prod", "segment", body)
    before = contents(world.store)
    second = documents.create_document(world.store, world.intent(idempotency=KEY), "prod", "segment", body)

    assert (first.replayed, second.replayed) == (False, True)
    assert (second.document, second.revision, second.created) == (first.document, first.revision, True)
    assert contents(world.store) == before


def test_a_key_belongs_to_one_request_and_one_owner(world: World) -> None:
    """Another body or address under the same key is refused; another owner's key is another key."""
    world_flag = {"key": "f", "type": "boolean"}
    flags.create_flag(world.store, world.intent(idempotency=KEY), world_flag)
    for other in (Idempotency("key-1", "POST /y?", "hash"), Idempotency("key-1", "POST /x?", "other")):
        with pytest.raises(KeyReused):
            flags.create_flag(world.store, world.intent(idempotency=other), world_flag)
    made = flags.create_flag(world.store, world.intent("bob", idempotency=KEY), {**world_flag, "key": "g"})
    assert not made.replayed


def test_a_key_is_forgotten_after_a_day(world: World) -> None:
    """Then it may be used again."""
    world.segment("a")
    later = world.intent(idempotency=KEY)
    documents.create_document(world.store, later, "prod", "segment", {"key": "b"})
    tomorrow = world.intent(idempotency=Idempotency("key-1", "POST /z?", "h"), now=START + timedelta(days=2))
    assert not documents.create_document(world.store, tomorrow, "prod", "segment", {"key": "c"}).replayed
    with world.store.reading() as view:
        kept = view.remembered("user:ada", "key-1")
    assert kept is not None
    assert kept.request == "POST /z?"


def test_refused_and_dry_requests_use_no_key(world: World) -> None:
    """After them the key is as good as new."""
    for intent in (world.intent(idempotency=KEY), world.intent(idempotency=KEY, dry_run=True)):
        body = {"key": "beta", "included": [1 if not intent.dry_run else "u"]}
        if intent.dry_run:
            documents.create_document(world.store, intent, "prod", "segment", body)
        else:
            with pytest.raises(Invalid):
                documents.create_document(world.store, intent, "prod", "segment", body)
    made = documents.create_document(world.store, world.intent(idempotency=KEY), "prod", "segment", {"key": "beta"})
    assert not made.replayed
    assert world.get(segment())["included"] == []


def test_a_replayed_token_has_no_secret(world: World) -> None:
    """What is shown once is not kept for a retry."""
    first = tokens.create_token(world.store, world.intent(idempotency=KEY), SDK)
    second = tokens.create_token(world.store, world.intent(idempotency=KEY), SDK)
    assert first.document is not None
    assert second.document == {name: value for name, value in first.document.items() if name != "token"}
    assert _text(first) not in repr(contents(world.store))


def _ids(world: World, now: datetime, **filters: str) -> list[str]:
    return [item["id"] for item in tokens.list_tokens(world.store, Page(filters=filters), now).items]


def _made(world: World, **members: str) -> dict[str, Any]:
    document = tokens.create_token(world.store, world.intent(), {**SDK, **members}).document
    assert document is not None
    return document


def _rotated(world: World, token: dict[str, Any], *seconds: int, **members: Any) -> dict[str, Any]:
    document = tokens.rotate_token(world.store, world.intent(**members), token["id"], *seconds).document
    assert document is not None
    return document


def test_tokens_are_listed_by_kind_environment_and_whether_they_are_valid(world: World) -> None:
    prod, dev = _made(world), _made(world, environment="dev", kind="evaluation")
    ending = _made(world, expiresAt=SOON.isoformat())
    revoked = _made(world)
    tokens.revoke_token(world.store, world.intent(), revoked["id"])

    assert _ids(world, SOON, kind="evaluation") == [dev["id"]]
    assert _ids(world, SOON, environment="dev") == [dev["id"]]
    assert _ids(world, SOON, state="valid") == [dev["id"], prod["id"]]
    assert _ids(world, SOON - timedelta(seconds=1), state="valid") == [ending["id"], dev["id"], prod["id"]]
    assert _ids(world, SOON, state="ended", environment="prod") == [revoked["id"], ending["id"]]


def test_a_rotated_token_is_valid_beside_the_new_one_until_the_overlap_ends(world: World) -> None:
    old = _made(world)

    new = _rotated(world, old, 3600)

    assert {name: new[name] for name in ("kind", "environment", "name", "expiresAt")} == {
        name: old[name] for name in ("kind", "environment", "name", "expiresAt")
    }
    end = datetime.fromisoformat(new["replaces"]["expiresAt"])
    assert end - datetime.fromisoformat(new["createdAt"]) == timedelta(hours=1)
    assert new["replaces"]["id"] == old["id"] != new["id"]
    for text in (old["token"], new["token"]):
        assert tokens.authenticate(world.store, text, end - timedelta(seconds=1))
    assert tokens.authenticate(world.store, new["token"], end)
    with pytest.raises(Unauthenticated):
        tokens.authenticate(world.store, old["token"], end)


def test_without_an_overlap_the_old_token_ends_at_once(world: World) -> None:
    old = _made(world)

    new = _rotated(world, old, 0)

    assert new["replaces"]["revokedAt"] == new["createdAt"]
    with pytest.raises(Unauthenticated):
        tokens.authenticate(world.store, old["token"], SOON)


def test_the_overlap_is_a_day_and_lengthens_no_life(world: World) -> None:
    lasting, short = _made(world), _made(world, expiresAt=SOON.isoformat())

    day = _rotated(world, lasting)
    brief = _rotated(world, short)

    born = datetime.fromisoformat(day["createdAt"])
    assert datetime.fromisoformat(day["replaces"]["expiresAt"]) == born + timedelta(days=1)
    assert brief["replaces"]["expiresAt"] == short["expiresAt"]
    made, made_new = (datetime.fromisoformat(each["createdAt"]) for each in (short, brief))
    assert datetime.fromisoformat(brief["expiresAt"]) - made_new == SOON - made


def test_a_rotation_is_one_change_and_shows_its_text_once(world: World) -> None:
    new = _rotated(world, _made(world))

    [change] = history.list_audit(world.store, Page(limit=1)).items

    assert change["action"] == "token.rotate"
    assert [(edit["key"], edit["action"]) for edit in change["edits"]] == [
        (new["id"], "create"),
        (new["replaces"]["id"], "expire"),
    ]
    assert new["token"] not in repr(contents(world.store))
    assert world.verified()


def test_a_dry_rotation_changes_nothing_and_shows_no_text(world: World) -> None:
    old = _made(world)

    new = _rotated(world, old, 0, dry_run=True)

    assert "token" not in new
    assert _ids(world, SOON, state="valid") == [old["id"]]


def test_what_has_ended_is_not_rotated(world: World) -> None:
    ended = _made(world)
    tokens.revoke_token(world.store, world.intent(), ended["id"])

    with pytest.raises(Invalid):
        tokens.rotate_token(world.store, world.intent(), ended["id"])
    with pytest.raises(NotFound):
        tokens.rotate_token(world.store, world.intent(), "moon")
