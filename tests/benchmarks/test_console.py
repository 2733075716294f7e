"""The benchmark of the console, for a moment: it opens, types and follows, and prints what it found."""

import re

import pytest

from benchmarks import console
from tests.support.tree import ROOT


@pytest.mark.servers
def test_a_visit_a_few_key_presses_and_a_few_changes_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (ROOT / "flagsvc" / "console" / "index.html").exists(), "the console is not built: make console"
    monkeypatch.setattr("sys.argv", ["console", "--runs", "1", "--times", "2", "--flags", "50"])

    assert console.main() == 0

    printed = capsys.readouterr().out
    figures = [float(figure) for figure in re.findall(r"median +(\d+) ms", printed)]
    assert len(figures) == 5
    assert all(0 < figure < 60_000 for figure in figures)
    assert re.search(r"the console [1-9]\d+ kB", printed)
