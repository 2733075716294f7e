"""The process that answers: /api/v1/system."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.process import shown
from flagsvc.http.schemas.system import System

operations = Operations("System")


@operations("GET /api/v1/system", "Show the system", answer=System, everywhere=True)
def get_system(call: Call) -> Answer:
    """Show what this process runs, depends on and holds, from memory: nobody is asked, and no secret is told."""
    services = call.services
    named = {"routers": sorted(services.routers), "metricSources": sorted(services.metric_sources)}
    return Answer({**shown(services.process(), services.clock()), **named})
