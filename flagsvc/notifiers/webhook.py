"""A program of somebody's own: the notice as signed JSON."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from flagsvc.domain.rollouts.notice import Notice
from flagsvc.notifiers.audience import Audience
from flagsvc.notifiers.sending import client_of, demand_url, post, secret_from
from flagsvc.notifiers.words import id_of
from flagsvc.outbound.signature import signed

MOST_SECRETS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Audience):
    """Where notices are posted, and the files with the secrets that sign them: one, or two while it is changed.

    `plain_http`: allow http to another host than this one. `ca_file`: authorities besides the system's.
    """

    url: str
    secret_files: list[Path]
    ca_file: Path | None = None
    plain_http: bool = False

    def __post_init__(self) -> None:
        demand_url("url", self.url, plain=self.plain_http)
        if not 1 <= len(self.secret_files) <= MOST_SECRETS:
            raise ValueError("secret_files: one file, or two while the secret is changed")


class Webhook:
    """Tells a program."""

    def __init__(self, options: Options) -> None:
        self._options, self._client = options, client_of(options.ca_file)

    def tell(self, notice: Notice) -> None:
        """Post the notice; the same one has the same Idempotency-Key."""
        body = body_of(notice)
        secrets = [secret_from(path) for path in self._options.secret_files]
        headers = {"Idempotency-Key": id_of(notice), **signed(secrets, body, time.time())}
        post(self._client, self._options.url, body, headers)


def body_of(notice: Notice) -> bytes:
    """Write a notice as JSON."""
    document = {
        "id": id_of(notice),
        "environment": notice.environment,
        "rollout": notice.rollout,
        "number": notice.number,
        "kind": notice.kind,
        "urgency": notice.urgency,
        "summary": notice.summary,
        "at": notice.at,
        "facts": dict(notice.facts),
    }
    return json.dumps(document, separators=(",", ":")).encode()


def make(options: Options) -> Webhook:
    """Make the notifier."""
    return Webhook(options)
