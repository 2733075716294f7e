"""From the release before to this one, and back, under load: nobody notices. The long form is a program."""

import pytest

from tests.fleet.fleet import running
from tests.fleet.rolling import in_use
from tests.support.previous import NoHistory, previous_tree


def test_nobody_notices_an_upgrade_nor_the_way_back() -> None:
    try:
        with previous_tree() as tree, running(2, drain_seconds=2.0, tree=tree) as fleet:
            before = fleet.version()
            with in_use(fleet, connections=2, readers=2, seconds=120) as site:
                fleet.roll(between=site.settled)
                after = fleet.version()
                fleet.roll(tree, between=site.settled)

            assert site.outcome.failed == []
            assert site.outcome.written > 0
            assert before == fleet.version() != after
    except NoHistory as absent:
        pytest.skip(str(absent))
