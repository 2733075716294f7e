"""Deployments: each rollout as an event for dashboards, and the figures of all of them."""

from typing import Any

import pytest

from flagsvc.domain.analysis.measurement import Exposure
from flagsvc.domain.rollouts.deployments import STATUSES, Deployment, event_of, figures_of

SINCE, UNTIL = "2026-11-01T00:00:00.000000Z", "2026-11-11T00:00:00.000000Z"


def at(day: int, clock: str = "12:00:00") -> str:
    return f"2026-11-{day:02}T{clock}.000000Z"


def deployment(status: str, day: int = 2, exposure: Exposure | None = None, **members: Any) -> Deployment:
    times = {"startedAt": at(day), "endedAt": at(day, "13:00:00")} if status not in {"scheduled", "started"} else {}
    return Deployment(
        environment="production",
        rollout=f"checkout-{day}",
        strategy="canary",
        created_at=at(day, "11:00:00"),
        members={"status": status, **times, **members},
        exposure=exposure,
    )


def gone_back(day: int, began: str, ended: str, **members: Any) -> Deployment:
    rollback = {"cause": "errors", "at": at(day, began), "automatic": True}
    return deployment("rolled-back", day, rollback=rollback, endedAt=at(day, ended), **members)


def test_an_event_has_all_that_an_audit_asks_for() -> None:
    members = {"version": "7.1", "commit": "4bf92f3", "deployer": "ada", "url": "https://ci.example/7"}
    exposure = Exposure(requests=2140, bad=60, excess=41, excess_low=23, excess_high=62)
    back = gone_back(2, "12:30:00", "12:31:00", **members)

    event = event_of(Deployment(**{**_members(back), "exposure": exposure}))

    assert event == {
        "environment": "production",
        "rollout": "checkout-2",
        "strategy": "canary",
        "status": "rolled-back",
        **members,
        "createdAt": at(2, "11:00:00"),
        "startedAt": at(2),
        "endedAt": at(2, "12:31:00"),
        "rollback": {
            "cause": "errors",
            "at": at(2, "12:30:00"),
            "automatic": True,
            "blastRadius": (
                "In the windows that were judged, 2,140 requests saw it; "
                "41 more failures than the baseline would have had (23 to 62)."
            ),
        },
    }


def _members(deployment: Deployment) -> dict[str, Any]:
    names = ("environment", "rollout", "strategy", "created_at", "members")
    return {name: getattr(deployment, name) for name in names}


def test_what_is_not_known_is_null() -> None:
    event = event_of(deployment("started"))

    assert [event[name] for name in ("version", "commit", "deployer", "url", "endedAt", "rollback")] == [None] * 6
    assert Deployment(environment="e", rollout="r", strategy="s", created_at=SINCE, members={}).status == STATUSES[0]


def test_the_figures_are_of_those_that_reached_somebody() -> None:
    ended = [
        *(deployment("succeeded", day) for day in (2, 3, 4)),
        gone_back(5, "12:10:00", "12:10:30"),
        deployment("aborted", 6),
        deployment("started", 7),
        deployment("scheduled", 8),
    ]

    assert figures_of(ended, SINCE, UNTIL) == {
        "since": SINCE,
        "until": UNTIL,
        "succeeded": 3,
        "rolledBack": 1,
        "aborted": 1,
        "perDay": 0.4,
        "changeFailureRate": 0.25,
        "secondsToDetect": 600.0,
        "secondsToRestore": 30.0,
    }


def test_times_are_medians_so_that_one_bad_night_does_not_hide_the_rest() -> None:
    nights = [
        gone_back(3, "12:01:00", "12:01:10"),
        gone_back(4, "12:05:00", "12:05:20"),
        gone_back(5, "13:00:00", "23:00:00"),
    ]

    figures = figures_of(nights, SINCE, UNTIL)

    assert (figures["secondsToDetect"], figures["secondsToRestore"]) == (300.0, 20.0)


@pytest.mark.parametrize(("day", "counted"), [(1, 1), (10, 1), (11, 0)])
def test_only_what_ended_in_the_time_counts(day: int, counted: int) -> None:
    assert figures_of([deployment("succeeded", day)], SINCE, UNTIL)["succeeded"] == counted


def test_without_any_the_rates_are_unknown_and_not_zero() -> None:
    figures = figures_of([], SINCE, UNTIL)

    assert (figures["perDay"], figures["changeFailureRate"], figures["secondsToRestore"]) == (0.0, None, None)
    assert figures_of([], SINCE, SINCE)["perDay"] is None
