"""A release whose metrics server dies: nothing advances, and then its plan says what follows."""

import pytest

from examples.demo.children import end_all
from examples.demo.plans import ANALYSIS
from tests.system import release

pytestmark = pytest.mark.servers


def test_without_metrics_a_release_holds_and_then_does_what_its_plan_says() -> None:
    with release.running() as site:
        before = site.places_served()
        analysis = {**ANALYSIS, "unknownFor": "8s"}
        key = site.begin([25, 100], "3s", analysis=analysis)
        site.holds_at(key, 25)

        end_all([site.child("prometheus")])
        found = site.ended(key)

        steps = {step["name"]: step["state"] for step in found["status"]["steps"]}
        assert found["status"]["phase"] == "rolled-back"
        assert "nothing was known" in found["status"]["cause"]
        assert steps["100 %"] == "next"
        assert site.places_served() == before
