"""Views behind flags."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import Http404

from flagsdk.integrations.django.clients import flags
from flagsdk.integrations.guard import View, guarded


def flag_required(key: str, else_: View | None = None) -> Callable[[View], View]:
    """Let a view, synchronous or not, be reached while a boolean flag is on; else `else_` answers, or 404."""
    return lambda view: guarded(view, lambda: flags.is_enabled(key), else_ or _not_found, iscoroutinefunction)


def _not_found(*_: Any, **__: Any) -> Any:
    raise Http404
