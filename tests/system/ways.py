"""Every way of asking for the cohort of all users; each returns one cohort per user, in their order."""

import json
from collections.abc import Sequence

from flagsdk import Context, FlagClient
from tests.support.edge import Edge
from tests.support.pipeline import ask_all, request
from tests.support.service import SAMPLE_TOKEN, Service
from tests.system.cluster import ENVIRONMENT, FLAG, SPLIT

USERS = tuple(f"user-{number}" for number in range(10_000))


def sdk(client: FlagClient) -> list[str]:
    """Ask the SDK for the cohort."""
    return [client.cohort(SPLIT, Context(user)) for user in USERS]


def sdk_flag(client: FlagClient) -> list[str]:
    """Ask the SDK for the flag that shares the split's salt: on is canary."""
    return [_cohort(on=client.is_enabled(FLAG, Context(user))) for user in USERS]


def ofrep(service: Service) -> list[str]:
    """Ask for the same flag, remotely evaluated."""
    headers = {"Authorization": f"Bearer {SAMPLE_TOKEN}"}
    bodies = [json.dumps({"context": {"targetingKey": user}}).encode() for user in USERS]
    answers = ask_all(service.port, [request(f"/ofrep/v1/evaluate/flags/{FLAG}", headers, body) for body in bodies])
    assert {answer.status for answer in answers} == {200}
    return [_cohort(on=json.loads(answer.body)["value"]) for answer in answers]


def traffic(service: Service) -> list[str]:
    """Ask as a load balancer does."""
    path = f"/traffic/v1/{ENVIRONMENT}/{SPLIT}/decide"
    answers = ask_all(service.port, [request(path, {"X-User-Id": user}) for user in USERS])
    assert {answer.status for answer in answers} == {200}
    return [answer.headers["x-cohort"] for answer in answers]


def nginx(edge: Edge, users: Sequence[str] = USERS) -> list[str]:
    """Ask through nginx: the back end that really answered, which must have been told its own name."""
    answers = ask_all(edge.port, [request("/cart", {"X-User-Id": user}) for user in users])
    assert {answer.status for answer in answers} == {200}
    bodies = [json.loads(answer.body) for answer in answers]
    assert all(body["backend"] == dict(body["headers"])["X-Cohort"] for body in bodies)
    return [body["backend"] for body in bodies]


def canaries(cohorts: Sequence[str]) -> set[str]:
    """Pick the users in the canary."""
    return {user for user, cohort in zip(USERS, cohorts, strict=True) if cohort == "canary"}


def _cohort(*, on: bool) -> str:
    return "canary" if on else "stable"
