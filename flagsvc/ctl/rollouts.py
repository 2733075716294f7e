"""`rollout`: begin one, watch it, and tell it what to do."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from flagsvc.ctl.api import Request, path_of
from flagsvc.ctl.facts import Json, is_over, open_gates, status_of
from flagsvc.ctl.failure import USAGE, Failure, Refused
from flagsvc.ctl.figures import clean, moment
from flagsvc.ctl.names import Subject, checked
from flagsvc.ctl.options import InEnvironment, Reason, Writing, Yes, register
from flagsvc.ctl.output import ask, columns, note
from flagsvc.ctl.plans import body_of
from flagsvc.ctl.session import Session
from flagsvc.ctl.spans import plain
from flagsvc.ctl.tree import tree
from flagsvc.ctl.undoing import undo
from flagsvc.ctl.watching import demand_end, follow, leaving, opened
from flagsvc.ctl.writing import Write, carry_out, saved

RolloutKey = Annotated[str, typer.Argument(help="Key of the rollout.", metavar="KEY")]
Watch = Annotated[bool, typer.Option("--watch", help="Watch it afterwards, until it is over.")]
Gate = Annotated[
    str, typer.Argument(help="The gate; the only one that waits for people when left out.", metavar="GATE")
]
SUCCESS, BACK = frozenset({"succeeded"}), frozenset({"rolled-back", "aborted"})
_PEOPLE = frozenset({"approval", "checklist"})


@dataclass(frozen=True, kw_only=True)
class Begin(Writing):
    """Options of `rollout plan` and `rollout start`."""

    plan: Annotated[str, typer.Argument(help="Key of a stored plan; or give a file.", metavar="PLAN")] = ""
    file: Annotated[
        str, typer.Option("-f", "--file", help="A plan as YAML or JSON; - for standard input.", metavar="FILE")
    ] = ""
    key: Annotated[str, typer.Option("--key", help="Key of the rollout; made up when left out.", metavar="KEY")] = ""
    release: Annotated[str, typer.Option("--release", help="Version that is rolled out.", metavar="VERSION")] = ""
    commit: Annotated[str, typer.Option("--commit", help="Commit that it was built from.", metavar="TEXT")] = ""
    deployer: Annotated[str, typer.Option("--deployer", help="Who deploys it.", metavar="NAME")] = ""
    link: Annotated[str, typer.Option("--link", help="Where to read about it.", metavar="URL")] = ""
    override: Annotated[
        str,
        typer.Option("--override", help="Why to begin although a freeze or a cooldown holds it back.", metavar="TEXT"),
    ] = ""
    at: Annotated[
        str, typer.Option("--at", help="When to begin, as RFC 3339 time; at once when left out.", metavar="TIME")
    ] = ""


@dataclass(frozen=True, kw_only=True)
class Start(Begin):
    """Options of `rollout start`."""

    watch: Watch = False


@dataclass(frozen=True, kw_only=True)
class One(InEnvironment):
    """Options of a command that looks at one rollout."""

    key: RolloutKey


@dataclass(frozen=True, kw_only=True)
class Log(One):
    """Options of `rollout log`."""

    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="So many, newest first.", metavar="N")] = 50


@dataclass(frozen=True, kw_only=True)
class Command(One):
    """Options of a command to a rollout."""

    reason: Reason = ""
    yes: Yes = False
    watch: Watch = False


@dataclass(frozen=True, kw_only=True)
class Promote(Command):
    """Options of `rollout promote`."""

    full: Annotated[bool, typer.Option("--full", help="To the end, past all steps and gates.")] = False


@dataclass(frozen=True, kw_only=True)
class Answering(One):
    """Options of `rollout approve` and `rollout reject`."""

    gate: Gate = ""
    reason: Reason = ""


def plan(options: Begin) -> None:
    """Show what `rollout start` would do, what stands in its way, and what its steps can notice; nothing is changed.

    Exit 1 when something stands in its way.
    """
    session = Session(options)
    write = _beginning(session, options)
    preflight = session.api.send(Request(method="POST", path=f"{write.path}/preflight", body=write.body)).content
    if not preflight["ok"]:
        session.out.data({"preflight": preflight}, lambda: checked_lines(preflight), list)
        raise Failure("something stands in its way")
    with _overridable():
        tried = session.api.send(write.request(options.reason, dry_run=True))
    content = {**tried.content, "preflight": preflight}
    lines = [*_planned(session.environment, content, tried.at), *checked_lines(preflight)]
    session.out.data(content, lambda: lines, lambda: [_key_in(content)])


def start(options: Start) -> None:
    """Begin a rollout by a stored plan or a plan in a file, at once or at a time."""
    session = Session(options)
    write = _beginning(session, options)

    def describe(tried: Mapping[str, Any]) -> Iterable[str]:
        return _planned(session.environment, tried, datetime.now(UTC))

    with _overridable():
        written = carry_out(session, options, write, describe, "Begin this?")
    if options.watch and not options.dry_run:
        _watch(session, _key_in(written))


def list_all(options: InEnvironment) -> None:
    """List the rollouts of an environment."""
    session = Session(options)
    with checked(session.api, _rollout(session, "")):
        items = session.api.every(path_of("environments", session.environment, "rollouts"))
    session.out.data(
        items,
        lambda: columns([_row(each) for each in items], "key", "phase", "step", "since (UTC)", "summary"),
        lambda: [str(each["key"]) for each in items],
    )


def status(options: One) -> None:
    """Show where a rollout is."""
    session = Session(options)
    answer = _read(session, options.key)
    lines = tree(answer.content, session.environment, answer.at)
    session.out.data(answer.content, lambda: map(plain, lines), lambda: [f"rollout/{options.key}"])


def watch(options: One) -> None:
    """Watch a rollout until it is over: a tree on a terminal, one line per change elsewhere.

    Exit 0 when it succeeded, 6 when it was rolled back or aborted. It goes on when the service restarts.
    """
    _watch(Session(options), options.key)


def log(options: Log) -> None:
    """List what happened to a rollout, newest first."""
    session = Session(options)
    subject = _rollout(session, options.key)
    with checked(session.api, subject):
        items = session.api.every(subject.under("log"), options.limit)
    session.out.data(items, lambda: map(_logged, items), lambda: [str(each["number"]) for each in items])


def pause(options: Command) -> None:
    """Stop a rollout where it is; nobody moves until it is resumed."""
    _command(options, "pause")


def resume(options: Command) -> None:
    """Go on after a pause."""
    _command(options, "resume")


def promote(options: Promote) -> None:
    """Go on to the next step without waiting any longer; with --full to the end."""
    if options.full:
        _command(options, "promote-full", "Give it everybody now, past all steps and gates?")
    else:
        _command(options, "promote")


def abort(options: Command) -> None:
    """End a rollout: everything goes back to how it was before. It does not ask, as every way back."""
    _command(options, "abort", wanted=BACK)


def retry(options: Command) -> None:
    """Try again what failed."""
    _command(options, "retry")


def rollback(options: Command) -> None:
    """Take everything back to how it was before the rollout. It does not ask, as every way back."""
    _command(options, "roll-back", wanted=BACK)


def approve(options: Answering) -> None:
    """Let a rollout through a gate that waits for people."""
    _answer_gate(options, "pass")


def reject(options: Answering) -> None:
    """Close a gate that waits for people: what follows is what the plan says of failures."""
    _answer_gate(options, "fail")


COMMANDS: Mapping[str, Callable[[Any], None]] = {
    "plan": plan, "start": start, "list": list_all, "status": status, "watch": watch, "log": log,
    "pause": pause, "resume": resume, "promote": promote, "abort": abort, "retry": retry, "rollback": rollback,
    "approve": approve, "reject": reject, "undo": undo,
}  # fmt: skip
"""Every command by its word."""


def add(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Releases that go by steps, judge themselves and go back.")
    for name, command in COMMANDS.items():
        register(group, name, command)
    app.add_typer(group, name="rollout")


def _rollout(session: Session, key: str) -> Subject:
    return Subject(session.environment, "rollouts", key)


def _read(session: Session, key: str) -> Any:
    subject = _rollout(session, key)
    with checked(session.api, subject):
        return session.api.get(subject.path)


def _beginning(session: Session, options: Begin) -> Write:
    deployment = {
        "version": options.release,
        "commit": options.commit,
        "deployer": options.deployer,
        "url": options.link,
    }
    extra = {
        "key": options.key,
        "deployment": {name: value for name, value in deployment.items() if value},
        "startAt": _time(options.at),
        "override": {"reason": options.override} if options.override else {},
    }
    body = body_of(options.plan, options.file, extra)
    path = path_of("environments", session.environment, "rollouts")
    return Write(method="POST", path=path, name=f"rollout/{options.key}", body=body)


@contextmanager
def _overridable() -> Iterator[None]:
    """Say how to begin all the same what something holds back."""
    try:
        yield
    except Refused as refused:
        if refused.word != "held-back":
            raise
        remedy = "If it cannot wait, say why: --override REASON."
        raise Refused(refused.status, refused.problem, remedy) from None


def _time(text: str) -> str:
    if not text:
        return ""
    try:
        return moment(text).isoformat()
    except ValueError:
        raise Failure(f"--at: {text!r} is no RFC 3339 time such as 2026-11-22T14:00:00Z", USAGE) from None


def _planned(environment: str, written: Mapping[str, Any], now: datetime) -> Iterator[str]:
    shown = _shown(written)
    yield from map(plain, tree(shown, environment, now))
    if downtime := clean(status_of(shown).get("downtime") or ""):
        yield f"  downtime: {downtime}"


def checked_lines(preflight: Mapping[str, Any]) -> Iterator[str]:
    """Say what the check before a rollout found, in the service's words."""
    yield clean(preflight["summary"])
    yield from (f"{clean(each['level'])}: {clean(each['detail'])}" for each in preflight["findings"])
    if preflight["steps"]:
        yield "at the traffic of the last hour:"
    for step in preflight["steps"]:
        sentences = [clean(text) for metric in step["metrics"] for text in metric["sentences"]]
        yield from (f"step {step['number']}: {text}" for text in sentences)


def _shown(written: Mapping[str, Any]) -> Json:
    """Give what a write answered as a read would: the document with its status."""
    document = written.get("document") or {}
    return {**document, "status": written.get("status") or document.get("status") or {}}


def _key_in(written: Mapping[str, Any]) -> str:
    return str((written.get("document") or {}).get("key", ""))


def _row(rollout: Json) -> tuple[str, str, str, str, str]:
    status = status_of(rollout)
    steps = len(status.get("steps") or ())
    step = f"{status['step']}/{steps}" if status.get("step") else "-"
    since, summary = (status.get("since") or "")[:19], status.get("summary") or ""
    return str(rollout["key"]), str(status.get("phase", "")), step, since, summary


def _watch(session: Session, key: str, wanted: Collection[str] = SUCCESS) -> None:
    _read(session, key)
    path = _rollout(session, key).path
    with leaving(session.environment, key), opened(session.out, session.environment) as view:
        ended = follow(lambda: session.api.get(path), view)
    demand_end(ended, wanted)


def _command(options: Command, word: str, question: str = "", wanted: Collection[str] = SUCCESS) -> None:
    session = Session(options)
    subject = _rollout(session, options.key)
    with checked(session.api, subject):
        if question:
            note(plain(tree(_read(session, options.key).content, session.environment, datetime.now(UTC))[0]))
            ask(question, yes=options.yes)
        _say(session, subject, subject.under(word), options.reason)
    if options.watch:
        _watch(session, options.key, wanted)


def _say(session: Session, subject: Subject, path: str, reason: str) -> None:
    answer = session.api.send(Request(method="POST", path=path, body={"reason": reason} if reason else {}))
    content = {**answer.content, "requestId": answer.request_id}
    head = tree(_shown(answer.content), session.environment, answer.at)[0]
    session.out.data(content, lambda: [plain(head), saved(answer)], lambda: [subject.name])


def _answer_gate(options: Answering, word: str) -> None:
    session = Session(options)
    subject = _rollout(session, options.key)
    with checked(session.api, subject):
        gate = options.gate or _only_gate(_read(session, options.key).content)
        _say(session, subject, subject.under("gates", gate, word), options.reason)


def _only_gate(rollout: Json) -> str:
    waiting = sorted({gate["name"] for gate in open_gates(status_of(rollout)) if gate.get("kind") in _PEOPLE})
    if len(waiting) == 1:
        return str(waiting[0])
    over = is_over(rollout) is not None
    detail = "no gate waits for people" if not waiting else f"say which gate: {', '.join(map(clean, waiting))}"
    raise Failure(f"{detail}{' (the rollout is over)' if over else ''}", USAGE)


def _logged(entry: Json) -> str:
    """Write an entry of the log: its number, time and phase, then what was said about it, or what came in."""
    notes = [
        clean(f"{note['meaning']}: {note['detail']}" if note.get("detail") else note["meaning"])
        for note in entry["notes"]
    ]
    said = "; ".join(notes) or clean(entry["event"].get("event", ""))
    return f"{entry['number']:>4}  {entry['at'][:19]}  {clean(entry['phase']):<12}  {said}"
