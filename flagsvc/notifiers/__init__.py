"""Who is told what happens to rollouts: one file per kind, found by name, imported when used."""

from flagsvc.notifiers.audience import Audience
from flagsvc.notifiers.registry import KINDS, build, options_of

__all__ = ["KINDS", "Audience", "build", "options_of"]
