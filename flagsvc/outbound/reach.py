"""Which addresses may be talked to when somebody else names the target: public ones, and what the operator lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


METADATA = _networks(
    "169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32"
)
"""Where clouds hand out credentials to whoever asks from within: never, whatever is listed."""
DISGUISES = _networks(
    *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "192.88.99.0/24", "5f00::/16"),
    *("fec0::/10", "192.0.0.0/24", "3fff::/20"),
)
"""Addresses that lead on to another one (IPv4-compatible, NAT64, Teredo, 6to4, segments), or are nobody's."""
EVERYWHERE = _networks("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class Reach:
    """Public addresses, and those in `allowed` although they are private."""

    allowed: Sequence[Network] = ()

    def refusal(self, text: str) -> str:
        """Say why an address, as a resolver gives it, may not be talked to; "" when it may."""
        address = _unmasked(ip_address(text.partition("%")[0]))
        if any(_within(meant, METADATA) for meant in (address, *_within_it(address))):
            return f"{text} is where clouds hand out credentials"
        if _within(address, self.allowed) or _is_public(address):
            return ""
        return f"{text} is private, local or special, and not in FLAGSVC_OUTBOUND_NETWORKS (the operator's)"


def _unmasked(address: Address) -> Address:
    """Give the IPv4 address that an IPv4-mapped one (::ffff:0:0/96) really is."""
    return getattr(address, "ipv4_mapped", None) or address


def _within_it(address: Address) -> Iterator[IPv4Address]:
    """Give the IPv4 addresses that a gateway on the way would make of it."""
    if isinstance(address, IPv6Address) and _within(address, DISGUISES):
        yield IPv4Address(int(address) & 0xFFFFFFFF)  # NAT64 with 96 bits before, IPv4-compatible
        yield from filter(None, (address.sixtofour, *(address.teredo or ())))


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _is_public(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved) and not _within(address, DISGUISES)
