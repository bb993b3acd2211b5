"""The address that stands in every pass: https, without /v1, and this server answers there (A25)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from honeyguide.doctor.exposure import is_exposed
from honeyguide.doctor.finding import Examined, Finding, failure, good, unchecked
from honeyguide.egress import EgressFailed, EgressRefused

_SET = "set HONEYGUIDE_PUBLIC_URL to the address by which phones come, such as https://loyalty.example"
_PROXY = (
    "let the proxy hand /wallet/apple, /wallet/google, /wallet/images, /add and /robots.txt on to this server, with their paths unchanged"
)
_FROM_OUTSIDE = "ask from a phone's network: curl -i {}/healthz"


async def check(examined: Examined) -> Sequence[Finding]:
    url = examined.settings.url
    parts = urlsplit(url)
    if parts.path.rstrip("/").endswith("/v1"):
        return [failure("the public address ends in /v1, which phones append themselves: they would ask for /v1/v1 (A25)", _SET)]
    if parts.query or parts.fragment or not parts.hostname:
        return [failure(f"{url} is no address that phones could come to", _SET)]
    if not is_exposed(examined.settings):
        return [good(f"passes name {url}, for phones of this machine")]
    if parts.scheme != "https":
        return [failure(f"passes name {url}: Wallet takes https only (A25)", _SET)]
    return [await _answers(examined, url)]


async def _answers(examined: Examined, url: str) -> Finding:
    try:
        answer = await examined.egress.fetch(f"{url}/healthz", within=8)
    except EgressRefused as refused:
        return unchecked(f"{url} is inside from here ({refused.reason}), so phones' way to it cannot be tried", _FROM_OUTSIDE.format(url))
    except EgressFailed as failed:
        if "SSL" in failed.reason or "Certificate" in failed.reason:
            return failure(
                f"the certificate of {url} is not trusted ({failed.reason}): phones will not come", "a public certificate, with its chain"
            )
        return unchecked(f"{url} cannot be reached from here ({failed.reason})", f"start the server; {_FROM_OUTSIDE.format(url)}")
    if answer.status != 200 or answer.body.strip() != b"ok":
        return failure(f"at {url} somebody else answers, or not this path (status {answer.status})", _PROXY)
    return good(f"this server answers at {url}")
