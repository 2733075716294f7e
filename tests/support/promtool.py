"""promtool, as an operator runs it: checks rules, and plays series to them."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.process import program


def promtool(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run promtool in a folder and give what it said."""
    return subprocess.run(
        [program("promtool"), *arguments], cwd=folder, check=False, capture_output=True, text=True, timeout=60
    )


def played(series: Mapping[str, str], **checks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Make one test of `promtool test rules`: a value of each series comes every minute."""
    rows = [{"series": name, "values": values} for name, values in series.items()]
    return {"interval": "1m", "input_series": rows, **checks}


def run_tests(folder: Path, rules: Path, tests: Sequence[Mapping[str, Any]]) -> subprocess.CompletedProcess[str]:
    """Run tests against a file of rules, once a minute; JSON is YAML."""
    content = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": list(tests)}
    (folder / "tests.json").write_text(json.dumps(content))
    return promtool("test", "rules", "tests.json", folder=folder)


def firing(alert: str, minute: int, count: int, **labels: str) -> dict[str, Any]:
    """Demand that so many alerts of a name fire in a minute."""
    more = "".join(f', {name}="{value}"' for name, value in labels.items())
    return _demand(f'count(ALERTS{{alertname="{alert}", alertstate="firing"{more}}}) or vector(0)', minute, count)


def quiet(alert: str, until: int, **labels: str) -> dict[str, Any]:
    """Demand that no alert of a name has fired up to a minute, which may be the last before the first."""
    more = "".join(f', {name}="{value}"' for name, value in labels.items())
    window = f"[{until + 1}m]"
    expression = (
        f'count(count_over_time(ALERTS{{alertname="{alert}", alertstate="firing"{more}}}{window})) or vector(0)'
    )
    return _demand(expression, max(0, until), 0)


def _demand(expression: str, minute: int, value: int) -> dict[str, Any]:
    return {"expr": expression, "eval_time": f"{minute}m", "exp_samples": [{"labels": "{}", "value": value}]}
