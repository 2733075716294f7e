"""A real Chromium on the console of a real service, and everything that must not happen in it."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    TimeoutError,  # noqa: A004  # it is playwright's own
    expect,
    sync_playwright,
)

from tests.console import profiles
from tests.support.plain import PLAIN
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.tree import ROOT

ARTEFACTS = ROOT / "artefacts" / "console"
AXE = ROOT / "admin" / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = (360, 740), (1440, 900)
SCHEMES = ("light", "dark")
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)  # on a busy machine five seconds are short
QUIET = ["--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

_WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (e) =>
  window.__violations.push(e.violatedDirective + " " + e.blockedURI + " " + e.sample));
"""
_AXE_RUN = """(options) => {
  const dialogs = [...document.querySelectorAll("[role=dialog]")];  // what one covers cannot be reached meanwhile
  return axe.run(dialogs.length ? dialogs.at(-1) : document, options);
}"""
_AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def chromium() -> str:
    """Find the system's browser: FLAGSVC_CHROMIUM, or what stands on PATH. A missing one fails the test."""
    found = os.environ.get("FLAGSVC_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no browser: install the package `chromium`, or name one in FLAGSVC_CHROMIUM"
    return found


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start a headless Chromium and end it."""
    expect.set_options(timeout=PATIENCE_MS)
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET  # as root it refuses to run with one
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def held(page: Page, pattern: str) -> Iterator[None]:
    """Keep back what the service is asked at these addresses until the block ends."""
    kept: list[Route] = []

    def keep(route: Route) -> None:
        kept.append(route)

    page.route(pattern, keep)
    try:
        yield
    finally:
        for route in kept:
            route.continue_()
        page.unroute(pattern)


class Console:
    """One visitor of the console. `check` fails for whatever must not have happened in it.

    `url` is where the browser reaches the service, if that is not its own address; `fresh` for somebody who has never
    been here.
    """

    def __init__(
        self,
        browser: Browser,
        service: Service,
        *,
        size: tuple[int, int] = DESK,
        scheme: str = "light",
        url: str = "",
        fresh: bool = False,
    ) -> None:
        self.service = service
        self.url = url or service.url
        self._profile = profiles.taken(browser, self.url, fresh=fresh, patience=PATIENCE_MS, script=_WATCH)
        self.context = self._profile.context
        self._looks = size, scheme
        self.problems: list[str] = []
        self._expected: set[int] = set()
        self.page: Page = self.open_tab()

    def open_tab(self) -> Page:
        """Open a further tab, of the same size and watched like the first."""
        page = self._profile.tab()
        (width, height), scheme = self._looks
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)
        return page

    def sign_in(self, token: str = ADMIN_TOKEN) -> None:
        """Open a session as the sign-in form does, and give the browser its cookie."""
        answer = httpx2.post(
            f"{self.url}/api/v1/session",
            json={"token": token},
            headers={"Sec-Fetch-Site": "same-origin"},
            trust_env=False,
            verify=PLAIN,
        )
        assert answer.status_code == 201, answer.text
        [(name, value)] = answer.cookies.items()
        self.context.add_cookies([{"name": name, "value": value, "url": self.url, "httpOnly": True, "sameSite": "Lax"}])

    def go(self, path: str, heading: str | None = None) -> Page:
        """Open a screen (a path below /admin) and wait until its heading is there and nothing is loading."""
        self.page.goto(f"/admin{path}")
        self.settled(heading)
        return self.page

    def settled(self, heading: str | None = None) -> None:
        """Wait until the screen is whole: its heading, and no part that still waits for the service."""
        try:
            self.page.get_by_role("heading", level=1, name=heading).first.wait_for()
            expect(self.page.locator("main [aria-busy=true]")).to_have_count(0)
        except (TimeoutError, AssertionError) as late:
            shown = self.page.locator("body").inner_text()
            late.add_note("\n".join([f"at {self.page.url}", *self.problems, f"shown: {shown}"]))
            raise

    def expect(self, *statuses: int) -> None:
        """Say which answers of 400 and more this test provokes."""
        self._expected.update(statuses)

    def axe(self, rules: Sequence[str] = ()) -> list[str]:
        """Look for violations of WCAG 2.2 AA and of axe's own rules, or of `rules` alone, on what is shown now."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate(_AXE_RUN, _AXE_OPTIONS | ({"runOnly": rules} if rules else {}))
        return [
            f"{violation['id']}: {node['failureSummary']} {node['html'][:300]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen; code and comparisons scroll by themselves."""
        width: int = self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width

    def shoot(self, name: str, *, whole: bool = True) -> Path:
        """Keep a picture among the artefacts."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=whole, animations="disabled")
        return path

    def check(self) -> None:
        """Fail for every violation of the policy, error in the console, failed request, or question to a stranger."""
        for page in self.context.pages:
            self.problems += page.evaluate("() => window.__violations ?? []")
        assert not self.problems, "\n".join(self.problems)

    def close(self) -> None:
        """Leave the browser to the next."""
        profiles.given_back(self._profile)

    def _said(self, message: ConsoleMessage) -> None:
        refused = message.text.startswith("Failed to load resource")  # judged by its status in `_answered`
        if message.type in ("error", "warning") and not refused:
            self.problems.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.url).netloc:
            self.problems.append(f"asked somebody else: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.problems.append(f"{response.status} {response.request.method} {response.url}")
