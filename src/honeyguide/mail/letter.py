"""One letter to one address as a message: plain words and HTML, nothing remote, no header that somebody else began; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3
_LONGEST_SUBJECT = 200
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
# Long lines are folded, non-ASCII mailboxes are written as they are (RFC 6532): the host says whether it takes them.
_POLICY = policy.SMTP.clone(max_line_length=78)
_POLICY_UTF8 = _POLICY.clone(utf8=True)


class AddressUnfit(ValueError):
    """No address that a letter can go to; the message does not repeat it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """`ends_at`: later nobody wants it any more, and it is dropped."""

    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    ends_at: datetime


def message_of(letter: Letter, sender: Address, now: datetime, message_id: UUID) -> EmailMessage:
    """Raises AddressUnfit."""
    to = recipient(letter.to)
    message = EmailMessage(_POLICY if letter.to.isascii() else _POLICY_UTF8)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def recipient(text: str) -> Address:
    """One bare address; raises AddressUnfit for anything that could be two, or a header."""
    if not 3 <= len(text) <= LONGEST_ADDRESS or _UNSEEN.search(text) or any(letter.isspace() or letter in ',;<>"\\()' for letter in text):
        raise AddressUnfit("no bare address")
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or "@" in local:
        raise AddressUnfit("no bare address")
    return Address(username=local, domain=domain)


def sender_of(text: str) -> Address:
    """`Name <address>` or an address, from the settings; raises AddressUnfit."""
    name, bracket, rest = text.partition("<")
    if not bracket:
        return recipient(text.strip())
    address = recipient(rest.rstrip().removesuffix(">"))
    return Address(one_line(name).strip().strip('"'), address.username, address.domain)


def one_line(text: str) -> str:
    """A name that comes from a program file or a person stays one line, and says what it shows."""
    return _UNSEEN.sub(" ", text)[:_LONGEST_SUBJECT].strip()
