"""Reports of usage between this release and the one before: each takes what the other sends."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from flagsdk.wire.usage import parse_report, report_json
from tests.support.previous import NoHistory, previous_tree
from tests.wire.test_usage import PLAIN

AGAIN = """
import sys
from flagsdk.wire.usage import parse_report, report_json
sys.stdout.buffer.write(report_json(parse_report(sys.stdin.buffer.read())))
"""


@pytest.fixture(scope="module")
def previous() -> Iterator[str]:
    """Make the previous release's SDK, whose wire its service uses too."""
    try:
        with previous_tree() as folder:
            yield str(folder / "sdk")
    except NoHistory as error:
        pytest.skip(str(error))


def through(previous: str, body: bytes) -> bytes:
    """Have the previous release read a report, and write it again."""
    words = [sys.executable, "-c", AGAIN]
    environment = {**os.environ, "PYTHONPATH": previous}
    return subprocess.run(words, input=body, env=environment, capture_output=True, check=True).stdout


def test_the_release_before_takes_a_report_of_unknown_keys_and_ignores_them(previous: str) -> None:
    written = through(previous, report_json(PLAIN))

    assert b"unknown" not in written
    assert parse_report(written) == replace(PLAIN, unknown=(), unknown_others=0)
