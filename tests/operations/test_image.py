"""The image: what the Dockerfile promises, and its check of health, run as it is written there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import Service
from tests.support.tree import ROOT

TEXT = (ROOT / "Dockerfile").read_text()


def test_it_runs_as_nobody_in_particular_and_stops_politely() -> None:
    final = TEXT.rpartition("FROM ")[2]

    for line in ("USER 65532:65532", 'ENTRYPOINT ["flagsvc"]', 'CMD ["serve"]', "STOPSIGNAL SIGTERM", "VOLUME /data"):
        assert line in final.splitlines()
    assert "apt" not in final
    assert "--require-hashes" in TEXT


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", TEXT, re.MULTILINE)
    allowed = (ROOT / ".dockerignore").read_text().splitlines()

    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
        assert f"!{Path(name).parts[0]}" in allowed


@pytest.fixture
def check() -> list[str]:
    written = re.search(r"HEALTHCHECK.*?CMD (\[.*?\])$", TEXT, re.DOTALL | re.MULTILINE)
    assert written
    program, *words = json.loads(written[1])
    assert program == "python"
    return [sys.executable, *words]


def test_the_health_check_needs_only_the_standard_library_and_tells_life_from_death(check: list[str]) -> None:
    service = Service({"SAMPLE_DATA": "false"})
    try:
        service.start()
        environment = {"FLAGSVC_PORT": str(service.port)}
        alive = subprocess.run([check[0], "-I", *check[1:]], env=environment, capture_output=True, check=False)
    finally:
        service.close()
    dead = subprocess.run([check[0], "-I", *check[1:]], env=environment, capture_output=True, check=False)

    assert (alive.returncode, dead.returncode) == (0, 1)
