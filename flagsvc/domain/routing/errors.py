"""Why a router could not be told or read."""

from flagsvc.domain.calls import CallError

RouterError = CallError
"""A call to a router is a call like any other."""
