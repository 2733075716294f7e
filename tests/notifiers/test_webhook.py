"""The notifier of programs: the contract, and the signature."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from flagsvc.notifiers import build
from flagsvc.notifiers.webhook import Options, Webhook
from tests.notifiers.contract import NOTICE, Got, NotifierContract
from tests.notifiers.receivers import HttpWorld, Receiver


class WebhookWorld(HttpWorld):
    """A program that shares a secret."""

    def __init__(self, receiver: Receiver, file: Path) -> None:
        super().__init__(receiver, file, "of-both-sides-s3cret")
        self.notifier = build("webhook", Options(url=f"{receiver.url}/notices", secret_files=[file]))

    def got(self) -> list[Got]:
        return [Got(json.dumps(json.loads(got.text), ensure_ascii=False), got.id) for got in super().got()]

    def change_secret(self) -> None:
        self.file.write_text("another-of-both-sides")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WebhookWorld]:
    with Receiver() as receiver:
        yield WebhookWorld(receiver, tmp_path / "notices.secret")


class TestWebhook(NotifierContract):
    pass


def test_the_notice_is_sent_whole_and_signed(world: WebhookWorld) -> None:
    world.notifier.tell(NOTICE)

    (asked,) = world.receiver.taken
    assert json.loads(asked.body) == {
        "id": asked.headers["Idempotency-Key"],
        "environment": "production",
        "rollout": "checkout-2",
        "number": 7,
        "kind": "rolling-back",
        "urgency": "page",
        "summary": NOTICE.summary,
        "at": NOTICE.at,
        "facts": NOTICE.facts,
    }
    time, mac = asked.headers["X-Flagsvc-Signature"].split(",")
    signed = f"{time.removeprefix('t=')}.".encode() + asked.body
    assert mac == "v1=" + hmac.new(world.secret.encode(), signed, sha256).hexdigest()


def test_while_the_secret_is_changed_both_sign(world: WebhookWorld, tmp_path: Path) -> None:
    (tmp_path / "new.secret").write_text("of-the-next-month")
    options = Options(url=f"{world.receiver.url}/", secret_files=[world.file, tmp_path / "new.secret"])

    Webhook(options).tell(NOTICE)

    assert world.receiver.taken[0].headers["X-Flagsvc-Signature"].count("v1=") == 2


def test_the_name_of_a_notice_is_for_ever(world: WebhookWorld) -> None:
    world.notifier.tell(NOTICE)

    assert world.got()[0].id == "7f0cdacd482f559ac349c8731da2013c"


def test_a_huge_answer_costs_nothing(world: WebhookWorld) -> None:
    world.receiver.content = b"x" * 20_000_000

    world.notifier.tell(NOTICE)

    assert len(world.got()) == 1


@pytest.mark.parametrize(
    ("url", "secrets", "words"),
    [
        ("http://hooks.example/", 1, "https, or say plain_http: true"),
        ("ftp://hooks.example/", 1, "must begin with http"),
        ("https://u:p@hooks.example/", 1, "no name and password"),
        ("https://hooks.example/", 0, "one file, or two"),
        ("https://hooks.example/", 3, "one file, or two"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(tmp_path: Path, url: str, secrets: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Options(url=url, secret_files=[tmp_path] * secrets)


def test_http_to_another_host_has_to_be_said_aloud(tmp_path: Path) -> None:
    assert Options(url="http://hooks.example/", secret_files=[tmp_path], plain_http=True)
