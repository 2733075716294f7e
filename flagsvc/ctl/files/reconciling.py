"""A folder and a service kept in step, turn by turn; nothing is compared again while nothing changes on either side."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flagsvc.ctl.api import Api, path_of
from flagsvc.ctl.failure import DIFFERENT, DONE, STALE, USAGE, Failure
from flagsvc.ctl.files.applying import STRANGER, Applying, Outcome
from flagsvc.ctl.files.reading import Document, read

Mode = Literal["enforce", "detect"]
WORKTREES = ".worktrees"
"""Where git-sync puts a checkout: its folder is named after the commit."""
SHOWN = 20
SETTLED_SECONDS = 300.0
"""So long at most it is believed that nothing has changed because nothing was written."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How folder and service stand to one another after a turn.

    `differing`: documents of the service that are not as they should be by the files; None where nobody knows. `code`:
    how a command ends that asks once. `lines`: what there is to tell.
    """

    differing: int | None
    code: int
    lines: tuple[str, ...]
    at: float

    @property
    def in_sync(self) -> bool:
        """Whether the service is known to be as the files say."""
        return self.differing == 0


class Reconciler:
    """Brings what a folder holds to a service, or only tells what differs. `clock` gives Unix seconds."""

    def __init__(
        self, api: Api, folder: Path, mode: Mode, reason: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self._api, self._folder, self._mode, self._reason, self._clock = api, folder, mode, reason, clock
        self._settled: tuple[object, Standing] | None = None

    def turn(self) -> Standing:
        """Compare and, in mode enforce, apply. What cannot be read or is refused changes nothing, and is told."""
        try:
            return self._turned()
        except Failure as failure:
            self._settled = None
            lines = (f"{failure.detail}", *((failure.remedy,) if failure.remedy else ()))
            return Standing(None, failure.code, lines, self._clock())

    def _turned(self) -> Standing:
        folder = self._folder.resolve()  # once: a link to the newest checkout may lead elsewhere in a moment
        documents = self._documents(folder)
        mark = (_digest(documents), self._newest_change())
        if self._settled and self._settled[0] == mark and self._clock() - self._settled[1].at < SETTLED_SECONDS:
            return self._settled[1]
        commit = _commit_of(folder)
        applying = Applying(self._api, documents, " ".join(filter(None, (f"Files{commit}", self._reason))))
        tried = applying.tried()
        standing = self._enforced(applying, tried, commit) if self._mode == "enforce" else self._detected(tried)
        self._settled = None if tried.changes and self._mode == "enforce" else (mark, standing)
        return standing

    def _documents(self, folder: Path) -> Sequence[Document]:
        if not folder.is_dir():
            raise Failure(f"{self._folder}: there is no such folder", USAGE)
        if not (documents := read([str(folder)])):
            raise Failure(f"{self._folder}: no documents; an empty folder is taken for a mistake", USAGE)
        return documents

    def _enforced(self, applying: Applying, tried: Outcome, commit: str) -> Standing:
        if not tried.changes:
            return self._standing(tried, ["as the files say"])
        done = applying.done(tried)
        return self._standing(done, [f"applied{commit}", *tried.lines()])

    def _detected(self, tried: Outcome) -> Standing:
        differing = {*tried.changed, *tried.unexpected}
        if not tried.changes and not differing:
            return self._standing(tried, ["as the files say"])
        return Standing(len(differing) or 1, DIFFERENT, _told(["not as the files say", *tried.lines()]), self._clock())

    def _standing(self, outcome: Outcome, lines: Sequence[str]) -> Standing:
        told = dict.fromkeys([*lines, *outcome.left_lines()])
        return Standing(len(outcome.unexpected), DONE, _told([*told]), self._clock())

    def _newest_change(self) -> object:
        newest = self._api.get(path_of("audit"), limit="1").content
        if not isinstance(newest, dict):
            raise Failure(STRANGER)
        return [(each["environment"], each["revision"]) for each in newest["items"]]


def is_stale(standing: Standing) -> bool:
    """Whether somebody changed something between the look and the deed, so that it is worth looking again at once."""
    return standing.code == STALE


def _commit_of(folder: Path) -> str:
    known = WORKTREES in folder.parts and folder.parts.index(WORKTREES) + 1 < len(folder.parts)
    return f" of commit {folder.parts[folder.parts.index(WORKTREES) + 1][:12]}" if known else ""


def _told(lines: Sequence[str]) -> tuple[str, ...]:
    more = (f"and {len(lines) - SHOWN} lines more",) if len(lines) > SHOWN else ()
    return (*lines[:SHOWN], *more)


def _digest(documents: Sequence[Document]) -> str:
    text = json.dumps([each.content for each in documents], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
