"""Usage and receipts through everything: real services on SQLite and PostgreSQL, two replicas, Redis, real clients."""

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flagsdk
from flagsdk import Context, FlagClient
from flagsdk.delivery import Delivery
from flagsdk.wire.usage import Report, UseRow, parse_report, report_json
from tests.sdk.test_delivery import saying, serving
from tests.support.service import Service
from tests.support.timing import eventually, within
from tests.system.cluster import ENVIRONMENT, FLAG, SPLIT, Cluster
from tests.system.reporting import ask, flush, reporter_of, warm

USAGE, CLIENTS = f"environments/{ENVIRONMENT}/usage", f"environments/{ENVIRONMENT}/clients"
WEIGHTS = f"environments/{ENVIRONMENT}/flags/{FLAG}/weights"
CANARY = "canary-7f3a"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    made = Service({"SAMPLE_DATA": "true"})
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def token(service: Service) -> str:
    made: str = service.call("POST", "tokens", {"kind": "sdk", "environment": ENVIRONMENT, "name": "usage"})[
        "document"
    ]["token"]
    return made


@pytest.fixture
def client(service: Service, token: str) -> Iterator[FlagClient]:
    with FlagClient(service.url, token=token, report_seconds=0) as made:  # the tests report for it
        assert made.ready
        warm(made, FLAG)
        yield made


def shown(service: Service, flag: str = FLAG) -> dict[str, Any]:
    [item] = service.call("GET", f"{USAGE}?flag={flag}")["items"]
    found: dict[str, Any] = item
    return found


def grown(service: Service, before: dict[str, Any], uses: int) -> dict[str, Any]:
    """Wait until a flag has so many more uses; no more ever come."""
    eventually(lambda: shown(service)["uses"] >= before["uses"] + uses, "the uses in the answer")
    time.sleep(0.5)
    after = shown(service)
    assert after["uses"] == before["uses"] + uses
    return after


def test_uses_and_units_arrive(service: Service, token: str, client: FlagClient) -> None:
    theme = "checkout-theme"  # no other test asks for it
    client.get_string(theme, Context("user-1"))  # listed in a segment: no split decides
    assert shown(service, theme)["lastEvaluatedAt"] is None
    reporter = reporter_of(client, service.url, token)
    for number in [*range(100, 300)] * 3:
        client.get_string(theme, Context(f"user-{number}"))

    flush(reporter)

    eventually(lambda: shown(service, theme)["uses"] == 601)
    item = shown(service, theme)
    assert item["units"] == {"estimate": 200, "standardError": 0.0}
    assert item["variants"].keys() == {"classic", "light", "dark"}
    assert sum(sum(bucket["variants"].values()) for bucket in item["buckets"]) == 601
    [listed] = [each for each in service.call("GET", USAGE)["items"] if each["key"] == theme]
    assert (listed["uses"], listed["lastEvaluatedAt"]) == (601, item["lastEvaluatedAt"])


def test_a_flag_that_nobody_evaluates_is_listed(service: Service) -> None:
    service.call("POST", "flags", {"key": "unused", "type": "boolean"})

    listed = {each["key"]: each for each in service.call("GET", USAGE)["items"]}

    assert (listed["unused"]["uses"], listed["unused"]["lastEvaluatedAt"]) == (0, None)


def test_many_units_are_estimated(service: Service, token: str, client: FlagClient) -> None:
    reporter = reporter_of(client, service.url, token)
    before = shown(service)
    ask(client, FLAG, users=20_000)

    flush(reporter)

    units = grown(service, before, 20_001)["units"]
    assert abs(units["estimate"] / 20_000 - 1) <= 4 * units["standardError"] <= 0.4


def test_a_frozen_service_costs_a_bounded_time_and_counts_nothing_twice(
    service: Service, token: str, client: FlagClient
) -> None:
    reporter = reporter_of(client, service.url, token)
    before = shown(service)
    ask(client, FLAG, users=50)
    service.pause()
    try:
        with within(3):
            flush(reporter)
        assert reporter.standing.fault == "ReadTimeoutError"
        assert client.is_enabled(FLAG, Context("user-1")) in (True, False)
    finally:
        service.resume()

    eventually(lambda: reporter.tick() >= 0 and not reporter.standing.fault, "a report that is taken")
    flush(reporter)
    grown(service, before, 52)


def test_a_killed_service_loses_at_most_what_it_had_taken_and_hears_the_rest_later(
    service: Service, token: str, client: FlagClient
) -> None:
    reporter = reporter_of(client, service.url, token)
    before = shown(service)
    service.kill()
    ask(client, FLAG, users=40)
    with within(3):
        flush(reporter)
    assert reporter.standing.fault

    service.start()
    eventually(lambda: reporter.tick() >= 0 and not reporter.standing.fault, "a report that is taken")
    flush(reporter)

    grown(service, before, 41)
    assert reporter.standing.dropped == 0


def test_a_new_revision_is_confirmed(service: Service, token: str, client: FlagClient) -> None:
    reporter = reporter_of(client, service.url, token)
    revision = service.call("POST", WEIGHTS, {"weights": {"on": 40_000, "off": 60_000}})["revision"]
    before = service.call("GET", f"{CLIENTS}?revision={revision}")["summary"]
    eventually(lambda: client.status.revision == revision)
    snapshot = client._in_force.snapshot
    assert snapshot is not None
    reporter.installed(snapshot, at=reporter._began)  # what is older than the reporter has no delay to tell

    eventually(lambda: reporter.tick() > 1)

    def summary() -> dict[str, Any]:
        found: dict[str, Any] = service.call("GET", f"{CLIENTS}?revision={revision}")["summary"]
        return found

    eventually(lambda: summary()["current"] == before["current"] + 1, "the receipt")
    assert f"on revision {revision}, slowest {summary()['slowestMs']} ms" in summary()["sentence"]
    mine = next(
        each for each in service.call("GET", f"{CLIENTS}?limit=200")["items"]
        if each["client"] == reporter.standing.client
    )  # fmt: skip
    assert (mine["revision"], mine["application"]) == (revision, "shop")


def test_two_replicas_take_a_repeated_report_once(cluster: Cluster) -> None:
    """A report whose answer was lost is repeated to the other replica; a later one overtakes it."""
    first, second = cluster.replicas
    before = shown(first)
    deliveries = [Delivery(replica.url, cluster.sdk_token) for replica in (first, second)]
    head = cluster.by_http.status

    def body(sequence: int) -> bytes:
        return report_json(
            Report(
                client="c" * 32, sequence=sequence, environment=ENVIRONMENT, sdk="test", application="", revision=1,
                epoch=head.epoch or "", uses=[UseRow("flag", FLAG, "on", 1, 10)],
            )
        )  # fmt: skip

    sent = [(0, 2), (1, 1), (1, 2), (0, 1), (0, 3), (1, 3)]
    answers = [deliveries[replica].post(body(sequence)) for replica, sequence in sent]

    assert all(answer.accepted for answer in answers)
    grown(second, before, 30)
    assert shown(first)["uses"] == shown(second)["uses"]


def test_a_redis_follower_reports_over_http(cluster: Cluster) -> None:
    """With the service below Redis in its ladder, a client tells it what it did, and what it holds."""
    service, mine = cluster.replicas[1], "of-the-follower"  # a flag that nobody else asks for
    service.call("POST", "flags", {"key": mine, "type": "boolean"})
    sources = (cluster.redis.url, service.url)
    options: dict[str, Any] = {"environment": ENVIRONMENT, "token": cluster.sdk_token, "report_seconds": 0.5}
    with FlagClient(*sources, **options, application="worker") as client:
        eventually(lambda: client.get_boolean(mine, default=None) is False, "the flag")
        ask(client, mine, users=30)
        assert client.status.source.startswith("redis")

        eventually(lambda: shown(service, mine)["uses"] == sum(client.usage().values()), "the uses in the answer")
        revision = cluster.weigh_flag(12_345)["revision"]

        eventually(lambda: own(service, client)["revision"] == revision, "the receipt")
        assert own(service, client)["appliedAfterMs"] is not None
        assert own(service, client)["application"] == "worker"


def test_a_redis_follower_that_knows_no_service_reports_nothing(cluster: Cluster) -> None:
    assert cluster.by_redis.reporting is None


def own(service: Service, client: FlagClient) -> dict[str, Any]:
    """Find the client's own line in the list of clients; all zeros before it is there."""
    reporting = client.reporting
    assert reporting is not None
    for each in service.call("GET", f"{CLIENTS}?limit=200")["items"]:
        if each["client"] == reporting.client:
            line: dict[str, Any] = each
            return line
    return {"revision": 0}


def test_a_client_reports_by_itself_and_once_more_when_it_closes(service: Service, token: str) -> None:
    before = shown(service)
    with FlagClient(service.url, token=token, report_seconds=0.5) as client:
        warm(client, FLAG)
        grown(service, before, 1)
        revision = service.call("POST", WEIGHTS, {"weights": {"on": 33_333, "off": 66_667}})["revision"]
        eventually(lambda: own(service, client).get("appliedAfterMs") is not None, "the receipt")
        assert own(service, client)["revision"] == revision

        ask(client, FLAG, users=17)

    reporting = client.reporting
    assert reporting is not None
    assert reporting.reported == 18
    grown(service, before, 18)


def test_a_key_with_a_typo_is_told_until_there_is_such_a_flag(service: Service, token: str) -> None:
    def unknown() -> dict[str, dict[str, Any]]:
        return {item["key"]: item for item in service.call("GET", "hygiene/unknown-keys")["items"]}

    with FlagClient(service.url, token=token, report_seconds=0.5, application="shop") as client:
        for _ in range(3):
            assert client.get_string("chekout-theme", default="plain") == "plain"
        eventually(lambda: "chekout-theme" in unknown(), "the key that nobody has")
        client.get_string("chekout-theme")

    eventually(lambda: unknown()["chekout-theme"]["asked"] == 4, "the last report")
    found = unknown()["chekout-theme"]
    assert found["environment"] == ENVIRONMENT
    assert found["similar"][0] == "checkout-theme"
    [by] = found["askedBy"]
    assert (by["application"], by["sdk"], by["asked"]) == ("shop", f"flagsdk-python/{flagsdk.__version__}", 4)

    service.call("POST", "flags", {"key": "chekout-theme", "type": "string", "variants": {"a": "b"}})

    assert "chekout-theme" not in unknown()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_reports_what_it_did_as_a_client_of_its_own(service: Service, token: str) -> None:
    before = shown(service)
    with FlagClient(service.url, token=token) as client:
        ask(client, FLAG, users=5)
        pid = os.fork()
        if pid == 0:
            try:
                ask(client, FLAG, users=11)
                client.wait_ready(30)
                client.close()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    grown(service, before, 16)


def test_a_client_that_follows_a_file_reports_nothing(tmp_path: Path) -> None:
    (tmp_path / "flags.json").write_text('{"a": true}')

    with FlagClient(file=str(tmp_path / "flags.json")) as client:
        assert client.is_enabled("a")
        assert client.reporting is None


def _decoded(part: bytes) -> bytes:
    try:
        return base64.b64decode(part, validate=True)
    except ValueError:
        return b""


def test_no_unit_and_no_attribute_leaves_the_process(client: FlagClient) -> None:
    """Every byte that a reporter sends, decoded in every way that it could hide in."""
    with serving(saying("HTTP/1.1 202 Accepted\nContent-Length: 0\n\n")) as (url, received):
        reporter = reporter_of(client, url, "a-token")
        for number in range(1_000):
            client.is_enabled(FLAG, Context(f"{CANARY}-{number}", email=f"{CANARY}@example.com", note=CANARY))
            client.cohort(SPLIT, {"targetingKey": f"{CANARY}-{number}"})
            client.get_string("no-such-flag", Context(CANARY))
            client.get_string(f"{CANARY}@example.com", Context(CANARY))
        flush(reporter)

    sent = b"".join(received)
    reports = [parse_report(request.partition(b"\r\n\r\n")[2]) for request in received]
    assert any(report.uses and report.units for report in reports)
    assert [(row.key, row.times) for report in reports for row in report.unknown] == [("no-such-flag", 1_000)]
    assert sum(report.unknown_others for report in reports) == 1_000
    decoded = b"".join(_decoded(part) for part in sent.split(b'"'))
    assert decoded
    for bytes_sent in (sent, decoded):
        assert CANARY.encode() not in bytes_sent
        assert b"example.com" not in bytes_sent
    assert b"a-token" in sent  # the look finds what is there
