"""The admin API: one file per noun, each a table of operations."""

from starlette.routing import Route

from flagsvc.http.admin import (
    applying,
    audit,
    bindings,
    changes,
    compare,
    configurations,
    copy,
    deployments,
    environments,
    evaluate,
    flags,
    freezes,
    hygiene,
    matrix,
    plans,
    preflight,
    rollouts,
    routers,
    segments,
    sessions,
    splits,
    system,
    tokens,
    usage,
    verdicts,
)
from flagsvc.http.docs_page import docs_routes
from flagsvc.http.endpoint import routes
from flagsvc.http.operation import Operation
from flagsvc.http.services import Services

__all__ = ["OPERATIONS", "admin_routes"]

_NOUNS = (
    environments,
    matrix,
    hygiene,
    compare,
    flags,
    configurations,
    segments,
    splits,
    bindings,
    routers,
    plans,
    freezes,
    preflight,
    rollouts,
    verdicts,
    deployments,
    changes,
    copy,
    applying,
    evaluate,
    usage,
    audit,
    tokens,
    sessions,
    system,
)

OPERATIONS: tuple[Operation, ...] = tuple(operation for noun in _NOUNS for operation in noun.operations.registered)
"""Every operation of the admin API, in the order of the documentation."""


def admin_routes(services: Services) -> list[Route]:
    """All routes of `/api/v1`, with `/openapi.json` and `/docs` that describe them."""
    return [*routes(OPERATIONS, services), *docs_routes(OPERATIONS)]
