"""The operator's mail host, spoken to over a socket of the egress: TLS before the login, every wait with an end."""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

import aiosmtplib  # noqa: TID251 - it gets a connected socket of honeyguide.egress

from honeyguide.egress import Egress, EgressFailed, EgressRefused
from honeyguide.settings import Settings

_TOTAL_SECONDS = 30.0
_COMMAND_SECONDS = 10.0
logging.getLogger("mail.log").setLevel(logging.WARNING)


class NotSent(Exception):
    """`lasting`: the host said never; else it may take the letter later. The name of the fault, never an address."""

    def __init__(self, why: str, *, lasting: bool) -> None:
        super().__init__(why)
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class MailHost:
    """`tls`: from the first byte, by STARTTLS (refused where the host does not offer it), or none on this machine."""

    host: str
    port: int
    tls: Literal["tls", "starttls", "none"]
    user: str | None
    password: str | None = field(repr=False)
    egress: Egress = field(repr=False)

    @classmethod
    def of(cls, settings: Settings, egress: Egress) -> MailHost | None:
        """None where no host is set."""
        if settings.smtp_host is None:
            return None
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        return cls(settings.smtp_host, settings.smtp_port, settings.smtp_tls, settings.smtp_user, password, egress)

    async def send(self, message: EmailMessage) -> None:
        """Raises NotSent."""
        await self._guarded(message)

    async def try_login(self) -> None:
        """TLS and login, and no letter; raises NotSent."""
        await self._guarded(None)

    async def _guarded(self, message: EmailMessage | None) -> None:
        try:
            async with asyncio.timeout(_TOTAL_SECONDS):
                await self._send(message)
        except (EgressRefused, EgressFailed, TimeoutError, OSError, ssl.SSLError) as error:
            raise NotSent(type(error).__name__, lasting=False) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise NotSent("SMTPRecipientsRefused", lasting=all(one.code >= 500 for one in error.recipients)) from None
        except aiosmtplib.SMTPResponseException as error:
            raise NotSent(f"{type(error).__name__} {error.code}", lasting=error.code >= 500) from None
        except aiosmtplib.SMTPNotSupported:  # of an address that is not ASCII, or a host without STARTTLS
            raise NotSent("SMTPNotSupported", lasting=True) from None
        except (aiosmtplib.SMTPException, ValueError) as error:
            raise NotSent(type(error).__name__, lasting=False) from None

    async def _send(self, message: EmailMessage | None) -> None:
        client = aiosmtplib.SMTP(
            hostname=self.host,
            use_tls=self.tls == "tls",
            start_tls=self.tls == "starttls",
            tls_context=None if self.tls == "none" else self.egress.tls(),
            username=self.user,
            password=self.password,
            local_hostname="localhost",  # else the library would ask the name server who we are
            timeout=_COMMAND_SECONDS,
        )
        # From here on the socket is the library's: closed by us, its number would be another connection's.
        await client.connect(sock=await self.egress.dial(self.host, self.port))
        line = client.transport
        try:
            if message is not None:
                await client.send_message(message)
            await client.quit()
        finally:
            client.close()
            if isinstance(line, asyncio.WriteTransport):
                line.abort()  # what a host does not read is not waited for
