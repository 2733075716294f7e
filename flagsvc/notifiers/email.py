"""A mailbox, by SMTP (RFC 5321) over TLS."""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from flagsvc.domain.instants import moment_of
from flagsvc.domain.rollouts.notice import Notice, NoticeError
from flagsvc.notifiers.audience import Audience
from flagsvc.notifiers.sending import LOOPBACK, secret_from
from flagsvc.notifiers.words import facts_of, headline_of, id_of, one_line
from flagsvc.outbound.guarded import trusting
from flagsvc.outbound.resolving import Unresolved, addresses_of

PORTS = {"starttls": 587, "tls": 465, "none": 25}
STEP_SECONDS = 5.0
"""For the connection, and for each answer of the server."""
WHOLE_SECONDS = 15.0
PERMANENT = 500
CREDENTIALS = frozenset({530, 534, 535, 538})
"""Refusals that are about who we are (RFC 4954), which somebody can mend."""
MOST_RECIPIENTS = 50
MOST_ADDRESSES = 3
CUT_SECONDS = 0.1
SAID = 300
Refusals = Mapping[str, tuple[int, bytes]]
_ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^-~.-]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Audience):
    """The server, how the connection is encrypted, and whose names stand on the letter.

    `tls`: starttls (port 587), tls from the first byte (465), or none, to this very host only (25). `user_file` and
    `password_file`: files with what the server wants to know; both or neither. `ca_file`: authorities besides the
    system's.
    """

    host: str
    sender: str
    recipients: list[str]
    port: int | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user_file: Path | None = None
    password_file: Path | None = None
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if self.tls == "none" and self.host not in LOOPBACK:
            raise ValueError("tls: starttls or tls; none is for this very host only")
        if (self.user_file is None) != (self.password_file is None):
            raise ValueError("user_file and password_file: both or neither")
        if not 1 <= len(self.recipients) <= MOST_RECIPIENTS:
            raise ValueError(f"recipients: from 1 to {MOST_RECIPIENTS} addresses")
        for address in (self.sender, *self.recipients):
            _demand_address(address)


class Email:
    """Tells a mailbox."""

    def __init__(self, options: Options) -> None:
        self._options, self._tls = options, trusting(options.ca_file)
        port = PORTS[options.tls] if options.port is None else options.port
        self._port, self._place = port, f"{options.host}:{port}"

    def tell(self, notice: Notice) -> None:
        """Send the notice, within a quarter of a minute; the same one has the same Message-ID."""
        message = message_of(notice, self._options)
        try:
            refused = self._sent(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refusal(error.recipients, "to nobody") from error
        except smtplib.SMTPResponseException as error:
            permanent = error.smtp_code >= PERMANENT and error.smtp_code not in CREDENTIALS
            detail = f"{self._place} said {error.smtp_code} {_text(error.smtp_error)}"
            raise NoticeError(detail, permanent=permanent) from error
        except Unresolved as error:
            raise NoticeError(f"{self._place}: {error}") from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise NoticeError(f"{self._place}: {_why(error)}") from error
        if refused:  # the others have it: to send it again would be to tell them twice
            raise NoticeError(str(self._refusal(refused, "not to everybody")), permanent=True)

    def _sent(self, message: EmailMessage) -> Refusals:
        user, password = (file and secret_from(file) for file in (self._options.user_file, self._options.password_file))
        server = self._server()
        with _cut_after(WHOLE_SECONDS, server):
            self._connect(server)
            if self._options.tls == "starttls":
                server.starttls(context=self._tls)
            if user and password:
                server.login(user, password)
            refused = server.send_message(message)
            with suppress(smtplib.SMTPException, OSError):  # it was taken: what is said at parting changes nothing
                server.quit()
        return refused

    def _connect(self, server: smtplib.SMTP) -> None:
        """Connect to the first address that takes it; the system's own resolver might take minutes."""
        refused = OSError()
        for address in addresses_of(self._options.host, self._port, STEP_SECONDS)[:MOST_ADDRESSES]:
            try:
                server.connect(address, self._port)
            except OSError as error:
                refused = error
            else:
                return
        raise refused

    def _server(self) -> smtplib.SMTP:
        """Make one that is not connected yet, so that its connection can be watched from the beginning."""
        make = partial(smtplib.SMTP_SSL, context=self._tls) if self._options.tls == "tls" else smtplib.SMTP
        server: Any = make(local_hostname=socket.gethostname(), timeout=STEP_SECONDS)
        server._host = self._options.host  # noqa: SLF001  # the name that TLS verifies; otherwise set by connecting
        made: smtplib.SMTP = server
        return made

    def _refusal(self, refused: Refusals, whom: str) -> NoticeError:
        answers = [f"{address}: {code} {_text(words)}" for address, (code, words) in refused.items()]
        permanent = all(code >= PERMANENT for code, _ in refused.values())
        return NoticeError(f"{self._place} delivers {whom}: {'; '.join(answers)}", permanent=permanent)


def message_of(notice: Notice, options: Options) -> EmailMessage:
    """Write a notice as a letter in plain text."""
    message = EmailMessage()
    message["From"], message["To"] = options.sender, ", ".join(options.recipients)
    message["Subject"] = f"[flagsvc] {headline_of(notice)}"
    message["Date"] = format_datetime(moment_of(notice.at))
    message["Message-ID"] = f"<{id_of(notice)}@{options.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    facts = {**facts_of(notice), "at": notice.at}
    lines = [one_line(notice.summary), "", *(f"{label}: {text}" for label, text in facts.items())]
    message.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    return message


def make(options: Options) -> Email:
    """Make the notifier."""
    return Email(options)


@contextmanager
def _cut_after(seconds: float, server: smtplib.SMTP) -> Iterator[None]:
    """Cut the connection of a block that takes longer; its timeouts are those of single answers."""
    ended = threading.Event()

    def watch() -> None:
        if not ended.wait(seconds):
            while not ended.wait(CUT_SECONDS):
                with suppress(OSError):
                    if server.sock is not None:
                        socket.socket.shutdown(server.sock, socket.SHUT_RDWR)

    watching = threading.Thread(target=watch, name="letter", daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()
        server.close()


def _demand_address(address: str) -> None:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address[:100]!r} is no address such as ops@example.com")


WORDS: dict[type[Exception], str] = {
    smtplib.SMTPServerDisconnected: "the connection broke, or the server took too long",
    smtplib.SMTPNotSupportedError: "the server does not offer what is needed (STARTTLS or AUTH)",
    ssl.SSLError: "its certificate or its TLS is not to be trusted",
    TimeoutError: "no answer in time",
    ConnectionError: "no connection",
}


def _why(error: Exception) -> str:
    return next((words for kind, words in WORDS.items() if isinstance(error, kind)), type(error).__name__)


def _text(words: bytes | str) -> str:
    return one_line(words.decode("utf-8", "replace") if isinstance(words, bytes) else words)[:SAID]
