"""Whether readers can still evaluate a rule with all its segments unfolded, which no document shows by itself."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flagsdk.core.decode_condition import decode_condition
from flagsdk.core.library import Library
from flagsdk.core.support import support_of
from flagsvc.domain.errors import Fault
from flagsvc.domain.members import pointer_to
from flagsvc.domain.records import READER_KINDS, Edit, Ref, is_archived
from flagsvc.domain.references import segments_in
from flagsvc.ports import View
from flagsvc.usecases.reading import Documents

CODE = "too-many"


class Texts(Mapping[str, str]):
    """The documents of a view as a reader has them."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def __getitem__(self, name: str) -> str:
        return json.dumps(self._documents[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)


def unreadable(view: View, environment: str, edits: Sequence[Edit]) -> Iterator[tuple[Ref, Fault]]:
    """Find the rules that no reader would evaluate after these edits of sound documents, and which edit is to blame.

    Rules that rest on an edited segment are looked at, too, unless it became smaller.
    """
    live = [edit for edit in edits if edit.ref.kind in READER_KINDS and not is_archived(edit.after)]
    then = Documents(view, environment, {edit.ref.name: edit.after for edit in edits})
    after = Library(Texts(then))
    before = Library(Texts(Documents(view, environment, {})))
    for edit in live:
        for pointer, fault in _faults(then[edit.ref.name], after):
            yield edit.ref, Fault(pointer, CODE, f"No reader could evaluate this: {fault}.")
        if edit.ref.kind == "segment" and edit.before is not None and _grown(edit.ref.key, before, after):
            others = _users(view, edit.ref, {each.ref.name for each in edits})
            spoilt = ((name, fault) for name in others for _, fault in _faults(then[name], after))
            for name, fault in spoilt:
                yield edit.ref, Fault("/when", CODE, f"No reader could evaluate {name}, which rests on this: {fault}.")


def _faults(document: Mapping[str, Any], library: Library) -> Iterator[tuple[str, str]]:
    for index, rule in enumerate(document.get("rules", ())):
        if any(segments_in(rule["when"])):
            support = support_of(decode_condition(rule["when"]), library.audience)
            yield from ((pointer_to("rules", index, "when"), fault) for fault in support.faults)


def _grown(key: str, before: Library, after: Library) -> bool:
    old, new = before.audience(key).support, after.audience(key).support
    return new.size > old.size or new.depth > old.depth


def _users(view: View, segment: Ref, edited: set[str]) -> list[str]:
    """Name everything in force that rests on a segment, by however many steps, but what is edited itself."""
    found = dict.fromkeys([segment.name])
    waiting = [segment.name]
    for name in waiting:
        new = [user for user in view.users(segment.environment, name) if user not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return [name for name in found if name not in edited]
