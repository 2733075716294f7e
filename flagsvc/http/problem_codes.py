"""The one list of problem codes: what each means, and what the caller should do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """One stable code: its HTTP status, a title for people, and the way out."""

    code: str
    status: int
    title: str
    remedy: str


_CODES = (
    ProblemCode(
        "malformed",
        400,
        "The request cannot be read",
        "Correct each place listed in `errors`: its pointer leads to it in the body, or names the parameter.",
    ),
    ProblemCode(
        "unauthenticated",
        401,
        "No valid token",
        "Send `Authorization: Bearer TOKEN` with a token that exists, has not expired and has not been revoked; "
        "in a browser, sign in again.",
    ),
    ProblemCode(
        "forbidden",
        403,
        "This token may not do that",
        "Use a token of the kind and environment that the operation asks for.",
    ),
    ProblemCode(
        "cross-site",
        403,
        "This did not come from a page of this service",
        "A program that holds a session sends the address of the service in `Origin`; or use a bearer token.",
    ),
    ProblemCode("not-found", 404, "No such thing", "Check the key and the environment; keys are case-sensitive."),
    ProblemCode("no-such-route", 404, "No such address", "Look the address up in `/openapi.json` or `/docs`."),
    ProblemCode(
        "method-not-allowed", 405, "The address does not take this method", "Use a method of the `Allow` header."
    ),
    ProblemCode("exists", 409, "It exists already", "Choose another key, or change the one that is there."),
    ProblemCode(
        "in-use",
        409,
        "Something else still needs it",
        "Change the places listed in `errors` first, then repeat the request.",
    ),
    ProblemCode(
        "managed-elsewhere",
        409,
        "Another place owns this document",
        "Change it where it is kept; `detail` says where.",
    ),
    ProblemCode(
        "rerandomise-required",
        409,
        "This would draw every unit anew",
        "Leave salt and hash as they are, or say that you mean it with `?rerandomise=true`.",
    ),
    ProblemCode("archived", 409, "The document is archived", "Restore it first, then repeat the request."),
    ProblemCode(
        "wrong-phase",
        409,
        "It is not in the phase that this is for",
        "Read its `status`: a failed binding is retried, a paused one resumed; of a rollout it lists the `commands`.",
    ),
    ProblemCode(
        "rollout-active",
        409,
        "A rollout moves this",
        "Abort the rollout (everything goes back), or let it end; `detail` names it. The kill switch always works.",
    ),
    ProblemCode(
        "held-back",
        409,
        "Nothing may begin now",
        "Wait until it may, or say why it must be now in `override`; `detail` says what holds it back.",
    ),
    ProblemCode(
        "request-in-flight",
        409,
        "The first request with this key is still running",
        "Wait a moment and repeat the same request with the same `Idempotency-Key`.",
    ),
    ProblemCode(
        "stale-version",
        412,
        "The document has changed since you read it",
        "Read it again (`currentVersion`, last changed by `author`), redo the edit, and send its ETag in `If-Match`.",
    ),
    ProblemCode("body-too-large", 413, "The body is too large", "Send less; `detail` states the limit."),
    ProblemCode(
        "wrong-media-type",
        415,
        "The body has the wrong media type",
        "Send UTF-8 JSON with a `Content-Type` that the operation lists.",
    ),
    ProblemCode(
        "invalid",
        422,
        "The request is well formed but its meaning is wrong",
        "Correct each place listed in `errors`; all faults are listed at once.",
    ),
    ProblemCode(
        "patch-failed",
        422,
        "The patch does not fit the document",
        "Read the document again and make the patch for what it holds; `detail` names the failing operation.",
    ),
    ProblemCode(
        "reason-required",
        422,
        "This environment asks for a reason",
        "Say why in the header `X-Change-Reason`.",
    ),
    ProblemCode(
        "idempotency-key-reused",
        422,
        "The idempotency key belongs to another request",
        "Use a fresh `Idempotency-Key` for each new request; repeat a request byte for byte to repeat its answer.",
    ),
    ProblemCode(
        "precondition-required",
        428,
        "This environment is protected: say which version you are changing",
        "Read the document and send its ETag in `If-Match`.",
    ),
    ProblemCode(
        "too-many-senders",
        429,
        "Too many have posted outcomes of this split",
        "Post under an id that stays the same across restarts. An id that nobody uses is forgotten after two weeks.",
    ),
    ProblemCode(
        "internal",
        500,
        "The service failed",
        "Report it with the `requestId`; the log holds the cause under it.",
    ),
    ProblemCode(
        "unavailable",
        503,
        "The database does not answer",
        "Nothing was changed. Repeat the request after `Retry-After`.",
    ),
    ProblemCode(
        "not-ready",
        503,
        "This replica has no snapshot yet",
        "Keep what you have and ask again after `Retry-After`.",
    ),
    ProblemCode(
        "too-many-streams",
        503,
        "Every stream of this replica is taken",
        "Ask again after `Retry-After`, or poll the snapshot by its ETag.",
    ),
    ProblemCode(
        "too-many-snapshots",
        503,
        "Too many ask this replica for everything at once",
        "Keep what you have and ask again after `Retry-After`. Asking with the ETag of what you hold is never refused.",
    ),
    ProblemCode(
        "outcome-unknown",
        503,
        "The connection broke while the change was being committed",
        "Repeat the request with the same `Idempotency-Key`: it is done at most once.",
    ),
)

CODES = {entry.code: entry for entry in _CODES}
"""Every code a problem may carry, in the order of their status."""
