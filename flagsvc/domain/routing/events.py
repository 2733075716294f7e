"""What can happen to a binding, one word each, and in words for people."""

from collections.abc import Mapping
from typing import NamedTuple

EVENTS: Mapping[str, str] = {
    "begun": "routers are being told a new target",
    "applied": "every router has read back as told",
    "late": "not every router has read back within the deadline; they go on being told",
    "rolling-back": "not every router could be told; all go back to what was in force before",
    "rolled-back": "every router has read back as it was before",
    "reverted": "the split was put back to what is in force",
    "not-reverted": "the split was changed meanwhile, so it was left as it is",
    "drift": "a router was found changed by somebody else",
    "forgot": "a router was found without what it was told",
    "reasserted": "a router was told again what it shall be",
    "paused": "a router that was changed by somebody else is left alone",
    "agrees": "a router reads back as told again",
    "refused": "a router refused what it was told, and trying again cannot help",
    "unreachable": "a router cannot be read",
    "reachable": "a router can be read again",
    "share-off": "the traffic does not split as it was told to",
    "share-ok": "the traffic splits as it was told to",
}
"""Kind → what it means."""


class Event(NamedTuple):
    """One of EVENTS, about a router ("" for all), with what exactly happened."""

    kind: str
    router: str
    detail: str
