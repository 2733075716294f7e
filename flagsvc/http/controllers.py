"""What other controllers ask about rollouts by webhooks: POST /hooks/flagger/… and POST /judge.

Neither can set a header: a narrow token travels in the body, in Flagger's metadata and Kayenta's judgeConfigurations.
Only the exact paths answer, and nothing but a yes has a status up to 202.
"""

import asyncio
import json
import re  # fixed pattern with bounded parts
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from itertools import islice
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flagsvc.domain.analysis.measurement import Verdict
from flagsvc.domain.errors import Fault, Invalid
from flagsvc.domain.rollouts.dialects import SAYS_YES, Hook, hook_status, verdict_members
from flagsvc.domain.rollouts.kayenta import count_faults, judged_counts, judgement
from flagsvc.domain.rollouts.kayenta_request import request_of, settings_of
from flagsvc.http import body as bodies
from flagsvc.http.authentication import TokenBook, unauthenticated
from flagsvc.http.boundary import Endpoint, guarded
from flagsvc.http.fields import KEY
from flagsvc.http.problem import Problem, malformed
from flagsvc.http.rendering import SECURITY_HEADERS
from flagsvc.ports import Store
from flagsvc.usecases.verdicts import verdict_now

FLAGGER = "/hooks/flagger"
JUDGE = "/judge"
KINDS = frozenset({"admin", "evaluation"})
JUDGED_AT_ONCE = 2
"""Judging series takes a second or two of a processor; the threads that are left answer everybody else."""

HOOK_BYTES = 64 * 1024
_SHOWN = re.compile(rb'"token"[ \t\r\n]{0,9}:[ \t\r\n]{0,9}"([!#-\[\]-~]{16,512})"')
MOST_SHOWN = 3


class Controllers:
    """The routes. Tokens may be of kind evaluation, of the environment that is named beside them, or admin ones."""

    def __init__(self, store: Store, tokens: TokenBook, max_body_bytes: int) -> None:
        self._store, self._tokens = store, tokens
        asking, judging = nullcontext(), asyncio.Semaphore(JUDGED_AT_ONCE)
        hook_bytes = min(max_body_bytes, HOOK_BYTES)
        hooks = (
            Route(f"{FLAGGER}/{hook}", self._posted(self._asked(hook), asking, hook_bytes), methods=["POST"])
            for hook in SAYS_YES
        )
        self.routes = [*hooks, Route(JUDGE, self._posted(self._judged, judging, max_body_bytes), methods=["POST"])]

    def _posted(
        self, answer: Callable[[Any], Response], places: AbstractAsyncContextManager[None], most_bytes: int
    ) -> Endpoint:
        """Make the endpoint that reads a JSON body, and answers it off the event loop when there is a place."""

        async def endpoint(request: Request) -> Response:
            raw = await bodies.read(request, most_bytes)
            bodies.media_type(request.headers.get("content-type"), (bodies.JSON,))
            if bodies.is_laborious(raw):
                await self._demand_token(raw)
            async with places:
                return await run_in_threadpool(lambda: answer(bodies.decode(raw)))

        return guarded(endpoint)

    async def _demand_token(self, raw: bytes) -> None:
        """Refuse (401) a body that would take long to read and shows no valid token to whoever only skims it."""
        for shown in islice(_SHOWN.finditer(raw), MOST_SHOWN):
            if await self._tokens.admitted(shown[1].decode("ascii")):
                return
        raise unauthenticated()

    def _asked(self, hook: Hook) -> Callable[[Any], Response]:
        def answer(body: Any) -> Response:
            metadata = body.get("metadata") if isinstance(body, dict) else None
            place = metadata if isinstance(metadata, dict) else {}
            environment = self._admitted(place, "/metadata")
            spoken = verdict_now(self._store, environment, _key(place, "/metadata", "rollout"))
            return _json(verdict_members(spoken), hook_status(hook, spoken.verdict.kind))

        return answer

    def _judged(self, body: Any) -> Response:
        pointer = "/canaryConfig/judge/judgeConfigurations"
        environment = self._admitted(settings_of(body), pointer)
        request = request_of(body)
        if isinstance(request, list):
            raise Invalid(request)
        if "rollout" in request.settings:
            rollout = _key(request.settings, pointer, "rollout")
            return _json(judgement(request, verdict_now(self._store, environment, rollout).verdict))
        return _json(judgement(request, _of_counts(request)))

    def _admitted(self, place: Mapping[str, Any], pointer: str) -> str:
        """Give the environment that is named, if the token beside it may read there."""
        token = place.get("token")
        if not isinstance(token, str) or not token:
            raise unauthenticated()
        environment = _key(place, pointer, "environment")
        self._tokens.freshen()
        principal = self._tokens.sought(token)
        if principal is None or principal.archived:
            raise unauthenticated()
        if principal.kind not in KINDS or not principal.may_see(environment):
            raise Problem("forbidden", f"this needs an evaluation token of the environment {environment!r}")
        return environment


def _of_counts(request: Any) -> Verdict:
    if faults := count_faults(request):
        raise Invalid(faults)
    return judged_counts(request)


def _key(place: Mapping[str, Any], pointer: str, name: str) -> str:
    value = place.get(name)
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise malformed([Fault(f"{pointer}/{name}", "bad-form", f"name the {name} by its key")])
    return value


def _json(content: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(body, status, SECURITY_HEADERS, media_type="application/json")
