"""examples/caddy/Caddyfile, as it is."""

import pytest

from tests.edges.asked import USER, AskedEdge, backend
from tests.edges.raw import DECISION, STALLED, Sink, Stalling
from tests.support.edge import BrokenService, Edge, Places
from tests.support.edge_servers import CaddyServer, replaced
from tests.support.pipeline import ask_all, request
from tests.support.process import free_port
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers

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


@pytest.mark.parametrize(("where", "cohort"), [("head", "stable"), ("body", "canary"), ("error", "stable")])
def test_an_answer_that_stalls_holds_nobody_up(where: str, cohort: str) -> None:
    with Stalling(STALLED[where]) as service, Edge([service.port], make=caddy) as edge:
        (answer,) = ask_all(edge.port, [request("/cart", USER)])

    assert (answer.status, backend(answer)) == (200, cohort)


def test_the_body_of_a_request_reaches_the_backend_and_not_the_service() -> None:
    with (
        BrokenService(DECISION) as service,
        Sink() as sink,
        Edge([service.port], make=caddy, backends={"stable": 1, "canary": sink.port}) as edge,
    ):
        (answer,) = ask_all(edge.port, [request("/cart", USER, b"milk and honey")])

    assert (answer.status, answer.body) == (200, b"POST milk and honey")


@pytest.mark.parametrize("dead", ["stable", "canary"])
def test_a_dead_backend_is_not_hidden_and_no_request_goes_elsewhere(dead: str) -> None:
    cohort = DECISION.replace(b"canary", dead.encode())
    with BrokenService(cohort) as service, Sink() as sink:
        ports = {"stable": sink.port, "canary": sink.port, dead: 1}
        with Edge([service.port], make=caddy, backends=ports) as edge:
            (answer,) = ask_all(edge.port, [request("/cart", USER)])

    assert answer.status == 502
