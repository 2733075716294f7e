"""The first start: schema, history, environments, the first tokens, sample data. Every step can be taken again."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from string import ascii_letters, digits

from flagsvc.domain.actor import Actor
from flagsvc.domain.page import Page
from flagsvc.domain.records import Token
from flagsvc.ports import Store
from flagsvc.sample import plant
from flagsvc.usecases.environments import create_environment
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.setup import first_epoch, initialise
from flagsvc.usecases.tokens import adopt_token, create_token

ALPHABET = digits + ascii_letters
ENVIRONMENTS = {"development": "Development", "staging": "Staging", "production": "Production"}
PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What the settings say about a first start. Given tokens are accepted as they are, instead of drawing any."""

    admin_token: str | None = None
    evaluation_token: str | None = None
    sdk_token: str | None = None
    sample_data: bool = False


def mint() -> str:
    """Draw 32 random characters of [0-9A-Za-z]: 190 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(32))


def now() -> datetime:
    """Tell the time, aware, in UTC."""
    return datetime.now(UTC)


def intent(reason: str) -> Intent:
    """Make an intent of the service itself."""
    return Intent(actor=Actor("system", "flagsvc"), now=now(), mint=mint, reason=reason)


def found(store: Store, founding: Founding) -> str | None:
    """Make the store ready for use; gives the admin token when one was drawn: it can never be shown again."""
    because = intent("first start")
    initialise(store, first_epoch(because), because)
    with store.reading() as view:
        environments = view.heads()
    if not environments:
        for key, name in ENVIRONMENTS.items():
            create_environment(store, because, {"key": key, "name": name})
    drawn = _admin_token(store, because, founding.admin_token)
    for kind, text in (("evaluation", founding.evaluation_token), ("sdk", founding.sdk_token)):
        if text:
            adopt_token(store, because, kind, "production", f"sample {kind} token", text)
    if founding.sample_data:
        plant(store, intent("sample data"))
    return drawn


def all_tokens(store: Store) -> Iterator[Token]:
    """Read every token of the store, page by page."""
    with store.reading() as view:
        cursor: str | None = None
        while True:
            tokens, cursor = view.tokens(Page(limit=PAGE, cursor=cursor))
            yield from tokens
            if cursor is None:
                return


def _admin_token(store: Store, because: Intent, given: str | None) -> str | None:
    if given:
        adopt_token(store, because, "admin", None, "first admin token", given)
        return None
    if any(token.kind == "admin" for token in all_tokens(store)):
        return None
    written = create_token(store, because, {"kind": "admin", "name": "first admin token"})
    return str((written.document or {})["token"])
