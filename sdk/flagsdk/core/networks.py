"""IPv4 and IPv6 addresses and networks; an IPv4-mapped IPv6 address is its IPv4 address."""

from ipaddress import IPv4Address, IPv6Address, ip_address

BITS = {4: 32, 6: 128}
MAPPED_PREFIX = 96
MAPPED = 0xFFFF
MAX_LENGTH = 64

Address = tuple[int, int]
"""(version, number)."""
Network = tuple[int, int, int]
"""(version, first number, last number)."""


def address_of(text: str) -> Address | None:
    """Give an address as (version, number), or None when the text is none (a zone "%eth0" is none)."""
    if len(text) > MAX_LENGTH or "%" in text or "/" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return _unmapped(address)


def network_of(text: str) -> Network | None:
    """Give a network "address/prefix" (or a single address) as its first and last number; host bits are ignored."""
    base, slash, prefix = text.partition("/")
    if (address := address_of(base)) is None:
        return None
    bits = BITS[6 if ":" in base else 4]
    if slash and not (prefix.isascii() and prefix.isdigit() and len(prefix) <= len("128") and int(prefix) <= bits):
        return None
    return _range(address, base, int(prefix) if slash else bits)


def _range(address: Address, base: str, prefix: int) -> Network:
    version, number = address
    if version == 4 and ":" in base:  # noqa: PLR2004  # IPv4
        if prefix < MAPPED_PREFIX:
            return _block(6, MAPPED << 32 | number, prefix)
        prefix -= MAPPED_PREFIX
    return _block(version, number, prefix)


def _block(version: int, number: int, prefix: int) -> Network:
    size = 1 << (BITS[version] - prefix)
    first = number // size * size
    return version, first, first + size - 1


def _unmapped(address: IPv4Address | IPv6Address) -> Address:
    number = int(address)
    if address.version == 6 and number >> 32 == MAPPED:  # noqa: PLR2004  # IPv6
        return 4, number & 0xFFFFFFFF
    return address.version, number
