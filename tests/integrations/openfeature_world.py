"""Flags of every type for every way in which a decision can end, and the stock SDK asked for them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagEvaluationDetails

from flagsdk import FlagClient
from flagsdk.integrations.openfeature import FlagsvcProvider
from tests.sdk.documents import flag, half, texts, whole
from tests.sdk.scripted import Scripted

DEFAULTS: Mapping[str, Any] = {
    "boolean": True, "string": "default", "integer": 99, "float": 9.5, "object": {"default": True},
}  # fmt: skip
TYPES = tuple(DEFAULTS)
VALUES = {
    "boolean": (True, False), "string": ("yes", "no"), "integer": (7, 0), "float": (0.5, 0.0),
    "object": ({"a": [1, {"b": 2}]}, {}),
}  # fmt: skip
OTHER = {"boolean": "integer", "string": "boolean", "integer": "string", "float": "string", "object": "string"}
ANN = EvaluationContext("ann", {"plan": "pro"})
NOBODY = EvaluationContext(None, {"plan": "pro"})
IS_PRO = {"attribute": "plan", "op": "equals", "values": ["pro"]}
RULE = {"id": "pro", "when": IS_PRO, "serve": "on"}
BROKEN = {"split": {"weights": {}, "by": "targetingKey", "hash": "later", "salt": "s", "allocation": []}}


def documents_of(kind: str) -> list[dict[str, Any]]:
    """Write one flag of a type for each way."""
    off = {"default": {"serve": "off"}}
    return [
        flag(f"{kind}-static", kind),
        flag(f"{kind}-disabled", kind, enabled=False),
        flag(f"{kind}-split", kind, default=half()),
        flag(f"{kind}-rule", kind, rules=[RULE], **off),
        flag(f"{kind}-default", kind, rules=[RULE | {"when": {"not": IS_PRO}}], **off),
        flag(f"{kind}-target", kind, targets=[{"variant": "on", "units": ["ann"], "by": "targetingKey"}], **off),
        flag(f"{kind}-prerequisite", kind, prerequisites=[{"flag": "parent", "variants": ["on"]}]),
        flag(f"{kind}-broken", kind, default=BROKEN),
        flag(f"{kind}-archived", kind, archived=True),
    ]


DOCUMENTS = texts(
    flag("parent", default={"serve": "off"}), *(document for kind in TYPES for document in documents_of(kind))
)


def source() -> Scripted:
    """Hold all of them."""
    return Scripted(whole(DOCUMENTS))


def provided(client: FlagClient, domain: str, **options: Any) -> FlagsvcProvider:
    """Give the stock SDK a provider over this client, and wait for it."""
    provider = FlagsvcProvider(client, **options)
    api.set_provider_and_wait(provider, domain)
    return provider


def asked(
    domain: str, kind: str, key: str, context: EvaluationContext | None = ANN, *, waiting: bool = False
) -> FlagEvaluationDetails[Any]:
    """Ask the stock SDK for a flag's details, with the default of the type; `waiting`: by its async method."""
    client = api.get_client(domain)
    if waiting:
        return asyncio.run(getattr(client, f"get_{kind}_details_async")(key, DEFAULTS[kind], context))
    found: FlagEvaluationDetails[Any] = getattr(client, f"get_{kind}_details")(key, DEFAULTS[kind], context)
    return found
