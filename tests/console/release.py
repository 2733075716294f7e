"""What the tests of rollouts, plans and freezes have in common: a shop to release in, and confirming a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.console_data import seed
from tests.support.service import ADMIN_TOKEN, Service

PRODUCTION = "environments/production"
REASON = {"X-Change-Reason": "Release"}


@contextmanager
def shop() -> Iterator[tuple[Service, str]]:
    """Start a service with the shop's environments, splits and plans, but no flags; gives it and an SDK token."""
    running = Service({}, "serve")
    running.start()
    try:
        made = seed(running.url, ADMIN_TOKEN, flags=())
        yield running, made.sdk_tokens["production"]
    finally:
        running.close()


def begin(service: Service, key: str, plan: dict[str, Any], **members: Any) -> None:
    """Begin a rollout in production, whatever freezes there are."""
    body = {"key": key, "plan": plan, "override": {"reason": "A release that may not wait"}, **members}
    service.call("POST", f"{PRODUCTION}/rollouts", body, **REASON)


def confirm(page: Page, verb: str, *, typed: bool = False) -> None:
    """Give a reason in the review, type the environment's name where that is asked for, and confirm; keys only."""
    dialog = page.get_by_role("dialog")
    why = dialog.get_by_label("Why", exact=False).first
    expect(why).to_be_focused()
    page.keyboard.type("It is time")
    if typed:
        page.keyboard.press("Tab")
        page.keyboard.type("production")
    button = dialog.get_by_role("button", name=verb, exact=True)
    expect(button).to_be_enabled()
    button.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def flawless(console: Console, name: str) -> None:
    """Look at what is shown in both sizes and schemes: keep pictures, fail for axe's findings and for overflow."""
    found = faults(console, name)
    assert not found, "\n".join(found)
