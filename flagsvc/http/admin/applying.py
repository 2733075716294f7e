"""Documents of files: /api/v1/apply."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from flagsdk.core.validate import nearest
from flagsvc.domain.errors import Fault, Invalid
from flagsvc.domain.manifests import Manifest, manifests_of
from flagsvc.http.call import Answer, Call
from flagsvc.http.endpoint import checked
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import SplitWriteQuery
from flagsvc.http.problem import Problem, malformed
from flagsvc.http.rendering import written
from flagsvc.http.schemas.applying import Applied, Apply
from flagsvc.http.schemas.base import Closed
from flagsvc.http.schemas.bindings import BindingReplace
from flagsvc.http.schemas.flags import ConfigurationInitial
from flagsvc.http.schemas.segments import SegmentReplace
from flagsvc.http.schemas.splits import TrafficSplitReplace
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases.applying import apply_manifests

_MODELS: Mapping[str, type[Closed]] = {
    "flag": ConfigurationInitial,
    "segment": SegmentReplace,
    "split": TrafficSplitReplace,
    "binding": BindingReplace,
}
_MEMBERS: Mapping[str, TypeAdapter[Any]] = {kind: TypeAdapter(model) for kind, model in _MODELS.items()}
_EXAMPLE = {
    "documents": [
        {
            "apiVersion": "flagsvc/v1",
            "kind": "Flag",
            "metadata": {"key": "new-search", "owner": "search"},
            "spec": {
                "type": "boolean",
                "environments": {
                    "production": {"enabled": True, "default": {"split": {"weights": {"on": 12.5, "off": 87.5}}}}
                },
                "leaveToOperators": ["environments.production.enabled"],
            },
        }
    ]
}

operations = Operations("Files")


@operations(
    "POST /api/v1/apply",
    "Apply documents of files",
    answer=Applied,
    query=SplitWriteQuery,
    body=json_body(Apply),
    example=_EXAMPLE,
    writes=True,
    everywhere=True,
    errors=("stale-version", "precondition-required", "in-use", "rerandomise-required", "rollout-active"),
)
def apply_documents(call: Call) -> Answer:
    """Bring documents into force as files have them: all of them in one transaction, or none; nothing is archived.

    Weights are percent here. What a file leaves to operators stays as it is, and so does what a running rollout moves
    and what somebody else has switched off; the answer says so.
    """
    result = apply_manifests(call.store, call.intent, _read(call.body["documents"]), call.body.get("base") or {})
    return written(call, result)


def _read(documents: list[Any]) -> list[Manifest]:
    faults: list[Fault] = []
    manifests = manifests_of(documents, faults)
    if faults:
        raise Invalid(faults)
    for manifest in manifests:
        faults += [*_shape_faults(manifest), *_left_faults(manifest)]
    if faults:
        raise malformed(faults)
    return manifests


def _shape_faults(manifest: Manifest) -> Iterator[Fault]:
    for environment, members in manifest.environments.items():
        try:
            checked(_MEMBERS[manifest.kind], dict(members), manifest.at(environment))
        except Problem as problem:
            yield from problem.faults


def _left_faults(manifest: Manifest) -> Iterator[Fault]:
    """Say which paths name no member: with a slip of the pen, what an operator has set would be put back."""
    known = [field.alias or name for name, field in _MODELS[manifest.kind].model_fields.items()]
    for index, (_, member, *_) in enumerate(manifest.left):
        if member not in known:
            detail = f"There is no member {member!r} here{nearest(member, known)}"
            yield Fault(f"{manifest.place}/spec/leaveToOperators/{index}", "unknown-member", detail)
