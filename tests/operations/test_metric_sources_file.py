"""The file of metric sources: every fault at once; and what `flagsvc metric-sources check` says."""

import importlib.abc
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from flagsvc import logs
from flagsvc.app.metric_sources import build_sources
from flagsvc.cli import app
from flagsvc.metric_sources import KINDS, options_of
from flagsvc.settings import SettingsError, load_metric_sources
from tests.support.fake_http import Answer, Asked, Fake
from tests.support.modules import forget
from tests.support.tree import ROOT

run = CliRunner().invoke


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sources.yaml"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(logs, "configure", lambda *_: None)  # the runner's streams do not outlive the test


def faults(file: Path, content: str) -> list[str]:
    file.write_text(content)
    with pytest.raises(SettingsError) as told:
        load_metric_sources(file)
    return [fault.removeprefix(f"{file}:").strip() for fault in told.value.faults]


def told(result: Result) -> tuple[int, list[str]]:
    return result.exit_code, result.output.strip().splitlines()


class Server(Fake):
    """Answers with a status to whoever has the key."""

    status = 404

    def is_write(self, asked: Asked) -> bool:
        return False

    def answer(self, asked: Asked) -> Answer:
        return Answer(self.status if asked.headers.get("Authorization") == "Bearer of-nobody" else 401)


def test_no_file_is_no_source() -> None:
    assert load_metric_sources(None) == ()
    assert build_sources(()) == {}


def test_a_good_file_gives_sources_by_name(file: Path) -> None:
    file.write_text("sources: {one: {kind: prometheus, url: 'http://127.0.0.1:9090', scrape_seconds: 5}}")

    (spec,) = load_metric_sources(file)

    assert (spec.name, spec.kind, spec.options.up) == ("one", "prometheus", "up")
    assert {name: source.settled_seconds() for name, source in build_sources([spec]).items()} == {"one": 5.0}


def test_every_fault_of_every_source_is_told_at_once(file: Path) -> None:
    found = faults(
        file,
        """
        sources:
          own: {kind: http, url: "https://x"}
          one: {kind: prometheus}
          two: {kind: promtheus, url: "https://x"}
          three: {kind: prometheus, url: "https://x", scrape_seconds: 0, scrape: 1}
          four: {kind: prometheus, url: "https://x", scrape_seconds: .nan}
          five: {kind: prometheus, url: "https://x", up: "sum(up)"}
          six: {kind: prometheus, url: "https://x", token_file: ~/token}
          seven: {kind: datadog, url: "http://datadog.example", api_key_file: /a, application_key_file: /b}
          eight: {kind: http, url: "https://x", settled_seconds: -1}
          "two words": {kind: http, url: "https://x"}
        """,
    )

    kinds = "cloudwatch, datadog, http, prometheus"
    options = (
        "url, token_file, username, password_file, headers, header_files, ca_file, plain_http, scrape_seconds, up, "
        "instance_labels, max_series"
    )
    assert found == [
        "sources.own: 'own' is the service's own counts, always there: take another name",
        "sources.one.url: is needed",
        f"sources.two: there is no kind of metric source 'promtheus' (do you mean 'prometheus'?); known: {kinds}",
        f"sources.three: there is no option 'scrape' (do you mean 'scrape_seconds'?); options: {options}",
        "sources.four: scrape_seconds: from more than 0 to 300",
        'sources.five: up: expected a selector, such as up{cluster="shop"}, or "" where there is none',
        "sources.six.token_file: ~ is not expanded here: write the whole path",
        "sources.seven: url: a secret is sent there: https://…, or plain_http: true where the network is your own",
        "sources.eight.settled_seconds: expected a number that is finite and not negative",
        "sources.two words: a metric source is named like a key, for instance prometheus-1",
    ]


def test_a_file_that_is_not_there_is_said_by_the_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"FLAGSVC_METRIC_SOURCES = .*there is no such file"):
        load_metric_sources(tmp_path / "nothing.yaml")


@pytest.mark.parametrize("content", ["", "routers: {}", "sources: []"])
def test_another_file_is_none_of_sources(file: Path, content: str) -> None:
    (found,) = faults(file, content)

    assert found == "expected one member, sources, with the sources by name"


class _Missing(importlib.abc.MetaPathFinder):
    """Finds that a package is not installed."""

    def __init__(self, root: str) -> None:
        self._root = root

    def find_spec(self, fullname: str, *_: Any) -> None:
        if fullname.partition(".")[0] == self._root:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_a_kind_with_an_extra_misses_its_package_and_says_which(
    file: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    anew = ("boto", f"flagsvc.metric_sources.{KINDS[kind].module}", "flagsvc.outbound.aws")
    forget(monkeypatch, lambda name: name.startswith(anew))
    monkeypatch.setattr(sys, "meta_path", [_Missing("boto3"), _Missing("botocore"), *sys.meta_path])

    if KINDS[kind].extra:
        (found,) = faults(file, f"sources: {{one: {{kind: {kind}}}}}")
        assert found.startswith(f"sources.one: a metric source of kind {kind!r} needs the package 'boto")
        assert found.endswith("pip install 'flagsvc[aws]'")
    else:
        assert options_of(kind)


def test_every_extra_can_be_installed() -> None:
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert {kind.extra for kind in KINDS.values() if kind.extra} <= set(offered)


def test_a_good_file_is_described_without_asking_anybody(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("sources: {one: {kind: http, url: 'http://127.0.0.1:1'}, two: {kind: cloudwatch, region: x}}")
    monkeypatch.setenv("FLAGSVC_METRIC_SOURCES", str(file))

    code, lines = told(run(app, ["metric-sources", "check"]))

    assert code == 0
    assert lines == [
        "one  http: a window can be read 15 s after its end",
        "two  cloudwatch: a window can be read 120 s after its end",
    ]


def test_each_is_asked_and_one_that_refuses_is_exit_code_1_after_all_were_tried(file: Path, tmp_path: Path) -> None:
    (tmp_path / "good").write_text("of-nobody")
    (tmp_path / "bad").write_text("of-somebody-else")
    with Server() as server:
        entry = f"kind: http, url: '{server.url}/api', token_file: {tmp_path}"
        file.write_text(f"sources: {{one: {{{entry}/bad}}, two: {{{entry}/good}}, three: {{{entry}/none}}}}")

        code, lines = told(run(app, ["metric-sources", "check", "--connect", str(file)]))

    assert code == 1
    assert [lines[1], lines[3]] == ["  cannot be read: GET /api: 401", "  its url answers 404"]
    assert lines[5].startswith("  cannot be read: there is no secret in")


def test_a_wrong_file_is_exit_code_2_with_every_fault(file: Path) -> None:
    file.write_text("sources: {own: {kind: http, url: 'https://x'}, two: {kind: none}}")

    code, lines = told(run(app, ["metric-sources", "check", str(file)]))

    assert code == 2
    assert lines[0] == "flagsvc: 2 settings are wrong:"


def test_a_check_without_any_file_says_how_to_name_one() -> None:
    assert told(run(app, ["metric-sources", "check"])) == (
        2,
        ["flagsvc: name a file, or set FLAGSVC_METRIC_SOURCES"],
    )
