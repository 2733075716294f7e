"""nginx with njs: the very allocation as a JSON file, a reload, and every node's own word for what it has loaded.

The edge module beside it is edge/nginx/edge.js.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flagsdk.core.allocation import WHOLE, share
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Mirror, Target
from flagsvc.routers.common.backends import demand_few, demand_listed, demand_native, told_weights
from flagsvc.routers.common.facts import EDITED, Facts
from flagsvc.routers.common.file_options import PROPAGATION_SECONDS, FileOptions
from flagsvc.routers.registry import Tools

MOST_FORCED = 10_000
"""To say what it has loaded takes nginx some 15 microseconds for each, in which that worker serves nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(FileOptions):
    """`file` is the JSON that nginx loads with js_preload_object."""


class Njs:
    """Tells one split by one file."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._file = options.loaded(facts_in)
        self.capabilities = Capabilities(
            granularity=WHOLE,
            sticky="cohort",
            backends=frozenset(options.backends),
            expected_propagation_seconds=PROPAGATION_SECONDS,
            mirror=options.mirror,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Give the file as it would be written, and how nginx is made to load it."""
        return self._file.plan(*self._wanted(target))

    def apply(self, target: Target) -> None:
        """Write the file and have it loaded."""
        self._file.tell(*self._wanted(target))

    def observe(self) -> Observed | None:
        """Ask every node what it has loaded, and the file whether it still says so."""
        return self._file.observe()

    def _wanted(self, target: Target) -> tuple[str, Facts]:
        told_weights(target, WHOLE, self._options.backends)
        demand_listed(target, self._options.backends)
        demand_few(target.forced, MOST_FORCED, "a rule, or let nginx ask")
        if len(target.allocation) > 1:  # otherwise everybody, and no hash is asked for
            demand_native(target)
        mirror = target.mirror if self._options.mirror else None
        text = text_of(target, mirror, sorted(self._options.backends))
        return text, _facts(json.loads(text))


def text_of(target: Target, mirror: Mirror | None, backends: Sequence[str]) -> str:
    """Write the file: all that edge.js decides by, in ASCII."""
    told = {
        "split": target.split,
        "revision": target.revision,
        "backends": backends,
        "stable": target.stable,
        "salt": target.salt,
        "hash": target.hash,
        "space": target.space,
        "allocation": target.allocation,
        "mirror": {"backend": mirror.backend, "share": mirror.share} if mirror else None,
        "forced": target.forced,
    }
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in told.items()) + "\n}\n"


def facts_in(text: str) -> Facts | None:
    """Read what a file would make nginx decide; None for {}.

    What is not of that form has facts that equal no others.
    """
    try:
        told = json.loads(text)
        return _facts(told) if told != {} else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return EDITED


def _facts(told: Mapping[str, Any]) -> Facts:
    table = tuple((str(backend), int(start), int(end)) for backend, start, end in told["allocation"])
    weights = {backend: round(parts * WHOLE / told["space"]) for backend, parts in share(table).items()}
    mirror = told["mirror"]
    target = Target(
        split=told["split"],
        revision=told["revision"],
        stable=told["stable"],
        weights=weights,
        salt=told["salt"],
        allocation=table,
        hash=told["hash"],
        space=told["space"],
        forced=told["forced"],
    )
    return Facts(
        table=target.table,
        weights=dict.fromkeys(told["backends"], 0) | weights,
        mirror=Mirror(mirror["backend"], mirror["share"]) if mirror else None,
        revision=target.revision,
    )


def make(name: str, options: Options, tools: Tools) -> Njs:
    """Make one."""
    return Njs(options)
