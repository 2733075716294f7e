"""Flags in Flask: an extension with one client for each application, and a context for each request."""

import inspect
from collections.abc import Callable
from contextlib import ExitStack
from threading import get_ident
from typing import Any

try:
    from flask import Flask, abort, current_app, request
    from werkzeug.local import LocalProxy
except ImportError as missing:
    raise ImportError("flagsdk.integrations.flask needs Flask: pip install 'flagsdk[flask]'") from missing

from flagsdk.client import START_SECONDS, FlagClient
from flagsdk.integrations.bound import BoundFlags
from flagsdk.integrations.cohort import Held
from flagsdk.integrations.configured import client_of, edge_of, named, verifier_of
from flagsdk.integrations.guard import View, guarded
from flagsdk.integrations.lazy import ContextOf, use_request_of
from flagsdk.wire.cohort import HEADER

__all__ = ["Flags", "flag_required", "flags"]

_NAME, _SCOPE = "flagsdk", "flagsdk.scope"


class Flags(BoundFlags):
    """The extension, and the getters: each asks the present application's client for the present request's context.

    `app.config["FLAGSDK"]` has the names of `FlagClient`'s options in capitals; without a source in it, the FLAGSDK_*
    variables decide. `context` (or CONTEXT in it, also as a path) gives the context of a request, when a flag first
    asks for it; without, it is empty.
    """

    def __init__(
        self, app: Flask | None = None, *, client: FlagClient | None = None, context: ContextOf | None = None
    ) -> None:
        super().__init__(self._find)
        self._given, self._context_of = client, context
        self._last: FlagClient | None = client
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Set an application up, and wait for its first snapshot, at most START_SECONDS (5).

        Raises ValueError for a wrong configuration.
        """
        settings = app.config.get("FLAGSDK", {})
        context_of = self._context_of or named(settings.get("CONTEXT")) or dict
        cohorts = verifier_of(settings)
        client = self._given or client_of(settings, "CONTEXT")
        client.wait_ready(settings.get("START_SECONDS", START_SECONDS))
        self._last = client
        app.extensions[_NAME] = _Installed(self, client)
        app.before_request(lambda: _enter(context_of, edge_of(cohorts, request.headers.get(HEADER))))
        app.teardown_request(_leave)
        app.jinja_env.globals["flags"] = self
        app.add_template_test(self.is_enabled, "enabled")

    def _find(self) -> FlagClient:
        """Give the present application's client; outside of any, the one of the application set up last."""
        if current_app and _NAME in current_app.extensions:
            client: FlagClient = current_app.extensions[_NAME].client
            return client
        if self._last is None:
            raise RuntimeError("flagsdk: call init_app(app) first")
        return self._last


class _Installed:
    """What an application holds."""

    def __init__(self, flags: Flags, client: FlagClient) -> None:
        self.flags, self.client = flags, client


flags: Flags = LocalProxy(lambda: current_app.extensions[_NAME].flags)  # type: ignore[assignment]  # as flask.request is
"""The present application's extension: for views that do not know where it was made."""


def flag_required(key: str, else_: View | None = None) -> Callable[[View], View]:
    """Let a view, synchronous or not, be reached while a boolean flag is on; else `else_` answers, or 404."""
    return lambda view: guarded(view, lambda: flags.is_enabled(key), else_ or _not_found, inspect.iscoroutinefunction)


def _not_found(**_: Any) -> Any:
    abort(404)


def _enter(context_of: ContextOf, edge: Held) -> None:
    scope = ExitStack()
    request.environ[_SCOPE] = get_ident(), scope
    scope.enter_context(use_request_of(context_of, edge))


def _leave(_: BaseException | None) -> None:
    """Leave, unless this is another thread: a copy of the request ends there, which entered nothing."""
    thread, scope = request.environ.get(_SCOPE, (None, None))
    if scope is not None and thread == get_ident():
        del request.environ[_SCOPE]
        scope.close()
