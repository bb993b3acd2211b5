"""What signs passes and pushes: there, whole, and good for a while; the settings' and what programs brought of their own."""

from __future__ import annotations

from collections.abc import Sequence

from honeyguide.doctor import pass_types
from honeyguide.doctor.finding import Examined, Finding, failure, good, warning
from honeyguide.wallet.certificates.expiry import CertificateUse, End, days_left, reached
from honeyguide.wallet.certificates.facts import ends_of

_NONE = "set HONEYGUIDE_APPLE_CERTIFICATE, HONEYGUIDE_APPLE_KEY and HONEYGUIDE_APPLE_WWDR, if iPhones are to have passes"
_RENEW = "renew it at Apple for the same pass type and put it beside the old one in the folder, or `honeyguide credentials add-apple`"
_NAMES = {CertificateUse.SIGNING: "pass certificate", CertificateUse.INTERMEDIATE: "WWDR certificate"}


async def check(examined: Examined) -> Sequence[Finding]:
    shared, found = pass_types.shared(examined)
    own, of_own = await pass_types.own(examined)
    found += of_own
    known = [one for one in (shared, *own.apple.values()) if one is not None]
    if not known:
        return [*found, warning("no certificate is configured: there are no passes for iPhones", _NONE)]
    found += [_end(end, examined) for end in ends_of(known) if end.use in _NAMES and reached(end.at, examined.now) is not None]
    found += [failure(f"{one.name} has no certificate: its passes wait", _RENEW) for one in own.apple.values() if not one.signers]
    if found:
        return found
    return [good(f"passes of {one.name} can be signed until {min(end.at for end in ends_of([one])):%Y-%m-%d}") for one in known]


def _end(end: End, examined: Examined) -> Finding:
    days = days_left(end.at, examined.now)
    if days < 0:
        return failure(f"the {_NAMES[end.use]} of {end.pass_type} ended on {end.at:%Y-%m-%d}: no pass can be signed or pushed", _RENEW)
    return warning(f"the {_NAMES[end.use]} of {end.pass_type} ends on {end.at:%Y-%m-%d}, in {days} days", _RENEW)
