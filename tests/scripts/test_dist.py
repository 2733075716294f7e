"""The check of the distributions that `make dist` makes: what it takes for the SDK alone, and its words."""

import subprocess

import pytest

from scripts.dist import SDK_PACKAGES, demand, pinned
from tests.support.tree import ROOT


def test_the_pins_of_some_packages_are_taken_with_their_hashes() -> None:
    taken = "".join(pinned(SDK_PACKAGES, (ROOT / "requirements" / "run.txt").read_text()))

    names = [line.partition("==")[0] for line in taken.splitlines() if not line.startswith(" ")]
    assert sorted(names) == sorted(SDK_PACKAGES)
    assert taken.count("--hash=sha256:") >= len(SDK_PACKAGES)


def test_a_package_of_a_similar_name_is_not_taken() -> None:
    text = "redis==1 \\\n    --hash=sha256:a\nredis-more==1 \\\n    --hash=sha256:b\n"

    assert "".join(pinned(("redis",), text)) == "redis==1 \\\n    --hash=sha256:a\n"


def test_what_does_not_hold_ends_it_with_a_sentence() -> None:
    with pytest.raises(SystemExit, match="error: the wheel has no console"):
        demand("", "the wheel has no console")


def test_a_node_is_there_before_anything_is_built() -> None:
    """Nothing else puts one where the build looks: a console that had been built before left a clone without."""
    recipe = subprocess.run(["make", "-n", "dist"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert 0 < recipe.index("use_node") < recipe.index("scripts.dist")
