"""Which addresses are out in the world, and which are inside or nowhere; pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")  # long given up, and still understood here and there
# Of the clouds that have it elsewhere than at a link-local address: AWS by IPv6, Alibaba, Oracle.
METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200"), ip_address("192.0.0.192")})
_NEVER_A_HOST = ("is_link_local", "is_multicast", "is_reserved", "is_unspecified")


def plain(address: Address) -> Address:
    """The IPv4 address within an IPv6 one, where a gateway or this machine would go to it: mapped, NAT64, 6to4, compatible."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_outside(address: Address) -> bool:
    """A public address of one machine, also of the IPv4 address that it carries."""
    return address not in _NAT64_LOCAL and _is_public(plain(address))


def is_a_host(address: Address) -> bool:
    """No cloud's metadata, link-local, multicast, reserved or unspecified: what a name on the allow list may still not mean."""
    host = plain(address)
    return host not in METADATA and not any(getattr(host, kind) for kind in _NEVER_A_HOST)


def read_address(text: str) -> Address | None:
    """A literal as everybody writes it, else None: no octal, hexadecimal, shortened or zoned spellings."""
    if "%" in text:
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None


def _is_public(address: Address) -> bool:
    return address.is_global and is_a_host(address) and not (isinstance(address, IPv6Address) and address.is_site_local)
