"""What the owner of a virtual iPhone sees of a pass: its front, its fields and the notification of an update."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal

from honeyguide.testing.pass_json_check import FRONT, all_fields
from honeyguide.testing.pkpass_check import CheckedPass


@dataclass(frozen=True, slots=True)
class Change:
    """One field that an update changed; `message` is the notification on the lock screen, None for a silent change."""

    serial: str
    key: str
    label: str
    old: str | None
    new: str | None
    message: str | None

    def __str__(self) -> str:
        told = f' ("{self.message}")' if self.message else ""
        return f"{self.label} {self.old or '-'} -> {self.new or '-'}{told}"


@dataclass(slots=True)
class InstalledPass:
    """A pass in this phone's Wallet with what the phone remembers of its server."""

    checked: CheckedPass
    package: bytes
    last_modified: str | None = None
    registered: bool = False
    updates: int = 0
    history: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1000))

    def remember(self) -> None:
        """The values of all fields as they are now join the history: what this phone saw, in order."""
        self.history.append({str(item["key"]): item["value"] for _, item in all_fields(self.body)})

    @property
    def body(self) -> Mapping[str, Any]:
        return self.checked.body

    @property
    def serial(self) -> str:
        return str(self.body["serialNumber"])

    @property
    def pass_type(self) -> str:
        return str(self.body["passTypeIdentifier"])

    @property
    def service(self) -> str | None:
        url = self.body.get("webServiceURL")
        return None if url is None else str(url).rstrip("/")


@dataclass(frozen=True, slots=True)
class Screen:
    """Shows passes in the phone's language."""

    language: str

    def fields(self, installed: InstalledPass) -> dict[str, str]:
        """What each field shows, by key, in the phone's language."""
        return {str(item["key"]): self._shown(installed, item) for _, item in all_fields(installed.body)}

    def summary(self, installed: InstalledPass) -> str:
        """The front in one line."""
        front = [item for section, item in all_fields(installed.body) if section in FRONT]
        return ", ".join(f"{self._label(installed, item)} {self._shown(installed, item)}" for item in front)

    def front(self, installed: InstalledPass) -> str:
        """The front of the card as a small drawing in characters."""
        rows = [self._local(installed, installed.body.get("logoText", installed.body["organizationName"]))]
        for wanted in FRONT:
            row = [item for section, item in all_fields(installed.body) if section == wanted]
            if row:
                rows.append("   ".join(f"{self._label(installed, item)}: {self._shown(installed, item)}" for item in row))
        rows += [f"[{barcode['message']}]" for barcode in installed.body.get("barcodes", ())[:1]]
        if installed.body.get("voided"):
            rows.append("VOID")
        width = max(map(len, rows))
        return "\n".join(("+" + "-" * (width + 2) + "+", *(f"| {row.ljust(width)} |" for row in rows), "+" + "-" * (width + 2) + "+"))

    def changes(self, before: InstalledPass, after: InstalledPass) -> list[Change]:
        old = {item["key"]: item for _, item in all_fields(before.body)}
        new = {item["key"]: item for _, item in all_fields(after.body)}
        changes = []
        for key in (*new, *(key for key in old if key not in new)):
            was, now = old.get(key), new.get(key)
            if (was and was["value"]) == (now and now["value"]):
                continue
            shown = None if now is None else self._shown(after, now)
            told = self._local(after, now["changeMessage"]).replace("%@", shown or "") if now and "changeMessage" in now else None
            label = self._label(after, now) if now is not None else self._label(before, old[key])
            changes.append(Change(after.serial, key, label, None if was is None else self._shown(before, was), shown, told))
        return changes

    def _label(self, installed: InstalledPass, item: Mapping[str, Any]) -> str:
        return self._local(installed, item.get("label", item["key"]))

    def _shown(self, installed: InstalledPass, item: Mapping[str, Any]) -> str:
        value = item["value"]
        if isinstance(value, str):
            return self._local(installed, value)
        if "currencyCode" in item:
            return str(format_currency(Decimal(value), item["currencyCode"], locale=self.language.replace("-", "_")))
        return str(format_decimal(Decimal(value), locale=self.language.replace("-", "_")))

    def _local(self, installed: InstalledPass, text: str) -> str:
        strings = installed.checked.strings
        return strings.get(self.language, strings.get(self.language.split("-")[0], strings.get("en", {}))).get(text, text)
