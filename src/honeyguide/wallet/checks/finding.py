"""What a check finds: the rule of wallet.md, where, what, and what to do about it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from honeyguide.wallet.apple.broken import Broken

_RULE: Final = re.compile(r"\b([AG]\d{1,2}): ")
_REMEDIES: Final = {
    "A1": "Put pass.json, icon.png and the other files at the top, under the names that passes/README.md lists.",
    "A2": "Build the package anew: its manifest does not fit its files.",
    "A3": "Sign the manifest anew, detached, with SHA-256 and the certificates of signer and intermediate.",
    "A4": "Sign the very bytes of the manifest, without changing its line ends.",
    "A5": "Renew the certificate, and check the clock of the machine that signs.",
    "A6": "Sign with the certificate of this pass type and team.",
    "A7": "Sign with a certificate that Apple's WWDR G4 has issued; a development CA is for this machine only: --development.",
    "A10": "Write the key that Wallet requires, and exactly one style such as storeCard.",
    "A11": "Leave empty keys out, name each field once, write UTF-8 without a byte order mark.",
    "A12": "Move fields to the back, or say it shorter; give what the program file lists a field of its own.",
    "A13": "Write numbers as numbers, money with its currencyCode, dates with their zone.",
    "A14": "Let the changeMessage contain %@, or leave it out.",
    "A15": "Choose an encoding that fits the message, and put a QR, PDF417, Aztec or Code128 code after newer ones.",
    "A16": "Write the colour as rgb(31, 61, 43).",
    "A17": "Write a complete date and time with its zone, such as 2027-12-31T23:59:59+01:00.",
    "A18": "Name at most 10 places, and dates by both names.",
    "A19": "Write App Store ids as numbers, and an appLaunchURL only with them.",
    "A20": "Leave all semantic tags out but balance.",
    "A21": 'Take the terminals\' P-256 key, a message of at most 64 bytes, and a certificate "Pass Type ID with NFC".',
    "A22": "Offer at most two actions, each with identifier, type and url.",
    "A23": "Write each text of the template into every language's pass.strings, with the same placeholders.",
    "A24": "Give a PNG of the size that the rule names, at @2x and @3x too, or upload one large image and have it scaled.",
    "A25": "Leave address, token, serial number and identifiers to the server; for a pass of a server on this machine say --development.",
    "A51": "Ask for name, e-mail or phone in personalization.json, put personalizationLogo@2x.png beside it, and declare nfc in the program file.",
}
_OF_GOOGLE: Final = "Mend google.json: passes/README.md says what it holds."


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_error`: a phone would refuse it; else people would only see less than was meant."""

    file: str
    rule: str
    place: str
    reason: str
    is_error: bool = True

    @property
    def remedy(self) -> str:
        return _OF_GOOGLE if self.rule.startswith("G") else _REMEDIES.get(self.rule, "")

    def __str__(self) -> str:
        said = f"{self.file}: {self.rule} {'error' if self.is_error else 'warning'}: {self.place}: {self.reason}"
        return f"{said}\n    {self.remedy}" if self.remedy else said


def findings_of(file: str, broken: Iterable[Broken], *, is_error: bool = True) -> list[Finding]:
    return [Finding(file, one.rule, one.place, one.reason, is_error) for one in broken]


def finding_of_text(file: str, text: str, *, otherwise: str = "A10") -> Finding:
    """Of an error's message, which names its rule somewhere."""
    named = _RULE.search(text)
    rule, before, reason = (otherwise, "", text) if named is None else (named[1], text[: named.start()].rstrip(": "), text[named.end() :])
    place, reason = (before, reason) if before else _place(reason)
    return Finding(file, rule, place.removeprefix(f"{file}/"), reason)


def _place(text: str) -> tuple[str, str]:
    place, _, reason = text.partition(": ")
    return (place, reason) if reason else ("template", text)
