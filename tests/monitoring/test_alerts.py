"""Alert rules: each fires when it should, not before, and not when it should not; promtool plays the series."""

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from scripts import alerts
from scripts.alerts import GROUPS, Alert
from tests.monitoring.cases import CASES, LONG, SLOW_BURN, Case
from tests.support.metrics_page import FLAGCTL, documented
from tests.support.promtool import firing, played, promtool, quiet, run_tests
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers

RULES = alerts.FILE
ALERTS = [alert for group in GROUPS.values() for alert in group]
NAMES = sorted({alert.name for alert in ALERTS})
OF_THE_SCRAPE = {"up": frozenset[str]()}
SCRAPED = {"job", "instance", "namespace"}
FUNCTIONS = {
    "absent", "and", "by", "changes", "histogram_quantile", "increase", "last_over_time", "max", "min", "offset", "on",
    "or", "rate", "sum", "unless",
}  # fmt: skip


def minutes(alert: Alert) -> int:
    """Give how long the expression has to be true."""
    return int(alert.held.removesuffix("m"))


def alone(name: str, folder: Path) -> Path:
    """Write the rules of one alert, as they are in the committed file: playing all for each takes minutes."""
    groups = YAML(typ="safe").load(RULES.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"] if rule["alert"] == name]
    (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "alone", "rules": rules}]}))
    return folder / "rules.json"


def first(name: str) -> Alert:
    """Give the alert of a name; of two windows the fast one."""
    return next(alert for alert in ALERTS if alert.name == name)


def test_the_committed_file_is_what_the_script_writes() -> None:
    assert RULES.read_text() == alerts.text()


def test_promtool_likes_the_file() -> None:
    checked = promtool("check", "rules", "--lint-fatal", str(RULES), folder=ROOT)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(ALERTS)} rules found" in checked.stdout


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_fires_when_it_should_and_neither_before_nor_otherwise(name: str, tmp_path: Path) -> None:
    tests = [played(case.series, promql_expr_test=_demands(name, case)) for case in CASES[name]]

    done = run_tests(tmp_path, alone(name, tmp_path), tests)

    assert done.returncode == 0, done.stdout + done.stderr


def _demands(name: str, case: Case) -> list[dict[str, object]]:
    if case.since is None:
        return [quiet(name, LONG)]
    held = {"severity": first(name).severity}
    fires = case.since + minutes(first(name))
    before = [quiet(name, fires - 1, **held)] if fires else []
    return [*before, firing(name, fires, 1, **held)]


@pytest.mark.parametrize("name", SLOW_BURN)
def test_a_slow_burn_warns_and_does_not_page(name: str, tmp_path: Path) -> None:
    demands = [
        quiet(name, LONG, severity="critical"),
        quiet(name, 16, severity="warning"),
        firing(name, 20, 1, severity="warning"),
    ]

    done = run_tests(tmp_path, alone(name, tmp_path), [played(SLOW_BURN[name], promql_expr_test=demands)])

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    assert sorted(CASES) == NAMES
    for name, cases in CASES.items():
        assert {case.since is None for case in cases} == {True, False}, name


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_filled_in(name: str, tmp_path: Path) -> None:
    """Demand the impossible: promtool says then what it got."""
    case = next(case for case in CASES[name] if case.since is not None)
    impossible = {"alertname": name, "eval_time": f"{(case.since or 0) + minutes(first(name))}m", "exp_alerts": []}

    said = run_tests(tmp_path, alone(name, tmp_path), [played(case.series, alert_rule_test=[impossible])]).stderr

    [got] = re.findall(r"got:\[(.*)\]", said, re.DOTALL)
    assert f'runbook_url="docs/runbooks/{name}.md"' in got
    assert not re.search(r"<no value>|%!|\{\{|: \"|\"/|/[ \"]|  [a-z]", got), got


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: f"{alert.name}-{alert.severity}")
def test_an_expression_uses_metrics_and_labels_that_exist(alert: Alert) -> None:
    rows = documented() | documented(FLAGCTL)
    known = {name: row.labels for name, row in rows.items()} | OF_THE_SCRAPE
    texts = re.sub(r'"[^"]*"', '""', alert.expression)
    bare = re.sub(r"\[\w+\]|offset \w+", "", texts)
    plain = re.sub(r"\{[^}]*\}|\b(?:by|on) \([^)]*\)", "", bare)
    names = set(re.findall(r"\b[a-z_]\w*\b", plain))
    metrics = {re.sub(r"_bucket$", "", name) for name in names - FUNCTIONS}

    selected = {label for group in re.findall(r"\{([^}]*)\}", bare) for label in re.findall(r"(\w+)\s*[=!]", group)}
    grouped = {label for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", bare) for label in re.findall(r"\w+", group)}
    assert metrics <= known.keys()
    assert metrics
    assert selected | grouped <= {"le"} | SCRAPED | frozenset[str]().union(*(known[name] for name in metrics))


def test_severities_are_two_and_nobody_is_paged_for_what_users_do_not_feel() -> None:
    paging = {alert.name for alert in ALERTS if alert.severity == "critical"}

    assert {alert.severity for alert in ALERTS} == {"critical", "warning"}
    assert "RedisDown" not in paging
    assert {"DatabaseDown", "DatabaseBehind", "ServiceAbsent", "RolloutStuck"} <= paging


def test_runbook_links_lead_where_one_says() -> None:
    rules = YAML(typ="safe").load(alerts.text("https://runbooks.example/"))["groups"]
    links = {rule["annotations"]["runbook_url"] for group in rules for rule in group["rules"]}

    assert links == {f"https://runbooks.example/{name}.md" for name in NAMES}
