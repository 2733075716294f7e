"""What today's service writes is what was frozen, byte for byte, and every way of reading it decides the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from flagsdk.core.snapshot import Snapshot
from tests.signing.keys import PINNED
from tests.signing.reader import Reader
from tests.wire.compatibility.serving import WAYS, frozen, frozen_state, serving
from tests.wire.compatibility.writer import written

HEAD = 16
BEFORE = 11


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less where nothing comes; what a reader does then is the same."""
    monkeypatch.setattr("flagsdk.sources.redis.BLOCK_SECONDS", 0.1, raising=False)
    monkeypatch.setattr("flagsdk.sources.file.POLL_SECONDS", 0.01, raising=False)


def decided(snapshot: Snapshot, kind: str, key: str, context: Any) -> dict[str, Any]:
    """Give a decision as the corpus writes it: without the members that are empty."""
    outcome = (snapshot.decide if kind == "flag" else snapshot.cohorts)[key](context)
    told = {
        "rule": outcome.rule,
        "error": outcome.error and str(outcome.error),
        "bucket": outcome.bucket(context),
    }
    decision = {"variant": outcome.variant, "value": outcome.value, "reason": str(outcome.reason)}
    return decision | {name: value for name, value in told.items() if value is not None}


def test_today_s_writer_writes_what_was_frozen(tmp_path: Path, redis_url: str) -> None:
    """A difference is a change of the format. README.md here says what to do about one."""
    fresh = written(tmp_path, redis_url)

    for name, text in fresh.items():
        assert text == frozen(name), f"{name}: not what was frozen"


@pytest.mark.parametrize("pinned", [PINNED, None], ids=["with a pinned key", "without"])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_the_frozen_decisions(way: str, pinned: Any, redis_url: str, tmp_path: Path) -> None:
    """From the whole at once."""
    with serving(way, redis_url, tmp_path) as served:
        served.show(frozen_state(way))
        reader = Reader(served.source, pinned)
        reader.step()

    assert reader.held is not None
    assert reader.held.revision == HEAD
    for case in json.loads(frozen("decisions.json")):
        assert decided(reader.held, case["kind"], case["key"], case["context"]) == case["expect"], case


@pytest.mark.parametrize("way", ["redis", "http"])
def test_the_frozen_changes_lead_from_the_snapshot_before_to_the_last(way: str, redis_url: str, tmp_path: Path) -> None:
    with serving(way, redis_url, tmp_path) as served:
        served.show(frozen_state(way, before=True))
        reader = Reader(served.source, PINNED)
        reader.step()
        assert (reader.held and reader.held.revision) == BEFORE
        if way == "redis":
            served.show(frozen_state(way))
        for _ in range(HEAD):  # a stream may come in pieces
            if reader.held and reader.held.revision < HEAD:
                reader.step()

    assert (reader.loads, reader.refusals) == (1, [])
    assert reader.held is not None
    assert reader.held.revision == HEAD
    assert dict(reader.held.documents) == json.loads(frozen("snapshot.json"))["documents"]
