"""People who are clumsy or mean: names without end or that turn the text around, and two clicks where one is meant."""

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.console.browser import DESK, PHONE, Console
from tests.console.flag_steps import make_flag
from tests.support.service import Service

SEGMENTS = "environments/production/segments"
ENDLESS = "\u202e" + "W" * 190
TEXTS: Mapping[str, Any] = {"name": ENDLESS, "description": "😀W" * 400, "owner": "Ü" * 90, "tags": ["t" * 60]}


@pytest.mark.parametrize("noun", ["flag", "segment", "split"])
def test_texts_without_end_stay_inside_the_screen(console: Console, service: Service, noun: str) -> None:
    key = make_flag(service, default={"serve": "off"})
    service.call("PATCH", f"flags/{key}", TEXTS)
    condition = {"attribute": "a" * 190, "op": "in", "values": ["v" * 900]}
    units = {"included": ["u" * 900, "\u202eabc", "😀"], "when": condition}
    service.call("POST", SEGMENTS, {"key": f"wide-{key}", **TEXTS, **units})
    split = {"backends": ["s", "c" * 60], "stable": "s", "default": {"serve": "s"}}
    service.call("POST", "environments/production/splits", {"key": f"wide-{key}", **TEXTS, **split})
    paths = {
        "flag": (f"/flags/{key}?env=production",),
        "segment": (f"/segments/production/wide-{key}", "/segments?env=production"),
        "split": (f"/splits/production/wide-{key}", "/splits?env=production"),
    }

    wider = {}
    for path in paths[noun]:
        console.go(path)
        for width, height in (DESK, PHONE):
            console.page.set_viewport_size({"width": width, "height": height})
            wider[path, width] = console.overflow()

    assert set(wider.values()) == {0}, wider


def test_two_clicks_on_create_send_one_write(console: Console, service: Service) -> None:
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/segments"):
            sent.append(request.url)

    page = console.go("/segments?env=production&create=true", "Segments")
    page.on("request", note)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key").fill("twice")
    dialog.get_by_role("button", name="Review").dblclick()
    create = page.get_by_role("dialog").last.get_by_role("button", name="Create", exact=True)
    expect(create).to_be_enabled()
    create.dblclick()

    console.settled("twice")
    assert len(sent) == 1
    assert service.call("GET", f"{SEGMENTS}/twice")["version"] > 0
