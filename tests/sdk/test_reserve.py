"""Before a source answers: the copy on disk, then the bootstrap, then the caller's default."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from flagsdk import FlagClient
from flagsdk.core.decision import Reason
from flagsdk.sources import SourceFault
from flagsdk.wire import whole_json
from tests.sdk.documents import FIRST, OFF, change, texts, whole
from tests.sdk.scripted import Scripted
from tests.support.timing import eventually, within

AWAY = SourceFault("away")
LATER = change(FIRST, texts(OFF))[1]


def test_yesterday_s_flags_are_served_when_nothing_answers(tmp_path: Path) -> None:
    with FlagClient(Scripted(FIRST), cache_dir=tmp_path):
        pass

    with FlagClient(Scripted(AWAY), cache_dir=tmp_path) as client:
        assert client.is_enabled("a") is True
        assert (client.status.source, client.status.revision) == ("disk", 1)


def test_the_start_does_not_wait_longer_than_the_first_refusal(tmp_path: Path) -> None:
    with FlagClient(Scripted(FIRST), cache_dir=tmp_path):
        pass

    with within(30), FlagClient(Scripted(AWAY), cache_dir=tmp_path, start_seconds=60) as client:
        assert client.ready


def test_a_source_that_answers_comes_before_what_was_kept(tmp_path: Path) -> None:
    with FlagClient(Scripted(FIRST), cache_dir=tmp_path):
        pass

    with FlagClient(Scripted(LATER), cache_dir=tmp_path) as client:
        assert client.is_enabled("a") is False
        assert (client.status.source, client.status.state) == ("scripted", "ready")


def test_a_source_that_comes_later_takes_over(tmp_path: Path) -> None:
    """Also with a lower revision of a new epoch: a backup was restored meanwhile."""
    with FlagClient(Scripted(LATER), cache_dir=tmp_path):
        pass
    source = Scripted(AWAY)
    with FlagClient(source, cache_dir=tmp_path) as client:
        assert client.status.source == "disk"

        source.present = whole(FIRST.documents, 1, "e2")

        eventually(lambda: client.status.epoch == "e2")
        assert client.is_enabled("a") is True


def test_a_source_that_lags_behind_the_copy_does_not_turn_time_back(tmp_path: Path) -> None:
    with FlagClient(Scripted(LATER), cache_dir=tmp_path):
        pass

    with FlagClient(Scripted(FIRST), cache_dir=tmp_path) as client:
        assert client.is_enabled("a") is False
        assert "Regressed" in client.status.fault


def test_a_change_just_before_everything_goes_down_is_kept_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes are written together; what waited for that is written while nothing answers."""
    monkeypatch.setattr("flagsdk.disk.WRITE_SECONDS", 0.5)
    source = Scripted(FIRST)
    with FlagClient(source, cache_dir=tmp_path) as client:
        eventually(lambda: list(tmp_path.glob("*.flags")))
        [copy] = tmp_path.glob("*.flags")
        source.heard.put([change(FIRST, texts(OFF))[0]])
        for _ in range(1000):
            source.heard.put(SourceFault("down"))
        eventually(lambda: client.status.fault)

        eventually(lambda: '"revision":2' in copy.read_text())


def test_a_copy_of_another_environment_yields_to_what_a_source_says(tmp_path: Path) -> None:
    """It was kept when the token was another environment's."""
    with FlagClient(Scripted(LATER), cache_dir=tmp_path):
        pass

    with FlagClient(Scripted(whole(FIRST.documents, 1, "e1", "staging")), cache_dir=tmp_path) as client:
        assert (client.status.environment, client.status.revision) == ("staging", 1)


def test_a_change_is_kept_by_the_time_the_client_is_closed(tmp_path: Path) -> None:
    source = Scripted(FIRST)
    with FlagClient(source, cache_dir=tmp_path) as client:
        source.heard.put([change(FIRST, texts(OFF))[0]])
        eventually(lambda: client.status.revision == 2)

    with FlagClient(Scripted(AWAY), cache_dir=tmp_path) as client:
        assert client.status.revision == 2


@pytest.mark.parametrize("damage", ["", "nonsense", "{}\n"])
def test_a_damaged_copy_is_passed_over(tmp_path: Path, damage: str) -> None:
    with FlagClient(Scripted(FIRST), cache_dir=tmp_path):
        pass
    [copy] = tmp_path.glob("*.flags")
    copy.write_text(damage)

    with FlagClient(Scripted(AWAY), cache_dir=tmp_path, bootstrap={"a": True}) as client:
        assert client.is_enabled("a") is True
        assert client.status.source == "bootstrap"


@pytest.mark.parametrize("form", ["mapping", "values", "snapshot"])
def test_a_bootstrap_is_better_than_defaults(tmp_path: Path, form: str) -> None:
    path = tmp_path / "flags.json"
    path.write_text(json.dumps({"a": True}) if form == "values" else whole_json(FIRST))
    bootstrap: Any = {"a": True} if form == "mapping" else path

    with FlagClient(Scripted(AWAY), bootstrap=bootstrap) as client:
        assert client.is_enabled("a") is True
        assert client.status.state == "stale"
        assert client.get_boolean_details("a").reason is Reason.STALE


@pytest.mark.parametrize("bootstrap", ["/nowhere.json", {"a": None}], ids=["no file", "no flag"])
def test_a_bootstrap_that_is_none_leaves_the_defaults(bootstrap: Any) -> None:
    with FlagClient(Scripted(AWAY), bootstrap=bootstrap, start_seconds=0.2) as client:
        assert client.get_boolean("a", default=True) is True
        assert not client.ready


def test_a_bootstrap_is_never_kept_as_if_it_had_come_from_a_source(tmp_path: Path) -> None:
    with FlagClient(Scripted(AWAY), bootstrap={"a": True}, cache_dir=tmp_path) as client:
        assert client.ready

    assert list(tmp_path.glob("*.flags")) == []


def test_offline_nothing_is_asked_and_no_thread_runs(tmp_path: Path) -> None:
    source = Scripted(FIRST)
    with FlagClient(source, cache_dir=tmp_path):
        pass
    loads = source.loads

    with FlagClient(source, cache_dir=tmp_path, offline=True) as client:
        time.sleep(0.05)
        assert client.is_enabled("a") is True
        assert (client.status.state, client.status.source) == ("ready", "offline")
    assert source.loads == loads


@pytest.mark.parametrize("read", ["is_enabled", "get_boolean_details", "evaluate_all"])
def test_offline_the_first_read_already_answers(read: str) -> None:
    client = FlagClient(offline=True, bootstrap={"a": True})

    answer = getattr(client, read)(*[] if read == "evaluate_all" else ["a"])

    found = answer["a"] if read == "evaluate_all" else answer
    assert getattr(found, "value", found) is True


def test_offline_with_nothing_kept_defaults_are_served() -> None:
    with FlagClient(offline=True) as client:
        assert client.get_string("a", default="mine") == "mine"
        assert client.status.state == "starting"
