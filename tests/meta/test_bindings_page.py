"""The page about bindings names every member, phase, event, refusal and metric that there is."""

import re
from typing import get_args

import pytest

from flagsvc.domain.members import BINDING, DEFAULTS
from flagsvc.domain.routing import check
from flagsvc.domain.routing.events import EVENTS
from flagsvc.domain.routing.state import Phase, Standing
from flagsvc.http.metrics_routing import routing_metrics
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/reference/bindings.md").read_text()
JUDGES = ("domain/routing/fitness.py", "domain/routing/check.py", "usecases/fitting.py")
CODE = re.compile(r'"((?:unknown|router|too|no|foreign|other|backend)-[a-z-]+|untold)"')
CODES = {code for source in JUDGES for code in CODE.findall((ROOT / "flagsvc" / source).read_text())}


@pytest.mark.parametrize(
    "words",
    [
        set(check.BINDING) - {"archived", "createdAt"},
        set(get_args(Phase)),
        set(get_args(Standing)),
        CODES,
        {metric.name for metric in routing_metrics([])},
    ],
    ids=["members", "phases", "standings", "codes", "metrics"],
)
def test_every_word_is_there(words: set[str]) -> None:
    assert words
    assert [word for word in sorted(words) if not re.search(rf"`{word}[`{{]", PAGE)] == []


def test_every_event_says_what_it_means() -> None:
    assert [kind for kind, meaning in EVENTS.items() if f"| `{kind}` | {meaning} |" not in PAGE] == []


def test_every_default_is_the_one_that_is_taken() -> None:
    for name in ("enabled", "drift", "onFailure", "deadlineSeconds"):
        value = DEFAULTS[BINDING][name]
        shown = str(value).lower() if isinstance(value, bool) else value
        assert f"| `{name}` | `{shown}` |" in PAGE
