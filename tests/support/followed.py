"""The steps of a router's guide that bind a split and move its weights, followed with a service of one's own."""

import json
import os
import subprocess
from contextlib import ExitStack

from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually


def served(stack: ExitStack, routers: str) -> Service:
    """Start flagsvc with the guide's routers file and the sample split, until the end of the stack."""
    service = Service({"SAMPLE_DATA": "true"})
    stack.callback(service.close)
    file = service.folder / "routers.yaml"
    file.write_text(routers)
    service._settings["ROUTERS"] = str(file)
    service.start()
    return service


def bound(service: Service, block: str) -> None:
    """Run the block that binds and moves, and repeat its last command until it says that all was read back."""
    _run(service, block)
    last = block.rstrip().rpartition("\ncurl")[2]

    eventually(lambda: _phase(_run(service, f"curl{last}")) == "applied", "the binding, applied")


def _phase(answer: str) -> str:
    return str(json.loads(answer)["status"]["phase"])


def _run(service: Service, block: str) -> str:
    given = {"FLAGSVC": service.url, "TOKEN": ADMIN_TOKEN, "no_proxy": "*"}
    done = subprocess.run(
        ["sh", "-euc", block], env=os.environ | given, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
