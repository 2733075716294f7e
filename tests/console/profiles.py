"""Visitors' browsers that are used again: the next one finds the scripts compiled, and nothing else of the last one.

A profile keeps one page open, whose process all its tabs share: a new process compiles everything anew, and that is
most of what it costs to open a screen. Cookies, permissions and stored values go with each visitor.
"""

from contextlib import suppress
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Error, Page

_idle: WeakKeyDictionary[Browser, dict[str, list["Profile"]]] = WeakKeyDictionary()


class Profile:
    """A browser context for one service; `patience` in milliseconds, `script` runs in each page."""

    def __init__(self, browser: Browser, url: str, *, patience: float, script: str) -> None:
        self.browser, self.url = browser, url
        self.context = browser.new_context(
            base_url=url, reduced_motion="reduce", locale="en-GB", timezone_id="Europe/Berlin"
        )  # fmt: skip
        self.context.set_default_timeout(patience)
        self.context.add_init_script(script)
        self._keeper = self.context.new_page()
        with suppress(Error):  # one that is down has no process to share
            self._keeper.goto("/health/live")

    def tab(self) -> Page:
        """Open an empty tab."""
        with self._keeper.expect_popup() as opened:
            self._keeper.evaluate("void window.open('about:blank')")
        return opened.value

    def forget(self) -> None:
        """Close the tabs, and leave nothing of whoever was here."""
        for page in self.context.pages:
            if page != self._keeper:
                page.close()
        session = self.context.new_cdp_session(self._keeper)
        session.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "local_storage,indexeddb"})
        session.detach()
        self.context.clear_cookies()
        self.context.clear_permissions()


def taken(browser: Browser, url: str, *, fresh: bool, patience: float, script: str) -> Profile:
    """Give an idle profile for that service, or a new one; always a new one where it has to be `fresh`."""
    idle = [] if fresh else _idle.setdefault(browser, {}).get(url)
    return idle.pop() if idle else Profile(browser, url, patience=patience, script=script)


def given_back(profile: Profile) -> None:
    """Keep it for the next."""
    profile.forget()
    _idle.setdefault(profile.browser, {}).setdefault(profile.url, []).append(profile)
