"""The routers: one file per kind, found by name, imported when used. A router sees no other router."""

from flagsvc.routers.common.counting import CountsOptions
from flagsvc.routers.registry import KINDS, Tools, build, options_of

__all__ = ["KINDS", "CountsOptions", "Tools", "build", "options_of"]
