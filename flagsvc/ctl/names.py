"""Names that are wrong: the nearest that there is, looked up when the service knows none of this name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches

from flagsvc.ctl.api import Api, path_of
from flagsvc.ctl.failure import Failure, Refused

MOST_NAMES = 2000
_OTHER = {"flags": ("splits", "a traffic split", "--split"), "splits": ("flags", "a flag", "no --split")}


@dataclass(frozen=True, slots=True)
class Subject:
    """A document of an environment: `plural` is the word of its collection."""

    environment: str
    plural: str
    key: str

    @property
    def path(self) -> str:
        """Where it is."""
        return path_of("environments", self.environment, self.plural, self.key)

    @property
    def name(self) -> str:
        """Name it for people and for scripts."""
        return f"{self.plural.removesuffix('s')}/{self.key}"

    def under(self, *rest: str) -> str:
        """Where something of it is."""
        return path_of("environments", self.environment, self.plural, self.key, *rest)


def subject_of(environment: str, key: str, *, split: bool) -> Subject:
    """Name a flag or a traffic split."""
    return Subject(environment, "splits" if split else "flags", key)


@contextmanager
def checked(api: Api, subject: Subject) -> Iterator[None]:
    """Add the nearest known name when the service does not know one of the subject's."""
    try:
        yield
    except Refused as refused:
        if refused.word != "not-found" or refused.remedy:
            raise
        raise Refused(refused.status, refused.problem, _suggestion(api, subject)) from None


def nearest(name: str, known: list[str]) -> str:
    """Say which known name may have been meant: "" when none is near and there are many."""
    close = get_close_matches(name.lower(), [each.lower() for each in known], n=1, cutoff=0.6)
    if close:
        return f"Did you mean {next(each for each in known if each.lower() == close[0])}?"
    return f"Known: {', '.join(sorted(known))}." if 0 < len(known) <= 10 else ""  # noqa: PLR2004  # one line


def known_environments(api: Api, name: str) -> str:
    """Say which environment may have been meant by a name: "" where it is one, or none can be listed."""
    known = _keys(api, path_of("environments"))
    return "" if name in known or not known else nearest(name, known)


def _suggestion(api: Api, subject: Subject) -> str:
    if environment := known_environments(api, subject.environment):
        return environment
    known = _keys(api, path_of("environments", subject.environment, subject.plural))
    other, words, option = _OTHER.get(subject.plural, ("", "", ""))
    if other and subject.key in _keys(api, path_of("environments", subject.environment, other)):
        return f"There is {words} of this name: {option}."
    return "" if subject.key in known else nearest(subject.key, known)


def _keys(api: Api, path: str) -> list[str]:
    """Read the keys of a list; none where that is not possible: a help that fails is no reason to fail."""
    try:
        return [str(each["key"]) for each in api.every(path, MOST_NAMES)]
    except Failure:
        return []
