"""Tokens in the console: made, shown once, used, rotated with an overlap, revoked, and refused from then on."""

import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.console.browser import Console
from tests.console.looks import faults
from tests.support.plain import PLAIN
from tests.support.service import Service
from tests.support.timing import eventually

KEPT = """async () => JSON.stringify({
  local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie, address: location.href,
  databases: await indexedDB.databases(), caches: await caches.keys(),
  history: history.state, page: document.documentElement.outerHTML,
  typed: [...document.querySelectorAll("input, textarea")].map((field) => field.value),
})"""


def status_with(service: Service, token: str) -> int:
    """Ask for all decisions with the token, as a program does."""
    answer = httpx2.post(
        f"{service.url}/ofrep/v1/evaluate/flags",
        json={"context": {"targetingKey": "user-42"}},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        verify=PLAIN,
    )
    return answer.status_code


def shown(page: Page) -> str:
    """Read the text of the token in the dialog."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This is shown once")
    return dialog.get_by_label("Token", exact=True).input_value()


def close_secret(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def made(service: Service, name: str, kind: str = "evaluation", place: str = "production") -> dict[str, Any]:
    environment = {} if kind == "admin" else {"environment": place}
    document: dict[str, Any] = service.call("POST", "tokens", {"kind": kind, "name": name, **environment})["document"]
    return document


def test_a_new_token_is_shown_once_works_and_is_kept_nowhere(console: Console, service: Service) -> None:
    page = console.go("/access", "Access")

    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_label("Name").fill("the app of the shop")
    dialog.get_by_label(re.compile("^Evaluation")).check()
    assert faults(console, "access-create") == []
    dialog.get_by_role("button", name="Create the token").click()
    text = shown(page)

    assert faults(console, "access-secret") == []
    assert status_with(service, text) == 200
    close_secret(page)
    assert text not in page.evaluate(KEPT)
    page.reload()
    console.settled("Access")
    expect(page.get_by_role("row").filter(has_text="the app of the shop")).to_contain_text("valid")
    assert text not in page.evaluate(KEPT)


def test_a_rotated_token_overlaps_with_its_successor(console: Console, service: Service) -> None:
    old = made(service, "rotated one")
    page = console.go("/access", "Access")

    page.get_by_role("button", name="Rotate rotated one").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("The old token goes on for")).to_have_value("1 day")
    assert faults(console, "access-rotate") == []
    dialog.get_by_role("button", name="Rotate", exact=True).click()
    new = shown(page)
    close_secret(page)

    assert new != old["token"]
    assert [status_with(service, old["token"]), status_with(service, new)] == [200, 200]
    expect(page.get_by_role("row").filter(has_text="rotated one")).to_have_count(2)
    expect(page.get_by_role("row").filter(has_text="ends soon").filter(has_text="rotated one")).to_have_count(1)


def test_a_revoked_token_opens_nothing_any_more(console: Console, service: Service) -> None:
    token = made(service, "lost laptop")
    assert status_with(service, token["token"]) == 200
    page = console.go("/access", "Access")

    page.get_by_role("button", name="Revoke lost laptop").click()
    review = page.get_by_role("dialog", name="Revoke lost laptop")
    expect(review).to_contain_text("It ends now, for good.")
    review.get_by_role("button", name="Revoke", exact=True).click()

    expect(page.get_by_role("row").filter(has_text="lost laptop")).to_have_count(0)
    eventually(lambda: status_with(service, token["token"]) == 401, "the refusal of a revoked token")
    page.goto("/admin/access?state=ended")
    expect(page.get_by_role("row").filter(has_text="lost laptop")).to_contain_text("revoked")


def test_ending_an_admin_token_needs_its_name(console: Console, service: Service) -> None:
    made(service, "second admin", "admin")
    page = console.go("/access?kind=admin", "Access")

    page.get_by_role("button", name="Revoke second admin").click()
    review = page.get_by_role("dialog", name="Revoke second admin")
    revoke = review.get_by_role("button", name="Revoke", exact=True)
    expect(review).to_contain_text("every session that it opened, is out at once")
    expect(review.get_by_text("Asking the service")).to_have_count(0)
    expect(revoke).to_be_disabled()
    review.get_by_label("Type second admin to confirm").fill("second admin")
    expect(revoke).to_be_enabled()
    assert faults(console, "access-revoke") == []
    revoke.click()

    expect(page.get_by_role("row").filter(has_text="second admin")).to_have_count(0)


@pytest.mark.parametrize(("query", "seen"), [("kind=sdk", ["sdk one"]), ("kind=evaluation", ["asking one"])])
def test_the_address_holds_the_filter(console: Console, service: Service, query: str, seen: list[str]) -> None:
    names = ["sdk one", "asking one"]
    known = {token["name"] for token in service.call("GET", "tokens?limit=200")["items"]}
    for name, kind in zip(names, ("sdk", "evaluation"), strict=True):
        if name not in known:
            made(service, name, kind)

    page = console.go(f"/access?{query}", "Access")

    for name in names:
        expect(page.get_by_role("row").filter(has_text=name)).to_have_count(int(name in seen))
