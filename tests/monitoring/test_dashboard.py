"""The dashboard: as the script writes it, without overlap, every panel with a unit and queries of real metrics."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from scripts import dashboard
from tests.support.metrics_page import documented

DOCUMENT: dict[str, Any] = json.loads(dashboard.FILE.read_text())
PANELS: list[dict[str, Any]] = DOCUMENT["panels"]
SHOWN = [panel for panel in PANELS if panel["type"] != "row"]
COLUMNS = 24
UNITS = {"none", "bool_on_off", "s", "percentunit", "reqps", "ops", "bytes"}
VARIABLES = {"datasource", "job", "instance", "environment"}
BUILT_IN = {"__rate_interval"}
NOT_SHOWN = {
    "flagsvc_unknown_operator_total": "an alert says so",
    "flagsvc_outcomes_dropped_total": "of use when outcomes are missing",
    "flagsvc_backfill_left_rows": "minutes after an upgrade, and `flagsvc db status` says it",
    "flagsvc_tasks": "follows requests and streams; it is there for soaks",
    "process_virtual_memory_bytes": "resident memory says more",
}


def expressions() -> list[str]:
    return [target["expr"] for panel in SHOWN for target in panel["targets"]]


def test_the_committed_file_is_what_the_script_writes() -> None:
    assert dashboard.FILE.read_text() == dashboard.text()


def test_panels_do_not_overlap_and_fill_their_lines() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place.get("x", 0), place.get("x", 0) + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < COLUMNS
        taken |= cells

    assert len(taken) == COLUMNS * max(y + 1 for _, y in taken)


def test_ids_are_unique_and_rows_come_in_order() -> None:
    ids = [panel["id"] for panel in PANELS]

    assert len(set(ids)) == len(ids)
    assert all(first["gridPos"]["y"] <= second["gridPos"]["y"] for first, second in pairwise(PANELS))


@pytest.mark.parametrize("panel", SHOWN, ids=lambda panel: str(panel["title"]))
def test_a_panel_says_what_it_shows_and_in_what_unit(panel: dict[str, Any]) -> None:
    assert panel["type"] in {"stat", "timeseries"}
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["description"]
    assert panel["options"]
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0
    assert all(target["legendFormat"] for target in panel["targets"])


def test_queries_use_variables_and_metrics_that_exist() -> None:
    names = {name for text in expressions() for name in re.findall(r"\b(?:flagsvc|process)_\w+", text)}
    used = {name for text in [*expressions(), str(DOCUMENT["templating"])] for name in re.findall(r"\$(\w+)", text)}

    metrics = {re.sub(r"_bucket$", "", name) for name in names} - {"flagsvc_"}
    assert metrics <= documented().keys()
    assert used <= VARIABLES | BUILT_IN
    assert {variable["name"] for variable in DOCUMENT["templating"]["list"]} == VARIABLES


def test_every_metric_is_shown_or_there_is_a_reason_why_not() -> None:
    text = " ".join([*expressions(), "flagsvc_database_up flagsvc_redis_up"])  # by a pattern of both

    assert {name for name in documented() if not re.search(rf"\b{name}\b|{name}_bucket", text)} == NOT_SHOWN.keys()


def test_labels_of_queries_exist() -> None:
    known = {"le", "job", "instance", "__name__", *(label for row in documented().values() for label in row.labels)}
    for text in expressions():
        selected = {label for group in re.findall(r"\{([^}]*)\}", text) for label in re.findall(r"(\w+)\s*[=!]", group)}
        grouped = {label for group in re.findall(r"(?:by|on) \(([^)]*)\)", text) for label in re.findall(r"\w+", group)}
        assert selected | grouped <= known, text


def test_the_form_is_one_that_grafana_imports() -> None:
    assert DOCUMENT["uid"] == "flagsvc"
    assert DOCUMENT["schemaVersion"] >= 36
    assert "id" not in DOCUMENT or DOCUMENT["id"] is None
    assert "__inputs" not in DOCUMENT
    [annotation] = DOCUMENT["annotations"]["list"]
    assert annotation["expr"]
