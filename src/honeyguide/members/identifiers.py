"""Everything that names a member, in the one spelling that is stored and looked up."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from honeyguide.members.member_number import normal_member_number

# RFC 5321 allows 254 characters; no phone number comes near. Longer text is refused before any library reads it.
LONGEST_IDENTIFIER = 254

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_PHONE = re.compile(r"\+?[0-9\s()./-]+", re.ASCII)


class IdentifierKind(StrEnum):
    """The values of `identifier.kind`; a pass is named by its Apple serial, a barcode by what it encodes."""

    NUMBER = "number"
    EMAIL = "email"
    PHONE = "phone"
    BARCODE = "barcode"
    PASS = "pass"  # noqa: S105 - a pass on the phone


def normal_identifier(kind: IdentifierKind, text: str, phone_region: str | None) -> str | None:
    """The stored spelling of what somebody typed, or None where it can name nobody; `phone_region` reads local phone numbers (ISO 3166)."""
    if len(text) > LONGEST_IDENTIFIER or "\x00" in text:
        return None
    match kind:
        case IdentifierKind.NUMBER:
            return normal_member_number(text)
        case IdentifierKind.EMAIL:
            return normal_email(text)
        case IdentifierKind.PHONE:
            return normal_phone(text, phone_region)
        case IdentifierKind.BARCODE | IdentifierKind.PASS:
            return text.strip() or None


def normal_email(text: str) -> str | None:
    """NFC and lower case, also before the @: no mailbox provider tells Anna from anna, and people type both."""
    try:
        # Without DNS: enrolment must not wait for a name server, nor tell by its time who is known.
        # The test environment permits the domain .test only, which RFC 6761 keeps free for replays and demos.
        valid = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return unicodedata.normalize("NFC", valid.normalized.lower())


def mailbox(email: str) -> str:
    """What the variants of a stored address have in common: `anna+shop@` reaches Anna at most hosts, and Gmail reads no dots."""
    local, _, domain = email.rpartition("@")
    base = local.partition("+")[0] or local
    return f"{base.replace('.', '')}@gmail.com" if domain in _GMAIL else f"{base}@{domain}"


def normal_phone(text: str, region: str | None) -> str | None:
    """E.164, the one spelling that a number has in every country."""
    # The library also reads 0800-FLOWERS and numbers inside sentences; a till sends digits.
    if not _PHONE.fullmatch(text.strip()):
        return None
    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
