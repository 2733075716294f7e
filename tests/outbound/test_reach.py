"""Which addresses may be talked to: the public ones, what is listed, and never where clouds keep credentials."""

from ipaddress import ip_network

import pytest

from flagsvc.outbound.reach import EVERYWHERE, Reach

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2606:4700::a9fe:a9fe"]
PRIVATE = [
    *("10.0.0.1", "172.16.5.4", "192.168.1.1", "127.0.0.1", "127.8.8.8", "100.64.1.1", "fc00::1", "fd12::1", "::1"),
    *("::", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "192.0.0.8"),  # noqa: S104  # nobody listens
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::"),
    *("2001::1", "2001:db8::1", "3fff::1", "ff02::1", "ff0e::1", "fec0::1", "192.88.99.1", "5f00::1", "100::1"),
]
METADATA = [
    *("169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "168.63.129.16"),
    *("100.100.100.200", "192.0.0.192", "::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::a9fe:a9fe"),
    *("2002:a9fe:a9fe::", "2001:0:a9fe:a9fe::", "2001:0:808:808::5601:5601"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert Reach().refusal(address) == ""


@pytest.mark.parametrize("address", PRIVATE)
def test_private_local_and_special_ones_only_when_they_are_listed(address: str) -> None:
    assert "not in FLAGSVC_OUTBOUND_NETWORKS" in Reach().refusal(address)
    assert Reach(EVERYWHERE).refusal(address) == ""


@pytest.mark.parametrize("address", METADATA)
def test_where_clouds_keep_credentials_is_never_reached(address: str) -> None:
    assert "credentials" in Reach().refusal(address)
    assert "credentials" in Reach(EVERYWHERE).refusal(address)


def test_a_listed_network_is_no_other_network() -> None:
    reach = Reach([ip_network("10.0.0.0/8")])

    assert not reach.refusal("10.255.0.1")
    assert not reach.refusal("::ffff:10.0.0.1")
    assert reach.refusal("192.168.0.1")
    assert reach.refusal("::1")
