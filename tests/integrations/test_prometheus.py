"""Prometheus: counters that are read at the scrape, bounded in number, and never going down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from flagsdk import FlagClient
from flagsdk.integrations.prometheus import OTHER, FlagsCollector
from tests.integrations.audience import write_flags
from tests.sdk.documents import flag, texts, traffic, whole
from tests.sdk.scripted import Scripted
from tests.support.timing import eventually

Samples = dict[tuple[str, ...], float]


@pytest.fixture
def client(flags_file: Path) -> Iterator[FlagClient]:
    with FlagClient(file=str(flags_file)) as made:
        yield made


def scraped(registry: CollectorRegistry) -> Samples:
    """Read the exposition as Prometheus does: name and values of the labels, by their names → value."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


def registered(client: FlagClient, most: int = 1000) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=True)
    registry.register(FlagsCollector(client, max_series=most))
    return registry


def test_evaluations_are_counted_by_flag_and_variant(client: FlagClient) -> None:
    registry = registered(client)
    for unit in ("7", "8", "9"):
        client.is_enabled("vip", unit)

    samples = scraped(registry)

    assert samples["flagsdk_evaluations_total", "vip", "on"] == 1
    assert samples["flagsdk_evaluations_total", "vip", "off"] == 2
    assert ("flagsdk_evaluations_total", "sale", "on") not in samples


def test_cohorts_are_counted_apart_from_flags() -> None:
    with FlagClient(Scripted(whole(texts(flag("a"), traffic("a"))))) as client:
        registry = registered(client)
        client.is_enabled("a")
        backend = client.cohort("a", "user-1")

        samples = scraped(registry)

    assert samples["flagsdk_evaluations_total", "a", "on"] == 1
    assert samples["flagsdk_cohorts_total", backend, "a"] == 1


def test_a_counter_goes_on_across_revisions(client: FlagClient, flags_file: Path) -> None:
    registry = registered(client)
    client.is_enabled("vip", "8")
    scraped(registry)
    write_flags(flags_file, flag("vip", default={"serve": "off"}), revision=2)
    eventually(lambda: client.status.revision == 2)

    client.is_enabled("vip", "8")

    assert scraped(registry)["flagsdk_evaluations_total", "vip", "off"] == 2


def test_beyond_the_bound_pairs_are_counted_together_and_nothing_goes_down(client: FlagClient) -> None:
    registry = registered(client, most=1)
    client.is_enabled("sale")
    first = scraped(registry)
    for _ in range(3):
        client.is_enabled("vip", "8")
        client.get_string("theme")

    second = scraped(registry)

    assert first["flagsdk_evaluations_total", "sale", "on"] == 1
    assert second["flagsdk_evaluations_total", "sale", "on"] == 1
    assert second["flagsdk_evaluations_total", OTHER, OTHER] == 6
    assert len([name for name, *_ in second if name == "flagsdk_evaluations_total"]) == 2


def test_the_standing_of_a_client_is_told(client: FlagClient) -> None:
    samples = scraped(registered(client))

    assert samples["flagsdk_ready",] == 1
    assert samples["flagsdk_stale",] == 0
    assert samples["flagsdk_snapshot_revision",] == 1
    assert 0 <= samples["flagsdk_snapshot_age_seconds",] < 60
    assert samples["flagsdk_faults_total",] == 0
    [info] = [labels for name, *labels in samples if name == "flagsdk_client_info"]
    assert {"e1", "production"} < set(info)


def test_a_client_without_a_snapshot_is_told_as_not_ready() -> None:
    client = FlagClient(redis="redis://127.0.0.1:1", environment="production")

    samples = scraped(registered(client))

    assert samples["flagsdk_ready",] == 0
    assert samples["flagsdk_snapshot_revision",] == 0
    assert samples["flagsdk_snapshot_age_seconds",] == float("inf")
    client.close()


def test_faults_are_counted(client: FlagClient, flags_file: Path) -> None:
    registry = registered(client)

    flags_file.unlink()

    eventually(lambda: scraped(registry)["flagsdk_faults_total",] > 0)
