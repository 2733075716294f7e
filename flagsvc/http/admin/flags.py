"""Flag definitions, shared by all environments: /api/v1/flags."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import FlagQuery, WriteQuery
from flagsvc.http.rendering import found, listed, written
from flagsvc.http.schemas.flags import Flag, FlagCreate, FlagPage, FlagReplace, FlagWritten
from flagsvc.http.schemas.writes import PATCHES, json_body
from flagsvc.usecases import flags

_LIST = "/api/v1/flags"
_ITEM = "/api/v1/flags/{key}"
_BODY = {"variants": {"on": True, "off": False}, "name": "New search", "tags": ["search"]}

operations = Operations("Flags")


@operations(f"GET {_LIST}", "List flags", answer=FlagPage, query=FlagQuery, everywhere=True)
def list_flags(call: Call) -> Answer:
    """Definitions, each with a summary per environment."""
    return listed(call, flags.list_flags(call.store, call.page()))


@operations(f"GET {_ITEM}", "Read a flag", answer=Flag, revalidates=True, everywhere=True)
def get_flag(call: Call) -> Answer:
    """Read the definition with a summary per environment."""
    return found(call, flags.get_flag(call.store, call.key))


@operations(
    f"POST {_LIST}",
    "Create a flag",
    answer=FlagWritten,
    success=201,
    query=WriteQuery,
    body=json_body(FlagCreate),
    example={"key": "new-search", "type": "boolean", **_BODY},
    writes=True,
    everywhere=True,
    errors=("exists",),
)
def create_flag(call: Call) -> Answer:
    """Add a flag, and its configuration in every environment: off, unless `environments` says otherwise."""
    result = flags.create_flag(call.store, call.intent, call.body)
    return written(call, result, f"{_LIST}/{call.body['key']}")


@operations(
    f"PUT {_ITEM}",
    "Replace a flag",
    answer=FlagWritten,
    query=WriteQuery,
    body=json_body(FlagReplace),
    example=_BODY,
    writes=True,
    conditional=True,
    everywhere=True,
    errors=("in-use", "archived"),
)
def put_flag(call: Call) -> Answer:
    """Change the flag in all environments at once; refused while a configuration uses a variant that would go."""
    return written(call, flags.put_flag(call.store, call.intent, call.key, call.body))


@operations(
    f"PATCH {_ITEM}",
    "Edit a flag",
    answer=FlagWritten,
    query=WriteQuery,
    body=PATCHES,
    example={"owner": "payments"},
    writes=True,
    conditional=True,
    everywhere=True,
    errors=("in-use", "archived"),
)
def patch_flag(call: Call) -> Answer:
    """Only what the patch names changes."""
    return written(call, flags.patch_flag(call.store, call.intent, call.key, call.patch))


@operations(
    f"POST {_ITEM}/archive",
    "Archive a flag",
    answer=FlagWritten,
    query=WriteQuery,
    writes=True,
    conditional=True,
    everywhere=True,
    errors=("in-use",),
)
def archive_flag(call: Call) -> Answer:
    """Readers no longer find it; refused while another flag waits for it."""
    return written(call, flags.archive_flag(call.store, call.intent, call.key))


@operations(
    f"POST {_ITEM}/restore",
    "Restore a flag",
    answer=FlagWritten,
    query=WriteQuery,
    writes=True,
    conditional=True,
    everywhere=True,
)
def restore_flag(call: Call) -> Answer:
    """Brings an archived flag back, configurations included."""
    return written(call, flags.restore_flag(call.store, call.intent, call.key))
