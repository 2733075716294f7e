"""A WSGI application whose client is made, and used, while the module is imported: in the parent, where it preloads."""

import json
from collections.abc import Iterable
from typing import Any

from flagsdk import FlagClient
from tests.processes.report import report

flags = FlagClient.from_env()
assert flags.wait_ready(30)
assert flags.is_enabled("a") is True


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with a report, whatever is asked."""
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(report(flags)).encode()]
