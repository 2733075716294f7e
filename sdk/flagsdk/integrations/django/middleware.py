"""Puts the context of a request in force while it is answered."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction, sync_to_async

from flagsdk.core.context import Context
from flagsdk.integrations.cohort import Held, use_cohorts
from flagsdk.integrations.configured import edge_of, named, verifier_of
from flagsdk.integrations.context import as_context, current_context
from flagsdk.integrations.django.clients import options, wait_for_first_snapshot
from flagsdk.integrations.lazy import use_request_of
from flagsdk.integrations.request import no_context, use_request
from flagsdk.wire.cohort import HEADER

ContextOf = Callable[[Any], Mapping[str, Any] | None]


class FlagsMiddleware:
    """Synchronous and asynchronous. Making it waits for the first snapshot, at most START_SECONDS (5).

    `settings.FLAGSDK["CONTEXT"]` is a function, or the path of one, from a request to its context. Without, that is
    the primary key of the authenticated user, and nothing else. In a synchronous project it is called when a flag
    first asks for it, so a request that asks for no flag loads no session and no user.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response
        self._asynchronous = iscoroutinefunction(get_response)
        if self._asynchronous:
            markcoroutinefunction(self)
        else:  # an asynchronous project must not have it: each request would go through a thread for it
            self.process_view = _ask_before_asynchronous_views
        self._context_of, self._async_context_of = context_functions()
        self._cohorts = verifier_of(options())
        wait_for_first_snapshot()

    def __call__(self, request: Any) -> Any:
        """Answer a request with its context in force."""
        if self._asynchronous:
            return self._answer(request)
        with use_request_of(lambda: self._context_of(request), self._edge(request)):
            return self._get_response(request)

    async def _answer(self, request: Any) -> Any:
        edge = self._edge(request)
        with use_cohorts(edge):
            context = await self._awaited(request)
        with use_request(context, edge):
            return await self._get_response(request)

    def _edge(self, request: Any) -> Held:
        return edge_of(self._cohorts, request.headers.get(HEADER))

    async def _awaited(self, request: Any) -> Mapping[str, Any]:
        """Ask now: a flag cannot wait for an answer. A fault leaves the context empty, as a lazy one."""
        try:
            return as_context(await self._async_context_of(request))
        except Exception as fault:  # noqa: BLE001 - reads never raise, and neither does what they rest on
            no_context(fault)
            return {}


def _ask_before_asynchronous_views(request: Any, view: Any, *_: Any) -> None:
    """Work the context out before a loop runs in this thread, in which Django refuses to load a user."""
    if iscoroutinefunction(view):
        current_context()


def context_functions() -> tuple[ContextOf, Callable[[Any], Awaitable[Mapping[str, Any] | None]]]:
    """Give the configured function for synchronous and for asynchronous requests. Raises ValueError for a wrong one."""
    configured = named(options().get("CONTEXT"))
    if configured is None:
        return user_context, async_user_context
    if not callable(configured):
        raise ValueError("FLAGSDK: CONTEXT is no function")  # noqa: TRY004 - the value of a setting
    if iscoroutinefunction(configured):
        return async_to_sync(configured), configured
    return configured, sync_to_async(configured)


def user_context(request: Any) -> Context:
    """Take the authenticated user's primary key as the targeting key."""
    return _of(getattr(request, "user", None))


async def async_user_context(request: Any) -> Context:
    """Do likewise, without blocking the loop."""
    return _of(await request.auser() if hasattr(request, "auser") else None)


def _of(user: Any) -> Context:
    return Context(str(user.pk)) if user is not None and user.is_authenticated else Context()
