"""Whether what is configured can be reached from here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from honeyguide.doctor.finding import Examined, Finding, failure, good, warning
from honeyguide.egress import EgressFailed, EgressRefused
from honeyguide.settings import Settings


async def check(examined: Examined) -> Sequence[Finding]:
    asked = dict.fromkeys(_configured(examined.settings))
    return await asyncio.gather(*(_reached(examined, *one) for one in asked)) or [good("nothing outside is configured")]


def _configured(settings: Settings) -> Iterator[tuple[str, str, int]]:
    """Name, host and port; more are added here."""
    if settings.apple_certificate is not None:
        yield "Apple's push service", settings.apple_apns_host, settings.apple_apns_port
    if settings.google_service_account_file is not None:
        for url in (settings.google_api_url, settings.google_token_url, settings.google_keys_url):
            parts = urlsplit(url)
            yield "Google", parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if settings.smtp_host is not None:
        yield "the mail host", settings.smtp_host, settings.smtp_port


async def _reached(examined: Examined, name: str, host: str, port: int) -> Finding:
    try:
        (await examined.egress.dial(host, port)).close()
    except EgressRefused:
        return failure(
            f"{name} at {host} is refused by our own egress", "name the host in HONEYGUIDE_EGRESS_ALLOW, if it is meant to be inside"
        )
    except EgressFailed as error:
        return warning(f"{name} at {host}, port {port}, cannot be reached ({error.reason})", "look at firewall and name server")
    return good(f"{name} can be reached")
