"""Whether Apple's push service lets us in, with each pass certificate, by both its ports (N1, N3, N11)."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import certifi

from honeyguide.doctor import pass_types
from honeyguide.doctor.finding import Examined, Finding, failure, good, unchecked, warning
from honeyguide.egress import EgressRefused
from honeyguide.wallet.apple.push import ApnsClient, ApnsEndpoint, HandshakeFailed, Unreachable
from honeyguide.wallet.assembly import is_loopback, push_identity
from honeyguide.wallet.certificates.pass_types import PassType

_ROOT = "USERTrust RSA Certification Authority"  # Apple's push service moved under it in 2025
_PORTS = (443, 2197)
_PATIENCE = 6.0


async def check(examined: Examined) -> Sequence[Finding]:
    settings = examined.settings
    shared, _ = pass_types.shared(examined)
    own, _ = await pass_types.own(examined)
    usable = [one for one in (shared, *own.apple.values()) if one is not None and one.is_usable(examined.now)]
    if not usable:
        return []  # the check of certificates has said why
    if settings.apple_certificate is None and shared in usable and not is_loopback(settings.apple_apns_host):
        return [unchecked("a development certificate opens no way to Apple's push service", "try again with a certificate of Apple's")]
    ca_file = settings.apple_apns_ca or _simulated_ca(examined)
    found = _trust(ca_file)
    for one in usable:
        found += await _let_in(examined, one, ca_file)
    return found


def _trust(ca_file: Path | None) -> list[Finding]:
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else certifi.where())
    except (OSError, ssl.SSLError):
        return [failure("HONEYGUIDE_APPLE_APNS_CA cannot be read", "a PEM file; or leave it out for the public roots")]
    roots = [part for one in context.get_ca_certs() for part in one["subject"]]
    if ca_file is None and not any(("commonName", _ROOT) in one for one in roots):
        return [failure(f"the public roots lack {_ROOT}", "upgrade the package certifi: Apple's push service is under it")]
    return []


async def _let_in(examined: Examined, one: PassType, ca_file: Path | None) -> list[Finding]:
    """Both of Apple's ports, one is enough; of a simulator its own."""
    settings = examined.settings
    host, configured = settings.apple_apns_host, settings.apple_apns_port
    ports = (configured,) if is_loopback(host) else tuple(dict.fromkeys((configured, *_PORTS)))
    troubles = {port: await _trouble(examined, one, ApnsEndpoint(host, port, ca_file, deadline=_PATIENCE)) for port in ports}
    refused = next((trouble for trouble in troubles.values() if isinstance(trouble, HandshakeFailed)), None)
    if troubles[configured] is None:
        return [good(f"the push service lets {one.name} in, by port {configured}")]
    if refused is not None:
        do = "renew the certificate if it was revoked; see that no proxy opens TLS, and that HONEYGUIDE_APPLE_APNS_CA is left out"
        return [failure(f"the push service does not let {one.name} in ({refused})", do)]
    others = [port for port, trouble in troubles.items() if trouble is None]
    if others:
        return [warning(f"the push service is reached by port {others[0]}, not by {configured}", f"HONEYGUIDE_APPLE_APNS_PORT={others[0]}")]
    if isinstance(troubles[configured], EgressRefused):
        return [failure(f"{host} is refused by our own egress", "name it in HONEYGUIDE_EGRESS_ALLOW, if it is meant to be inside")]
    names = " and ".join(str(port) for port in ports)
    return [unchecked(f"{host} cannot be reached from here by port {names}: nobody knows whether it would let {one.name} in",
                      "try again from where the worker runs; look at firewall and name server")]  # fmt: skip


async def _trouble(examined: Examined, one: PassType, endpoint: ApnsEndpoint) -> Exception | None:
    client = ApnsClient(endpoint, examined.egress)
    try:
        await client.check(client.use(push_identity(examined.settings, one.signer(examined.now))))
    except (HandshakeFailed, Unreachable, EgressRefused) as trouble:
        return trouble
    finally:
        await client.close()
    return None


def _simulated_ca(examined: Examined) -> Path | None:
    made = examined.settings.data_dir / "apple" / "ca.pem"
    return made if examined.settings.apple_certificate is None and made.exists() else None
