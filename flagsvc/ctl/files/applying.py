"""What files say, brought to the service: tried first, told in words, then done as it was told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flagsvc.ctl.api import Answer, Api, Request, path_of
from flagsvc.ctl.failure import ERROR, Failure, Refused
from flagsvc.ctl.figures import clean
from flagsvc.ctl.files.reading import Document

MOST_FAULTS = 20
STRANGER = "what answers is no flagsvc, or something that stands before it"
MALFORMED = 400


@dataclass(frozen=True, slots=True)
class Applying:
    """Files on their way to a service. `rerandomise`: units of a split may be drawn anew."""

    api: Api
    documents: Sequence[Document]
    reason: str = ""
    rerandomise: bool = False

    def tried(self) -> "Outcome":
        """Ask what would happen; nothing is stored. Raises Failure, with the place in a file of all that is wrong."""
        return Outcome(self._send({}, dry_run=True))

    def done(self, tried: "Outcome") -> "Outcome":
        """Do exactly what was told; raises Failure, with the code for staleness when something changed meanwhile."""
        return Outcome(self._send(tried.base, dry_run=False))

    def _send(self, base: Mapping[str, int], *, dry_run: bool) -> Answer:
        query = {name: "true" for name, on in (("dryRun", dry_run), ("rerandomise", self.rerandomise)) if on}
        headers = {"X-Change-Reason": f"UTF-8''{quote(self.reason)}"} if self.reason else {}
        body = {"documents": [each.content for each in self.documents], "base": base}
        try:
            request = Request(method="POST", path=path_of("apply"), query=query, body=body, headers=headers)
            answer = self.api.send(request)
        except Refused as refused:
            raise self._placed(refused) from None
        if not isinstance(answer.content, dict):
            raise Failure(STRANGER)
        return answer

    def _placed(self, refused: Refused) -> Failure:
        faults = [each for each in refused.problem.get("errors") or () if isinstance(each, dict)]
        lines = [f"{self._place(str(each.get('pointer', '')))}: {clean(each.get('detail', ''))}" for each in faults]
        if not lines:
            return refused
        more = [f"and {len(lines) - MOST_FAULTS} more"] if len(lines) > MOST_FAULTS else []
        told = "\n".join([*lines[:MOST_FAULTS], *more])
        return Failure(f"nothing was changed:\n{told}", refused.code or ERROR)

    def _place(self, pointer: str) -> str:
        """Lead from a pointer into the request to a line of a file, where it is about a document."""
        head, _, rest = pointer.removeprefix("/documents/").partition("/")
        if not pointer.startswith("/documents/") or not head.isdigit() or int(head) >= len(self.documents):
            return pointer or "the request"
        inner = f"/{rest}" if rest else ""
        return f"{self.documents[int(head)].place(inner)} {inner}".rstrip()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the service answered."""

    answer: Answer

    @property
    def content(self) -> Mapping[str, Any]:
        """The answer's JSON."""
        content: Mapping[str, Any] = self.answer.content
        return content

    @property
    def changed(self) -> list[str]:
        """What is created or edited: ENVIRONMENT/KIND/KEY."""
        return [name for name, told in self.content["documents"].items() if told["action"] != "none"]

    @property
    def changes(self) -> bool:
        """Whether anything at all changes, a flag's texts for all environments included."""
        return self.content.get("changeId") is not None

    @property
    def left(self) -> dict[str, list[str]]:
        """What stays as it is although files say otherwise, and why."""
        told = self.content["documents"]
        return {name: [_because(each) for each in one["left"]] for name, one in told.items() if one["left"]}

    @property
    def unexpected(self) -> list[str]:
        """What stays as it is although neither its file nor a rollout says so."""
        told = self.content["documents"]
        return [name for name, one in told.items() if not all(each["expected"] for each in one["left"])]

    @property
    def base(self) -> dict[str, int]:
        """The revisions of the environments that change, as they were when it was tried."""
        return {environment: revision - 1 for environment, revision in self.content["heads"].items()}

    def left_lines(self) -> Iterator[str]:
        """Tell in words what is left alone."""
        for name, reasons in self.left.items():
            yield from (f"left alone: {clean(name)}{clean(reason)}" for reason in reasons)

    def lines(self) -> Iterator[str]:
        """Tell it in words."""
        told = self.content["documents"]
        for name in self.changed:
            yield f"{'create' if told[name]['action'] == 'create' else 'change'} {clean(name)}"
        for each in self.content.get("moves") or ():
            yield f"who moves ({clean(each['document'])}{clean(each['pointer'])}): {clean(each['summary'])}"
        yield from self.left_lines()
        for lint in self.content.get("lints") or ():
            yield f"note: {clean(lint['detail'])}"


def _because(left: Mapping[str, Any]) -> str:
    return f"{left['pointer']}: {left['because']}"
