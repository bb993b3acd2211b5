"""The operator sees until when passes can be signed and pushed; never a key."""

from __future__ import annotations

from datetime import datetime

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.types.described import described
from honeyguide.wallet.certificates.expiry import CertificateStanding, CertificateUse, days_left
from honeyguide.wallet.certificates.facts import CertificateFacts, facts_of

MOST = 100

described(
    "What a certificate is for.",
    SIGNING="It signs passes.",
    PUSH="It opens the way to Apple's push service.",
    INTERMEDIATE="Apple's own, which issued the others and goes out with each signature.",
)(CertificateUse)
described(
    "Whether a certificate is worked with now.",
    NOT_YET_VALID="Its time comes.",
    IN_USE="It is the newest valid one.",
    SPARE="It is valid, and another one is newer.",
    EXPIRED="Its time is over.",
)(CertificateStanding)


@strawberry.type(description="One use of a certificate that the program's passes need.")
class WalletCertificate:
    pass_type: str = strawberry.field(description="The pass type identifier that it is for.")
    is_own: bool = strawberry.field(description="Whether the program brought it; else it is that of the installation.")
    use: CertificateUse = strawberry.field(description="What it is for here.")
    standing: CertificateStanding = strawberry.field(description="Whether it is worked with now.")
    fingerprint: str = strawberry.field(description="Its SHA-256, in hexadecimal digits.")
    valid_from: datetime = strawberry.field(description="When it begins.")
    valid_until: datetime = strawberry.field(description="When it ends.")
    days_left: int = strawberry.field(description="Whole days until it ends; below zero once it has.")


async def certificates(info: Info) -> list[WalletCertificate]:
    context = info.context
    mine = context.services.wallet.pass_types.known_of(context.caller.program_id)
    return [_shown(fact, context.now) for fact in facts_of([mine] if mine is not None else [], context.now)[:MOST]]


def _shown(fact: CertificateFacts, now: datetime) -> WalletCertificate:
    return WalletCertificate(
        pass_type=fact.pass_type,
        is_own=fact.program_id is not None,
        use=fact.use,
        standing=fact.standing,
        fingerprint=fact.fingerprint,
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
        days_left=days_left(fact.valid_until, now),
    )
