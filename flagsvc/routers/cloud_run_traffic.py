"""The traffic rows of a Cloud Run service: who gets what, and the rows that would tell something else. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from flagsvc.domain.routing.errors import RouterError

Row = Mapping[str, Any]
LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
TAG = "tag:"


def revisions_of(service: Mapping[str, Any], backends: Mapping[str, str]) -> dict[str, str]:
    """Find the revision that each backend is: named outright, or by a tag ("tag:NAME") of the service's."""
    tags = {row["tag"]: revision_of(service, row) for row in _rows(service) if row.get("tag")}
    found = {}
    for backend, name in backends.items():
        revision = tags.get(name.removeprefix(TAG)) if name.startswith(TAG) else name
        if not revision:
            known = ", ".join(sorted(tags)) or "none"
            raise RouterError(
                f"the service has no revision tagged {name.removeprefix(TAG)!r}; tags: {known}", permanent=True
            )
        found[backend] = revision
    if len(set(found.values())) != len(found):
        raise RouterError(f"two backends are the same revision: {found}", permanent=True)
    return found


def revision_of(service: Mapping[str, Any], row: Row) -> str:
    """Name the revision of a row; a row that follows the latest one names none."""
    named = row.get("revision") or ""
    if not named and row.get("type", LATEST) == LATEST:
        named = service.get("latestReadyRevision") or ""
    return str(named).rpartition("/")[2]


def shares(service: Mapping[str, Any], revisions: Mapping[str, str]) -> dict[str, int]:
    """Read each backend's percent from what is *serving* (trafficStatuses, not traffic)."""
    serving = service.get("trafficStatuses") or ()
    return {
        backend: sum(_percent(row) for row in serving if revision_of(service, row) == revision)
        for backend, revision in revisions.items()
    }


def others(service: Mapping[str, Any], revisions: Mapping[str, str]) -> dict[str, int]:
    """Read the percent of revisions that are no backend."""
    ours, found = set(revisions.values()), dict[str, int]()
    for row in service.get("trafficStatuses") or ():
        revision = revision_of(service, row)
        if revision not in ours and _percent(row):
            found[revision] = found.get(revision, 0) + _percent(row)
    return found


def told_rows(service: Mapping[str, Any], percents: Mapping[str, int]) -> list[Row] | None:
    """Give the rows that tell these percents by revision, every tag where it was; None when the present ones do.

    A row that follows the latest revision loses its percent: the next deployment must not move traffic by itself.
    """
    left = dict(percents)
    rows: list[Row] = []
    for row in _rows(service):
        fixed = row.get("type") == REVISION
        percent = left.pop(revision_of(service, row), 0) if fixed else 0
        if percent or row.get("tag"):
            rest = {name: value for name, value in row.items() if name != "percent"}
            rows.append({**rest, "percent": percent} if percent else rest)
    rows += [{"type": REVISION, "revision": name, "percent": percent} for name, percent in left.items() if percent]
    return None if list(map(_meaning, rows)) == list(map(_meaning, _told(service))) else rows


def _told(service: Mapping[str, Any]) -> list[Row]:
    return [row for row in _rows(service) if _percent(row) or row.get("tag")]


def _meaning(row: Row) -> tuple[Any, ...]:
    return row.get("type"), row.get("revision"), row.get("tag"), _percent(row)


def _rows(service: Mapping[str, Any]) -> Sequence[Row]:
    return service.get("traffic") or ()


def _percent(row: Row) -> int:
    return int(row.get("percent") or 0)
