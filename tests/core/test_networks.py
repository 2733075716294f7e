"""Addresses and networks."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.networks import address_of, network_of
from flagsdk.core.operators import prepare


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "10.9.9.9/8"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3", "0.0.0.0/0"),
        ("::ffff:10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "::ffff:10.0.0.0/104"),
        ("::ffff:a01:203", "::ffff:10.1.2.3"),
        ("2001:db8::1", "2001:DB8::/32"),
        ("2001:0db8:0:0:0:0:0:1", "::/0"),
    ],
)
def test_inside(address: str, network: str) -> None:
    assert prepare("inCidr", [network])(address) is True


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("11.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "::/0"),
        ("::1", "0.0.0.0/0"),
        ("::ffff:10.1.2.3", "::/0"),
        ("10.1.2.3", "::ffff:0:0/95"),
    ],
)
def test_outside(address: str, network: str) -> None:
    assert prepare("inCidr", [network])(address) is False


@pytest.mark.parametrize(
    "text", ["", "10.1.2", "010.1.2.3", "10.1.2.3/32", "fe80::1%eth0", "1.2.3.4.5", "::g", "x" * 99, "\uff11.1.1.1"]
)
def test_everything_else_is_no_address(text: str) -> None:
    assert address_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "x/8",
        "::/²",
        "::/0128",
    ],
)
def test_everything_else_is_no_network(text: str) -> None:
    assert network_of(text) is None


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 128))
def test_membership_is_that_of_the_standard_library(address: object, base: object, prefix: int) -> None:
    one, other = ip_address(str(address)), ip_address(str(base))
    if {getattr(one, "ipv4_mapped", None), getattr(other, "ipv4_mapped", None)} != {None}:
        return  # its own rule, tested above
    network = f"{other}/{prefix if other.version == 6 else prefix % 33}"

    inside = prepare("inCidr", [network])(str(one))

    assert inside is (one.version == other.version and one in ip_network(network, strict=False))
