"""examples/caddy/Caddyfile, as it is."""

from tests.edges.asked import AskedEdge
from tests.support.edge import Places
from tests.support.edge_servers import CaddyServer, replaced
from tests.support.process import free_port
from tests.support.tree import ROOT

EXAMPLE = ROOT / "examples" / "caddy" / "Caddyfile"


def caddy(places: Places) -> CaddyServer:
    """Make Caddy with the example."""
    admin = free_port()
    services = " ".join(f"127.0.0.1:{port}" for port in places.services)
    return CaddyServer(
        replaced(
            EXAMPLE,
            {
                "admin 127.0.0.1:2019": f"admin 127.0.0.1:{admin}",
                "http://:8081 ": f"http://:{places.port} ",
                "to 127.0.0.1:8080": f"to {services}",
                "to 127.0.0.1:9001": f"to 127.0.0.1:{places.backends['stable']}",
                "to 127.0.0.1:9002": f"to 127.0.0.1:{places.backends['canary']}",
                "_timeout 50ms": f"_timeout {places.limit}",
            },
        ),
        admin,
    )


class TestCaddy(AskedEdge):
    make = staticmethod(caddy)
