"""From what use cases answer to HTTP: documents, pages and writes, the same everywhere."""

from typing import Any

from starlette.responses import Response, StreamingResponse

from flagsvc.domain.page import Listing
from flagsvc.http.body import JSON
from flagsvc.http.call import Answer, Call
from flagsvc.http.conditional import etag, unchanged
from flagsvc.http.packed import Packed, accepts_gzip
from flagsvc.http.pagination import link_next, page_body
from flagsvc.http.strict_json import encoded
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


def packed(call: Call, body: Packed) -> Answer:
    """Answer a large body in the form that is accepted, or 304 to whoever holds it in either."""
    headers = call.request.headers
    gzipped = accepts_gzip(headers)
    said = {"ETag": body.tag(gzipped=gzipped), "Vary": "Accept-Encoding"}
    if any(unchanged(headers, body.tag(gzipped=form)) for form in (False, True)):
        return Answer(None, 304, said)
    if gzipped:
        return Answer(None, 200, {**said, "Content-Encoding": "gzip"}, body.gzipped)
    return Answer(None, 200, said, body.plain)


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
    if isinstance(answer.octets, bytes):
        return Response(answer.octets, answer.status, {"Content-Type": JSON, **headers})
    if answer.octets is not None:
        return StreamingResponse(answer.octets, answer.status, {"Content-Type": JSON, **headers})
    if answer.content is None:
        return Response(status_code=answer.status, headers=headers)
    return Response(encoded(answer.content), answer.status, headers, media_type=JSON)


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
