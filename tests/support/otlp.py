"""A collector: takes spans over OTLP/HTTP as OpenTelemetry's exporters send them. On other paths it says yes."""

import gzip
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

TRACES = "/v1/traces"


class Received(NamedTuple):
    """One span, ids in hexadecimal."""

    name: str
    trace: str
    id: str
    parent: str
    values: dict[str, object]
    resource: dict[str, object]
    failed: bool


class Collector:
    """Listens on a port of 127.0.0.1. `spans` are decoded, `raw` is what came, `asked` are heads of other requests."""

    def __enter__(self) -> Self:
        collector = self
        self.spans: list[Received] = []
        self.raw: list[bytes] = []
        self.asked: list[dict[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == TRACES:
                    collector.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                else:
                    collector.asked.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def named(self, name: str) -> list[Received]:
        """Give the spans of a name."""
        return [span for span in list(self.spans) if span.name == name]

    def take(self, body: bytes) -> None:
        """Decode what an exporter sent; raises when it is no OTLP."""
        request = ExportTraceServiceRequest.FromString(body)
        self.raw.append(body)
        for resource in request.resource_spans:
            known = _values(resource.resource.attributes)
            for scope in resource.scope_spans:
                for span in scope.spans:
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    failed = span.status.code == span.status.STATUS_CODE_ERROR
                    self.spans.append(Received(span.name, *ids, _values(span.attributes), known, failed))


def _values(rows: Iterable[KeyValue]) -> dict[str, object]:
    found: dict[str, object] = {}
    for row in rows:
        kind = row.value.WhichOneof("value")
        found[row.key] = getattr(row.value, kind) if kind else None
    return found
