"""examples/nginx/nginx.conf, as it is."""

from tests.edges.asked import AskedEdge
from tests.support import edge


class TestNginx(AskedEdge):
    make = staticmethod(edge.nginx)
