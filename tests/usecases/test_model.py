"""Random edits, weights, reverts, copies and archivings agree with a naive model at every revision, on both engines."""

import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from flagsdk.core.allocation import WHOLE
from flagsdk.core.digest import Digest
from flagsvc.domain.errors import InUse, Invalid
from flagsvc.store import SqlStore
from flagsvc.usecases import copies, documents, flags, history, reverts
from flagsvc.usecases.intent import Written
from tests.store.engines import contents, empty
from tests.usecases.world import World, flag, segment

ENVIRONMENTS = ("dev", "prod")
FLAGS = ("f0", "f1")
SEGMENTS = ("s0", "s1", "s2")
ENVIRONMENT = st.sampled_from(ENVIRONMENTS)
FLAG = st.sampled_from(FLAGS)
SEGMENT = st.sampled_from(SEGMENTS)


class Model(RuleBasedStateMachine):
    """The service beside dictionaries: per environment the texts that readers had at each revision."""

    store: SqlStore

    def __init__(self) -> None:
        super().__init__()
        empty(self.store)
        self.world = World(self.store, *ENVIRONMENTS)
        self.past: dict[str, list[dict[str, str]]] = {name: [{}] for name in ENVIRONMENTS}
        for key in FLAGS:
            self.world.flag(key)
            self._note(*ENVIRONMENTS)

    @rule(where=ENVIRONMENT, key=FLAG, on=st.integers(0, WHOLE))
    def weigh(self, where: str, key: str, on: int) -> None:
        ref = flag(key, where)
        before = self.world.get(ref)["default"].get("split", {}).get("weights")
        written = self.world.weigh(ref, {"on": on, "off": WHOLE - on})
        assert (written.change_id is None) == (before == {"on": on, "off": WHOLE - on})
        self._note(*written.heads)

    @rule(where=ENVIRONMENT, key=SEGMENT, units=st.lists(st.sampled_from("abc"), unique=True))
    def list_units(self, where: str, key: str, units: list[str]) -> None:
        ref = segment(key, where)
        if self._known(ref.environment, ref.name):
            written = self.world.merge(ref, {"included": units})
        elif any(ref.name in texts for texts in self.past[ref.environment]):
            written = documents.restore_document(self.world.store, self.world.intent(), ref)
        else:
            written = self.world.segment(ref.key, ref.environment, included=units)
        self._note(*written.heads)

    @rule(where=ENVIRONMENT, key=FLAG, of=SEGMENT)
    def target(self, where: str, key: str, of: str) -> None:
        environment = where
        audience = {"id": "r", "when": {"segment": of}, "serve": "on"}
        known = self._known(environment, f"segment/{of}")
        if not known:
            self._refused(Invalid, lambda: self.world.merge(flag(key, environment), {"rules": [audience]}))
            return
        self._note(*self.world.merge(flag(key, environment), {"rules": [audience]}).heads)

    @rule(where=ENVIRONMENT, key=SEGMENT)
    def archive(self, where: str, key: str) -> None:
        ref = segment(key, where)
        if not self._known(ref.environment, ref.name):
            return

        def work() -> Written:
            return documents.archive_document(self.world.store, self.world.intent(), ref)

        if any(f'"segment":"{ref.key}"' in text for text in self.past[ref.environment][-1].values()):
            self._refused(InUse, work)
        else:
            self._note(*work().heads)

    @rule(where=ENVIRONMENT, key=FLAG, data=st.data())
    def revert_flag(self, where: str, key: str, data: st.DataObject) -> None:
        environment, name = where, f"flag/{key}"
        past = self.past[environment]
        revision = data.draw(st.sampled_from([number for number, texts in enumerate(past) if name in texts]))

        def work() -> Written:
            ref = flag(key, environment)
            return reverts.revert_document(self.world.store, self.world.intent(), ref, revision)

        if self._dangling(environment, {name: past[revision][name]}):
            self._refused(Invalid, work)
            return
        self._note(*work().heads)
        assert self.past[environment][-1][name] == past[revision][name]

    @rule(where=ENVIRONMENT, data=st.data())
    def revert_everything(self, where: str, data: st.DataObject) -> None:
        environment = where
        revision = data.draw(st.integers(len(FLAGS), len(self.past[environment]) - 1))
        written = reverts.revert_environment(self.world.store, self.world.intent(), environment, revision)
        self._note(*written.heads)
        assert self.past[environment][-1] == self.past[environment][revision]

    @rule()
    def copy(self) -> None:
        source, target = ENVIRONMENTS
        written = copies.copy_documents(self.world.store, self.world.intent(), target, {"from": source})
        self._note(*written.heads)
        assert self.past[target][-1].items() >= self.past[source][-1].items()

    @rule(key=FLAG, name=st.sampled_from(["", "New", "Old"]))
    def rename(self, key: str, name: str) -> None:
        body = {"name": name, "variants": {"on": True, "off": False}}
        written = flags.put_flag(self.world.store, self.world.intent(), key, body)
        texts = {self.past[environment][-1][f"flag/{key}"] for environment in ENVIRONMENTS}
        assert bool(written.heads) == any(json.loads(text).get("name", "") != name for text in texts)
        self._note(*written.heads)
        self._forget_definitions()

    @precondition(lambda self: self.past)
    @rule(where=ENVIRONMENT, key=FLAG, on=st.sampled_from([-1, WHOLE + 1, 50]))
    def fail(self, where: str, key: str, on: int) -> None:
        ref = flag(key, where)
        self._refused(Invalid, lambda: self.world.weigh(ref, {"on": on, "off": 7}))

    @invariant()
    def the_present_agrees(self) -> None:
        for environment, past in self.past.items():
            whole = self.world.whole(environment)
            assert whole.revision == len(past) - 1
            assert whole.documents == past[-1]

    def teardown(self) -> None:
        """Check that the past is as it was, that deltas lead through it, and that the trail verifies."""
        for environment, past in self.past.items():
            with self.world.store.reading() as view:
                deltas = view.deltas(environment, 0, 10_000)
            assert [delta.revision for delta in deltas] == list(range(1, len(past)))
            digest: Digest = Digest.of({})
            texts: dict[str, str] = {}
            for delta in deltas:
                digest = digest.edit(delta.edits)
                texts = {name: text for name, text in {**texts, **delta.edits}.items() if text is not None}
                stored = self.world.whole(environment, delta.revision).documents
                assert stored == texts
                assert digest == Digest.of(stored)
        assert history.verify_audit(self.world.store)["ok"]

    def _note(self, *changed: str) -> None:
        for environment in changed:
            self.past[environment].append(dict(self.world.whole(environment).documents))

    def _forget_definitions(self) -> None:
        """Rewrite the model's past with today's definition, which a revert keeps."""
        for past in self.past.values():
            for texts in past[:-1]:
                for name in [name for name in texts if name.startswith("flag/")]:
                    members = json.loads(texts[name])
                    members.pop("name", None)
                    if "name" in (today := json.loads(past[-1][name])):
                        members["name"] = today["name"]
                    texts[name] = json.dumps(members, sort_keys=True, separators=(",", ":"))

    def _known(self, environment: str, name: str) -> bool:
        return name in self.past[environment][-1]

    def _dangling(self, environment: str, texts: dict[str, str]) -> bool:
        rules = [each for text in texts.values() for each in json.loads(text)["rules"]]
        return any(not self._known(environment, f"segment/{each['when']['segment']}") for each in rules)

    def _refused(self, kind: type[Exception], work: Any) -> None:
        before = contents(self.store)
        with pytest.raises(kind):
            work()
        assert contents(self.store) == before


@pytest.mark.parametrize("steps", [25])
def test_the_service_agrees_with_a_naive_model(store: SqlStore, steps: int) -> None:
    """Random walks, each over an empty database."""
    machine = type("Walk", (Model,), {"store": store})
    run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=steps, deadline=None))
