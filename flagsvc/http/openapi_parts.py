"""The parts of the OpenAPI document that no single operation owns."""

from typing import Any

from flagsvc.domain.records import CATALOG
from flagsvc.http.fields import KEY_PATTERN, MAX_REVISION, TRAILED_PATTERN
from flagsvc.http.parameters import MAX_REASON
from flagsvc.http.problem_codes import CODES
from flagsvc.http.session_cookie import PLAIN_NAME, SECURE_NAME

INTRODUCTION = (
    "Administration of flags, segments, traffic splits and the routers that splits drive. Every write takes `dryRun`, "
    "a reason and (as POST) an `Idempotency-Key`; it answers with the new document, its revision and who moves. "
    "Errors are `application/problem+json` with a stable code and a pointer to every fault. Requests refuse members "
    "they do not know; answers may grow, so ignore what you do not know. `GET /api/v1/stream` tells what changes as it "
    "happens, as server-sent events: `hello` `change` `rollout` `binding` `health` `farewell`."
)

SECURITY: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An admin token. One of an environment reaches the operations of that environment only.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SECURE_NAME,
        "description": f"What `POST /api/v1/session` sets for a browser; over plain http its name is `{PLAIN_NAME}`. "
        "Counts where there is no `Authorization` header; anything but reading has to come from a page of the service: "
        "`Sec-Fetch-Site: same-origin` or, without that header, `Origin` with the address of the service.",
    },
}

_KEY = {"schema": {"type": "string", "pattern": KEY_PATTERN}}
PATH: dict[str, dict[str, Any]] = {
    "environment": {**_KEY, "description": "Key of the environment."},
    "key": {**_KEY, "description": "Key of the document; case-sensitive."},
    "revision": {
        "schema": {"type": "integer", "minimum": 0, "maximum": MAX_REVISION},
        "description": "Revision of the environment.",
    },
    "gate": {**_KEY, "description": "Name of a gate that is open now."},
    "id": {**_KEY, "description": "Id of the token (not its text)."},
}
TRAILED: dict[str, Any] = {
    "schema": {"type": "string", "pattern": TRAILED_PATTERN},
    "description": f"Key of the environment; or `{CATALOG}`, which holds what belongs to all of them.",
}
PATH_EXAMPLES = {"environment": "production", "revision": 1, "id": "4f2c9b1e", "gate": "approval"}
KEY_EXAMPLES = {
    "Segments": "beta",
    "Traffic splits": "checkout",
    "Bindings": "edge",
    "Rollouts": "checkout-1",
    "Freezes": "sale",
    "Plans": "web",
}

_TAG_PATTERN = '^(\\*|(W/)?"[\\x21\\x23-\\x7e]*")$'
PARAMETERS: dict[str, Any] = {
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "ETag of the version that the write is based on. Needed where the environment is protected.",
        "schema": {"type": "string", "pattern": _TAG_PATTERN},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "ETag of the version you hold; 304 if it is still the newest.",
        "schema": {"type": "string"},
    },
    "Reason": {
        "name": "X-Change-Reason",
        "in": "header",
        "description": "Why; kept in the audit trail. Needed where the environment asks for it. UTF-8, or RFC 8187.",
        "schema": {"type": "string", "maxLength": MAX_REASON, "pattern": "^[ -~]*$"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A fresh value per request; repeating the request repeats its answer for 24 hours.",
        "schema": {"type": "string", "pattern": '^([!#-~]{1,255}|"[!#-~]{1,255}")$'},
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`return=minimal` answers 204 without a body.",
        "schema": {"type": "string"},
    },
}

_STRING = {"type": "string"}
HEADERS: dict[str, Any] = {
    "X-Request-Id": {"description": "Id of this request in the logs.", "schema": _STRING},
    "ETag": {"description": "Version of the document, quoted.", "schema": _STRING},
    "X-Flagsvc-Revision": {"description": "Head revision of the environment.", "schema": _STRING},
    "Set-Cookie": {"description": "The session's cookie, set or taken away.", "schema": _STRING},
    "Location": {"description": "Address of what was created.", "schema": _STRING},
    "Link": {"description": 'The next page, `rel="next"`.', "schema": _STRING},
}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457, with a stable code and a pointer to every fault.",
    "required": ["type", "title", "status", "detail", "instance", "code", "requestId", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _STRING,
        "status": {"type": "integer"},
        "detail": _STRING,
        "instance": {"type": "string", "format": "uri-reference"},
        "code": {"type": "string", "enum": list(CODES)},
        "requestId": _STRING,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "RFC 6901 pointer into the body, or `query/NAME`, `path/NAME`, `header/NAME`.",
                    },
                    "code": _STRING,
                    "detail": _STRING,
                },
            },
        },
        "currentVersion": {"type": "integer", "description": "With `stale-version`: the version to edit."},
        "author": {"type": "string", "description": "With `stale-version`: who made it."},
    },
}
