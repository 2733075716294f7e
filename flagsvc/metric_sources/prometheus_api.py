"""The query API of Prometheus: instant queries, whose answers are one of three shapes or an error with its reason.

Source: "HTTP API" of the Prometheus documentation, /api/v1/query.
"""

from typing import Any
from urllib.parse import urlencode

from flagsvc.domain.calls import CallError
from flagsvc.metric_sources.common.access import Access, Asking

PATH = "/api/v1/query"
LONGEST_ADDRESS = 4000
"""Longer queries go by POST, which some proxies take for a write."""
FORM = "application/x-www-form-urlencoded"
TOLD = frozenset({200, 400, 422, 503})
"""With these statuses the API answers in its own form."""
TIMEOUT = "4s"
SAID = 200


class Api:
    """Asks one server; every failure is a CallError."""

    def __init__(self, access: Access) -> None:
        self._asking = Asking(access)

    def query(self, query: str, at: float | None, shape: str) -> Any:
        """Give the result of an instant query (None: now), which has to have that shape ("matrix", "vector")."""
        time = {} if at is None else {"time": f"{at:.3f}"}
        form = urlencode({"query": query, **time, "timeout": TIMEOUT})
        told = self._told(form)
        if told.get("status") != "success":
            raise CallError(f"{told.get('errorType', 'error')}: {str(told.get('error', 'no reason given'))[:SAID]}")
        if told.get("warnings"):
            raise CallError(f"the answer may be a part of the truth: {str(told['warnings'])[:SAID]}")
        data = told.get("data")
        if not isinstance(data, dict) or data.get("resultType") != shape:
            raise CallError(f"the answer is not a {shape}")
        return data.get("result")

    def _told(self, form: str) -> dict[str, Any]:
        headers = self._asking.headers()
        if len(form) <= LONGEST_ADDRESS:
            reply = self._asking.client.send("GET", f"{PATH}?{form}", headers=headers, allowed=TOLD)
        else:
            reply = self._asking.client.send(
                "POST", PATH, form.encode(), headers=headers, media_type=FORM, allowed=TOLD
            )
        told = reply.json()
        if not isinstance(told, dict):
            raise CallError("the answer is not one of Prometheus's query API")
        return told
