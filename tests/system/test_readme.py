"""The README's own lines, run against the running system: only addresses and tokens are put in."""

import os
import re
import subprocess
import sys

import pytest

from tests.support.service import ADMIN_TOKEN, SAMPLE_TOKEN
from tests.support.tree import ROOT
from tests.system.cluster import Cluster

pytestmark = pytest.mark.servers

README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = [text for language, text in BLOCK.findall(README) if language == "python"]
CURLS = [text for language, text in BLOCK.findall(README) if "\ncurl " in f"\n{text}" and language == "sh"]


def _run(cluster: Cluster, *command: str) -> str:
    environment = os.environ | {"SAMPLE_TOKEN": SAMPLE_TOKEN, "ADMIN_TOKEN": ADMIN_TOKEN}
    words = [word.replace("http://127.0.0.1:8080", cluster.replicas[0].url) for word in command]
    result = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_sdk_example_runs(cluster: Cluster) -> None:
    cluster.weigh_flag(100_000)
    (example,) = PYTHON
    assert "fss_production_…" in example
    code = example.replace("fss_production_…", cluster.sdk_token)

    assert _run(cluster, sys.executable, "-c", code).startswith("new checkout, theme ")


def test_asking_from_anything_else(cluster: Cluster) -> None:
    assert CURLS[0].startswith("SAMPLE_TOKEN=fse_production_… ADMIN_TOKEN=fsa_all_…")
    asking = CURLS[0].replace("fse_production_…", SAMPLE_TOKEN).replace("fsa_all_…", ADMIN_TOKEN)

    printed = _run(cluster, "sh", "-c", asking)

    assert '"key":"new-checkout"' in printed.replace(" ", "")
    assert "x-cohort:" in printed.lower()


def test_moving_a_percentage_says_who_moves(cluster: Cluster) -> None:
    cluster.weigh_split(5_000)

    assert "20.0 % stable → canary, nobody else" in _run(cluster, "sh", "-c", CURLS[1])
