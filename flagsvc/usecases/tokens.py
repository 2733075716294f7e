"""Tokens: made, shown once, kept as a hash, and found again by it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from flagsdk.wire import canonical
from flagsvc.domain.chain import text_hash
from flagsvc.domain.errors import Fault, Invalid, NotFound, Unauthenticated
from flagsvc.domain.instants import moment_of, text_of
from flagsvc.domain.members import pointer_to
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.records import CATALOG, UNTEXTED, EditSummary, Token
from flagsvc.domain.tokens import LETTERS, parts_of, token_hash, token_text
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import demand_clean
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.reading import open_environments
from flagsvc.usecases.trail import note
from flagsvc.usecases.writing import perform

ID_LENGTH = 16
OVERLAP_SECONDS = 86_400
"""So long a rotated token stays valid unless somebody says otherwise."""
MEMBERS = ("kind", "environment", "name", "expiresAt")


def list_tokens(store: Store, page: Page, now: datetime) -> Listing:
    """List tokens without their secrets, newest first; filters kind, environment, state (valid, ended) as of `now`.

    Raises BadQuery.
    """
    filters = dict(page.filters)
    if state := filters.pop("state", None):
        filters[state] = text_of(now)
    with store.reading() as view:
        found, cursor = view.tokens(replace(page, filters=filters))
    return Listing([_shown(token) for token in found], cursor)


def create_token(store: Store, intent: Intent, body: Mapping[str, Any]) -> Written:
    """Make a token; its text is in the answer's `document["token"]`, once. An admin token reaches every environment.

    A dry run shows no text: it would never open anything.
    `body`: {"kind": admin | sdk | evaluation, "environment", "name", "expiresAt" (RFC 3339, optional)}. Raises Invalid.
    """
    demand_clean(body)

    def work(tx: Transaction) -> Written:
        expires = _checked(body, intent.now, open_environments(tx))
        text = token_text(body["kind"], body.get("environment"), intent.mint())
        return _created(tx, intent, _token(intent, body, text, expires), text)

    return perform(store, intent, [CATALOG], work, once="token")


def adopt_token(store: Store, intent: Intent, kind: str, environment: str | None, name: str, text: str) -> Token:
    """Make sure that this very text is a valid token, for the first ones that settings fix; again changes nothing.

    Any text will do, but a token of another kind or environment: that raises ValueError.
    """
    parts = parts_of(text)
    if parts is not None and tuple(parts) != (kind, environment):
        raise ValueError(f"not a token of kind {kind!r} for {environment or 'all environments'}")

    def work(tx: Transaction) -> Token:
        known = tx.token_by_hash(token_hash(text))
        if known is None:
            known = _token(intent, {"kind": kind, "environment": environment, "name": name}, text, None)
            _created(tx, intent, known, text)
        return known

    return store.run([CATALOG], work)


def revoke_token(store: Store, intent: Intent, token_id: str) -> Written:
    """End a token and its sessions now; once revoked it stays so. Raises NotFound."""

    def work(tx: Transaction) -> Written:
        token = tx.token(token_id)
        if token is None:
            raise NotFound("token", token_id)
        if token.revoked_at is not None:
            return _written(tx, intent, token, {})
        tx.revoke_token(token_id, text_of(intent.now))
        tx.drop_sessions_of(token_id)
        return _noted(tx, intent, tx.token(token_id) or token, "revoke")

    return perform(store, intent, [CATALOG], work)


def rotate_token(store: Store, intent: Intent, token_id: str, overlap_seconds: int = OVERLAP_SECONDS) -> Written:
    """Make a token like another one, which ends after the overlap, or at once for 0; an earlier end of its own stays.

    The new one lives as long as the old one was made for. Its text is in `document["token"]`, once, and not in a dry
    run; `document["replaces"]` shows the old one. Raises NotFound; Invalid for a token that has ended, or whose
    environment is archived.
    """

    def work(tx: Transaction) -> Written:
        old = tx.token(token_id)
        if old is None:
            raise NotFound("token", token_id)
        _demand_rotatable(old, intent.now, open_environments(tx))
        text = token_text(old.kind, old.environment, intent.mint())
        members = {"kind": old.kind, "environment": old.environment, "name": old.name}
        new = _token(intent, members, text, _lifetime_on(old, intent.now))
        tx.add_token(new)
        ended = _ended(tx, old, intent.now, overlap_seconds)
        summaries = [_summary(new, "create"), _summary(ended, "expire" if overlap_seconds else "revoke")]
        change = note(tx, intent, "token.rotate", summaries)
        shown = {"replaces": _shown(ended), **({} if intent.dry_run else {"token": text})}
        return _written(tx, intent, new, shown, f"{CATALOG}:{change.revision}", created=True)

    return perform(store, intent, [CATALOG], work, once="token")


def authenticate(store: Store, text: str, now: datetime) -> Token:
    """Find the valid token with this text; raises Unauthenticated, the same for every cause."""
    with store.reading() as view:
        token = view.token_by_hash(token_hash(text))
    if token is None or not is_valid(token, now):
        raise Unauthenticated
    return token


def find_token(store: Store, token_id: str) -> Token:
    """Read one token by its id; raises Unauthenticated when there is none."""
    with store.reading() as view:
        token = view.token(token_id)
    if token is None:
        raise Unauthenticated
    return token


def is_valid(token: Token, now: datetime) -> bool:
    """Tell whether a token is neither revoked nor expired."""
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > text_of(now))


def record_use(store: Store, used: Mapping[str, datetime]) -> None:
    """Remember when tokens were last used, by id; call it now and then, coarsely."""
    store.run([], lambda tx: tx.touch_tokens({token: text_of(moment) for token, moment in used.items()}))


def _demand_rotatable(token: Token, now: datetime, environments: list[str]) -> None:
    if not is_valid(token, now):
        raise Invalid([Fault("", "ended", "This token has ended: make a new one.")])
    if token.environment is not None and token.environment not in environments:
        raise Invalid([Fault("", "unknown-environment", f"There is no environment {token.environment!r} any more.")])


def _lifetime_on(token: Token, now: datetime) -> str | None:
    if token.expires_at is None:
        return None
    try:
        return text_of(now + (moment_of(token.expires_at) - moment_of(token.created_at)))
    except OverflowError:
        return token.expires_at


def _ended(tx: Transaction, token: Token, now: datetime, overlap_seconds: int) -> Token:
    if overlap_seconds:
        end = text_of(now + timedelta(seconds=overlap_seconds))
        tx.expire_token(token.id, min(end, token.expires_at or end))
    else:
        tx.revoke_token(token.id, text_of(now))
    return tx.token(token.id) or token


def _checked(body: Mapping[str, Any], now: datetime, environments: list[str]) -> str | None:
    faults = [Fault(pointer_to(name), "unknown-member", "Unknown here.") for name in body if name not in MEMBERS]
    kind, environment = body.get("kind"), body.get("environment")
    if not isinstance(kind, str) or kind not in LETTERS:
        faults.append(Fault("/kind", "unknown-kind", f"The kind is one of {', '.join(LETTERS)}."))
    if kind == "admin" and environment is not None:
        faults.append(Fault("/environment", "wrong-type", "An admin token reaches every environment: name none."))
    if kind != "admin" and environment not in environments:
        faults.append(Fault("/environment", "unknown-environment", f"There is no environment {environment!r}."))
    if not isinstance(body.get("name"), str) or not body["name"].strip():
        faults.append(Fault("/name", "missing", "Give a name that tells who will use the token."))
    expires = _expiry(body.get("expiresAt"), now)
    if isinstance(expires, Fault):
        faults.append(expires)
    if faults or isinstance(expires, Fault):
        raise Invalid(faults)
    return expires


def _expiry(text: Any, now: datetime) -> str | Fault | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return Fault("/expiresAt", "wrong-type", "This must be an RFC 3339 time.")
    if moment.tzinfo is None or moment <= now:
        return Fault("/expiresAt", "wrong-value", "This must be a time to come, with an offset.")
    return text_of(moment)


def _token(intent: Intent, body: Mapping[str, Any], text: str, expires: str | None) -> Token:
    return Token(
        id=intent.mint()[:ID_LENGTH],
        kind=body["kind"],
        environment=body.get("environment"),
        name=body["name"],
        hash=token_hash(text),
        created_at=text_of(intent.now),
        created_by=intent.actor.name,
        expires_at=expires,
    )


def _created(tx: Transaction, intent: Intent, token: Token, text: str) -> Written:
    tx.add_token(token)
    return _noted(tx, intent, token, "create", {} if intent.dry_run else {"token": text})


def _noted(
    tx: Transaction, intent: Intent, token: Token, action: str, extra: Mapping[str, Any] | None = None
) -> Written:
    change = note(tx, intent, f"token.{action}", [_summary(token, action)])
    return _written(tx, intent, token, {**(extra or {})}, f"{CATALOG}:{change.revision}", created=action == "create")


def _summary(token: Token, action: str) -> EditSummary:
    return EditSummary(UNTEXTED, token.id, action, None, text_hash(canonical(asdict(token))))


def _written(
    tx: Transaction,
    intent: Intent,
    token: Token,
    extra: Mapping[str, Any],
    change_id: str | None = None,
    *,
    created: bool = False,
) -> Written:
    head = tx.head(CATALOG)
    return Written(
        environment=CATALOG,
        revision=head.revision if head else 0,
        document={**_shown(token), **extra},
        change_id=change_id,
        dry_run=intent.dry_run,
        created=created,
    )


def _shown(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "kind": token.kind,
        "environment": token.environment,
        "name": token.name,
        "createdAt": token.created_at,
        "createdBy": token.created_by,
        "expiresAt": token.expires_at,
        "revokedAt": token.revoked_at,
        "usedAt": token.used_at,
    }
