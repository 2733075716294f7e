"""What is new since one last looked: every change with its author, everything that moved, once, and never a secret."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flagsvc.domain.instants import text_of
from flagsvc.domain.live import News, Place
from flagsvc.domain.records import CATALOG, Ref
from flagsvc.domain.rollouts.records import LogEntry, StoredRollout
from flagsvc.domain.routing.records import LEASE, BindingEvent, StoredState
from flagsvc.domain.routing.share import Share
from flagsvc.domain.routing.state import BindingState, text_of_state
from flagsvc.ports import Transaction
from flagsvc.usecases import environments, rollouts, tokens
from flagsvc.usecases.live import MOST_CHANGES, MOST_DOCUMENTS, OVERLAP_SECONDS, Sight, first_sight, hello, next_sight
from tests.routers.contract import target
from tests.store.engines import tamper
from tests.usecases.world import World, segment

LATER = "2999-01-01T00:00:00.000000Z"
PLAN = {
    "strategy": "canary",
    "targets": [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}],
    "steps": [{"name": "5 %", "weights": {"edge": 5_000}, "hold": "1h"}, {"name": "all", "weights": {"edge": 100_000}}],
}


class Looker:
    """Somebody who looks now and then."""

    def __init__(self, world: World) -> None:
        self._store = world.store
        with self._store.reading() as view:
            self.sight = first_sight(view)

    def look(self, kind: str = "") -> list[dict[str, Any]]:
        """Give the members of what is new, of one kind or (with the kind) of all."""
        with self._store.reading() as view:
            self.sight, news = next_sight(view, self.sight)
        return [dict(each.members) for each in news if each.kind == kind] if kind else _tagged(news)


def _tagged(news: Sequence[News]) -> list[dict[str, Any]]:
    return [{"kind": each.kind, **each.members} for each in news]


def _keep(key: str, state: BindingState, version: int, tx: Transaction) -> None:
    fence = tx.claim_lease(LEASE, "one", 60.0) or 0
    assert tx.put_binding_state(StoredState("prod", key, text_of_state(state), version, LATER), fence)


def keep(world: World, version: int, *, requests: int = 0, events: int = 0) -> None:
    """Store how far the binding `edge` is, as the loop that tells routers does."""
    told = replace(target(5_000, 7), split="prod/checkout")
    shares = {"one": Share(counted={"stable": 95 * requests, "canary": 5 * requests})} if requests else {}
    world.store.run([], partial(_keep, "edge", BindingState(desired=told, shares=shares), version))
    happened = [BindingEvent("prod", "edge", "one", "applied", "", LATER)] * events
    world.store.run([], lambda tx: tx.add_binding_events(happened))


def begin(world: World, key: str = "checkout-1") -> None:
    rollouts.create_rollout(world.store, world.intent(), "prod", {"key": key, "plan": PLAN})


def test_where_nothing_happened_nothing_is_new(world: World) -> None:
    world.split()
    begin(world)
    keep(world, 1, events=1)
    looker = Looker(world)

    assert looker.look() == []
    assert looker.look() == []


def test_a_change_is_told_with_its_author_and_its_documents(world: World) -> None:
    looker = Looker(world)
    made = world.segment("beta")

    [told] = looker.look()

    with world.store.reading() as view:
        change = view.change("prod", made.revision)
    assert change is not None
    assert told == {
        "kind": "change",
        "environment": "prod",
        "revision": made.revision,
        "action": "segment.create",
        "actor": {"kind": "user", "name": "ada"},
        "at": change.at,
        "documents": [{"kind": "segment", "key": "beta"}],
    }
    assert looker.look() == []


def test_each_revision_is_told_in_its_order(world: World) -> None:
    world.segment()
    looker = Looker(world)
    for number in range(3):
        world.merge(segment(), {"included": [f"u{number}"]})

    told = looker.look("change")

    revision = world.revision()
    assert [each["revision"] for each in told] == [revision - 2, revision - 1, revision]


def test_a_flag_is_told_in_the_catalogue_and_in_every_environment(world: World) -> None:
    looker = Looker(world)

    world.flag("new")

    told = looker.look("change")
    assert [each["environment"] for each in told] == [CATALOG, "dev", "prod"]
    assert all(each["documents"] == [{"kind": "flag", "key": "new"}] for each in told)


def test_a_new_environment_is_told_and_from_then_on_its_changes(world: World) -> None:
    looker = Looker(world)
    environments.create_environment(world.store, world.intent(), {"key": "qa"})
    told = looker.look("change")

    world.segment("beta", "qa")

    assert {"kind": "environment", "key": "qa"} in [name for each in told for name in each["documents"]]
    assert [each["environment"] for each in looker.look("change")] == ["qa"]
    assert hello(looker.sight).members["heads"].keys() == {CATALOG, "dev", "prod", "qa"}


def test_an_archived_environment_leaves_the_heads(world: World) -> None:
    looker = Looker(world)

    environments.archive_environment(world.store, world.intent(), "dev")

    [told] = looker.look("change")
    assert (told["environment"], told["documents"]) == (CATALOG, [{"kind": "environment", "key": "dev"}])
    assert hello(looker.sight).members["heads"].keys() == {CATALOG, "prod"}


def test_a_new_token_is_told_without_anything_that_opens_a_door(world: World) -> None:
    looker = Looker(world)
    body = {"kind": "sdk", "environment": "prod", "name": "app"}

    made = tokens.create_token(world.store, world.intent(), body)

    [told] = looker.look("change")
    text = str((made.document or {})["token"])
    assert told["documents"] == [{"kind": "token", "key": (made.document or {})["id"]}]
    assert text not in json.dumps(told)
    assert text[-12:] not in json.dumps(told)


def test_another_history_is_told_by_the_heads(world: World) -> None:
    looker = Looker(world)

    world.store.run([CATALOG, "dev", "prod"], lambda tx: tx.set_epoch("epoch-2"))

    [told] = looker.look()
    assert told["kind"] == "hello"
    assert told["heads"]["prod"] == {"epoch": "epoch-2", "revision": world.revision()}


def test_a_history_that_went_back_is_told_by_the_heads(world: World) -> None:
    world.segment()
    looker = Looker(world)

    tamper(world.store, "UPDATE environments SET revision = revision - 1 WHERE key = 'prod'")

    [told] = looker.look()
    assert told["kind"] == "hello"
    assert looker.look() == []


def test_what_was_committed_long_after_its_own_time_is_told(world: World) -> None:
    looker = Looker(world)
    for version, seconds in ((1, OVERLAP_SECONDS - 60), (2, 0)):
        at = text_of(datetime.fromtimestamp(looker.sight.seconds - seconds, UTC))
        world.store.run([], partial(_move, version, at))

        assert [each["number"] for each in looker.look("rollout")] == [version]
        assert looker.look() == []


def _move(version: int, at: str, tx: Transaction, phase: str = "baking") -> None:
    stored = StoredRollout("prod", "late", phase, "{}", version, at)
    assert tx.put_rollout(stored, LogEntry("prod", "late", version, at, phase, "{}", "[]", "[]"), None)


def test_more_changes_at_once_than_are_worth_telling_are_told_by_the_heads(small_world: World) -> None:
    small_world.segment()
    looker = Looker(small_world)
    for number in range(MOST_CHANGES):
        small_world.merge(segment(), {"included": [f"u{number}"]})
    assert len(looker.look("change")) == MOST_CHANGES

    for number in range(MOST_CHANGES + 1):
        small_world.merge(segment(), {"included": [f"v{number}"]})

    [told] = looker.look()
    assert (told["kind"], told["heads"]["prod"]["revision"]) == ("hello", small_world.revision())


def test_more_documents_at_once_than_are_worth_telling_are_told_by_the_heads(small_world: World) -> None:
    for number in range(MOST_DOCUMENTS + 1):
        small_world.segment(f"s{number}", "dev")
    looker = Looker(small_world)

    environments.create_environment(small_world.store, small_world.intent(), {"key": "qa", "copyFrom": "dev"})

    assert [each["kind"] for each in looker.look()] == ["hello"]


def test_a_rollout_that_moved_is_told_once_with_its_number_and_phase(world: World) -> None:
    world.split()
    looker = Looker(world)
    begin(world)
    [began] = looker.look("rollout")

    rollouts.command(world.store, world.intent(reason="no"), Ref("prod", "rollout", "checkout-1"), "abort")

    [moved] = looker.look("rollout")
    with world.store.reading() as view:
        stored = view.rollout("prod", "checkout-1")
    assert stored is not None
    assert began == {"environment": "prod", "key": "checkout-1", "number": 1, "phase": "scheduled"}
    assert moved == {"environment": "prod", "key": "checkout-1", "number": stored.version, "phase": stored.phase}
    assert stored.version > 1
    assert looker.look("rollout") == []


def test_a_binding_is_told_with_the_number_of_its_newest_event(world: World) -> None:
    world.split()
    looker = Looker(world)

    keep(world, 1, events=2)
    first = looker.look()
    keep(world, 2)
    second = looker.look()

    with world.store.reading() as view:
        newest = view.binding_numbers([Place("prod", "edge")])[Place("prod", "edge")]
    assert first == second == [{"kind": "binding", "environment": "prod", "key": "edge", "number": newest}]
    assert looker.look() == []


def test_a_share_that_was_seen_anew_is_told_of_the_rollout_that_moves_it(world: World) -> None:
    world.split()
    world.split("search")
    begin(world)
    keep(world, 1)
    looker = Looker(world)

    keep(world, 2, requests=10)
    seen = looker.look("rollout")
    keep(world, 3, requests=10)
    same = looker.look("rollout")
    keep(world, 4, requests=20)
    again = looker.look("rollout")

    told = {"environment": "prod", "key": "checkout-1", "number": 1, "phase": "scheduled"}
    assert (seen, same, again) == ([told], [], [told])


def test_a_state_that_nobody_can_read_is_told_like_any_other(world: World) -> None:
    looker = Looker(world)

    world.store.run([], partial(_illegible, "broken"))

    assert looker.look() == [{"kind": "binding", "environment": "prod", "key": "broken", "number": 0}]


def _illegible(key: str, tx: Transaction) -> None:
    fence = tx.claim_lease(LEASE, "one", 60.0) or 0
    assert tx.put_binding_state(StoredState("prod", key, "[]", 1, LATER), fence)


def test_what_is_of_an_environment_that_was_archived_is_not_told(world: World) -> None:
    world.split()
    looker = Looker(world)
    keep(world, 1)
    world.store.run([], partial(_move, 1, LATER, phase="succeeded"))

    environments.archive_environment(world.store, world.intent(), "prod")

    assert [each["kind"] for each in looker.look()] == ["change"]


def test_the_greeting_names_every_open_environment_and_the_catalogue(world: World) -> None:
    sight = Looker(world).sight

    told = hello(sight).members

    with world.store.reading() as view:
        heads = {**view.heads(), CATALOG: view.head(CATALOG)}
    assert told["heads"] == {
        name: {"epoch": head.epoch, "revision": head.revision} for name, head in heads.items() if head
    }
    assert told["at"].endswith("Z")


def test_an_empty_database_has_no_heads_to_tell(sqlite: Any) -> None:
    with sqlite.reading() as view:
        sight: Sight = first_sight(view)

    assert hello(sight).members["heads"] == {}
