"""Checks that write nothing: health, who one is, the version, what is held in memory, a traffic decision."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flagsvc.ctl.api import Answer, Api, Request, path_of
from flagsvc.ctl.failure import USAGE, Failure, Refused
from flagsvc.ctl.figures import clean
from flagsvc.ctl.smoke.arriving import NotYet, until
from flagsvc.ctl.smoke.place import Place

OK = 200
UNAUTHENTICATED, FORBIDDEN, SERVER_ERROR = 401, 403, 500
BACK_END = "The token may be good, but the service cannot look: see to its database, and its logs."
REVISION = "x-flagsvc-revision"
NOWHERE = "flagsvc-smoke"
"""A traffic split that hardly exists: its decision is the stable backend, with a reason."""
UNIT = "smoke-test"


def live(place: Place) -> str:
    """Pass when the process answers at all."""
    answer = place.health("/health/live")
    if answer.status != OK:
        raise Failure(f"/health/live answered {answer.status}")
    return "the process answers"


def ready(place: Place, seconds: float) -> str:
    """Pass when requests should come here."""

    def seen() -> str:
        answer = place.health("/health/ready")
        if answer.status != OK:
            raise NotYet(f"/health/ready answered {answer.status}: {_reasons(answer)}")
        return "takes requests"

    return until(seen, seconds)


def health(place: Place, seconds: float, *, degraded: bool) -> str:
    """Pass when all that the service depends on is as it should be; or with `degraded`, while it still serves."""

    def seen() -> str:
        answer = place.health("/health")
        if answer.status != OK or not isinstance(answer.content, dict):
            raise NotYet(f"/health answered {answer.status}: {_reasons(answer)}")
        status, wrong = str(answer.content.get("status")), _wrong(answer.content)
        if status != "ok" and not degraded:
            raise NotYet(f"{clean(status)}: {wrong}")
        return f"{clean(status)}{f': {wrong}' if wrong else ''}"

    return until(seen, seconds)


def login(admin: Api, environment: str) -> str:
    """Pass when the token is known, may use the admin API, and sees the environment."""
    try:
        found = admin.get(path_of("environments", environment)).content
    except Refused as refused:
        raise _explained(refused, environment) from None
    if found.get("archived"):
        raise Failure(f"the environment {environment} is archived", remedy="Choose another one: -e.")
    return f"the token is good, {environment} is there"


def version(admin: Api, expected: str) -> str:
    """Pass when the API tells its version, and it is the expected one where one is."""
    running = str(admin.get("/api/v1/system").content["version"])
    if expected and running != expected:
        raise Failure(f"{clean(running)} is running, not {expected}", remedy="Look whether the deployment has ended.")
    return clean(running)


def confirmed(store: Api, replica: Api, environment: str, seconds: float) -> str:
    """Pass when a replica decides by what the store holds now, or by what came after it."""
    path = path_of("environments", environment, "changes")
    items = store.get(path, limit="1").content["items"]
    head = int(items[0]["revision"]) if items else 0

    def seen() -> str:
        held = replica.get("/api/v1/system").content["snapshot"].get(environment)
        if held is None or held["revision"] < head:
            raise NotYet(f"decides by revision {held and held['revision']}, the store is at {head}")
        return f"decides by revision {held['revision']}"

    return until(seen, seconds)


def some_split(admin: Api, environment: str) -> str:
    """Name a traffic split of the environment; "" where there is none."""
    items = admin.get(path_of("environments", environment, "splits"), limit="1").content["items"]
    return str(items[0]["key"]) if items else ""


def decision(place: Place, environment: str, split: str) -> str:
    """Pass when a load balancer would get an answer that it can use; of a split that there is, by the split itself."""
    path = f"/traffic/v1/{quote(environment, safe='')}/{quote(split or NOWHERE, safe='')}/decide"
    headers = {"X-User-Id": UNIT}
    answer = place.anybody.exchange(Request(method="GET", path=path, headers=headers))
    cohort, reason = answer.headers.get("x-cohort", ""), answer.headers.get("x-cohort-reason", "")
    if answer.status != OK or not cohort:
        raise Failure(f"{path} answered {answer.status}{'' if cohort else ' without X-Cohort'}")
    if split and reason.startswith("UNKNOWN"):
        raise Failure(f"{split} is not known there: {clean(reason)}")
    return f"{clean(split) or 'no split'}: {clean(cohort)}{f' ({clean(reason)})' if reason else ''}"


def _explained(refused: Refused, environment: str) -> Failure:
    remedies = {
        UNAUTHENTICATED: "Give a token that exists and has not expired: FLAGSVC_TOKEN, --token-file or flagctl login.",
        FORBIDDEN: "Give an admin token: those of SDKs and for evaluation cannot look.",
    }
    if refused.word == "not-found":
        return Failure(f"there is no environment {environment}", USAGE, "Choose one that there is: -e.")
    otherwise = BACK_END if refused.status >= SERVER_ERROR else ""
    return Refused(refused.status, refused.problem, remedies.get(refused.status, otherwise))


def _reasons(answer: Answer) -> str:
    reasons = answer.content.get("reasons") if isinstance(answer.content, dict) else None
    return clean("; ".join(map(str, reasons or ()))) or "no reasons given"


def _wrong(content: Mapping[str, Any]) -> str:
    checks = content.get("checks") or {}
    found = [f"{name} is {each['status']} ({each['value']})" for name, each in checks.items() if _is_wrong(each)]
    return clean(", ".join([*found, *map(str, content.get("reasons") or ())]))


def _is_wrong(check: Mapping[str, Any]) -> bool:
    return check.get("status") not in {"ok", "off"}
