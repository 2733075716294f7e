"""`set` and `kill`: the two changes that people make in a hurry."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from flagsvc.ctl.api import Answer
from flagsvc.ctl.failure import ERROR, STALE, Failure, Refused, Unreachable
from flagsvc.ctl.figures import clean
from flagsvc.ctl.names import Subject, checked, subject_of
from flagsvc.ctl.options import IfVersion, InEnvironment, Key, Reason, Split, Timeout, Wait, Writing, register
from flagsvc.ctl.session import Session
from flagsvc.ctl.waiting import bindings_of, patience_of
from flagsvc.ctl.weights import changes, served, weights_of
from flagsvc.ctl.writing import Write, carry_out, saved, wait_if_asked

KILL_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Set(Writing):
    """Options of `set`."""

    key: Key
    weights: Annotated[
        str, typer.Option("-w", "--weights", help="Percent by variant: on=25,off=75.", metavar="WEIGHTS")
    ]
    rule: Annotated[str | None, typer.Option("--rule", help="Of this rule; else the default.", metavar="ID")] = None
    split: Split = False
    if_version: IfVersion = None
    wait: Wait = False
    timeout: Timeout = "5m"


@dataclass(frozen=True, kw_only=True)
class Kill(InEnvironment):
    """Options of `kill`."""

    key: Key
    split: Split = False
    reason: Reason = ""
    yes: Annotated[bool, typer.Option("-y", "--yes", help="For scripts that always say it: it never asks.")] = False
    wait: Wait = False
    timeout: Timeout = "5m"


def set_weights(options: Set) -> None:
    """Change the weights of a flag or a traffic split: as few users as possible move, and you see who, first."""
    weights = weights_of(options.weights)
    patience_of(options.timeout)
    session = Session(options)
    subject = subject_of(session.environment, options.key, split=options.split)
    with checked(session.api, subject):
        document = session.api.get(subject.path).content
        version = document["version"] if options.if_version is None else options.if_version
        body = {"weights": weights} if options.rule is None else {"weights": weights, "rule": options.rule}
        write = Write(method="POST", path=subject.under("weights"), name=subject.name, body=body, version=version)
        before = served(document, options.rule)
        written = carry_out(session, options, write, _described(subject, options.rule, before), "Save this?")
    wait_if_asked(session, written, wait=options.wait and written.get("changeId") is not None, timeout=options.timeout)


def kill(options: Kill) -> None:
    """Switch a flag off for everybody, or send all traffic of a split to its stable backend. It does not ask.

    Everybody gets the off variant (the stable backend), whatever rules and listed units say; `flag enable` brings back
    what was, with the same users on each side.
    """
    patience_of(options.timeout)
    session = Session(options)
    subject = subject_of(session.environment, options.key, split=options.split)
    with checked(session.api, subject):
        answer = _switched_off(session, subject, options.reason)
    written = {**answer.content, "requestId": answer.request_id}
    said = f"{subject.name} is off{'' if written.get('changeId') else ' already'}: everybody gets {_fallback(written)}"
    session.out.data(written, lambda: [said, saved(answer)], lambda: [subject.name])
    followers = bindings_of(session.api, subject) if options.wait and options.split else []
    wait_if_asked(session, {**written, "bindings": followers}, wait=options.wait, timeout=options.timeout)


def add(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "set", set_weights)
    register(app, "kill", kill)


def _described(
    subject: Subject, rule: str | None, before: Mapping[str, int]
) -> Callable[[Mapping[str, Any]], Iterator[str]]:
    def lines(tried: Mapping[str, Any]) -> Iterator[str]:
        place = "" if rule is None else f" rule {rule}"
        yield f"{subject.name}{place} @ {subject.environment}"
        yield from changes(before, served(tried["document"], rule))

    return lines


def _fallback(written: Mapping[str, Any]) -> str:
    document = written["document"]
    return clean(document.get("stable") or document.get("offVariant"))


def _switched_off(session: Session, subject: Subject, reason: str) -> Answer:
    """Switch it off, and again when somebody else's change or a lost answer came in between: off is off."""
    for _ in range(KILL_ATTEMPTS):
        version = session.api.get(subject.path).content["version"]
        write = Write(method="PATCH", path=subject.path, name=subject.name, body={"enabled": False}, version=version)
        try:
            return session.api.send(write.request(reason, dry_run=False))
        except Refused as refused:
            if refused.code != STALE:
                raise
        except Unreachable as lost:
            if not lost.sent:
                raise
    raise Failure(f"{subject.name} could not be switched off in {KILL_ATTEMPTS} attempts", ERROR, "Run it again.")
