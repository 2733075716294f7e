"""The Dockerfile as values: stages of instructions, and which files a build may see (.dockerignore)."""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache

from tests.support.tree import ROOT

TEXT = (ROOT / "Dockerfile").read_text()


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined: `word` is RUN, COPY and so on, `text` what follows."""

    word: str
    text: str

    @property
    def words(self) -> list[str]:
        """What follows as words; of the form in brackets its members."""
        text = self.text[self.text.index("[") :] if self.text.endswith("]") else ""
        return list(json.loads(text)) if text else shlex.split(self.text)


def stages(text: str = TEXT) -> list[list[Instruction]]:
    """Part a Dockerfile into its stages; what stands before the first FROM belongs to none."""
    found: list[list[Instruction]] = []
    for instruction in _instructions(text):
        if instruction.word == "FROM":
            found.append([])
        if found:
            found[-1].append(instruction)
    return found


def only(stage: Sequence[Instruction], word: str) -> Instruction:
    """Give the one instruction of a kind."""
    (found,) = (instruction for instruction in stage if instruction.word == word)
    return found


def environment(stage: Iterable[Instruction], inherited: str) -> dict[str, str]:
    """Give what the ENV instructions of a stage set, where the base has `inherited` as its PATH."""
    pairs = [pair for each in stage if each.word == "ENV" for pair in shlex.split(each.text)]
    return {name: value.replace("$PATH", inherited) for name, _, value in (pair.partition("=") for pair in pairs)}


def copies(stage: Iterable[Instruction]) -> list[tuple[list[str], str]]:
    """Give sources and target of each COPY from the context."""
    words = [each.words for each in stage if each.word == "COPY" and "--from" not in each.text]
    return [(listed[:-1], listed[-1]) for listed in words]


def context(names: Iterable[str], ignored: str) -> list[str]:
    """Give the files that reach a build: the last line of .dockerignore that fits one, or a folder of it, decides."""
    rules = [(line.removeprefix("!"), line.startswith("!")) for line in _lines(ignored)]
    return [name for name in names if _reaches(name, rules)]


def _reaches(name: str, rules: Sequence[tuple[str, bool]]) -> bool:
    parts = name.split("/")
    places = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    wanted = True
    for pattern, allows in rules:
        if any(_pattern(pattern).fullmatch(place) for place in places):
            wanted = allows
    return wanted


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern: `**` is any number of folders, also none; `*` ends at a slash."""
    pieces = [translate(piece).removesuffix(r"\Z").replace(".*", "[^/]*") for piece in text.split("**/")]
    return re.compile("(?:.*/)?".join(pieces))


def _instructions(text: str) -> Iterator[Instruction]:
    for line in "\n".join(_lines(text)).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        yield Instruction(word, rest.strip())


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
