"""`flag`: look at flags and traffic splits of an environment, switch them, and walk through their history."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import typer

from flagsvc.ctl.api import path_of
from flagsvc.ctl.failure import DIFFERENT, USAGE, Failure
from flagsvc.ctl.figures import WHOLE, clean, percent
from flagsvc.ctl.names import Subject, checked, subject_of
from flagsvc.ctl.options import IfVersion, InEnvironment, Key, Split, Timeout, Wait, Writing, register
from flagsvc.ctl.output import columns
from flagsvc.ctl.session import Session
from flagsvc.ctl.waiting import patience_of
from flagsvc.ctl.weights import changes, served
from flagsvc.ctl.writing import Write, carry_out, wait_if_asked

Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class List(InEnvironment):
    """Options of `flag list`."""

    split: Annotated[bool, typer.Option("--split", help="Traffic splits instead of flags.")] = False
    search: Annotated[
        str, typer.Option("--search", help="Part of key, name, description, owner or a tag.", metavar="TEXT")
    ] = ""


@dataclass(frozen=True, kw_only=True)
class Get(InEnvironment):
    """Options of `flag get`."""

    key: Key
    split: Split = False


@dataclass(frozen=True, kw_only=True)
class History(Get):
    """Options of `flag history`."""

    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="So many, newest first.", metavar="N")] = 20


@dataclass(frozen=True, kw_only=True)
class Diff(Get):
    """Options of `flag diff`."""

    from_: Annotated[int, typer.Option("--from", min=0, help="The earlier revision.", metavar="N")]
    to: Annotated[int | None, typer.Option("--to", min=0, help="The later revision; now when left out.")] = None


@dataclass(frozen=True, kw_only=True)
class Switch(Writing):
    """Options of `flag enable` and `flag disable`."""

    key: Key
    split: Split = False
    if_version: IfVersion = None
    wait: Wait = False
    timeout: Timeout = "5m"


@dataclass(frozen=True, kw_only=True)
class Revert(Switch):
    """Options of `flag revert`."""

    to: Annotated[int, typer.Option("--to", min=1, help="The revision to go back to.", metavar="N")]


def list_all(options: List) -> None:
    """List the flags of an environment: whether they are on, and what they serve by default."""
    session = Session(options)
    plural = "splits" if options.split else "flags"
    subject = Subject(session.environment, plural, "")
    with checked(session.api, subject):
        items = session.api.every(path_of("environments", session.environment, plural), search=options.search)
    rows = [(each["key"], "on" if each["enabled"] else "off", share(each), each.get("owner") or "-") for each in items]
    session.out.data(
        items, lambda: columns(rows, "key", "", "default", "owner"), lambda: [str(each["key"]) for each in items]
    )


def get(options: Get) -> None:
    """Show a flag or a traffic split as an environment has it."""
    session = Session(options)
    subject = subject_of(session.environment, options.key, split=options.split)
    with checked(session.api, subject):
        document = session.api.get(subject.path).content
    session.out.data(document, lambda: _shown(subject, document), lambda: [subject.name])


def enable(options: Switch) -> None:
    """Switch a flag or a traffic split on: rules, listed units and weights count again, with the users they had."""
    _switch(options, enabled=True)


def disable(options: Switch) -> None:
    """Switch a flag or a traffic split off: everybody gets the off variant, or the stable backend."""
    _switch(options, enabled=False)


def history(options: History) -> None:
    """List who changed it, when and why, newest first."""
    session = Session(options)
    subject = subject_of(session.environment, options.key, split=options.split)
    kind = "split" if options.split else "flag"
    path = path_of("environments", session.environment, "changes")
    with checked(session.api, subject):
        session.api.get(subject.path)
        items = session.api.every(path, options.limit, kind=kind, key=options.key)
    rows = [
        (each["revision"], each["at"][:19], each["actor"]["name"], each["action"], each["reason"]) for each in items
    ]
    session.out.data(
        items,
        lambda: columns(rows, "revision", "at (UTC)", "by", "what", "why"),
        lambda: [str(each["revision"]) for each in items],
    )


def diff(options: Diff) -> None:
    """Compare two revisions of a flag or a traffic split; exit 3 when they differ."""
    session = Session(options)
    subject = subject_of(session.environment, options.key, split=options.split)
    with checked(session.api, subject):
        head = int(session.api.get(subject.path).headers.get("x-flagsvc-revision", "0"))
    later = head if options.to is None else options.to
    if later < options.from_:
        raise Failure(f"--from {options.from_} is later than --to {later}", USAGE)
    path = path_of("environments", session.environment, "diff")
    kind = "split" if options.split else "flag"
    query = {"from": str(options.from_), "to": str(later), "kind": kind, "key": options.key}
    content = session.api.get(path, **query).content
    session.out.data(content, lambda: _differences(content), lambda: [subject.name] if content["items"] else [])
    if content["items"]:
        raise typer.Exit(DIFFERENT)


def revert(options: Revert) -> None:
    """Put it back as it was stored at a revision: the very same users return to each side."""
    session = Session(options)
    subject = subject_of(session.environment, options.key, split=options.split)
    write = Write(method="POST", path=subject.under("revert"), name=subject.name, body={"revision": options.to})
    _change(session, options, subject, write, f"Go back to revision {options.to}?")


def share(document: Document) -> str:
    """Write what a document serves by default: one variant, or its weights."""
    weights = served(document, None)
    if max(weights.values(), default=0) == WHOLE:
        return next(name for name, weight in weights.items() if weight == WHOLE)
    return ", ".join(f"{name} {percent(weight)}" for name, weight in weights.items() if weight)


def add(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Flags and (with --split) traffic splits of an environment.")
    commands: dict[str, Callable[[Any], None]] = {
        "list": list_all, "get": get, "enable": enable, "disable": disable,
        "history": history, "diff": diff, "revert": revert,
    }  # fmt: skip
    for name, command in commands.items():
        register(group, name, command)
    app.add_typer(group, name="flag")


def _switch(options: Switch, *, enabled: bool) -> None:
    session = Session(options)
    subject = subject_of(session.environment, options.key, split=options.split)
    write = Write(method="PATCH", path=subject.path, name=subject.name, body={"enabled": enabled})
    _change(session, options, subject, write, f"Switch it {'on' if enabled else 'off'}?")


def _change(session: Session, options: Switch, subject: Subject, write: Write, question: str) -> None:
    patience_of(options.timeout)
    with checked(session.api, subject):
        before = session.api.get(subject.path).content
        version = before["version"] if options.if_version is None else options.if_version
        expecting = Write(method=write.method, path=write.path, name=write.name, body=write.body, version=version)
        written = carry_out(session, options, expecting, partial(described, subject, before), question)
    wait_if_asked(session, written, wait=options.wait and written.get("changeId") is not None, timeout=options.timeout)


def described(subject: Subject, before: Document, tried: Mapping[str, Any]) -> Iterator[str]:
    """Say what a write makes of a document: on or off, and its weights, old → new."""
    after = tried["document"]
    yield f"{subject.name} @ {subject.environment}"
    if before["enabled"] != after["enabled"]:
        yield f"  {'on' if before['enabled'] else 'off'} → {'on' if after['enabled'] else 'off'}"
    if served(before, None) != served(after, None):
        yield from changes(served(before, None), served(after, None))


def _shown(subject: Subject, document: Document) -> Iterator[str]:
    yield f"{subject.name} @ {subject.environment}, version {document['version']}"
    yield f"  {'on' if document['enabled'] else 'off'}, by default {clean(share(document))}"
    yield f"  changed {document['changedAt'][:19]} by {clean(document['changedBy'])}"
    for rule in document.get("rules") or ():
        yield f"  rule {clean(rule['id'])}: {clean(share({'default': rule}))} when {_compact(rule['when'])}"
    for target in document.get("targets") or ():
        yield f"  {len(target['units'])} listed units: {clean(target['variant'])}"


def _differences(content: Mapping[str, Any]) -> Iterator[str]:
    for item in content["items"]:
        yield f"{item['kind']}/{clean(item['key'])}"
        for step in item["patch"]:
            value = f" {_compact(step['value'])}" if "value" in step else ""
            yield f"  {step['op']} {clean(step['path'] or '/')}{value}"
        yield from (f"  who moves: {clean(each['summary'])}" for each in item["moves"])
    if not content["items"]:
        yield "no differences"


def _compact(content: Any) -> str:
    return clean(json.dumps(content, ensure_ascii=False))
