"""`eval`: what somebody gets, and why, now or at any moment of the history."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from flagsvc.ctl.api import Request, path_of
from flagsvc.ctl.failure import USAGE, Failure, Unreachable
from flagsvc.ctl.figures import clean, moment, seconds_of
from flagsvc.ctl.names import checked, subject_of
from flagsvc.ctl.options import InEnvironment, Key, Split, register
from flagsvc.ctl.output import note
from flagsvc.ctl.session import Session

WATCH_SECONDS = 1.0
MAX_CONTEXT = 1024 * 1024
_FIRST = ("step", "index", "rule", "segment", "flag", "attribute", "operator")


@dataclass(frozen=True, kw_only=True)
class Eval(InEnvironment):
    """Options of `eval`."""

    key: Key
    context: Annotated[
        str,
        typer.Option(
            "-c", "--context", help="Attributes as JSON: a file, - for standard input, or {…}.", metavar="CONTEXT"
        ),
    ] = ""
    unit: Annotated[
        str, typer.Option("--unit", help="The targeting key, alone or beside --context.", metavar="KEY")
    ] = ""
    split: Split = False
    at: Annotated[str, typer.Option("--at", help="A revision, a time, or how long ago (15m).", metavar="WHEN")] = ""
    explain: Annotated[bool, typer.Option("--explain", help="Tell every step with its operands and outcome.")] = False
    watch: Annotated[bool, typer.Option("--watch", help="Go on, and tell each change until Ctrl-C.")] = False


def evaluate(options: Eval) -> None:
    """Evaluate a flag or a traffic split for somebody, by the function that every SDK runs."""
    if options.watch and options.at:
        raise Failure("--watch is about now: leave --at out", USAGE)
    question = {
        "split" if options.split else "flag": options.key,
        "context": context_of(options.context, options.unit),
        "explain": options.explain,
        **_moment(options.at, datetime.now(UTC)),
    }
    session = Session(options)
    if options.watch:
        _watch(session, question)
        return
    _print(session, options.key, _ask(session, options, question))


def context_of(text: str, unit: str) -> dict[str, Any]:
    """Read an evaluation context: inline, from standard input or a file; raises Failure for what is none."""
    content = _text(text).strip()
    try:
        context = json.loads(content) if content else {}
    except (ValueError, RecursionError) as error:
        raise Failure(f"--context is no JSON: {error}", USAGE) from None
    if not isinstance(context, dict):
        raise Failure("--context: an object of attributes is expected", USAGE)
    return {**context, "targetingKey": unit} if unit else context


def add(app: typer.Typer) -> None:
    """Add the command."""
    register(app, "eval", evaluate)


def _ask(session: Session, options: Eval, question: Mapping[str, Any]) -> Mapping[str, Any]:
    subject = subject_of(session.environment, options.key, split=options.split)
    with checked(session.api, subject):
        return _answer(session, question)


def _answer(session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
    path = path_of("environments", session.environment, "evaluate")
    content: Mapping[str, Any] = session.api.send(Request(method="POST", path=path, body=question)).content
    return content


def _watch(session: Session, question: Mapping[str, Any]) -> None:
    """Ask every second, and print an answer when it differs from the one before in more than its revision."""
    key, last = str(question.get("split") or question.get("flag")), None
    answer = _ask(session, _options(session), question)
    while True:
        decided = {**answer["decision"], "revision": None}
        if decided != last:
            _print(session, key, answer)
        last = decided
        time.sleep(WATCH_SECONDS)
        try:
            answer = _answer(session, question)
        except Unreachable as lost:
            note(lost.detail)


def _options(session: Session) -> Eval:
    assert isinstance(session.options, Eval)  # noqa: S101  # made in `evaluate`
    return session.options


def _print(session: Session, key: str, answer: Mapping[str, Any]) -> None:
    variant = str(answer["decision"].get("variant"))
    session.out.data(answer, lambda: _lines(session.environment, key, answer), lambda: [variant])


def _lines(environment: str, key: str, answer: Mapping[str, Any]) -> Iterator[str]:
    decision = answer["decision"]
    yield f"{clean(key)} @ {environment}, revision {answer['revision']}"
    facts = {name: decision.get(name) for name in ("variant", "value", "reason", "rule", "bucket", "prerequisite")}
    facts["error"] = ": ".join(str(decision[name]) for name in ("error", "detail") if decision.get(name)) or None
    for name, value in facts.items():
        if value is not None or name == "value":
            yield f"  {name:<12}  {clean(json.dumps(value, ensure_ascii=False) if name == 'value' else value)}"
    if "trace" in answer:
        yield "why"
        yield from traced(answer["trace"]["steps"])


def traced(steps: list[Any], indent: str = "") -> Iterator[str]:
    """Draw the steps of an explanation as a tree: whatever a step says in single values is on its line."""
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        yield f"{indent}{'└─' if last else '├─'} {_told(step)}"
        yield from traced(list(_inner(step)), indent + ("   " if last else "│  "))


def _told(step: Mapping[str, Any]) -> str:
    names = sorted(step, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    shown = [name for name in names if not _is_nested(step[name]) and name != "outcome"]
    words = [clean(step[name]) if name == "step" else f"{name} {_value(step[name])}" for name in shown]
    outcome = [f"→ {clean(step['outcome'])}"] if "outcome" in step else []
    return "  ".join([*words, *outcome])


def _value(value: Any) -> str:
    return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))


def _inner(step: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in step.values():
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            yield from (each for each in value if isinstance(each, dict))


def _text(text: str) -> str:
    if text.lstrip().startswith("{"):
        return text
    if text == "-":
        return sys.stdin.read(MAX_CONTEXT)
    if not text:
        return ""
    try:
        return Path(text).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Failure(f"--context: {error}", USAGE, "A file, - for standard input, or an object as JSON.") from None


def _moment(text: str, now: datetime) -> dict[str, Any]:
    if not text:
        return {}
    if text.isascii() and text.isdigit():
        return {"revision": int(text)}
    try:
        return {"at": (now - timedelta(seconds=seconds_of(text))).isoformat()}
    except (ValueError, OverflowError):
        pass
    try:
        return {"at": moment(text).isoformat()}
    except ValueError:
        raise Failure(f"--at: {text!r} is no revision, no RFC 3339 time and no span such as 15m", USAGE) from None
