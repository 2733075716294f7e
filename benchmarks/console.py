"""The web console in a real Chromium, with 1,000 flags in three environments and a rollout that runs.

How much is downloaded and how soon there is something to see on a first visit; how long the list takes to follow what
is typed; how long a change made elsewhere takes to be on the screen.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

import httpx2
from playwright.sync_api import Browser, Page

from benchmarks.console_page import Opened, opened, percentile, pressed, shown, signed_in, taken
from benchmarks.host import Processor
from tests.console.browser import running_browser
from tests.console.stage import PRODUCTION, RELEASE, Stage, shop
from tests.support import console_data
from tests.support.service import ADMIN_TOKEN

FLAGS = 1_000
TEXTS = ("pricing", "search-idea-04", "delivery", "home-idea-09", "payments", "account-idea-1", "product", "semantic")
FLAG = "account-delete-self-service"
"""A flag at the top of the list."""


def main() -> int:
    """Print what a first visit costs, and how soon the lists follow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--flags", type=int, default=FLAGS)
    options = parser.parse_args()
    before = Processor.now()
    with shop({"LOG_LEVEL": "warning"}) as stage, running_browser() as browser:
        console_data.many(stage.service.url, ADMIN_TOKEN, max(0, options.flags - len(stage.seeded.flags)))
        stage.begin()
        visits(browser, stage, options.runs)
        typing(browser, stage, options.times)
        following(browser, stage, options.times)
    print(f"{options.flags:,} flags in 3 environments, a rollout under way, all on this machine; {taken(before)}")
    return 0


def visits(browser: Browser, stage: Stage, runs: int) -> None:
    """Open the list of flags for the first time, again and again."""
    found = [opened(browser, stage.service, "/flags") for _ in range(runs)]
    largest: Opened = max(found, key=lambda visit: visit.files)
    print(f"first visit to the list of flags, {runs} times, a new browser profile each")
    print(f"  downloaded: the console {largest.files / 1000:.0f} kB (aim ≤ 250, never more than 350)", end="")
    print(f", answers of the API {largest.answers / 1000:.0f} kB")
    row("first useful paint: heading, menu", [visit.useful for visit in found], 95)
    row("rows of the list painted", [visit.rows for visit in found], 95, "aim < 1,000 ms")


def typing(browser: Browser, stage: Stage, times: int) -> None:
    """Type into the search field, key by key."""
    console = signed_in(browser, stage.service)
    page = console.go("/flags", "Flags")
    page.get_by_role("searchbox").first.click()
    page.evaluate("window.__follow()")
    print(f"from a key press in the search field to the list that follows it, {times} presses")
    row("painted", list(_typed(page, times)), 99, "aim < 100 ms")
    console.close()


def _typed(page: Page, times: int) -> Iterator[float]:
    taken_so_far = 0
    while True:
        for text in TEXTS:
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.press("Delete")
            page.wait_for_timeout(500)
            for took in filter(None, (pressed(page, key) for key in text)):
                yield took
                taken_so_far += 1
                if taken_so_far == times:
                    return


def following(browser: Browser, stage: Stage, times: int) -> None:
    """Change things elsewhere while they are on the screen."""
    print(f"from the answer to a change made over HTTP to its being painted, {times} changes each")
    console = signed_in(browser, stage.service)
    with stage.service.client() as admin:
        row("weights of a flag, in the list of flags", list(_weights(console.go("/flags", "Flags"), admin, times)), 99)
        page = console.go(f"/rollouts/production/{RELEASE}", RELEASE)
        row("pause and resume, on the rollout's screen", list(_paused(page, admin, times)), 99)
    console.close()


def _weights(page: Page, admin: httpx2.Client, times: int) -> Iterator[float]:
    selector = f"main table button[aria-label$=': {FLAG} in Development']"
    page.locator(selector).wait_for()
    page.evaluate("(selector) => window.__tell(selector, 'aria-label')", selector)
    for number in range(times):
        share = 10 + number % 50
        weights = {"weights": {"on": share * 1000, "off": 100_000 - share * 1000}}
        path = f"environments/development/flags/{FLAG}/weights"
        yield shown(page, f"{share} %", partial(_sent, admin, path, weights))


def _paused(page: Page, admin: httpx2.Client, times: int) -> Iterator[float]:
    page.evaluate("() => window.__tell('h1', null)")
    for number in range(times):
        command, word = [("pause", "paused"), ("resume", "baking")][number % 2]
        path = f"{PRODUCTION}/rollouts/{RELEASE}/{command}"
        yield shown(page, word, partial(_sent, admin, path, {"reason": "measured"}))


def _sent(admin: httpx2.Client, path: str, body: object) -> float:
    admin.post(f"/api/v1/{path}", json=body).raise_for_status()
    return time.time() * 1000


def row(what: str, milliseconds: Sequence[float], share: int, aim: str = "") -> None:
    """Print the median and a late one."""
    values = list(milliseconds)
    figures = f"median {median(values):>6.0f} ms  p{share} {percentile(values, share):>6.0f} ms"
    print(f"  {what:<46}{figures}{f'   {aim}' if aim else ''}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
