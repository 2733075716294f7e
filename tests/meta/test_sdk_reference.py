"""The reference of the SDK: made from the source as it is, with every public name, and something said about each."""

import inspect
from pathlib import Path

import pytest

import flagsdk
from flagsdk.options import VARIABLES
from scripts.sdk_reference import page, undocumented
from scripts.sdk_source import define, modules_with_names
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/reference/sdk.md").read_text("utf-8")
CLASSES = [each for each in (getattr(flagsdk, name) for name in flagsdk.__all__) if inspect.isclass(each)]


def _is_ours(member: object) -> bool:
    """Whether it is a method or property that the SDK itself defines."""
    function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    return inspect.isfunction(function) and function.__module__.startswith("flagsdk")


def test_the_committed_page_is_current() -> None:
    assert page() == PAGE, "run python -m scripts.reference"


def test_everything_public_has_a_docstring() -> None:
    assert undocumented() == []


def test_every_public_name_has_its_heading() -> None:
    modules = modules_with_names()

    assert set(modules["flagsdk"]) == set(flagsdk.__all__)
    for module, names in modules.items():
        assert f"\n## `{module}`\n" in PAGE
        assert [name for name in names if f"\n### `{name}`\n" not in PAGE] == []


def test_every_integration_with_public_names_is_there() -> None:
    folder = Path(flagsdk.__file__).parent / "integrations"
    integrations = {
        f"flagsdk.integrations.{path.stem}" for path in folder.glob("*.py") if "__all__" in path.read_text()
    }

    assert integrations - {"flagsdk.integrations.__init__"} <= modules_with_names().keys()


@pytest.mark.parametrize("class_", CLASSES, ids=lambda class_: class_.__name__)
def test_every_public_member_has_its_heading_at_the_class_or_at_a_public_base(class_: type) -> None:
    owners = [base.__name__ for base in class_.__mro__ if base.__name__ in flagsdk.__all__]
    members = [
        name for name in dir(class_) if not name.startswith("_") and _is_ours(inspect.getattr_static(class_, name))
    ]

    missing = [name for name in members if not any(f"\n#### `{owner}.{name}`\n" in PAGE for owner in owners)]

    assert missing == []


def test_every_variable_is_listed() -> None:
    assert [name for name in VARIABLES if f"| `{name}` |" not in PAGE] == []


def test_a_name_that_is_defined_nowhere_is_an_error() -> None:
    with pytest.raises(LookupError, match="flagsdk does not define FlagServer"):
        define("flagsdk", "FlagServer")
