"""Which kinds of notifiers there are, and how one is made from its options."""

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType
from typing import Any

from flagsvc.ports import Notifier

KINDS: dict[str, str] = {"email": "email", "slack": "slack", "webhook": "webhook"}
"""The module of every kind, by the name that the notifiers file uses."""


def options_of(kind: str) -> Any:
    """Give the dataclass of a kind's options, an Audience; raises ValueError, with words for the start-up.

    Its fields are the options, its docstring describes them; `__pydantic_config__` closes it.
    """
    return _module(kind).Options


def build(kind: str, options: Any) -> Notifier:
    """Make a notifier from checked options; connects to nothing yet. ValueError: a file that it needs is no good."""
    make: Callable[[Any], Notifier] = _module(kind).make
    return make(options)


def _module(kind: str) -> ModuleType:
    if kind not in KINDS:
        close = get_close_matches(kind, KINDS, n=1)
        meant = f" (do you mean {close[0]!r}?)" if close else ""
        raise ValueError(f"there is no kind of notifier {kind!r}{meant}; known: {', '.join(sorted(KINDS))}")
    return import_module(f"flagsvc.notifiers.{KINDS[kind]}")
