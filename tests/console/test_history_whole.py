"""A whole environment goes back in a browser, in mid-rollout, with its name typed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.console.browser import Console
from tests.support.console_data import begin_waiting_rollout, seed
from tests.support.service import ADMIN_TOKEN, Service

PRODUCTION = "environments/production"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service({}, "demo")
    running.start()
    seed(running.url, ADMIN_TOKEN)
    yield running
    running.close()


def test_everything_goes_back_after_a_review_that_says_which_rollout_is_aborted(
    console: Console, service: Service
) -> None:
    revision = service.call("GET", f"{PRODUCTION}/changes?limit=1")["items"][0]["revision"]
    then = service.call("GET", f"{PRODUCTION}/snapshot")["documents"]["flag/home-dark-mode"]
    version = service.call("GET", f"{PRODUCTION}/flags/home-dark-mode")["version"]
    service.call(
        "POST",
        f"{PRODUCTION}/flags/home-dark-mode/weights",
        {"weights": {"on": 1_000, "off": 99_000}},
        **{"X-Change-Reason": "Hardly anybody", "If-Match": f'"{version}"'},
    )
    rollout = begin_waiting_rollout(service.url, ADMIN_TOKEN)

    page = console.go(f"/history?env=production&revision={revision}")
    page.get_by_role("button", name=f"Restore everything as of revision {revision}").click()
    sheet = page.get_by_role("dialog", name=f"Restore everything as of revision {revision}")
    expect(sheet).to_contain_text(f"{rollout} will be aborted first")
    expect(sheet.get_by_role("group", name="flag home-dark-mode")).to_contain_text("on 80 %")
    found = console.axe()
    console.shoot("history-restore-everything-1440", whole=False)
    sheet.get_by_role("textbox", name="Why").fill("A bad morning")
    save = sheet.get_by_role("button", name="Restore everything")
    expect(save).to_be_disabled()
    sheet.get_by_role("textbox", name="Type production to confirm").fill("production")
    save.click()
    expect(sheet).to_be_hidden()

    assert found == []
    now = service.call("GET", f"{PRODUCTION}/snapshot")["documents"]["flag/home-dark-mode"]
    assert now["default"] == then["default"]
    actions = [item["action"] for item in service.call("GET", f"{PRODUCTION}/changes?limit=10")["items"]]
    assert "environment.revert" in actions
    phase = service.call("GET", f"{PRODUCTION}/rollouts/{rollout}")["status"]["phase"]
    assert phase in {"rolling-back", "rolled-back", "aborted"}
