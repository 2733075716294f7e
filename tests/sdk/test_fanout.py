"""The fan-out: every notice to its environment's mailboxes, in order; the one too many ends a stream."""

import asyncio

from flagsdk.wire import Position
from flagsvc.http.fanout import WAITING, Mailbox, Notice


def notice(number: int) -> Notice:
    return Notice(str(number).encode(), Position("e1", number))


def test_notices_come_out_in_order_and_silence_is_none() -> None:
    async def main() -> list[Notice | None]:
        mailbox = Mailbox("production")
        mailbox.put(notice(1))
        mailbox.put(notice(2))
        return [await mailbox.take(0.01) for _ in range(3)]

    assert asyncio.run(main()) == [notice(1), notice(2), None]


def test_a_waiting_taker_is_woken() -> None:
    async def main() -> Notice | None:
        mailbox = Mailbox("production")
        asyncio.get_running_loop().call_later(0.01, mailbox.put, notice(1))
        return await mailbox.take(5)

    assert asyncio.run(main()) == notice(1)


def test_one_notice_too_many_is_the_last() -> None:
    async def main() -> Notice | None:
        mailbox = Mailbox("production")
        for number in range(WAITING + 1):
            mailbox.put(notice(number))
        return await mailbox.take(0)

    taken = asyncio.run(main())

    assert taken is not None
    assert taken.last
    assert taken.data == b""
