"""What others can reach runs as production, over https."""

from __future__ import annotations

from collections.abc import Sequence

from honeyguide.doctor.exposure import is_exposed
from honeyguide.doctor.finding import Examined, Finding, failure, good


async def check(examined: Examined) -> Sequence[Finding]:
    settings = examined.settings
    if not is_exposed(settings):
        return [good("the server is reached from this machine only")]
    found = []
    if settings.environment != "production":
        found.append(failure("development answers to others: it makes keys up and shows GraphiQL", "set HONEYGUIDE_ENVIRONMENT=production"))
    if not settings.url.startswith("https://"):
        found.append(failure(f"phones are told to come to {settings.url}, without TLS", "set HONEYGUIDE_PUBLIC_URL to an https:// address"))
    return found or [good(f"production at {settings.url}")]
