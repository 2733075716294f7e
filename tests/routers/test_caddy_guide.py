"""docs/routers/caddy.md, run as it stands: only places and the token are others."""

import shlex
import subprocess
from contextlib import ExitStack

import pytest

from tests.routers.caddy_world import PAGE, CaddyWorld
from tests.support.followed import bound, served
from tests.support.snippets import snippets

pytestmark = pytest.mark.servers

RUN, LOOK, BIND = snippets(PAGE, "sh")
(ROUTERS,) = snippets(PAGE, "yaml")


def test_a_reader_who_follows_the_guide_has_a_canary() -> None:
    assert RUN.strip() == "caddy run --config Caddyfile --adapter caddyfile"  # as CaddyServer starts it
    with CaddyWorld() as world, ExitStack() as stack:
        places = {
            "127.0.0.1:2019": f"127.0.0.1:{world.server.admin}",
            "127.0.0.1:9001": world.addresses["stable"][0],
            "127.0.0.1:9002": world.addresses["canary"][0],
        }
        routers = ROUTERS
        for old, new in places.items():
            assert old in routers
            routers = routers.replace(old, new)
        looked = subprocess.run(shlex.split(LOOK), cwd=world.server.folder, capture_output=True, text=True, check=True)
        assert '"handler": "reverse_proxy"' in looked.stdout
        service = served(stack, routers)

        bound(service, BIND)

        assert 10 < world.seen(1_000)["canary"] < 100
