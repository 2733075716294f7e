"""The pages about deploying a service and rolling back: their lines in order, by their own plan files.

Only addresses are others, and holds are left out: what is judged goes back by hand, as the pages do it, and the three
plans without an analysis walk to their ends.
"""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.documents.deploying import PLANS, PRODUCTION, elsewhere, here, status
from tests.documents.shell import Reader, blocks_of
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers
DEPLOY, BACK = "docs/how-to/deploy-your-service.md", "docs/how-to/roll-back.md"
PLAN = {
    "strategy": "canary",
    "targets": [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}],
    "cooldown": "0s",
}


def test_a_reader_deploys_five_services_in_five_ways(sampled: Service, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text(ADMIN_TOKEN)
    (tmp_path / "examples/plans").mkdir(parents=True)
    with elsewhere() as place:
        for path in PLANS.values():
            plan = here(path.read_text("utf-8"), place, hold="0s")
            (tmp_path / path.relative_to(ROOT)).write_text(plan)

        Reader(tmp_path, sampled).sh(*blocks_of(DEPLOY, "sh"))

        asked = place.actions
    ends = {key: status(sampled, key)["phase"] for key in ("api-2.4.0", "web-7", "pool-31", "ledger-9", "new-search-1")}
    weights = {
        key: sampled.call("GET", f"{PRODUCTION}/splits/{key}")["default"]["split"]["weights"]
        for key in ("api", "web", "pool", "ledger")
    }
    assert ends == {
        "api-2.4.0": "rolled-back",
        "web-7": "succeeded",
        "pool-31": "succeeded",
        "ledger-9": "succeeded",
        "new-search-1": "rolled-back",
    }
    assert asked == ["retire blue", "update web-1", "update web-2", "stop old", "start new"]
    assert weights == {
        "api": {"stable": 100_000, "canary": 0},
        "web": {"blue": 0, "green": 100_000},
        "pool": {"web-1": 50_000, "web-2": 50_000},
        "ledger": {"old": 0, "new": 100_000},
    }


def test_a_reader_rolls_back_in_every_way(sampled: Service, tmp_path: Path) -> None:
    """With one rollout that is over and one that is under way, as the page has them."""
    before = sampled.call("GET", f"{PRODUCTION}/splits/checkout")["default"]
    half = {"name": "half", "weights": {"edge": 50_000}}
    for key, hold in (("checkout-7", "0s"), ("checkout-8", "1h")):
        plan = {**PLAN, "steps": [{**half, "hold": hold}]}
        sampled.call("POST", f"{PRODUCTION}/rollouts", {"key": key, "plan": plan})
        watched = f"flagctl rollout watch {key}" if hold == "0s" else "sleep 1"
        Reader(tmp_path, sampled, variables=variables(sampled)).sh(watched)

    printed = Reader(tmp_path, sampled, variables=variables(sampled)).sh(*blocks_of(BACK, "sh"))

    assert "flag/new-checkout is off: everybody gets off" in printed
    assert "split/checkout is off: everybody gets stable" in printed
    assert "everything is back: exit code 6" in printed
    assert (status(sampled, "checkout-7")["phase"], status(sampled, "checkout-8")["phase"]) == (
        "succeeded",
        "rolled-back",
    )
    after = sampled.call("GET", f"{PRODUCTION}/splits/checkout")
    assert (after["default"], after["enabled"]) == (before, True)
    assert sampled.call("GET", f"{PRODUCTION}/flags/new-checkout")["enabled"] is True


def variables(service: Service) -> dict[str, str]:
    """Log flagctl in by variables, as in a pipeline."""
    return {"FLAGSVC_URL": service.url, "FLAGSVC_TOKEN": ADMIN_TOKEN, "FLAGSVC_ENVIRONMENT": "production"}


def test_the_picture_of_the_tree_asks_what_the_page_asks() -> None:
    """It is plain SVG: no script, nothing from elsewhere."""
    drawn = ET.parse(ROOT / "docs/images/rollback-tree.svg").getroot()  # noqa: S314  # our own file
    texts = [text for element in drawn.iter() if (text := (element.text or "").strip())]

    assert {element.tag.rpartition("}")[2] for element in drawn.iter()} == {
        "svg",
        "title",
        "style",
        "rect",
        "text",
        "path",
    }
    page = (ROOT / BACK).read_text("utf-8")
    for words in ("kill the flag", "roll it back", "undo", "revert", "data", "freeze releases"):
        assert any(words in text.lower() for text in texts), words
        assert words in page.lower(), words
