"""Deployments: /api/v1/environments/{environment}/deployments."""

from flagsvc.http.admin.documents import ROOT
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.pagination import page_body
from flagsvc.http.rendering import listed
from flagsvc.http.schemas.deployments import DeploymentPage, DeploymentQuery
from flagsvc.usecases.deployments import list_deployments

operations = Operations("Rollouts")


@operations(f"GET {ROOT}/deployments", "List deployments", answer=DeploymentPage, query=DeploymentQuery)
def list_all_deployments(call: Call) -> Answer:
    """Rollouts as events, newest first: what was deployed by whom, how it ended, and how it was rolled back.

    `summary` has the figures of all that ended: deployment frequency, change failure rate, times to detect and restore.
    """
    now, query = call.services.clock(), call.query
    found, figures = list_deployments(
        call.store, call.environment, call.paging(), now, since=query.since, status=query.status
    )
    return Answer(page_body(found) | {"summary": figures}, 200, listed(call, found).headers)
