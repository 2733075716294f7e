"""What every notifier must do, whatever its receiver does: one suite over all kinds."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Literal, NamedTuple, Protocol

import pytest

from flagsvc.domain.rollouts.notice import Notice, NoticeError
from flagsvc.ports import Notifier
from tests.support.timing import within

Trouble = Literal["mute", "drip", "trouble", "busy", "unknown-us", "dislike", "elsewhere", "late"]
NOTICE = Notice(
    environment="production",
    rollout="checkout-2",
    number=7,
    kind="rolling-back",
    urgency="page",
    summary="everything goes back to what it was: 5.1 times the errors",
    at="2026-03-01T12:00:00.250000Z",
    facts={"step": "half (2 of 4)", "version": "2.4.0 → 2.3.9", "blast radius": "1,200 requests, 31 errors too many"},
)
HOSTILE = replace(
    NOTICE,
    summary="one\r\nBcc: everybody@example.com\r\n\r\n<b>two</b> <!channel> @channel \x1b[31m\x00 \ud800 &amp;",
    facts={"evil\nlabel": "a\nb", "empty": "", "long": "x" * 5000, **{f"fact {n}": str(n) for n in range(50)}},
)


class Got(NamedTuple):
    """One notice as a receiver got it: everything that people or programs read, and what names it for ever."""

    text: str
    id: str


class World(Protocol):
    """A notifier and its real receiver."""

    notifier: Notifier
    secret: str

    def got(self) -> Sequence[Got]:
        """Give what was taken, in order."""

    def down(self) -> AbstractContextManager[None]:
        """Refuse connections for the duration."""

    def bent(self, trouble: Trouble) -> AbstractContextManager[None]:
        """Have the trouble for the duration."""

    def forget_secret(self) -> None:
        """Empty the file with the secret."""

    def change_secret(self) -> None:
        """Let both sides have another secret."""


@pytest.mark.usefixtures("short")
class NotifierContract:
    """Subclasses give the fixture `world`."""

    IDENTIFIED = True

    def refused(self, world: World, *, permanent: bool = False) -> str:
        with within(6), pytest.raises(NoticeError) as told:
            world.notifier.tell(NOTICE)
        assert told.value.permanent is permanent
        assert world.secret not in str(told.value)
        assert "\n" not in str(told.value)
        assert str(told.value)
        return str(told.value)

    def test_a_notice_arrives_in_plain_words_with_its_facts(self, world: World) -> None:
        world.notifier.tell(NOTICE)

        (got,) = world.got()
        for word in ("production", "checkout-2", NOTICE.summary, NOTICE.at, *NOTICE.facts, *NOTICE.facts.values()):
            assert word in got.text

    def test_the_same_notice_has_the_same_name_and_another_another(self, world: World) -> None:
        for notice in (NOTICE, NOTICE, replace(NOTICE, number=8), replace(NOTICE, environment="staging")):
            world.notifier.tell(notice)

        names = [got.id for got in world.got()]
        assert len(set(names)) == (3 if self.IDENTIFIED else 1)
        assert names[0] == names[1]

    def test_a_dead_receiver_may_live_again(self, world: World) -> None:
        with world.down():
            assert "no connection" in self.refused(world)

        world.notifier.tell(NOTICE)
        assert len(world.got()) == 1

    def test_a_mute_receiver_is_waited_for_a_short_time_only(self, world: World) -> None:
        with world.bent("mute"):
            self.refused(world)

    def test_an_answer_without_an_end_is_waited_for_a_short_time_only(self, world: World) -> None:
        with world.bent("drip"):
            self.refused(world)

    def test_trouble_at_the_receiver_may_pass(self, world: World) -> None:
        for trouble in ("trouble", "busy"):
            with world.bent(trouble):
                self.refused(world)

    def test_one_that_does_not_know_us_may_be_taught(self, world: World) -> None:
        with world.bent("unknown-us"):
            self.refused(world)

    def test_one_that_does_not_like_the_notice_never_will(self, world: World) -> None:
        with world.bent("dislike"):
            self.refused(world, permanent=True)

    def test_nobody_is_sent_elsewhere(self, world: World) -> None:
        with world.bent("elsewhere"), within(6), pytest.raises(NoticeError):
            world.notifier.tell(NOTICE)

        assert world.got() == []

    def test_an_answer_that_was_lost_may_mean_that_it_arrived(self, world: World) -> None:
        with world.bent("late"):
            self.refused(world)
        world.notifier.tell(NOTICE)

        first, second = world.got()
        assert first.id == second.id

    def test_what_stands_in_a_notice_is_text_and_nothing_else(self, world: World) -> None:
        world.notifier.tell(HOSTILE)

        (got,) = world.got()
        assert "\nBcc:" not in got.text
        assert "\x1b" not in got.text
        assert len(got.text) < 12_000

    def test_without_its_secret_nothing_is_sent_until_it_is_there_again(self, world: World) -> None:
        world.forget_secret()

        assert "there is no secret in" in self.refused(world)
        assert world.got() == []

        world.change_secret()
        world.notifier.tell(NOTICE)
        assert len(world.got()) == 1
