"""Fixtures of the browser's tests: a service with data, a browser, and a console that is checked at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.console.browser import Console, running_browser
from tests.support.service import Service
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser as needing servers."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.servers)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser per file: its event loop must be gone before tests of other files open their own."""
    assert (ROOT / "flagsvc" / "console" / "index.html").exists(), "the console is not built: make console"
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """Start a service of this file's own, empty but for what the demo brings."""
    running = Service({}, "demo")
    running.start()
    yield running
    running.close()


@pytest.fixture
def console(browser: Browser, service: Service) -> Iterator[Console]:
    """Open a signed-in console on a desk; it is checked when the test is over."""
    opened = Console(browser, service)
    opened.sign_in()
    yield opened
    opened.check()
    opened.close()
