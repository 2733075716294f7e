"""examples/traefik/traefik.yaml and dynamic.yaml, as they are."""

from tests.edges.asked import AskedEdge
from tests.support.edge import Places
from tests.support.edge_servers import TraefikServer, replaced
from tests.support.process import free_port
from tests.support.tree import ROOT

EXAMPLE = ROOT / "examples" / "traefik"


def traefik(places: Places) -> TraefikServer:
    """Make Traefik with the example."""
    ask = free_port()
    static = {"127.0.0.1:8081": f"127.0.0.1:{places.port}", "127.0.0.1:8082": f"127.0.0.1:{ask}"}
    services = "\n".join(f'          - url: "http://127.0.0.1:{port}"' for port in places.services)
    dynamic = {
        "127.0.0.1:8082": f"127.0.0.1:{ask}",
        '          - url: "http://127.0.0.1:8080"': services,
        "127.0.0.1:9001": f"127.0.0.1:{places.backends['stable']}",
        "127.0.0.1:9002": f"127.0.0.1:{places.backends['canary']}",
        "dialTimeout: 50ms, responseHeaderTimeout: 50ms": (
            f"dialTimeout: {places.limit}, responseHeaderTimeout: {places.limit}"
        ),
    }
    files = {
        "traefik.yaml": replaced(EXAMPLE / "traefik.yaml", static),
        "dynamic.yaml": replaced(EXAMPLE / "dynamic.yaml", dynamic),
    }
    return TraefikServer(files, places.port)


class TestTraefik(AskedEdge):
    make = staticmethod(traefik)
