"""A notice in plain words, the same for every kind."""

import json
from collections.abc import Mapping
from hashlib import sha256

from flagsvc.domain.rollouts.notice import Notice, Urgency
from flagsvc.domain.texts import storable

ID_SIGNS = 32
MOST_FACTS = 20
MOST_TEXT = 1000
MARKS: Mapping[Urgency, str] = {"info": "", "attention": "Attention: ", "page": "Urgent: "}


def id_of(notice: Notice) -> str:
    """Name a notice for ever, 32 hexadecimal digits, so that a receiver knows one that it has had already."""
    named = [notice.environment, notice.rollout, notice.number]
    return sha256(json.dumps(named).encode()).hexdigest()[:ID_SIGNS]


def headline_of(notice: Notice) -> str:
    """Say on one line what happened to which rollout, and whether somebody has to look."""
    return f"{MARKS[notice.urgency]}{notice.environment}, rollout {notice.rollout}: {one_line(notice.summary)}"


def facts_of(notice: Notice) -> Mapping[str, str]:
    """Give the facts as one line each, no more and no longer than a reader takes in."""
    shown = [(one_line(label), one_line(text)) for label, text in list(notice.facts.items())[:MOST_FACTS]]
    return {label: text for label, text in shown if text}


def one_line(text: str) -> str:
    """Give a text without breaks and controls, of bounded length."""
    return storable(" ".join("".join(sign if sign.isprintable() else " " for sign in text).split()), MOST_TEXT)
