"""A write as people see it: tried dry, told, asked about, done, and perhaps waited for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flagsvc.ctl.api import Answer, Request
from flagsvc.ctl.figures import clean
from flagsvc.ctl.options import Writing
from flagsvc.ctl.output import Output, ask, note
from flagsvc.ctl.session import Session
from flagsvc.ctl.waiting import patience_of, wait_for_all

MOST_LINTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write: where, with what. `version` is what it expects to find.

    `name` is its subject for scripts, KIND/KEY; KIND/ where the service makes up the key.
    """

    method: str
    path: str
    name: str
    body: Any = None
    version: int | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    def request(self, reason: str, *, dry_run: bool) -> Request:
        """Make the request; a dry one stores nothing."""
        headers = {"If-Match": f'"{self.version}"'} if self.version is not None else {}
        if reason:
            headers["X-Change-Reason"] = f"UTF-8''{quote(reason)}"
        query = {**self.query, **({"dryRun": "true"} if dry_run else {})}
        return Request(method=self.method, path=self.path, query=query, body=self.body, headers=headers)


def carry_out(
    session: Session,
    options: Writing,
    write: Write,
    describe: Callable[[Mapping[str, Any]], Iterable[str]],
    question: str,
) -> Mapping[str, Any]:
    """Try it dry, tell what it would do, ask, and do it; gives what the API answered. Raises Failure.

    What was told is what is done: where the document has a version, the write expects the one that was looked at.
    """
    tried = session.api.send(write.request(options.reason, dry_run=True))
    told = [*describe(tried.content), *consequences(tried.content)]
    if options.dry_run:
        return _printed(session.out, write, tried, told)
    for line in told:
        note(line)
    if tried.content.get("changeId") is None:
        return _printed(session.out, write, tried, ["nothing changes"])
    ask(question, yes=options.yes)
    done = session.api.send(write.request(options.reason, dry_run=False))
    return _printed(session.out, write, done, [saved(done)])


def consequences(written: Mapping[str, Any]) -> Iterator[str]:
    """Say who moves, and what deserves a second look."""
    moves = written.get("moves") or ()
    for each in moves:
        place = f" ({clean(each['document'])}{clean(each['pointer'])})" if len(moves) > 1 else ""
        yield f"who moves{place}: {clean(each['summary'])}"
    for lint in (written.get("lints") or ())[:MOST_LINTS]:
        yield f"note: {clean(lint['detail'])}"
    if bindings := written.get("bindings"):
        yield f"routers follow by: {clean(', '.join(bindings))}"


def saved(answer: Answer) -> str:
    """Say that it is done, with what finds it again."""
    written = answer.content
    return f"saved: {written['environment']} revision {written['revision']}, request {answer.request_id}"


def wait_if_asked(session: Session, written: Mapping[str, Any], *, wait: bool, timeout: str) -> None:
    """Wait for everybody's confirmation of a write that changed something. Raises Failure."""
    if wait and not written.get("dryRun"):
        wait_for_all(session.api, session.environment, written, patience_of(timeout))
        note("confirmed everywhere")


def _printed(out: Output, write: Write, answer: Answer, lines: Iterable[str]) -> Mapping[str, Any]:
    content: Mapping[str, Any] = answer.content
    out.data({**content, "requestId": answer.request_id}, lambda: lines, lambda: [_name(write, content)])
    return content


def _name(write: Write, written: Mapping[str, Any]) -> str:
    return write.name + str(written["document"]["key"]) if write.name.endswith("/") else write.name
