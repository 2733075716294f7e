"""The notifier of chats: the contract, and what a chat would make of the text."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flagsvc.domain.rollouts.notice import NoticeError
from flagsvc.notifiers import build
from flagsvc.notifiers.slack import Options, message_of
from tests.notifiers.contract import HOSTILE, NOTICE, Got, NotifierContract
from tests.notifiers.receivers import HttpWorld, Receiver


class SlackWorld(HttpWorld):
    """A channel with a secret address."""

    def __init__(self, receiver: Receiver, file: Path) -> None:
        super().__init__(receiver, file, f"{receiver.url}/services/T0/B0/s3cret")
        self.notifier = build("slack", Options(url_file=file))

    def got(self) -> list[Got]:
        return [Got(json.dumps(json.loads(got.text), ensure_ascii=False), got.id) for got in super().got()]

    def change_secret(self) -> None:
        self.file.write_text(f"{self.receiver.url}/services/another\n")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with Receiver() as receiver:
        yield SlackWorld(receiver, tmp_path / "slack.url")


class TestSlack(NotifierContract):
    IDENTIFIED = False  # the format has no place for a name


def test_the_headline_is_the_text_and_the_facts_are_fields() -> None:
    message = message_of(NOTICE)

    assert message["text"] == f"Urgent: production, rollout checkout-2: {NOTICE.summary}"
    (attachment,) = message["attachments"]
    assert attachment["color"] == "#c62828"
    assert [(field["title"], field["value"]) for field in attachment["fields"]] == [
        *NOTICE.facts.items(),
        ("at", NOTICE.at),
    ]


def test_markup_and_mentions_are_text() -> None:
    message = json.dumps(message_of(HOSTILE), ensure_ascii=False)

    assert "<" not in message
    assert "@channel" not in message
    assert "&lt;!channel&gt; @\u200bchannel" in message
    assert "&amp;amp;" in message


@pytest.mark.parametrize(("urgency", "begins"), [("info", "production"), ("attention", "Attention: production")])
def test_only_what_concerns_people_is_marked(urgency: str, begins: str) -> None:
    assert message_of(replace(NOTICE, urgency=urgency))["text"].startswith(begins)  # type: ignore[arg-type]


def test_the_secret_address_is_repeated_to_nobody(world: SlackWorld) -> None:
    world.receiver.status, world.receiver.content = 404, f"no service at {world.secret}".encode()

    with pytest.raises(NoticeError) as told:
        world.notifier.tell(NOTICE)

    assert str(told.value) == "the address of the file gave 404: no service at …"


@pytest.mark.parametrize(
    "page",
    [
        "Cannot POST /services/T0/B0/s3cret",
        "&#x2F;services&#x2F;T0&#x2F;B0&#x2F;s3cret is not here",
        "no hook s3cret" + " " * 2500,
    ],
)
def test_no_part_of_the_secret_address_is_repeated(world: SlackWorld, page: str) -> None:
    world.receiver.status, world.receiver.content = 404, page.encode()

    with pytest.raises(NoticeError, match="gave 404") as told:
        world.notifier.tell(NOTICE)

    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://chat.example/hook", "https, or say plain_http: true"),
        ("not an address", "a sign that no URL has"),
        ("https://user:s3cret@chat.example/", "no name and password"),
        ("https://169.254.169.254/", "where clouds hand out credentials"),
    ],
)
def test_an_address_that_cannot_be_meant_is_said(world: SlackWorld, url: str, words: str) -> None:
    world.file.write_text(url)

    with pytest.raises(NoticeError, match=words) as told:
        world.notifier.tell(NOTICE)

    assert not told.value.permanent  # somebody mends the file
    assert "s3cret" not in str(told.value)
