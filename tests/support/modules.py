"""Modules that are to be imported anew by a test, and are afterwards the ones that they were."""

import sys
from collections.abc import Callable

import pytest


def forget(monkeypatch: pytest.MonkeyPatch, which: Callable[[str], bool]) -> None:
    """Forget the loaded modules with such names until the test is over.

    An import also binds a module in its package. That is put back as well: a later test that patches by a dotted path
    would otherwise patch a copy that nobody uses.
    """
    for name in [name for name in sys.modules if which(name)]:
        package, _, leaf = name.rpartition(".")
        if package in sys.modules and leaf in vars(sys.modules[package]):
            monkeypatch.setattr(sys.modules[package], leaf, getattr(sys.modules[package], leaf))
    for name in [name for name in sys.modules if which(name)]:
        monkeypatch.delitem(sys.modules, name)
