"""Whether a replica evaluates the flag as it was last written, for every unit as our own hash says."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from flagsvc.ctl.api import Answer, Api, Request
from flagsvc.ctl.failure import Failure
from flagsvc.ctl.figures import clean
from flagsvc.ctl.smoke.arriving import NotYet, until
from flagsvc.ctl.smoke.expecting import Due
from flagsvc.ctl.smoke.trial import Trial

OK, NOT_FOUND = 200, 404
NEWS = {401: "the token", NOT_FOUND: "the flag"}
"""What may not have arrived yet, by the status that says so."""


def arrived(replica: Api, trial: Trial, wanted: Mapping[str, Due], seconds: float) -> str:
    """Compare every unit, each as soon as the replica that answers has reached the revision that was written.

    Behind a balancer that may be another replica each time.
    """
    for unit, due in wanted.items():
        until(partial(_compared, replica, trial, unit, due), seconds)
    return f"revision {trial.revision}, {len(wanted)} units as our own hash says"


def gone(replica: Api, trial: Trial, seconds: float) -> str:
    """Wait until a replica no longer knows the flag."""

    def seen() -> str:
        answer = _asked(replica, trial, "anybody")
        if answer.status != NOT_FOUND:
            raise NotYet(f"the archived flag is still answered with {answer.status}")
        return "nobody finds the flag any longer"

    return until(seen, seconds)


def _compared(replica: Api, trial: Trial, unit: str, due: Due) -> str:
    answer = _asked(replica, trial, unit)
    if answer.status in NEWS:
        raise NotYet(f"{NEWS[answer.status]} is not known there")
    revision = _metadata(answer).get("revision")
    if not isinstance(revision, int) or revision < trial.revision:
        raise NotYet(f"status {answer.status}, evaluates by revision {revision}, not {trial.revision}")
    content = answer.content
    found = (answer.status, _metadata(answer).get("bucket"), content.get("variant"), content.get("value"))
    if found != (OK, due.bucket, due.variant, due.variant == "on"):
        raise Failure(
            f"{unit} got {clean(content.get('variant'))} in bucket {found[1]} (status {answer.status}), "
            f"and is due {due.variant} in bucket {due.bucket}",
            remedy="Send no users there: it decides other than SDKs do. Compare the versions of flagsvc and flagctl.",
        )
    return ""


def _metadata(answer: Answer) -> Mapping[str, object]:
    content = answer.content if isinstance(answer.content, dict) else {}
    found = content.get("metadata")
    return found if isinstance(found, dict) else {}


def _asked(replica: Api, trial: Trial, unit: str) -> Answer:
    path = f"/ofrep/v1/evaluate/flags/{quote(trial.key, safe='')}"
    headers = {"Authorization": f"Bearer {trial.token}"}
    return replica.exchange(
        Request(method="POST", path=path, body={"context": {"targetingKey": unit}}, headers=headers)
    )
