"""Take the pictures of the console in docs/images: real screens of a real service, in a real browser (`make pictures`).

A web shop is made, a release is broken until it goes back by itself, another one begins and is judged; then the screens
are opened one after the other. `python -m scripts.screenshots flags rollout` takes only these.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.console.browser import Console, running_browser
from tests.console.stage import FAILED, RELEASE, Stage, shop
from tests.support.tree import ROOT

FOLDER = ROOT / "docs" / "images"
DESK, PHONE = (1280, 800), (360, 740)
MOST_BYTES = 250_000
LOOKED_AT_SECONDS = 45.0
"""So long a release has been under way when its picture is taken: there is something in its charts by then."""


def _nothing(_: Page) -> None:
    """Leave the screen as it is."""


@dataclass(frozen=True)
class Picture:
    """A picture: its name, the screen below /admin, what is done there first, how the browser is."""

    name: str
    path: str
    act: Callable[[Page], None] = _nothing
    scheme: str = "light"
    size: tuple[int, int] = DESK


PICTURES = (
    Picture("now", "/"),
    Picture("flags", "/flags"),
    Picture("flags-dark", "/flags", scheme="dark"),
    Picture("flag", "/flags/checkout-one-page?env=production"),
    Picture("split", "/splits/production/storefront"),
    Picture("rollout", f"/rollouts/production/{RELEASE}"),
    Picture("rollout-dark", f"/rollouts/production/{RELEASE}", scheme="dark"),
    Picture("rolled-back", f"/rollouts/production/{FAILED}"),
    Picture("playground", "/playground?env=production&flag=payments-instalments&unit=customer-1004"),
    Picture("history", "/history?env=production"),
    Picture("compare", "/compare?a=staging&b=production"),
    Picture("phone", "/flags", size=PHONE),
)


def main(names: Sequence[str]) -> int:
    """Take these pictures, or all; gives 1 when one of them is larger than a page should carry."""
    unknown = set(names) - {picture.name for picture in PICTURES}
    if unknown:
        raise SystemExit(f"the pictures are {', '.join(each.name for each in PICTURES)}, not {', '.join(unknown)}")
    FOLDER.mkdir(exist_ok=True)
    with shop({"LOG_LEVEL": "warning"}) as stage, running_browser() as browser:
        play(stage)
        paths = [take(browser, stage, each) for each in PICTURES if not names or each.name in names]
    large = [path.name for path in paths if path.stat().st_size > MOST_BYTES]
    for name in large:
        print(f"{name} is larger than {MOST_BYTES // 1000} kB", file=sys.stderr)
    return 1 if large else 0


def play(stage: Stage) -> None:
    """Let a release fail, and begin another that goes well, and one that waits for a person."""
    print("a release fails and goes back…", flush=True)
    stage.fail()
    print("another one begins…", flush=True)
    stage.begin()
    stage.wait_for_approval()
    stage.judged()
    time.sleep(LOOKED_AT_SECONDS)  # nothing is waited for: visitors come, and are counted


def take(browser: Browser, stage: Stage, picture: Picture) -> Path:
    """Open a screen, and keep what is to be seen of it; fails for what must not happen in a page."""
    console = Console(browser, stage.service, size=picture.size, scheme=picture.scheme)
    try:
        console.sign_in()
        page = console.go(picture.path)
        page.get_by_role("banner").get_by_text("live", exact=True).wait_for()
        picture.act(page)
        path = FOLDER / f"console-{picture.name}.png"
        page.screenshot(path=path, animations="disabled")
        console.check()
    finally:
        console.close()
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB", flush=True)
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
