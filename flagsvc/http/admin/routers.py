"""The configured routers: /api/v1/routers."""

from flagsvc.domain.routing.status import shown_capabilities
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.bindings import RouterList
from flagsvc.usecases import bindings

operations = Operations("Bindings")


@operations("GET /api/v1/routers", "List routers", answer=RouterList, everywhere=True)
def list_routers(call: Call) -> Answer:
    """Every router of the routers file, by name, with what it can do and the binding that drives it."""
    bound = bindings.drivers(call.store)
    kinds = call.services.router_kinds
    items = [
        {
            "name": name,
            "kind": kinds.get(name, ""),
            "capabilities": shown_capabilities(able),
            "binding": {"environment": bound[name].environment, "key": bound[name].key} if name in bound else None,
        }
        for name, able in sorted(call.services.routers.items())
    ]
    return Answer({"items": items})
