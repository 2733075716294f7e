"""OFREP's JSON, by the byte: what does not depend on the caller is rendered once per outcome."""

import json
from typing import Any

from flagsdk.core import ErrorCode, Outcome, Reason

REASONS = {
    Reason.STATIC: "STATIC",
    Reason.TARGETING_MATCH: "TARGETING_MATCH",
    Reason.SPLIT: "SPLIT",
    Reason.DISABLED: "DISABLED",
}
"""Our reasons in OFREP's list. All others (DEFAULT) are "UNKNOWN" there; `metadata.reason` has the precise one."""

ERRORS = {
    ErrorCode.PARSE_ERROR: "PARSE_ERROR",
    ErrorCode.TARGETING_KEY_MISSING: "TARGETING_KEY_MISSING",
    ErrorCode.INVALID_CONTEXT: "INVALID_CONTEXT",
    ErrorCode.FLAG_NOT_FOUND: "FLAG_NOT_FOUND",
}
"""Our error codes in OFREP's list. All others are "GENERAL" there."""

DETAILS = {
    ErrorCode.TARGETING_KEY_MISSING: "the flag needs a unit that the context does not give",
    ErrorCode.INVALID_CONTEXT: "the context cannot be read",
}


def opening(key: str, outcome: Outcome) -> bytes:
    """Render an item, but for what its metadata may still get and the two braces that end it."""
    members = _failure(key, outcome) if outcome.error else _success(key, outcome)
    metadata = {"rule": outcome.rule, "prerequisite": outcome.prerequisite, "reason": str(outcome.reason)}
    given = {name: value for name, value in metadata.items() if value is not None}
    return f'{{{",".join(members)},"metadata":{_text(given)[:-1]}'.encode()


def place(epoch: str, revision: int) -> bytes:
    """Render the members that say by what a decision was made."""
    return f'"revision":{revision},"epoch":{_text(epoch)}'.encode()


def failure(code: str, detail: str, key: str | None = None) -> bytes:
    """Render a failed answer, of a single flag when `key` is given."""
    named = {} if key is None else {"key": key}
    return _text(named | {"errorCode": code, "errorDetails": detail}).encode()


def general(detail: str) -> bytes:
    """Render the answer of a request that did not come to an evaluation."""
    return _text({"errorDetails": detail}).encode()


def number(value: float) -> str:
    """Render a float so that every reader sees one: always with a decimal point, `1.0`, `1.0e+22`."""
    text = repr(float(value))
    mantissa, exponent, power = text.partition("e")
    return text if "." in mantissa else f"{mantissa}.0{exponent}{power}"


def _success(key: str, outcome: Outcome) -> list[str]:
    value = number(outcome.value) if outcome.type == "float" else _text(outcome.value)
    reason = REASONS.get(outcome.reason, "UNKNOWN")
    return [
        f'"key":{_text(key)}',
        f'"value":{value}',
        f'"reason":"{reason}"',
        f'"variant":{_text(outcome.variant)}',
    ]


def _failure(key: str, outcome: Outcome) -> list[str]:
    code = outcome.error or ErrorCode.GENERAL
    detail = outcome.detail or DETAILS.get(code, "the flag cannot be evaluated")
    return [
        f'"key":{_text(key)}',
        f'"errorCode":"{ERRORS.get(code, "GENERAL")}"',
        f'"errorDetails":{_text(detail)}',
    ]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
