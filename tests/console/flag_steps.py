"""Steps on the page of a flag that several tests take: a flag by the API, its page, its draft, a save."""

import itertools
from typing import Any

import httpx2
from playwright.sync_api import Locator, Page

from tests.console.browser import Console
from tests.support.plain import PLAIN
from tests.support.service import SAMPLE_TOKEN, Service

WHOLE = 100_000
PLACE = "environments/production/flags"
_numbers = itertools.count(1)


def split(on: int) -> dict[str, Any]:
    """Serve `on` to that many of 100 000."""
    return {"split": {"weights": {"on": on, "off": WHOLE - on}}}


def rule(name: str, country: str) -> dict[str, Any]:
    """Make a rule that serves `on` in one country."""
    return {"id": name, "when": {"attribute": "country", "op": "in", "values": [country]}, "serve": "on"}


def make_flag(service: Service, **production: Any) -> str:
    """Create a boolean flag with this configuration in production; gives its key, which nobody else has."""
    key = f"page-{next(_numbers)}"
    configured = {"environments": {"production": {"enabled": True, "offVariant": "off", **production}}}
    service.call("POST", "flags", {"key": key, "type": "boolean", "variants": {"on": True, "off": False}, **configured})
    return key


def configured(service: Service, key: str) -> Any:
    """Read the configuration in production."""
    return service.call("GET", f"{PLACE}/{key}")


def edit_elsewhere(service: Service, key: str, **members: Any) -> Any:
    """Edit the configuration as somebody else would: by the API, behind the back of the console."""
    now = configured(service, key)
    deciding = ("enabled", "offVariant", "prerequisites", "targets", "rules", "default")
    return service.call("PUT", f"{PLACE}/{key}", {**{name: now[name] for name in deciding}, **members})


def evaluated(service: Service, key: str, unit: str, **attributes: Any) -> Any:
    """Ask for the flag as a program would: by OFREP."""
    answer = httpx2.post(
        f"{service.url}/ofrep/v1/evaluate/flags/{key}",
        json={"context": {"targetingKey": unit, **attributes}},
        headers={"Authorization": f"Bearer {SAMPLE_TOKEN}"},
        trust_env=False,
        verify=PLAIN,
    )
    return answer.json()


def open_flag(console: Console, key: str, search: str = "env=production") -> Page:
    """Open the page of a flag."""
    return console.go(f"/flags/{key}?{search}", key)


def section(page: Page, name: str) -> Locator:
    """One step of the evaluation."""
    return page.get_by_role("region", name=name)


def edit_default(page: Page, percent: str) -> None:
    """Give `on` another share of the default; the draft has it."""
    toggle = page.get_by_role("button", name="Edit the default")
    if toggle.count():
        toggle.click()
    section(page, "Default").get_by_role("textbox", name="Percent of on").fill(percent)


def save(page: Page, reason: str = "for a test") -> None:
    """Review and save; waits until it is said to be saved."""
    page.get_by_role("button", name="Review and save").click()
    confirm(page, reason)


def confirm(page: Page, reason: str = "for a test") -> None:
    """Give the reason, save, and wait until the review is closed and the draft is gone."""
    review = page.get_by_role("dialog")
    review.get_by_role("textbox", name="Why").fill(reason)
    review.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved as revision").last.wait_for()
    review.wait_for(state="detached")
