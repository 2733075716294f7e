"""A list that could not be read says so, and is there after one more try; the rest of its screen stays meanwhile."""

import json
import re
from contextlib import suppress

import pytest
from playwright.sync_api import (
    Route,
    TimeoutError,  # noqa: A004  # it is playwright's own
    expect,
)

from tests.console.browser import Console
from tests.console.screens import SCREENS, Screen

ASKING = {"playground", "rollout-new"}
"""Screens that read nothing until something is chosen."""
LISTS = tuple(screen for screen in SCREENS if not screen.of_one and screen.name not in ASKING)
NEEDED = re.compile(r"/api/v1/(session|environments)(\?|$)")
"""Without these there is no screen at all."""
SOON_MS = 2_000
PARTS = 8
"""Most parts of a screen that fail by themselves."""
REFUSAL = {"title": "Malformed", "status": 400, "code": "malformed", "detail": "Not now.", "requestId": "r-42"}


@pytest.mark.parametrize("screen", LISTS, ids=lambda screen: screen.name)
def test_what_could_not_be_read_is_there_after_one_more_try(console: Console, screen: Screen) -> None:
    console.expect(400)
    page = console.page

    def refuse(route: Route) -> None:
        if NEEDED.search(route.request.url) or "stream" in route.request.url:
            route.continue_()
        else:
            route.fulfill(status=400, content_type="application/problem+json", body=json.dumps(REFUSAL))

    page.route("**/api/v1/**", refuse)
    page.goto(f"/admin{screen.path}")
    failed = page.get_by_role("alert").filter(has_text="Not now.")
    expect(failed.first).to_contain_text("r-42")
    page.unroute("**/api/v1/**", refuse)
    retry = page.get_by_role("main").get_by_role("button", name="Retry")
    for _ in range(PARTS):
        if failed.count():
            with suppress(TimeoutError):  # what changes is read again without being asked
                retry.first.click(timeout=SOON_MS)
            console.settled()

    expect(failed).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
