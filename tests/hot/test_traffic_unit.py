"""Who is behind a request: only configured proxies may speak for somebody else."""

from ipaddress import ip_network

import pytest

from flagsvc.http.traffic_unit import Proxies, cookie_of, unit_text
from tests.hot.world import World, scope_of, traffic_split

PROXIES = Proxies([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])


@pytest.mark.parametrize(("peer", "forwarded", "client"), [
    ("192.0.2.7", "", "192.0.2.7"),
    ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
    ("10.1.1.1", "", "10.1.1.1"),
    ("10.1.1.1", "203.0.113.9", "203.0.113.9"),
    ("10.1.1.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
    ("10.1.1.1", "203.0.113.9, 10.2.2.2", "203.0.113.9"),
    ("10.1.1.1", "6.6.6.6, 203.0.113.9, 10.2.2.2,10.3.3.3", "203.0.113.9"),
    ("10.1.1.1", "10.2.2.2", "10.2.2.2"),
    ("10.1.1.1", "unknown", None),
    ("10.1.1.1", "203.0.113.9, garbage", None),
    ("::ffff:10.1.1.1", "2001:DB8::1", "2001:db8::1"),
    ("fd00::1", "2001:db8::1", "2001:db8::1"),
    ("", "203.0.113.9", None),
])  # fmt: skip
def test_the_client_is_the_last_hop_that_is_no_trusted_proxy(peer: str, forwarded: str, client: str | None) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    scope = scope_of("GET", "/", headers, peer)

    assert PROXIES.client(scope, dict(scope["headers"])) == client


def test_several_header_lines_are_one_list() -> None:
    scope = scope_of("GET", "/", {}, "10.1.1.1")
    scope["headers"] = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", b"10.2.2.2")]

    assert PROXIES.client(scope, dict(scope["headers"])) == "203.0.113.9"


def test_nobody_is_trusted_by_default() -> None:
    scope = scope_of("GET", "/", {"x-forwarded-for": "6.6.6.6"}, "10.1.1.1")

    assert Proxies().client(scope, dict(scope["headers"])) == "10.1.1.1"
    assert not Proxies().believes(scope)


@pytest.mark.parametrize("peer", ["10.1.1.1", "192.0.2.1"])
def test_the_original_request_counts_only_from_a_trusted_proxy(peer: str) -> None:
    rules = [{"id": "r", "when": {"attribute": "path", "op": "startsWith", "values": ["/beta"]}, "serve": "canary"}]
    world = World(traffic_split("checkout", rules=rules, default={"serve": "stable"}), proxies=PROXIES)

    headers = {"x-original-uri": "/beta/%41?x=1"}
    reply = world.ask("GET", "/traffic/v1/production/checkout/decide", headers, peer=peer)

    assert reply.headers["x-cohort"] == ("canary" if peer.startswith("10.") else "stable")


@pytest.mark.parametrize(("header", "value"), [
    (b"uid=1", b"1"), (b"a=b; uid=1;c=d", b"1"), (b'uid="1"', b"1"), (b"uid=1; uid=2", b"1"), (b"uid=a=b", b"a=b"),
    (b"xuid=1", None), (b"uid", None), (b"", None), (b"UID=1", None), (b"uid=", b""),
])  # fmt: skip
def test_a_cookie_is_found_by_its_exact_name(header: bytes, value: bytes | None) -> None:
    assert cookie_of({b"cookie": header}, b"uid") == value


@pytest.mark.parametrize(("raw", "unit"), [
    (b"u", "u"), (" ü ".encode(), "ü"), (b"", None), (None, None), (b"  ", None), (b"\xff", None), (b"x" * 513, None),
])  # fmt: skip
def test_a_unit_is_text_of_bounded_length(raw: bytes | None, unit: str | None) -> None:
    assert unit_text(raw) == unit
