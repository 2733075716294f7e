"""One version of the toy shop, on a port of its own: what `examples.demo` runs, as a container has it.

`python -m examples.compose.shop VERSION --port N`. FLAGSDK_* say where its flags come from; SHOP_REDIS_URL_FILE names
a file that holds the address of Redis, for it has a password in it.
"""

import argparse
import os
import socket
from pathlib import Path

import uvicorn

from examples.demo.toy_app import Shop, build
from flagsdk import FlagClient


def main() -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104  # of a container
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--feature", action="append", default=[], help="a flag that the page asks for")
    options = parser.parse_args()
    secret = os.environ.get("SHOP_REDIS_URL_FILE")
    redis = Path(secret).read_text(encoding="utf-8").strip() if secret else None
    client = FlagClient(redis=redis, environment=os.environ["FLAGSDK_ENVIRONMENT"]) if redis else FlagClient.from_env()
    app = build(Shop(options.version, options.feature), client)
    listener = socket.create_server((options.host, options.port), backlog=256)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
