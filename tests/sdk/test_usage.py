"""Counts stay bounded, and merging loses nothing but the revision."""

import pytest

from flagsdk.usage import Usage, Use
from flagsdk.wire import admit
from tests.sdk.documents import change, flag, texts, traffic, whole


def test_old_revisions_are_merged_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsdk.usage.MAX_TOTALS", 10)
    usage, present = Usage(), whole(texts(flag("a"), traffic("t")))
    snapshot = admit(present)
    usage.follow(snapshot)

    for number in range(50):
        snapshot.decide["a"]({}).uses += 1
        _, present = change(present, texts(flag("a", name=str(number))))
        snapshot = snapshot.apply(present.revision, {"flag/a": present.documents["flag/a"]})
        usage.follow(snapshot)

    totals = usage.totals()
    assert sum(totals.values()) == 50
    assert len(totals) <= 14
    assert totals[Use("flag", "a", "on", 0)] > 30


def test_flags_and_splits_are_counted_apart() -> None:
    usage, snapshot = Usage(), admit(whole(texts(flag("t"), traffic("t"))))
    usage.follow(snapshot)

    snapshot.decide["t"]({}).uses += 2
    snapshot.cohorts["t"]({}).uses += 3

    assert usage.totals() == {Use("flag", "t", "on", 1): 2, Use("split", "t", "stable", 1): 3}


def test_nothing_is_counted_before_the_first_snapshot() -> None:
    assert Usage().totals() == {}
