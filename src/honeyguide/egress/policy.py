"""Where requests may go, and how long and how large they may get; frozen, from the settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self

from honeyguide.egress.addresses import Address, is_a_host, is_outside, plain
from honeyguide.egress.destination import checked_host
from honeyguide.egress.refusal import EgressRefused
from honeyguide.settings import Settings

_LOOPBACK = "127.0.0.0/8,::1/128"


class AllowListInvalid(ValueError):
    """HONEYGUIDE_EGRESS_ALLOW names something that is no host and no network."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The exceptions an operator names: hosts (with a port or any), and networks."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Comma-separated host, host:port, address or CIDR; raises AllowListInvalid for what is none of them."""
        hosts: set[tuple[str, int | None]] = set()
        networks: list[IPv4Network | IPv6Network] = []
        for entry in filter(None, (part.strip() for part in text.split(","))):
            try:
                networks.append(ip_network(entry))
            except ValueError:
                hosts.add(_host_of(entry))
        return cls(frozenset(hosts), tuple(networks))

    def includes(self, host: str, port: int, address: Address) -> bool:
        """A named network includes its addresses under any name; a named host may be inside, but never a metadata service."""
        if any(address in network or plain(address) in network for network in self.networks):
            return True
        return bool(self.hosts & {(host, None), (host, port)}) and is_a_host(address)


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """`plain_http` is for development; times are seconds, `total` from asking for a turn until the last byte."""

    allowed: Allowed = Allowed()
    plain_http: bool = False
    ca_file: Path | None = None
    connect: float = 10.0
    read: float = 15.0
    total: float = 30.0
    at_once: int = 100
    waiting: int = 1_000

    @classmethod
    def of(cls, settings: Settings) -> Self:
        development = settings.environment == "development"
        allow = settings.egress_allow if settings.egress_allow is not None else _LOOPBACK if development else ""
        return cls(Allowed.read(allow), plain_http=development, ca_file=settings.egress_ca)

    def permits(self, host: str, port: int, addresses: Iterable[Address]) -> bool:
        """All of them, or none: a name that is half inside is no name to go to."""
        return all(is_outside(address) or self.allowed.includes(host, port, address) for address in addresses)


def _host_of(entry: str) -> tuple[str, int | None]:
    host, colon, port = entry.rpartition(":")
    if not colon:
        host, port = entry, ""
    try:
        if colon and not (port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError
        return checked_host(host), int(port) if port else None
    except (EgressRefused, ValueError):
        raise AllowListInvalid("HONEYGUIDE_EGRESS_ALLOW takes host, host:port, address or network (CIDR), comma-separated") from None
