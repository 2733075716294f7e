"""A real Prometheus that scrapes one page every second, and a page whose counters a test moves."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import httpx2

from tests.support.plain import PLAIN
from tests.support.process import Child, listens, ordinary, program
from tests.support.servers import on_free_port

CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 900ms}}
scrape_configs: [{{job_name: edge, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""


class MetricsPage:
    """Serves `counters` (labels as text → value) as the counter `requests_total`; `url` is its address."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}
        self.text: str | None = None
        """The page as it is, instead of the counters."""

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://127.0.0.1:{self.port}/metrics"

    def __enter__(self) -> Self:
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = page.rendered().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rendered(self) -> str:
        """Write the page."""
        if self.text is not None:
            return self.text
        rows = [f"requests_total{{{labels}}} {value}" for labels, value in self.counters.items()]
        return "\n".join(["# TYPE requests_total counter", *rows, ""])


class PrometheusServer(Child):
    """A prometheus that scrapes one port of 127.0.0.1; its first sample comes some five seconds after the start.

    `configuration` may name files that are put into `folder` before the start; {port} in it is the target's.
    """

    def __init__(self, target_port: int, configuration: str = CONFIGURATION) -> None:
        super().__init__("prometheus")
        (self.folder / "prometheus.yml").write_text(configuration.format(port=target_port))
        self.port = 0

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until this very process is ready."""
        self.port = on_free_port(self._start)

    def ask(self, query: str) -> list[Mapping[str, object]]:
        """Give the rows of an instant query."""
        answer = httpx2.get(
            f"{self.url}/api/v1/query", params={"query": query}, trust_env=False, verify=PLAIN, timeout=10
        ).json()
        rows: list[Mapping[str, object]] = answer["data"]["result"]
        return rows

    def _start(self, port: int) -> None:
        options = {
            "config.file": "prometheus.yml",
            "storage.tsdb.path": "data",
            "web.listen-address": f"127.0.0.1:{port}",
            "query.lookback-delta": "5s",
            "log.level": "error",
        }
        command = [program("prometheus"), *(f"--{name}={value}" for name, value in options.items())]
        self.spawn([*ordinary("KILL"), *command], lambda: self._ready(port))

    def _ready(self, port: int) -> bool:
        if not listens(self.pid, port):
            return False
        return bool(
            httpx2.get(f"http://127.0.0.1:{port}/-/ready", trust_env=False, verify=PLAIN, timeout=5).status_code == 200
        )
