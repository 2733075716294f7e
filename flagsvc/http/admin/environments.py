"""Environments: /api/v1/environments."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import DocumentQuery, WriteQuery
from flagsvc.http.rendering import found, listed, written
from flagsvc.http.schemas.environments import (
    Environment,
    EnvironmentCreate,
    EnvironmentPage,
    EnvironmentReplace,
    EnvironmentWritten,
)
from flagsvc.http.schemas.writes import PATCHES, json_body
from flagsvc.usecases import environments

_LIST = "/api/v1/environments"
_ITEM = "/api/v1/environments/{environment}"

operations = Operations("Environments")


@operations(f"GET {_LIST}", "List environments", answer=EnvironmentPage, query=DocumentQuery, everywhere=True)
def list_environments(call: Call) -> Answer:
    """All environments with their policies."""
    return listed(call, environments.list_environments(call.store, call.page()))


@operations(f"GET {_ITEM}", "Read an environment", answer=Environment, revalidates=True)
def get_environment(call: Call) -> Answer:
    """One environment with its policy."""
    return found(call, environments.get_environment(call.store, call.environment))


@operations(
    f"POST {_LIST}",
    "Create an environment",
    answer=EnvironmentWritten,
    success=201,
    query=WriteQuery,
    body=json_body(EnvironmentCreate),
    example={"key": "qa", "name": "Quality assurance", "copyFrom": "staging"},
    writes=True,
    everywhere=True,
    errors=("exists",),
)
def create_environment(call: Call) -> Answer:
    """Every flag gets a disabled configuration there, or the one it has in `copyFrom`."""
    result = environments.create_environment(call.store, call.intent, call.body)
    return written(call, result, f"{_LIST}/{call.body['key']}")


@operations(
    f"PUT {_ITEM}",
    "Replace an environment",
    answer=EnvironmentWritten,
    query=WriteQuery,
    body=json_body(EnvironmentReplace),
    example={"name": "Production", "protected": True, "requireReason": True},
    writes=True,
    conditional=True,
    everywhere=True,
    errors=("archived",),
)
def put_environment(call: Call) -> Answer:
    """Texts and policy; what is left out takes its default."""
    return written(call, environments.put_environment(call.store, call.intent, call.environment, call.body))


@operations(
    f"PATCH {_ITEM}",
    "Edit an environment",
    answer=EnvironmentWritten,
    query=WriteQuery,
    body=PATCHES,
    example={"description": "Where customers are."},
    writes=True,
    conditional=True,
    everywhere=True,
    errors=("archived",),
)
def patch_environment(call: Call) -> Answer:
    """Only what the patch names changes."""
    return written(call, environments.patch_environment(call.store, call.intent, call.environment, call.patch))


@operations(
    f"POST {_ITEM}/archive",
    "Archive an environment",
    answer=EnvironmentWritten,
    query=WriteQuery,
    writes=True,
    conditional=True,
    everywhere=True,
    errors=("in-use",),
)
def archive_environment(call: Call) -> Answer:
    """Its readers get nothing new; its history stays. The last environment cannot be archived."""
    return written(call, environments.archive_environment(call.store, call.intent, call.environment))
