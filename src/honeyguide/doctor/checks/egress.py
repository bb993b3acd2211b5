"""What the allow list of outgoing requests opens."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

from honeyguide.doctor.finding import Examined, Finding, failure, good, warning
from honeyguide.egress import EgressPolicy
from honeyguide.egress.addresses import METADATA
from honeyguide.egress.policy import AllowListInvalid

_METADATA = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"), *(ip_network(address) for address in METADATA))
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_WIDE = 256
_DO = "name single hosts in HONEYGUIDE_EGRESS_ALLOW, with their port"


async def check(examined: Examined) -> Sequence[Finding]:
    try:
        allowed = EgressPolicy.of(examined.settings).allowed
    except AllowListInvalid as error:
        return [failure(str(error), _DO)]
    if examined.settings.environment != "production":
        return [good("outgoing requests reach the world and this machine")]
    found: list[Finding] = []
    for network in allowed.networks:
        if any(network.version == one.version and network.overlaps(one) for one in _METADATA):
            found.append(failure(f"{network} on the allow list opens the cloud's metadata service to whoever names an address", _DO))
        elif any(network.version == one.version and network.overlaps(one) for one in _LOOPBACK):
            found.append(failure(f"{network} on the allow list opens this machine's own services to whoever names an address", _DO))
        elif network.num_addresses > _WIDE:
            found.append(warning(f"{network} on the allow list opens {network.num_addresses} addresses inside", _DO))
    return found or [good("outgoing requests reach the world and the hosts you named")]
