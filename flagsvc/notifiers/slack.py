"""A chat with Slack-compatible incoming webhooks: Slack, Mattermost, Rocket.Chat, Discord (address with /slack)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flagsvc.domain.rollouts.notice import Notice, NoticeError, Urgency
from flagsvc.notifiers.audience import Audience
from flagsvc.notifiers.sending import client_of, demand_url, post, secret_from
from flagsvc.notifiers.words import facts_of, headline_of

COLOURS: Mapping[Urgency, str] = {"info": "#2e7d32", "attention": "#f9a825", "page": "#c62828"}
SHORT = 40
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u200b"}
"""Signs that a chat would read as markup; who is named in a fact is not called by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Audience):
    """The file with the webhook's address, which is a secret.

    `plain_http`: allow http to another host than this one. `ca_file`: authorities besides the system's.
    """

    url_file: Path
    ca_file: Path | None = None
    plain_http: bool = False


class Slack:
    """Tells a channel."""

    def __init__(self, options: Options) -> None:
        self._options, self._client = options, client_of(options.ca_file)

    def tell(self, notice: Notice) -> None:
        """Post the notice. There is no way to say that it was posted already: after a lost answer it comes twice."""
        url = secret_from(self._options.url_file)
        try:
            demand_url(str(self._options.url_file), url, plain=self._options.plain_http)
        except ValueError as error:
            raise NoticeError(str(error)) from None
        post(self._client, url, json.dumps(message_of(notice)).encode(), {}, secret=True)


def message_of(notice: Notice) -> dict[str, Any]:
    """Write a notice as a message: the headline as text, the facts as fields of a coloured attachment."""
    fields = [
        {"title": _escaped(label), "value": _escaped(text), "short": len(text) <= SHORT}
        for label, text in {**facts_of(notice), "at": notice.at}.items()
    ]
    headline = _escaped(headline_of(notice))
    return {"text": headline, "attachments": [{"color": COLOURS[notice.urgency], "fallback": "", "fields": fields}]}


def _escaped(text: str) -> str:
    return "".join(ESCAPES.get(sign, sign) for sign in text)


def make(options: Options) -> Slack:
    """Make the notifier."""
    return Slack(options)
