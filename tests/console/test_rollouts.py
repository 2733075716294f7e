"""The list of rollouts in a browser: what needs somebody first, found by words, however many there are."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.console.browser import Console
from tests.console.release import begin, flawless, shop
from tests.support.console_data import begin_waiting_rollout
from tests.support.service import ADMIN_TOKEN, Service

MANY = 123
QUIET = {"strategy": "canary", "targets": [], "steps": [{"name": "look", "hold": "1h"}]}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with shop() as (running, _):
        for number in range(MANY):
            begin(running, f"search-index-{number:03d}", QUIET, startAt="2099-01-01T00:00:00Z")
        begin_waiting_rollout(running.url, ADMIN_TOKEN, "search-3-1-0")
        begin(running, "reports-1-0-0", {**QUIET, "steps": [{"name": "at once"}]}, deployment={"version": "1.0.0"})
        yield running


def test_what_waits_for_somebody_comes_first_and_says_why(console: Console) -> None:
    page = console.go("/rollouts", "Rollouts")

    headings = page.get_by_role("main").get_by_role("heading", level=2).all_inner_texts()
    urgent = page.get_by_role("region", name="Needs attention")

    assert [heading.split()[0] for heading in headings] == ["Needs", "Active", "Ended"]
    expect(urgent.get_by_role("link", name="search-3-1-0")).to_be_visible()
    expect(urgent).to_contain_text("Waits for somebody: “Search quality was looked at”.")


def test_of_many_rollouts_the_first_are_drawn_and_more_on_demand(console: Console) -> None:
    page = console.go("/rollouts?state=active", "Rollouts")
    active = page.get_by_role("region", name=re.compile("^Active"))
    expect(active.get_by_role("listitem")).to_have_count(40)

    active.get_by_role("button", name=f"Show more of {MANY} rollouts").click()

    expect(active.get_by_role("listitem")).to_have_count(MANY)


def test_a_search_narrows_the_list_and_stands_in_the_address(console: Console) -> None:
    page = console.go("/rollouts", "Rollouts")

    page.keyboard.press("/")
    page.keyboard.type("index-042")

    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=index-042"))
    page.reload()
    console.settled("Rollouts")
    expect(page.get_by_role("searchbox")).to_have_value("index-042")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)


def test_a_filter_that_nothing_matches_says_so(console: Console) -> None:
    page = console.go("/rollouts?q=nobody-has-this", "Rollouts")

    expect(page.get_by_text("No active rollout matches")).to_be_visible()
    expect(page.get_by_text("No ended rollout matches")).to_be_visible()


def test_an_ended_rollout_is_among_the_ended_with_how_it_ended(console: Console) -> None:
    page = console.go("/rollouts?state=ended", "Rollouts")

    ended = page.get_by_role("region", name=re.compile("^Ended"))

    expect(ended.get_by_role("listitem").filter(has_text="reports-1-0-0")).to_contain_text("succeeded")


def test_the_list_is_flawless(console: Console) -> None:
    console.go("/rollouts?q=search-3", "Rollouts")

    flawless(console, "rollouts-list")


def test_a_rollout_that_is_not_there_says_so(console: Console) -> None:
    console.expect(404)
    page = console.go("/rollouts/production/nothing-like-that")

    expect(page.get_by_role("alert")).to_contain_text("There is no rollout 'nothing-like-that'")
