"""Receivers of notices over HTTP, as real servers: a chat and a program."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from flagsvc.ports import Notifier
from tests.notifiers.contract import Got, Trouble
from tests.support.fake_http import Answer, Asked, Fake, FaultName

STATUSES: dict[str, int] = {"trouble": 500, "busy": 429, "unknown-us": 404, "dislike": 400, "elsewhere": 307}
FAULTS: dict[str, FaultName] = {"mute": "mute", "late": "late", "drip": "drip"}


class Receiver(Fake):
    """Takes what is posted."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Asked] = []
        self.status = 200
        self.content = b"ok"

    def is_write(self, asked: Asked) -> bool:
        return True

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/elsewhere" or self.status < 300:
            self.taken.append(asked)
        headers = {"Location": f"{self.url}/elsewhere"} if 300 <= self.status < 400 else {}
        return Answer(self.status, self.content, headers)

    @contextmanager
    def troubled(self, trouble: Trouble) -> Iterator[None]:
        self.status = STATUSES.get(trouble, 200)
        try:
            with self.bent(FAULTS.get(trouble, "")):
                yield
        finally:
            self.status = 200


class HttpWorld:
    """A notifier that posts, and its receiver."""

    notifier: Notifier

    def __init__(self, receiver: Receiver, file: Path, secret: str) -> None:
        self.receiver, self.file, self.secret = receiver, file, secret
        file.write_text(f"{secret}\n")

    def got(self) -> Sequence[Got]:
        return [Got(asked.body.decode(), asked.headers.get("Idempotency-Key", "")) for asked in self.receiver.taken]

    def down(self) -> AbstractContextManager[None]:
        return self.receiver.down()

    def bent(self, trouble: Trouble) -> AbstractContextManager[None]:
        return self.receiver.troubled(trouble)

    def forget_secret(self) -> None:
        self.file.write_text("\n")
