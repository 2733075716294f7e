"""examples/envoy/asked.yaml, as it is."""

from tests.edges.asked import AskedEdge
from tests.support import envoy


class TestEnvoyAsked(AskedEdge):
    make = staticmethod(envoy.asking)
