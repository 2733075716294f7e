"""A real SMTP server in this process, with STARTTLS or TLS and names and passwords, that a test can bend."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.support.certificates import Certificates
from tests.support.process import NotStarted
from tests.support.servers import on_free_port

HOLD_SECONDS = 30.0


class Letterbox:
    """Takes letters at 127.0.0.1:`port`, for those who say `user` and `password` over TLS.

    `answers`: what it says instead of doing something, by command: RCPT, DATA, AUTH. `slow`: it takes letters, and
    never says so.
    """

    def __init__(self, folder: Path, *, tls: bool = False, secure: bool = True) -> None:
        self.certificates = Certificates(folder)
        self.letters: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.slow = False
        self.logins = 0
        self.user, self.password = "flagsvc", "s3cret-of-the-post"  # of a test
        self._tls, self._secure = tls, secure
        self.port = on_free_port(self._start)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def ca_file(self) -> Path:
        """Whom to trust."""
        return self.certificates.files["ca"]

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections for the duration."""
        self._controller.stop()
        try:
            yield
        finally:
            self._start(self.port)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _: Any) -> str:  # noqa: N802
        """Take a recipient."""
        if answer := self.answers.get(f"RCPT {address}") or self.answers.get("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Take a letter."""
        if answer := self.answers.get("DATA"):
            return answer
        content = envelope.original_content or b""
        self.letters.append(message_from_bytes(content, policy=policy.default))
        if self.slow:
            await asyncio.sleep(HOLD_SECONDS)
        return "250 OK"

    def _start(self, port: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.files["server"], self.certificates.files["server_key"])
        more: dict[str, Any] = (
            {"ssl_context": context} if self._tls else {"tls_context": context, "require_starttls": True}
        )
        if not self._secure:
            more = {}
        # It does not see that a connection was encrypted from the first byte, so that it cannot demand names there.
        auth: dict[str, Any] = {
            "auth_required": self._secure and not self._tls,
            "auth_require_tls": not self._tls,
            "authenticator": self._known,
        }
        self._controller = Controller(self, hostname="127.0.0.1", port=port, **more, **auth)
        try:
            self._controller.start()
        except OSError as error:
            raise NotStarted(str(error)) from error

    def _known(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        if answer := self.answers.get("AUTH"):
            return AuthResult(success=False, handled=False, message=answer)
        self.logins += 1
        wanted = LoginPassword(self.user.encode(), self.password.encode())
        return AuthResult(success=data == wanted, handled=False)
