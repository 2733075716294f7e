"""The pinned requirements: hashes for all, addresses for none, and in step with what asks for them."""

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.tree import ROOT, project

FOLDER = ROOT / "requirements"
OWN = {"flagsdk", "flagsvc"}


def _blocks(name: str) -> list[list[str]]:
    """One list of lines per pinned package: the requirement, then its hashes."""
    text = (FOLDER / name).read_text().replace("\\\n", "\0")
    return [[part.strip() for part in line.split("\0")] for line in text.splitlines() if line.strip()]


def _pins(name: str) -> dict[str, str]:
    requirements = [Requirement(block[0]) for block in _blocks(name)]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in requirements}


def _asked(name: str) -> set[str]:
    lines = (FOLDER / name).read_text().splitlines()
    return {canonicalize_name(Requirement(line).name) for line in lines if line and not line.startswith("-r")}


@pytest.mark.parametrize("name", ["run.txt", "image.txt", "dev.txt"])
def test_every_package_is_pinned_exactly_and_has_hashes(name: str) -> None:
    for first, *hashes in _blocks(name):
        assert "==" in first
        assert hashes, first
        assert all(line.startswith("--hash=sha256:") for line in hashes), first


@pytest.mark.parametrize("name", ["run.txt", "image.txt", "dev.txt", "run.in", "image.in", "dev.in"])
def test_no_requirement_file_names_a_host(name: str) -> None:
    text = (FOLDER / name).read_text()

    assert not [
        word for word in ("://", "--index", "--extra-index", "--find-links", "--trusted", " @ ") if word in text
    ]


@pytest.mark.parametrize("name", ["run", "image", "dev"])
def test_what_is_asked_for_is_pinned(name: str) -> None:
    assert _asked(f"{name}.in") <= _pins(f"{name}.txt").keys()


def test_development_uses_the_very_packages_that_run_and_the_image_use() -> None:
    assert _pins("run.txt").items() <= _pins("image.txt").items() <= _pins("dev.txt").items()


def test_the_image_carries_tracing() -> None:
    extra = [Requirement(text) for text in project(".")["project"]["optional-dependencies"]["tracing"]]
    pins = _pins("image.txt")

    assert {canonicalize_name(requirement.name) for requirement in extra} == _asked("image.in")
    assert all(requirement.specifier.contains(pins[canonicalize_name(requirement.name)]) for requirement in extra)


@pytest.mark.parametrize("folder", [".", "sdk"])
def test_the_pins_satisfy_the_ranges_that_the_distributions_declare(folder: str) -> None:
    pins = _pins("run.txt")
    declared = [Requirement(text) for text in project(folder)["project"]["dependencies"]]

    for requirement in declared:
        name = canonicalize_name(requirement.name)
        assert name in OWN or (name in _asked("run.in") and requirement.specifier.contains(pins[name])), requirement
