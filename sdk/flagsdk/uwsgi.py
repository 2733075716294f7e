"""What uWSGI must be told so that a client lives on in its workers; said in the log when it was not told."""

import logging
import sys
from typing import Any

_log = logging.getLogger("flagsdk")

THREADS = ("enable-threads", "threads")
FORK_HOOKS = ("py-call-uwsgi-fork-hooks",)
AFTER_FORK = ("lazy-apps", "lazy")


def advise() -> None:
    """Warn of a uWSGI in which no background thread runs, or which forks without telling Python; else do nothing."""
    uwsgi: Any = sys.modules.get("uwsgi")
    if uwsgi is None:
        return
    given = {name.decode() if isinstance(name, bytes) else name for name in uwsgi.opt}
    if given.isdisjoint(THREADS):
        _log.warning("flagsdk: uWSGI runs no threads between requests, so flags change late: set enable-threads = true")
    if uwsgi.worker_id() == 0 and given.isdisjoint(FORK_HOOKS + AFTER_FORK):
        _log.warning(
            "flagsdk: uWSGI forks without telling Python, so its workers keep the flags of this moment, or hang: "
            "set py-call-uwsgi-fork-hooks = true, or lazy-apps = true"
        )
