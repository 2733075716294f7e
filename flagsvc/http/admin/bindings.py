"""Bindings: /api/v1/environments/{environment}/bindings, and what happened to them."""

from collections.abc import Sequence

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Target
from flagsvc.http.admin.documents import ROOT, Noun, add_editing, add_life, add_revert, add_users
from flagsvc.http.call import Answer, Call
from flagsvc.http.conditional import etag
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import EnabledQuery, PageQuery, WriteQuery
from flagsvc.http.planning import planned
from flagsvc.http.rendering import REVISION_HEADER, listed, written
from flagsvc.http.schemas.bindings import (
    Binding,
    BindingCreate,
    BindingEventPage,
    BindingPage,
    BindingPlan,
    BindingReplace,
    BindingWritten,
)
from flagsvc.usecases import bindings
from flagsvc.usecases.bindings import Command

_BODY = {"split": "checkout", "routers": ["edge-1", "edge-2"], "drift": "reassert", "onFailure": "revert"}
_NOUN = Noun(
    kind="binding",
    plural="bindings",
    title="binding",
    document=Binding,
    page=BindingPage,
    written=BindingWritten,
    replace=BindingReplace,
    replace_example=_BODY,
    patch_example={"deadlineSeconds": 120},
    query=EnabledQuery,
    create=BindingCreate,
    create_example={"key": "edge", **_BODY},
)

operations = Operations("Bindings")


@operations(f"GET {_NOUN.collection}", "List bindings", answer=BindingPage, query=EnabledQuery)
def list_bindings(call: Call) -> Answer:
    """By key and without the archived ones, unless the query says otherwise; each with how far its routers are."""
    return listed(call, bindings.list_bindings(call.store, call.environment, call.page(), call.services.routers))


@operations(f"GET {_NOUN.item}", "Read a binding", answer=Binding)
def get_binding(call: Call) -> Answer:
    """Its version is the ETag, for writes; `status` changes without it, so this never answers 304."""
    found = bindings.get_binding(call.store, call.ref(_NOUN.kind), call.services.routers)
    return Answer(found.document, 200, {"ETag": etag(found.version), REVISION_HEADER: str(found.revision)})


add_life(operations, _NOUN)
add_editing(operations, _NOUN)
add_revert(operations, _NOUN)
add_users(operations, _NOUN)


def _add_command(command: Command, summary: str, description: str) -> None:
    def ask(call: Call) -> Answer:
        return written(call, bindings.ask_again(call.store, call.intent, call.ref(_NOUN.kind), command))

    ask.__doc__ = description
    register = operations(
        f"POST {_NOUN.item}/{command.name}",
        summary,
        name=f"{command.name}Binding",
        answer=BindingWritten,
        query=WriteQuery,
        writes=True,
        conditional=True,
        errors=("archived", "wrong-phase"),
    )
    register(ask)


_add_command(
    bindings.RETRY,
    "Try a failed binding again",
    "Tell the routers once more what they could not be told. Nothing changes while a try is under way.",
)
_add_command(
    bindings.RESUME,
    "Resume a paused binding",
    "Tell a router that somebody else changed what it shall be. Nothing changes while a try is under way.",
)


@operations(f"POST {_NOUN.item}/plan", "Plan a binding", answer=BindingPlan, errors=("archived",))
def plan_binding(call: Call) -> Answer:
    """Ask each router what it would be told now, and tell it nothing. A router that fails is an error in the answer."""

    def ask(name: str, target: Target) -> Sequence[str]:
        if name not in call.services.routers:
            raise RouterError(f"no router {name!r} is configured here", permanent=True)
        return call.services.plan(name, target)

    binding, target = bindings.wanted_now(call.store, call.ref(_NOUN.kind))
    content = {
        "binding": binding.key,
        "desired": {"revision": target.revision, "weights": dict(target.weights)},
        "routers": planned(ask, binding.routers, target),
    }
    return Answer(content)


@operations(f"GET {_NOUN.item}/events", "List what happened to a binding", answer=BindingEventPage, query=PageQuery)
def list_binding_events(call: Call) -> Answer:
    """Newest first; events are kept for 30 days."""
    return listed(call, bindings.list_events(call.store, call.environment, call.key, call.paging()))


@operations(f"GET {ROOT}/binding-events", "List what happened to bindings", answer=BindingEventPage, query=PageQuery)
def list_all_binding_events(call: Call) -> Answer:
    """Newest first, of every binding of the environment; events are kept for 30 days."""
    return listed(call, bindings.list_events(call.store, call.environment, None, call.paging()))
