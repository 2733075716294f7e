"""The receiver of docs/reference/hooks.md, run as it stands there, and what the page says of answers."""

import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flagsvc.domain.rollouts.plan import Hook
from flagsvc.outbound.gates import Gates
from flagsvc.outbound.guarded import Guarded
from flagsvc.outbound.hooks import Question
from tests.support.guides import files_of
from tests.support.process import Child, listens, mortal
from tests.support.servers import on_free_port
from tests.support.snippets import snippets

PAGE = "docs/reference/hooks.md"
SECRET = "of-both-sides-and-nobody-else"  # noqa: S105  # the page's
QUESTION = Question(environment="production", rollout="checkout-2", step="half", action="do")


class Receiver(Child):
    """The page's receiver, started as the page says."""

    def __init__(self, folder: Path) -> None:
        super().__init__("hook-receiver")
        file = folder / "receiver.py"
        file.write_text(files_of("../reference/hooks.md")["receiver.py"])
        command, _ = snippets(PAGE, "sh")
        assert command == f"HOOK_SECRET={SECRET} PORT=8090 python3 receiver.py\n"

        def start(port: int) -> None:
            variables = [f"HOOK_SECRET={SECRET}", f"PORT={port}"]
            words = [*mortal("KILL"), "env", *variables, sys.executable, str(file)]
            self.spawn(words, lambda: listens(self.pid, port))

        self.port = on_free_port(start)

    @property
    def hook(self) -> Hook:
        return Hook(url=f"http://127.0.0.1:{self.port}/drain", body={"pool": "a"})

    @property
    def done(self) -> int:
        return self.output().count("draining pool a for checkout-2")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    started = Receiver(tmp_path)
    yield started
    started.close()


def test_the_pages_receiver_does_what_it_is_asked_once(client: Guarded, receiver: Receiver) -> None:
    gates = Gates(client, [SECRET], time.time)

    answers = [gates.asked(receiver.hook, QUESTION) for _ in range(3)]

    assert {answer.standing for answer in answers} == {"passed"}
    assert answers[0].detail.endswith('gave 200: {"detail": "drained"}')
    assert receiver.done == 1
    assert gates.asked(receiver.hook, replace(QUESTION, attempt=2)).standing == "passed"
    assert receiver.done == 2


@pytest.mark.parametrize(
    ("secrets", "shift", "standing"),
    [
        (["another-secret-altogether"], 0, "failed"),
        ([], 0, "failed"),
        ([SECRET], -3600, "failed"),
        ([SECRET], 3600, "failed"),
        (["of-the-next-month-already", SECRET], 0, "passed"),
        ([SECRET, "of-the-last-month-still"], -60, "passed"),
    ],
)
def test_the_pages_receiver_believes_only_what_is_signed_and_fresh(
    client: Guarded, receiver: Receiver, secrets: list[str], shift: int, standing: str
) -> None:
    outcome = Gates(client, secrets, lambda: time.time() + shift).asked(receiver.hook, QUESTION)

    assert outcome.standing == standing
    assert receiver.done == (standing == "passed")


def test_the_signature_is_verified_in_fifteen_lines() -> None:
    code = files_of("../reference/hooks.md")["receiver.py"]
    function = re.search(r"^def verified.*?(?=\n\n\n)", code, re.MULTILINE | re.DOTALL)

    assert function
    assert len(function[0].splitlines()) <= 15
