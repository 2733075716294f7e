"""examples/traefik/traefik.yaml and dynamic.yaml, as they are."""

import pytest

from tests.edges.asked import USER, AskedEdge, backend
from tests.edges.raw import DECISION, STALLED, Dripping, Sink, Stalling
from tests.support.edge import TIME_LIMIT, BrokenService, Edge, Places
from tests.support.edge_servers import TraefikServer, replaced
from tests.support.pipeline import ask_all, request
from tests.support.process import free_port
from tests.support.tree import ROOT

pytestmark = pytest.mark.servers

EXAMPLE = ROOT / "examples" / "traefik"


def traefik(places: Places) -> TraefikServer:
    """Make Traefik with the example."""
    ask = free_port()
    static = {"127.0.0.1:8081": f"127.0.0.1:{places.port}", "127.0.0.1:8082": f"127.0.0.1:{ask}"}
    if places.limit != TIME_LIMIT:
        static["writeTimeout: 2s"] = "writeTimeout: 20s"
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


def test_an_answer_whose_head_stalls_holds_nobody_up() -> None:
    with Stalling(STALLED["head"]) as service, Edge([service.port], make=traefik) as edge:
        (answer,) = ask_all(edge.port, [request("/cart", USER)])

    assert (answer.status, backend(answer)) == (200, "stable")


def test_an_answer_whose_body_does_not_end_is_the_one_fault_that_reaches_users() -> None:
    """What forwardAuth asks, it reads to the end; the inner entry point's time ends a body that goes on and on."""
    with Dripping(STALLED["body"]) as service, Edge([service.port], make=traefik) as edge:
        (answer,) = ask_all(edge.port, [request("/cart", USER)])

    assert answer.status == 500


def test_the_body_of_a_request_reaches_the_backend_and_not_the_service() -> None:
    with (
        BrokenService(DECISION) as service,
        Sink() as sink,
        Edge([service.port], make=traefik, backends={"stable": 1, "canary": sink.port}) as edge,
    ):
        (answer,) = ask_all(edge.port, [request("/cart", USER, b"milk and honey")])

    assert (answer.status, answer.body) == (200, b"POST milk and honey")


@pytest.mark.parametrize("dead", ["stable", "canary"])
def test_a_dead_backend_is_not_hidden_and_no_request_goes_elsewhere(dead: str) -> None:
    cohort = DECISION.replace(b"canary", dead.encode())
    with BrokenService(cohort) as service, Sink() as sink:
        ports = {"stable": sink.port, "canary": sink.port, dead: 1}
        with Edge([service.port], make=traefik, backends=ports) as edge:
            (answer,) = ask_all(edge.port, [request("/cart", USER)])

    assert answer.status == 502
