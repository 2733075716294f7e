"""Flags for the tests of integrations: `vip` is on for user 7 alone: an answer shows who was asked for."""

import time
from pathlib import Path
from typing import Any

from flagsdk.wire import whole_json
from flagsdk.wire.cohort import HEADER, head_of, signed
from tests.sdk.documents import flag, texts, whole

VIP = flag("vip", targets=[{"variant": "on", "units": ["7"]}], default={"serve": "off"})
THEME = flag("theme", "string", variants={"on": "dark", "off": "light"})
MARKUP = flag("markup", "string", variants={"on": "<b>", "off": "<i>"})
SALE = flag("sale")
KEY = "k" * 32


def edge_header(key: str = KEY, unit: str = "7") -> dict[str, str]:
    """Write the header of an edge that has put a user into the canary of `checkout`."""
    head = head_of("production", "checkout", "canary", "epoch.7")
    return {HEADER: signed(key.encode(), head, unit, int(time.time()) + 300).decode()}


def write_flags(path: Path, *more: dict[str, Any], revision: int = 1) -> Path:
    """Write the flags, and what is to replace some of them, as a snapshot file; in one step, as a deployment does."""
    beside = path.with_suffix(".new")
    beside.write_text(whole_json(whole(texts(VIP, THEME, MARKUP, SALE, *more), revision)))
    return beside.rename(path)
