"""A virtual Android phone: opens a save link in the Google simulator and says which fields change on its card."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import httpx

from honeyguide.testing.google import GoogleSimulator
from honeyguide.testing.google_save import shown

Say = Callable[[str], None]
# The link itself, or the page's own address that redirects to it once Google has the card.
_SAVE_LINK = re.compile(r"""href=["']([^"']*(?:/gp/v/save/[^"']+|/add/[^"']+/google))["']""")
_AGENT = "Mozilla/5.0 (Linux; Android 15; Honeyguide virtual phone)"


class SaveFailed(Exception):
    """The link, or the page that should have offered one, was no good; the message says why."""


class VirtualAndroid:
    """`await save(link)`, or the address of an add page that has such a link; `screen` maps labels to what they show."""

    def __init__(self, google: GoogleSimulator, *, language: str = "en", name: str = "Android", say: Say = lambda _: None) -> None:
        self._google, self.language, self.name, self._say = google, language, name, say
        self.screen: dict[str, str] = {}
        self.notifications: list[str] = []
        self.object_id = ""

    async def save(self, address: str) -> None:
        """Put the card onto the phone; raises SaveFailed."""
        headers = {"accept-language": self.language, "user-agent": _AGENT}
        async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=15) as http:
            if "/gp/v/save/" not in address:
                page = await http.get(address, follow_redirects=True)
                link = _SAVE_LINK.search(page.text)
                if link is None:
                    raise SaveFailed(f"the page answers {page.status_code} and offers no save link")
                address = str(page.url.join(unescape(link[1])))
            answer = await http.get(address, follow_redirects=True)
        if answer.status_code != 200 or "x-object-id" not in answer.headers:
            said = re.sub(r"<[^>]+>", " ", answer.text.partition("<main>")[2]).strip()
            raise SaveFailed(f"status {answer.status_code}: {said[:200]}")
        self.hold(answer.headers["x-object-id"])

    async def delete(self) -> None:
        """Remove the card from the phone; Google tells the issuer."""
        await self._google.delete(self.object_id)
        self.object_id, self.screen = "", {}

    def hold(self, object_id: str) -> None:
        """Show an object that was saved, and keep showing what becomes of it."""
        self.object_id = object_id
        card = self._google.objects[object_id]
        self._google.watch(object_id, self._changed)
        self.screen = shown(self._google.classes[card["classId"]], card, self.language)
        self._say(f"{self.name} holds a card: " + ", ".join(f"{label} {text}" for label, text in self.screen.items()))

    async def _changed(self, program: dict[str, Any], card: dict[str, Any], notified: bool) -> None:
        before, self.screen = self.screen, shown(program, card, self.language)
        changes = [
            f"{label}: {before.get(label, '-')} -> {self.screen.get(label, '-')}"
            for label in {**before, **self.screen}
            if before.get(label) != self.screen.get(label)
        ]
        if changes:
            line = f"{self.name}{' (notification)' if notified else ''} shows " + "; ".join(changes)
            if notified:
                self.notifications.append(line)
            self._say(line)
