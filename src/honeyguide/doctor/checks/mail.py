"""Whether letters leave: a mail host that takes our login over TLS, and a sender that is somebody."""

from __future__ import annotations

from collections.abc import Sequence

from honeyguide.doctor.finding import Examined, Finding, failure, good, warning
from honeyguide.mail.letter import AddressUnfit, sender_of
from honeyguide.mail.mail_host import MailHost, NotSent

_SENDER = "set HONEYGUIDE_SMTP_SENDER to an address of your own domain: Name <name@domain>"


async def check(examined: Examined) -> Sequence[Finding]:
    settings = examined.settings
    host = MailHost.of(settings, examined.egress)
    if host is None:
        if settings.environment == "production":
            return [warning("no mail host is set: members cannot sign in by a code, guardians are not asked", "set HONEYGUIDE_SMTP_HOST")]
        return [good("letters become files in the data folder")]
    try:
        domain = sender_of(settings.smtp_sender).domain
    except AddressUnfit:
        return [failure("the sender of letters is no address", _SENDER)]
    if domain in ("localhost", "localhost.localdomain") and settings.environment == "production":
        return [failure("letters come from localhost, which no mailbox believes", _SENDER)]
    try:
        await host.try_login()
    except NotSent as error:
        return [failure(f"the mail host does not let us in ({error})", "look at HONEYGUIDE_SMTP_HOST, _PORT, _TLS, _USER and _PASSWORD")]
    return [good(f"the mail host lets us in, by {settings.smtp_tls}")]
