"""From what use cases answer to HTTP: documents, pages and writes, the same everywhere."""

import json
from typing import Any

from starlette.responses import Response

from flagsvc.domain.page import Listing
from flagsvc.http.call import Answer, Call
from flagsvc.http.conditional import etag, unchanged
from flagsvc.http.pagination import link_next, page_body
from flagsvc.usecases.intent import Found, Written

SECURITY_HEADERS = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
MINIMAL = "return=minimal"
REVISION_HEADER = "X-Flagsvc-Revision"


def found(call: Call, document: Found) -> Answer:
    """Answer a document with its ETag, or 304."""
    headers = {"ETag": etag(document.version), REVISION_HEADER: str(document.revision)}
    if unchanged(call.request.headers, headers["ETag"]):
        return Answer(None, 304, headers)
    return Answer(document.document, 200, headers)


def listed(call: Call, listing: Listing) -> Answer:
    """Answer a page with its Link header."""
    return Answer(page_body(listing), 200, link_next(call.request, listing.next_cursor))


def written(call: Call, result: Written, location: str | None = None) -> Answer:
    """Answer a write; wakes the publisher for every environment that has a new revision.

    `location` is the address of what was created. With `Prefer: return=minimal` there is no body (204).
    """
    if not (result.dry_run or result.replayed):
        for environment in result.heads:
            call.services.wake(environment)
    headers = _write_headers(result, location)
    if MINIMAL in [preference.strip().lower() for preference in call.request.headers.get("prefer", "").split(",")]:
        return Answer(None, 204, headers | {"Preference-Applied": MINIMAL})
    return Answer(_write_body(result), 201 if result.created and not result.dry_run else 200, headers)


def response(answer: Answer) -> Response:
    """Make the Starlette response of an answer. Strict JSON: NaN cannot leave the service."""
    headers = {**SECURITY_HEADERS, **answer.headers}
    if answer.content is None:
        return Response(status_code=answer.status, headers=headers)
    body = json.dumps(answer.content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(body, answer.status, headers, media_type="application/json")


def _write_headers(result: Written, location: str | None) -> dict[str, str]:
    headers = {REVISION_HEADER: str(result.revision)}
    if result.version is not None and not result.dry_run:
        headers["ETag"] = etag(result.version)
    if location is not None and result.created and not result.dry_run:
        headers["Location"] = location
    if result.replayed:
        headers["Idempotency-Replayed"] = "true"
    return headers


def _write_body(result: Written) -> dict[str, Any]:
    body: dict[str, Any] = {
        "environment": result.environment,
        "revision": result.revision,
        "version": result.version,
        "changeId": result.change_id,
        "moves": result.moves,
        "lints": result.lints,
        "heads": dict(result.heads),
        "bindings": result.bindings,
        "dryRun": result.dry_run,
    }
    if result.document is not None:
        body["document"] = result.document
    if result.documents is not None:
        body["documents"] = result.documents
    return body
