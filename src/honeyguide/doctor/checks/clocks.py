"""This machine's clock against those of the world: signatures, assertions and rotating codes live by it (A5, G1, G14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from honeyguide.doctor.exposure import is_exposed
from honeyguide.doctor.finding import Examined, Finding, failure, good, unchecked, warning
from honeyguide.egress import EgressFailed, EgressRefused

_APART = timedelta(seconds=5)  # a Date header has whole seconds, and travels
_FAR_APART = timedelta(seconds=30)  # signingTime may differ by a minute, rotating codes by half of one
_DO = "let this machine follow a time server (chrony, systemd-timesyncd)"


async def check(examined: Examined) -> Sequence[Finding]:
    found = [one for name, url in _known(examined) if (one := await _compared(examined, name, url)) is not None]
    if found:
        return found
    return [unchecked("nobody outside could be asked for the time; the check of the database compares with its clock", _DO)]


def _known(examined: Examined) -> Iterator[tuple[str, str]]:
    """Who answers with a date; Apple's push service has none."""
    settings = examined.settings
    if settings.google_service_account_file is not None:
        yield "Google", settings.google_token_url
    if is_exposed(settings):
        yield "your proxy", f"{settings.url}/healthz"


async def _compared(examined: Examined, name: str, url: str) -> Finding | None:
    before = datetime.now(UTC)
    try:
        answer = await examined.egress.fetch(url, within=8)
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (EgressFailed, EgressRefused, KeyError, ValueError, TypeError):
        return None
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    now = datetime.now(UTC)
    apart = max(theirs - now, before - timedelta(seconds=1) - theirs, timedelta(0))
    if apart <= _APART:
        return good(f"this machine and {name} agree about the time")
    told = f"this machine's clock and that of {name} are {apart.total_seconds():.0f} s apart"
    return (failure if apart > _FAR_APART else warning)(told, _DO)
