"""A reader holds, at every revision, exactly what the writer had then; anything else is a gap, and never applied."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.snapshot import Snapshot
from flagsdk.wire import FORMAT, Change, Corrupt, Digest, Gap, Regressed, Whole, admit, advance, canonical

NAMES = [f"{kind}/{key}" for kind in ("flag", "segment", "split") for key in "abc"]


def text_of(name: str, mark: int) -> str:
    """Write a document that is different for each mark."""
    return canonical({"key": name.partition("/")[2], "name": f"mark {mark}"})


one_edit = st.dictionaries(st.sampled_from(NAMES), st.none() | st.integers(0, 5), max_size=3)
histories = st.lists(one_edit, min_size=1, max_size=12)


def written(history: list[dict[str, int | None]]) -> tuple[list[Whole], list[Change]]:
    """Write a history: the whole at every revision, and the change that leads to each but the first."""
    documents: dict[str, str] = {}
    wholes, changes = [whole_of(0, documents)], []
    for revision, marks in enumerate(history, start=1):
        edits = {name: None if mark is None else text_of(name, mark) for name, mark in marks.items()}
        for name, text in edits.items():
            documents.pop(name, None)
            if text is not None:
                documents[name] = text
        wholes.append(whole_of(revision, documents))
        changes.append(Change("production", "e1", revision, wholes[-1].digest, revision, edits))
    return wholes, changes


def whole_of(revision: int, documents: Mapping[str, str], epoch: str = "e1") -> Whole:
    held = dict(documents)
    return Whole("production", epoch, revision, Digest.of(held).hex, FORMAT, revision, held)


@given(histories)
def test_following_equals_loading_at_every_revision(history: list[dict[str, int | None]]) -> None:
    wholes, changes = written(history)
    snapshot = admit(wholes[0])

    for whole, change in zip(wholes[1:], changes, strict=True):
        following = advance(snapshot, change)
        assert isinstance(following, Snapshot)
        assert dict(following.documents) == whole.documents
        assert following.digest == whole.digest == admit(whole).digest
        assert (following.epoch, following.revision) == (whole.epoch, whole.revision)
        snapshot = following


@given(histories, st.data())
def test_shuffled_doubled_and_lost_changes_are_never_applied_wrongly(
    history: list[dict[str, int | None]], data: st.DataObject
) -> None:
    """Whatever arrives, the reader is always at some revision of the writer, and never goes back."""
    wholes, changes = written(history)
    snapshot = admit(wholes[0])

    for change in data.draw(st.lists(st.sampled_from(changes), max_size=30)):
        following = advance(snapshot, change)
        if isinstance(following, Gap):
            assert change.revision != snapshot.revision + 1
            continue
        assert following.revision == snapshot.revision + 1
        assert dict(following.documents) == wholes[following.revision].documents
        snapshot = following


@given(histories.filter(any), st.data())
def test_an_altered_change_is_a_gap(history: list[dict[str, int | None]], data: st.DataObject) -> None:
    wholes, changes = written(history)
    change = data.draw(st.sampled_from(changes))
    snapshot = admit(wholes[change.revision - 1])
    name = data.draw(st.sampled_from(NAMES))
    altered = [
        replace(change, epoch="e2"),
        replace(change, environment="staging"),
        replace(change, revision=change.revision + 1),
        replace(change, revision=change.revision - 1),
        replace(change, digest="0" * 64),
        replace(change, edits={**change.edits, name: text_of(name, 99)}),
        replace(change, edits={**change.edits, name: "{not json"}),
        replace(change, edits={**change.edits, name: "\ud800"}),
    ]

    assert all(isinstance(advance(snapshot, each), Gap) for each in altered)
    assert isinstance(advance(snapshot, change), Snapshot)


@given(histories, st.data())
def test_a_lower_revision_is_refused_unless_the_epoch_is_new(
    history: list[dict[str, int | None]], data: st.DataObject
) -> None:
    wholes, _ = written(history)
    high = data.draw(st.integers(1, len(wholes) - 1))
    low = data.draw(st.integers(0, high - 1))
    held = admit(wholes[high])

    with pytest.raises(Regressed):
        admit(wholes[low], held)
    restored = admit(replace(wholes[low], epoch="e2"), held)

    assert (restored.epoch, restored.revision) == ("e2", low)
    with pytest.raises(Corrupt):
        admit(replace(wholes[high], environment="staging"), held)


@pytest.mark.parametrize(
    "documents",
    [
        {"flag/a": "{not json"},
        {"flag/a": "[]"},
        {"flag/a": canonical({"key": "b"})},
        {"flag/a": "\ud800"},
        {"flag/a": '{"key":"a","v":NaN}'},
    ],
)
def test_documents_that_cannot_be_read_are_corrupt(documents: dict[str, str]) -> None:
    with pytest.raises(Corrupt):
        admit(Whole("production", "e1", 1, "0" * 64, FORMAT, 0, documents))


def test_a_wrong_digest_and_an_unknown_format_are_corrupt() -> None:
    whole = whole_of(1, {"flag/a": text_of("flag/a", 1)})

    with pytest.raises(Corrupt, match="digest"):
        admit(replace(whole, digest="0" * 64))
    with pytest.raises(Corrupt, match="format"):
        admit(replace(whole, format=2))
