"""Flags that tell who is asking, and the headers of an edge."""

import time
from typing import Any

from flagsdk import FlagClient
from flagsdk.integrations.cohort import CohortVerifier
from flagsdk.wire.cohort import head_of, signed
from tests.sdk.documents import flag, half, texts, traffic, whole
from tests.sdk.scripted import Scripted

KEY = "a-key-of-the-tests-for-signed-cohorts"
USERS = tuple(f"user-{number}" for number in range(60))
WHEN_PRO = {"attribute": "plan", "op": "equals", "values": ["pro"]}
DOCUMENTS = texts(
    flag("half", default=half()),
    flag("pro", default={"serve": "off"}, rules=[{"id": "pro", "when": WHEN_PRO, "serve": "on"}]),
    flag("theme", "string", variants={"on": "dark", "off": "light"}, default=half()),
    flag("limit", "integer"),
    flag("share", "float"),
    flag("menu", "object"),
    traffic("checkout"),
)


def ready_client() -> FlagClient:
    """Make a client that holds the documents, over a source of ours; close it after use."""
    client = FlagClient(Scripted(whole(DOCUMENTS)))
    assert client.wait_ready(30)
    return client


def verifier() -> CohortVerifier:
    """Believe what `edge_header` signs."""
    return CohortVerifier(KEY, environment="production")


def edge_header(cohort: str = "canary", unit: str | None = "user-1", **more: Any) -> str:
    """Sign a cohort as the service does."""
    head = head_of(more.get("environment", "production"), more.get("split", "checkout"), cohort, "e1.1")
    expires = int(time.time()) + int(more.get("seconds", 300))
    return signed(more.get("key", KEY).encode(), head, unit, expires).decode()
