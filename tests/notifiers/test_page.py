"""docs/notifications.md: its file and commands, run as they stand there, and a service that tells all three."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flagsvc.domain.rollouts.events import NOTES
from tests.notifiers.receivers import Receiver
from tests.support.guides import files_of
from tests.support.letters import Letterbox
from tests.support.service import Service
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.support.tree import ROOT

PAGE = "docs/notifications.md"
PLAN = {
    "strategy": "canary",
    "targets": [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}],
    "steps": [{"name": "half", "weights": {"edge": 50_000}}, {"name": "everybody", "weights": {"edge": 100_000}}],
}


class Told:
    """The page's three, here: a chat, a program and a mailbox, and the page's file with their addresses in it."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.chat, self.board = (stack.enter_context(Receiver()) for _ in range(2))
        self.box = stack.enter_context(Letterbox(folder))
        secrets = {
            "chat.url": f"{self.chat.url}/services/x",
            "board.secret": "of-both-sides",
            "mail.user": self.box.user,
            "mail.password": self.box.password,
        }
        for name, text in secrets.items():
            (folder / name).write_text(f"{text}\n")
        here = {
            "/run/secrets/": f"{folder}/",
            "https://board.example": self.board.url,
            "host: mail.example": f"host: 127.0.0.1\n    port: {self.box.port}\n    ca_file: {self.box.ca_file}",
        }
        text = files_of("../notifications.md")["notifiers.yaml"]
        for there, place in here.items():
            assert there in text
            text = text.replace(there, place)
        self.file = folder / "notifiers.yaml"
        self.file.write_text(text)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    with ExitStack() as stack:
        yield Told(stack, tmp_path)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    words = shlex.split(command)
    return subprocess.run(
        words, cwd=folder, env={"PATH": path, "HOME": str(folder)}, capture_output=True, text=True, check=False
    )


def test_the_pages_commands_say_what_the_page_says(told: Told, tmp_path: Path) -> None:
    check, send = snippets(PAGE, "sh")[0].splitlines()
    (shown,) = snippets(PAGE, "text")

    checked, sent = run(check, tmp_path), run(send, tmp_path)

    assert (checked.returncode, sent.returncode) == (0, 0)
    assert checked.stdout.splitlines() == shown.splitlines()[::2]
    assert sent.stdout == shown
    assert (len(told.chat.taken), len(told.board.taken), len(told.box.letters)) == (1, 1, 1)
    assert "this is a trial: nothing has happened" in told.box.letters[0].get_content()


def test_one_that_cannot_be_told_is_said_after_all_were_tried(told: Told, tmp_path: Path) -> None:
    told.chat.status = 404

    sent = run(snippets(PAGE, "sh")[0].splitlines()[1], tmp_path)

    assert sent.returncode == 1
    assert sent.stdout.splitlines()[1] == "  cannot be told: the address of the file gave 404: ok"
    assert sent.stdout.splitlines()[3] == "  was told"


def test_a_service_tells_all_three_of_a_rollout(told: Told) -> None:
    service = Service({"NOTIFIERS": str(told.file), "SAMPLE_DATA": "true"})
    try:
        service.start()
        begun = {"plan": PLAN, "deployment": {"version": "2.4.0", "deployer": "ada"}}
        key = service.call("POST", "environments/production/rollouts", begun)["document"]["key"]
        at = f"environments/production/rollouts/{key}"
        eventually(lambda: service.call("GET", at)["status"]["phase"] == "succeeded", "the end of the rollout")
        logged = [entry for entry in service.call("GET", f"{at}/log")["items"] if entry["notes"]]
        eventually(lambda: len(told.board.taken) >= len(logged), "all notices")
        eventually(lambda: len(told.chat.taken) >= len(logged), "all notices")
        with service.client() as client:
            metrics = client.get("/metrics").text
    finally:
        service.close()

    notices = [json.loads(asked.body) for asked in told.board.taken]
    assert [notice["number"] for notice in notices] == sorted(entry["number"] for entry in logged)
    assert notices[0]["summary"].startswith("the rollout began")
    assert notices[-1]["summary"].startswith("the rollout reached its end")
    assert notices[0]["facts"]["version"] == "2.4.0"
    assert "half" in told.chat.taken[1].body.decode()
    assert told.box.letters == []  # nothing to page anybody for
    assert 'flagsvc_notices_total{notifier="status-board",outcome="delivered"}' in metrics


def test_the_page_says_what_is_a_page() -> None:
    page = (ROOT / PAGE).read_text()

    for urgency in {meaning.urgency for meaning in NOTES.values()}:
        assert f"| `{urgency}` |" in page
