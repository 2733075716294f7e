"""The metrics' own listener: one port for /metrics and nothing else, the other port for everything else."""

from starlette.types import ASGIApp, Receive, Scope, Send

from flagsvc.http.hot import Answer, Hot


class TwoPorts:
    """An ASGI application behind two listeners of one server: what comes in on `metrics_port` reaches `metrics` only.

    Requests are told apart by the address that they came to, which no client can choose.
    """

    def __init__(self, rest: Hot, metrics: ASGIApp, metrics_port: int) -> None:
        self._rest, self._metrics, self._port = rest, metrics, metrics_port
        self.prefixes = rest.prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request by the port that it came to."""
        await (self._metrics if self._is_for_metrics(scope) else self._rest)(scope, receive, send)

    def answer(self, scope: Scope, body: bytes) -> Answer | None:
        """Answer at once what a hot path can; None for everything else."""
        return None if self._is_for_metrics(scope) else self._rest.answer(scope, body)

    def _is_for_metrics(self, scope: Scope) -> bool:
        server = scope.get("server")
        return server is not None and server[1] == self._port
