"""Programs that give AWS credentials (`credential_process`): the library waits for them without limit, we do not."""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import CredentialRetrievalError
from botocore.session import Session

PROGRAM_SECONDS = 8.0
PROVIDER = "custom-process"


class Bounded(subprocess.Popen[bytes]):
    """A program in a session of its own, which ends with everything that it started when it is silent for too long."""

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        super().__init__(command, **options, start_new_session=True)

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[Any, Any]:  # noqa: A002  # a name of the library's
        """Give what it printed; raises CredentialRetrievalError."""
        try:
            return super().communicate(input, timeout or PROGRAM_SECONDS)
        except subprocess.TimeoutExpired as error:
            with self, suppress(ProcessLookupError):  # which closes its pipes, and waits for its end
                os.killpg(self.pid, signal.SIGKILL)
            raise CredentialRetrievalError(
                provider=PROVIDER, error_msg=f"printed nothing in {PROGRAM_SECONDS:g} s"
            ) from error


def bound_programs(session: Session) -> None:
    """Have the session's chain start its program as Bounded."""
    session.get_component("credential_provider").get_provider(PROVIDER)._popen = Bounded  # noqa: SLF001  # no public way
