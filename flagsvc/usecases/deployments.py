"""Rollouts as deployment events, newest first, with the figures of all of them."""

from datetime import datetime, timedelta
from typing import Any

from flagsvc.domain.analysis.judging import exposure_of
from flagsvc.domain.analysis.measurement import Exposure
from flagsvc.domain.errors import BadQuery
from flagsvc.domain.instants import text_of
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.records import Document
from flagsvc.domain.rollouts.deployments import Deployment, event_of, figures_of
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.reading import plan_of
from flagsvc.domain.rollouts.records import StoredRollout
from flagsvc.domain.rollouts.state import LIVE, TERMINAL
from flagsvc.domain.rollouts.text import state_of_text
from flagsvc.ports import Store, View
from flagsvc.usecases.reading import demand_open, members_of

SINCE_DAYS = 30
_MARK = "~"


def list_deployments(
    store: Store,
    environment: str,
    page: Page,
    now: datetime,
    *,
    since: datetime | None = None,
    status: str | None = None,
) -> tuple[Listing, dict[str, Any]]:
    """List the rollouts of an environment that live or ended since then, newest first, and add up those that ended.

    `since` is 30 days before `now` when left out; `status` narrows the list and not the figures. Raises NotFound,
    BadQuery for the cursor.
    """
    first = text_of(since or now - timedelta(days=SINCE_DAYS))
    with store.reading() as view:
        demand_open(view, environment)
        found = _deployments(view, environment, first)
    chosen = [each for each in found if status in {None, each.status}]
    items, cursor = _turned(chosen, page)
    figures = figures_of(found, first, text_of(now))
    return Listing([event_of(each) for each in items], cursor), figures


def _deployments(view: View, environment: str, since: str) -> list[Deployment]:
    ended = view.rollouts_since(TERMINAL, since)
    live = view.rollouts(environment, LIVE)
    stored = {each.key: each for each in (*ended, *live) if each.environment == environment}
    documents = {each.ref.key: each for each in view.documents(environment, ROLLOUT) if each.ref.key in stored}
    found = (_deployment(documents[key], stored[key]) for key in documents)
    return sorted(found, key=_place, reverse=True)


def _deployment(document: Document, stored: StoredRollout) -> Deployment:
    members = members_of(document)
    plan = plan_of(members["plan"])
    return Deployment(
        environment=document.ref.environment,
        rollout=document.ref.key,
        strategy=plan.strategy,
        created_at=document.created_at,
        members=members.get("deployment") or {},
        exposure=_exposure(plan, stored),
    )


def _exposure(plan: Plan, stored: StoredRollout) -> Exposure | None:
    state = state_of_text(stored.text)
    return exposure_of(plan.analysis, state.evidence) if plan.analysis and state.evidence else None


def _place(deployment: Deployment) -> str:
    """Order by birth, which never changes, so that a cursor holds whatever happens meanwhile."""
    return deployment.created_at + _MARK + deployment.rollout


def _turned(found: list[Deployment], page: Page) -> tuple[list[Deployment], str | None]:
    if page.cursor is not None and _MARK not in page.cursor:
        raise BadQuery("cursor", "this is not the cursor of a page of deployments")
    left = [each for each in found if page.cursor is None or _place(each) < page.cursor]
    items = left[: page.limit]
    return items, _place(items[-1]) if len(left) > len(items) else None
