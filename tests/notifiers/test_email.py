"""The notifier of mailboxes, against a real SMTP server: the contract, encryption, and who gets what."""

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from flagsvc.domain.rollouts.notice import NoticeError
from flagsvc.notifiers import build, email
from flagsvc.notifiers.email import Email, Options, message_of
from tests.notifiers.contract import HOSTILE, NOTICE, Got, NotifierContract, Trouble
from tests.support.letters import Letterbox
from tests.support.link import HOLE, PASS, Link
from tests.support.process import connections
from tests.support.timing import eventually

ANSWERS = {
    "trouble": {"DATA": "451 try again later"},
    "busy": {"RCPT": "450 the mailbox is busy"},
    "unknown-us": {"AUTH": "535 5.7.8 who are you?"},
    "dislike": {"DATA": "554 5.6.0 this is no letter"},
    "elsewhere": {"RCPT": "551 User not local; please try <ops@elsewhere.example>"},
}


def options(box: Letterbox, port: int, folder: Path, **more: Any) -> Options:
    (folder / "user").write_text(f"{box.user}\n")
    (folder / "password").write_text(f"{box.password}\n")
    given = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "flagsvc@example.com",
        "recipients": ["ops@example.com", "ada@example.com"],
        "user_file": folder / "user",
        "password_file": folder / "password",
        "ca_file": box.ca_file,
    }
    return Options(**{**given, **more})


def text_of(letter: EmailMessage) -> str:
    heads = "\n".join(f"{name}: {value}" for name, value in letter.items())
    body: str = letter.get_content()
    return f"{heads}\n\n{body}"


class Post:
    """A mailbox, and a link to it that can be bent."""

    def __init__(self, box: Letterbox, link: Link, folder: Path) -> None:
        self.box, self.link, self.folder = box, link, folder
        self.secret = box.password
        self.notifier = build("email", options(box, link.port, folder))

    def got(self) -> Sequence[Got]:
        return [Got(text_of(letter), str(letter["Message-ID"])) for letter in self.box.letters]

    def down(self) -> AbstractContextManager[None]:
        return self._closed()

    @contextmanager
    def _closed(self) -> Iterator[None]:
        self.link.set(replace(PASS, door="closed"))
        try:
            yield
        finally:
            self.link.heal()

    @contextmanager
    def bent(self, trouble: Trouble) -> Iterator[None]:
        if trouble == "drip":
            with dripping() as port:
                kept, self.notifier = self.notifier, Email(options(self.box, port, self.folder))
                yield
                self.notifier = kept
            return
        self.box.answers, self.box.slow = ANSWERS.get(trouble, {}), trouble == "late"
        self.link.set(HOLE if trouble == "mute" else PASS)
        try:
            yield
        finally:
            self.box.answers, self.box.slow = {}, False
            self.link.heal()

    def forget_secret(self) -> None:
        (self.folder / "password").write_text("")

    def change_secret(self) -> None:
        self.box.password = "another-of-the-post"  # noqa: S105  # of a test
        (self.folder / "password").write_text(self.box.password)


@contextmanager
def dripping() -> Iterator[int]:
    """Serve a greeting without an end, line after line."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                end, _ = listener.accept()
                with end:
                    while not ended.wait(0.02):
                        end.sendall(b"220-one more\r\n")

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield int(listener.getsockname()[1])
        ended.set()
        serving.join()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Letterbox]:
    with Letterbox(tmp_path) as started:
        yield started


@pytest.fixture
def world(box: Letterbox, tmp_path: Path) -> Iterator[Post]:
    with Link(box.port) as link:
        yield Post(box, link, tmp_path)


class TestEmail(NotifierContract):
    pass


def test_the_letter_is_addressed_dated_and_marked_as_a_machines(box: Letterbox, tmp_path: Path) -> None:
    Email(options(box, box.port, tmp_path)).tell(NOTICE)

    (letter,) = box.letters
    assert letter["From"] == "flagsvc@example.com"
    assert letter["To"] == "ops@example.com, ada@example.com"
    assert letter["Subject"] == f"[flagsvc] Urgent: production, rollout checkout-2: {NOTICE.summary}"
    assert letter["Date"] == "Sun, 01 Mar 2026 12:00:00 +0000"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines()[:3] == [NOTICE.summary, "", "step: half (2 of 4)"]


def test_tls_from_the_first_byte_is_spoken_too(tmp_path: Path) -> None:
    with Letterbox(tmp_path, tls=True) as box:
        Email(options(box, box.port, tmp_path, tls="tls")).tell(NOTICE)

        assert (len(box.letters), box.logins) == (1, 1)


def test_this_very_host_may_be_told_without_tls_and_names(tmp_path: Path) -> None:
    with Letterbox(tmp_path, secure=False) as box:
        Email(options(box, box.port, tmp_path, tls="none", user_file=None, password_file=None)).tell(NOTICE)

        assert len(box.letters) == 1


@pytest.mark.usefixtures("short")
def test_a_server_that_nobody_vouches_for_hears_no_password(tmp_path: Path) -> None:
    for tls in (False, True):
        with Letterbox(tmp_path, tls=tls) as box:
            chosen = options(box, box.port, tmp_path, ca_file=None, tls="tls" if tls else "starttls")
            with pytest.raises(NoticeError, match="not to be trusted") as told:
                Email(chosen).tell(NOTICE)

            assert not told.value.permanent
            assert box.letters == []


@pytest.mark.usefixtures("short")
def test_a_certificate_for_another_name_is_not_believed(box: Letterbox, tmp_path: Path) -> None:
    with pytest.raises(NoticeError, match="not to be trusted"):
        Email(options(box, box.port, tmp_path, host="localhost")).tell(NOTICE)


def test_one_who_takes_encryption_away_hears_nothing(tmp_path: Path) -> None:
    with Letterbox(tmp_path, secure=False) as box:
        with pytest.raises(NoticeError, match="does not offer what is needed"):
            Email(options(box, box.port, tmp_path)).tell(NOTICE)

        assert box.letters == []


def test_a_server_whose_name_leads_nowhere_may_be_found_later() -> None:
    with pytest.raises(NoticeError, match=r"^nowhere\.invalid:587: its name is not") as told:
        Email(Options(host="nowhere.invalid", sender="a@b", recipients=["b@c"])).tell(NOTICE)

    assert not told.value.permanent


def test_an_address_that_takes_no_connection_gives_way_to_the_next(
    box: Letterbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email, "addresses_of", lambda *_: ["127.0.0.2", "127.0.0.1"])

    Email(options(box, box.port, tmp_path)).tell(NOTICE)

    assert len(box.letters) == 1


def test_a_letter_that_some_got_is_not_sent_again(box: Letterbox, tmp_path: Path) -> None:
    box.answers = {"RCPT ada@example.com": "450 not now"}

    with pytest.raises(NoticeError, match=r"delivers not to everybody: ada@example\.com: 450 not now") as told:
        Email(options(box, box.port, tmp_path)).tell(NOTICE)

    assert told.value.permanent
    assert len(box.letters) == 1


def test_a_letter_that_nobody_may_get_is_given_up(box: Letterbox, tmp_path: Path) -> None:
    box.answers = {"RCPT": "550 no such mailbox"}

    with pytest.raises(NoticeError, match=r"delivers to nobody: ops@example\.com: 550 no such mailbox") as told:
        Email(options(box, box.port, tmp_path)).tell(NOTICE)

    assert told.value.permanent


def test_no_text_becomes_a_header() -> None:
    letter = message_of(HOSTILE, Options(host="mail", sender="a@example.com", recipients=["b@example.com"]))

    assert letter["Bcc"] is None
    assert letter.keys() == message_of(NOTICE, Options(host="m", sender="a@b", recipients=["b@c"])).keys()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"tls": "none"}, "none is for this very host only"),
        ({"user_file": Path("user")}, "both or neither"),
        ({"password_file": Path("password")}, "both or neither"),
        ({"recipients": []}, "from 1 to 50 addresses"),
        ({"recipients": ["a@b"] * 51}, "from 1 to 50 addresses"),
        ({"sender": "a@b\r\nBcc: c@d"}, "is no address such as"),
        ({"recipients": ["a@b, c@d"]}, "is no address such as"),
        ({"recipients": ["Ada <a@b>"]}, "is no address such as"),
        ({"sender": "ädä@example.com"}, "is no address such as"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**{"host": "mail.example", "sender": "a@b", "recipients": ["b@c"], **more})


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_the_encryption(tls: Any, port: int) -> None:
    made = Email(Options(host="127.0.0.1", sender="a@b", recipients=["b@c"], tls=tls))

    assert made._place == f"127.0.0.1:{port}"


@pytest.mark.usefixtures("short")
def test_no_thread_and_no_connection_stays_behind(world: Post) -> None:
    for trouble in ("mute", "trouble", "dislike"):
        with world.bent(trouble), pytest.raises(NoticeError):
            world.notifier.tell(NOTICE)

    assert not [thread for thread in threading.enumerate() if thread.name == "letter"]
    eventually(lambda: not connections(os.getpid(), world.link.port), "the end of every connection")
