"""Where metrics are read: one file per kind, found by name, imported when used. A source sees no other source."""

from flagsvc.metric_sources.registry import KINDS, OWN, RESERVED, Source, build, options_of

__all__ = ["KINDS", "OWN", "RESERVED", "Source", "build", "options_of"]
