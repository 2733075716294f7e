"""What a page of the console is watched with: when its parts were painted, by the clock of the page itself.

A change counts as painted in the first task after the frame in which it stood: a message posted in an animation
callback arrives when that frame has been painted.
"""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from benchmarks.host import Processor
from tests.console.browser import Console
from tests.support.service import Service

WATCH = """
(() => {
  const painted = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(0);
  });
  window.__first = {};
  const firsts = { useful: "h1", rows: "main table tbody a" };
  const look = () => {
    for (const [name, selector] of Object.entries(firsts))
      if (!(name in window.__first) && document.querySelector(selector)) {
        window.__first[name] = 0;
        painted((at) => (window.__first[name] = at));
      }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });

  window.__keys = { pressed: 0, painted: 0 };
  document.addEventListener("keydown", (event) => (window.__keys = { pressed: event.timeStamp, painted: 0 }), true);
  const concerns = ({ target }) =>
    target.nodeName === "TBODY" || target.parentElement?.closest("main > * [role=status]");
  window.__follow = () => new MutationObserver((records) => {
    if (records.some(concerns)) painted((at) => (window.__keys.painted = at));
  }).observe(document.querySelector("main"), { childList: true, characterData: true, subtree: true });

  window.__tell = (selector, attribute) => {
    window.__seen = [];
    let before = "";
    const said = () => {
      const element = document.querySelector(selector);
      return (attribute ? element?.getAttribute(attribute) : element?.textContent) ?? "";
    };
    const note = () => {
      const now = said();
      if (now !== before) painted((at) => window.__seen.push([now, performance.timeOrigin + at]));
      before = now;
    };
    note();
    const everything = { childList: true, characterData: true, attributes: true, subtree: true };
    new MutationObserver(note).observe(document.body, everything);
  };
})();
"""
_SIZES = """() => Object.groupBy(
  [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map(({ name, transferSize }) => ({ api: name.includes("/api/"), transferSize })),
  ({ api }) => (api ? "api" : "files"))"""
SETTLED_MS = 450
"""After a key press: the list is whole by then, and the address, which follows a pause of the typing, too."""
PATIENCE_MS = 30_000


class Opened(NamedTuple):
    """A first visit: milliseconds from the start of the navigation, bytes over the network."""

    useful: float
    rows: float
    files: int
    answers: int


def opened(browser: Browser, service: Service, path: str) -> Opened:
    """Open a screen as somebody whose browser has never been here, and is signed in."""
    console = signed_in(browser, service)
    try:
        page = console.page
        page.goto(f"/admin{path}")
        page.wait_for_function("() => window.__first.useful > 0 && window.__first.rows > 0", timeout=PATIENCE_MS)
        first, sizes = page.evaluate("window.__first"), page.evaluate(_SIZES)
        [files, answers] = (sum(each["transferSize"] for each in sizes.get(kind, [])) for kind in ("files", "api"))
        return Opened(first["useful"], first["rows"], files, answers)
    finally:
        console.close()


def signed_in(browser: Browser, service: Service) -> Console:
    """Give a new browser context with a session, whose pages are watched."""
    console = Console(browser, service, fresh=True)
    console.sign_in()
    console.context.add_init_script(WATCH)
    return console


def pressed(page: Page, key: str) -> float | None:
    """Press a key in the field that has the focus: milliseconds until the list is painted; None if nothing differs."""
    page.keyboard.press(key)
    page.wait_for_timeout(SETTLED_MS)
    keys = page.evaluate("window.__keys")
    return float(keys["painted"] - keys["pressed"]) if keys["painted"] else None


def shown(page: Page, word: str, change: Callable[[], float]) -> float:
    """Make a change, and give milliseconds from the moment that it returns to that text being painted."""
    committed = change()
    page.wait_for_function(
        "([word, since]) => window.__seen.some(([text, at]) => at > since && text.includes(word))",
        arg=[word, committed - SETTLED_MS],
        timeout=PATIENCE_MS,
    )
    seen: list[tuple[str, float]] = page.evaluate("window.__seen.splice(0)")
    return max(0.0, next(at for text, at in reversed(seen) if word in text) - committed)


def percentile(values: list[float], share: int) -> float:
    """Give the nearest-rank percentile."""
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]


def taken(before: Processor) -> str:
    """Say what the host took meanwhile."""
    return f"the host took {before.stolen_since():.0%} of the processor meanwhile"
