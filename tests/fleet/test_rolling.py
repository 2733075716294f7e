"""Replicas are replaced under load: nobody notices, behind nginx, HAProxy and Envoy. The long form is a program."""

from tests.fleet.fleet import running
from tests.fleet.rolling import in_use


def test_nobody_notices_that_all_replicas_are_replaced() -> None:
    with running(3, drain_seconds=2.0) as fleet:
        with in_use(fleet, connections=2, readers=2, seconds=120) as site:
            fleet.roll(between=site.settled)

        outcome = site.outcome

    assert outcome.failed == []
    assert all(count.requests > 0 for count in outcome.counts.values())
    assert len(outcome.lags) >= 6 * (outcome.written - 1)
