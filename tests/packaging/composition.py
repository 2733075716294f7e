"""A composition (or a stack) as values: services with what they inherit, mounts, secrets, commands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.packaging.dockerfile import environment, only, stages
from tests.support.tree import ROOT

OURS = re.compile(r"(?:.*/)?flagsvc:(.+)")
SECRETS = "/run/secrets/"


@dataclass(frozen=True)
class Part:
    """One service of a composition."""

    name: str
    document: Mapping[str, Any]

    @property
    def is_ours(self) -> bool:
        """Whether it runs our image."""
        return bool(OURS.fullmatch(self.document["image"]))

    @property
    def environment(self) -> dict[str, str]:
        """What its file sets; values are texts, or the engine would refuse them."""
        found: dict[str, str] = dict(self.document.get("environment", {}))
        assert all(isinstance(value, str) for value in found.values()), found
        return found

    @property
    def command(self) -> list[str]:
        """What is run: entry point and command, of the image where the file says nothing."""
        final = stages()[1]
        default = [only(final, word).words for word in ("ENTRYPOINT", "CMD")] if self.is_ours else [[], []]
        entry, words = (self.document.get(key) for key in ("entrypoint", "command"))
        if entry is not None:
            return [*map(str, entry), *map(str, words or [])]
        return [*default[0], *map(str, default[1] if words is None else words)]

    @property
    def secrets(self) -> list[str]:
        """Names of the secrets that it may read."""
        return [each if isinstance(each, str) else each["source"] for each in self.document.get("secrets", [])]

    @property
    def mounts(self) -> list[Mapping[str, Any]]:
        """Its mounts of files and folders."""
        return [each for each in self.document.get("volumes", []) if each["type"] == "bind"]

    @property
    def networks(self) -> set[str]:
        """Names of its networks."""
        return set(self.document.get("networks", ["default"]))

    @property
    def check(self) -> list[str]:
        """Its check of health, `CMD`, `CMD-SHELL` or `NONE` first; that of the image where the file says nothing."""
        said = self.document.get("healthcheck")
        if said is None:
            return ["CMD", *only(stages()[1], "HEALTHCHECK").words] if self.is_ours else ["NONE"]
        return ["NONE"] if said.get("disable") else list(said["test"])


@dataclass(frozen=True)
class Composition:
    """A file of services; `folder` is where its relative paths begin."""

    folder: Path
    document: Mapping[str, Any]

    @property
    def parts(self) -> dict[str, Part]:
        """Its services by name."""
        return {name: Part(name, document) for name, document in self.document["services"].items()}

    def __getitem__(self, name: str) -> Part:
        return self.parts[name]

    def sources(self) -> Iterator[tuple[Part, Path]]:
        """Every file or folder that is mounted, and by whom."""
        for part in self.parts.values():
            for mount in part.mounts:
                yield part, (self.folder / mount["source"]).resolve()


def read(name: str) -> Composition:
    """Read a file of examples/, as an engine does: anchors and merges resolved."""
    path = ROOT / "examples" / name
    return Composition(path.parent, YAML(typ="safe", pure=True).load(path.read_text()))


def image_environment() -> dict[str, str]:
    """Give what our image itself sets."""
    return environment(stages()[1], "/usr/local/bin:/usr/bin:/bin")


def seconds(text: str | float) -> float:
    """Read a duration such as 30s or 1m30s."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    pairs = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", str(text))
    assert "".join(number + unit for number, unit in pairs) == text, text
    return sum(float(number) * units[unit] for number, unit in pairs)
