"""Tracing in a process: nothing imported while it is off, a dead collector holds nobody up, log lines name traces."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from flagsvc import cli, logs, span
from flagsvc.tracing import Tracing
from tests.support.otlp import Collector
from tests.support.process import free_port
from tests.support.timing import within
from tests.support.tree import ROOT

NOT_IMPORTED = """
import sys
import flagsvc.cli, flagsvc.app, flagsvc.http.traced, flagsvc.span
ours = ("opentelemetry.exporter", "opentelemetry.sdk.trace", "opentelemetry.proto", "requests", "flagsvc.tracing")
assert not [name for name in sys.modules if name.startswith(ours)]  # redis-py looks for OpenTelemetry's metrics
with flagsvc.span.span("x") as one, flagsvc.span.part("y"):
    one.note({"a": 1})
assert (flagsvc.span.trace_id(), flagsvc.span.headers()) == ("", {})
"""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as opened:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", opened.url)
        yield opened


@pytest.fixture
def tracing(collector: Collector) -> Iterator[Tracing]:
    started = Tracing("1.2.3")
    yield started
    started.stop()


def test_while_it_is_off_nothing_of_it_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOT_IMPORTED], cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr


def test_what_is_left_is_sent_at_the_end(collector: Collector, tracing: Tracing) -> None:
    with span.span("outer"), span.part("inner"):
        pass
    tracing.stop()

    assert {one.name for one in collector.spans} == {"outer", "inner"}
    assert span.trace_id() == ""


def test_a_part_of_nothing_is_no_span(collector: Collector, tracing: Tracing) -> None:
    with span.part("inner"):
        pass
    tracing.stop()

    assert collector.spans == []


def test_of_an_exception_only_the_class_is_told(collector: Collector, tracing: Tracing) -> None:
    with pytest.raises(ValueError, match="canary"), span.span("outer"):
        raise ValueError("canary-of-an-error")
    tracing.stop()

    [one] = collector.spans
    assert (one.failed, one.values) == (True, {"error.type": "ValueError"})
    assert b"canary" not in b"".join(collector.raw)


def test_a_dead_collector_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    started = Tracing("1")

    with within(5.0):
        for _ in range(5_000):
            with span.span("x"):
                pass
        started.stop(1.0)


def test_log_lines_name_the_trace_that_they_belong_to(tracing: Tracing) -> None:
    out = io.StringIO()
    before = logging.getLogger().handlers
    try:
        logs.configure("info", "json", out)
        with span.span("outer"):
            expected = span.trace_id()
            logging.getLogger("flagsvc.test").warning("inside")
        logging.getLogger("flagsvc.test").warning("outside")
    finally:
        logging.getLogger().handlers = before

    inside, outside = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (inside["traceId"], len(expected)) == (expected, 32)
    assert "traceId" not in outside


def test_without_the_extra_the_start_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGSVC_TRACING", "true")
    monkeypatch.setenv("FLAGSVC_PORT", "0")
    monkeypatch.delitem(sys.modules, "flagsvc.tracing")
    monkeypatch.setitem(sys.modules, "opentelemetry.context", None)

    result = CliRunner().invoke(cli.app, ["serve"])

    assert result.exit_code == 2
    assert "pip install 'flagsvc[tracing]'" in result.output
