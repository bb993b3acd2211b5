"""Publish a pass: draw what the member has now and, if that differs, give it the next tag and tell the phones."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import orjson

from honeyguide.wallet import store
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json_of, sign_up_form_of
from honeyguide.wallet.faces.card import Card, card_language, spoken
from honeyguide.wallet.faces.face import Face, FaceValue, face
from honeyguide.wallet.faces.read_card import CardRead, CardReader
from honeyguide.wallet.faces.styles import StyleMissing
from honeyguide.wallet.faces.template import Template
from honeyguide.wallet.store import DrawnPass, PassKey
from honeyguide.wallet.style_files.dressing import Dressing
from honeyguide.wallet.style_files.store import newest_revisions

_ATTEMPTS = 100


class PassContested(RuntimeError):
    """Others published the pass again and again while this one drew it."""


@dataclass(frozen=True, slots=True)
class Published:
    """How the pass stands after it: `changed` is False where phones show the right thing already."""

    tag: int
    modified_at: datetime
    version: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """What both wallets show of a card, and the fingerprint by which two drawings are the same."""

    face: Face
    body_hash: bytes


class Publisher:
    """Publishes passes of the loaded styles; the database is the only state, so any number may work at once."""

    def __init__(self, reader: CardReader, dressing: Dressing, identity_of: Callable[[UUID], PassIdentity]) -> None:
        self._reader, self._dressing, self._identity_of = reader, dressing, identity_of

    async def publish(self, key: PassKey, now: datetime) -> Published | None:
        """Show the newest version; None when there is no such pass. Raises StyleMissing, or PassInvalid for a broken template.

        Drawing takes no lock: who was overtaken meanwhile starts over, so an older version never follows a newer one (X1).
        """
        for _ in range(_ATTEMPTS):
            drawn = await self._drawn(key, now)
            if drawn is None:
                return None
            if drawn.is_same:
                done = await store.keep_pass(self._reader.database.pool, drawn.row, now)
                if done:
                    return Published(*done, version=drawn.row.version, changed=False)
                continue
            async with self._reader.database.transaction() as connection:
                if await store.lock_pass(connection, drawn.row):
                    published = await store.publish_passes(connection, [drawn], now)
                    return Published(*published[key.pass_id], version=drawn.row.version, changed=True)
        raise PassContested(f"pass {key.pass_id} was published by others {_ATTEMPTS} times over")

    async def publish_together(self, keys: Sequence[PassKey], now: datetime) -> dict[PassKey, Published]:
        """Those of the passes that one transaction could publish: the tags' row is waited for once, not by each.

        What is missing in the answer failed, or somebody else was at it: `publish` says which.
        """
        found = await asyncio.gather(*(self._drawn(key, now) for key in keys), return_exceptions=True)
        drawn = [one for one in found if isinstance(one, DrawnPass)]
        done: dict[PassKey, Published] = {}
        for one in drawn:
            if one.is_same and (kept := await store.keep_pass(self._reader.database.pool, one.row, now)):
                done[one.row.key] = Published(*kept, version=one.row.version, changed=False)
        other = [one for one in drawn if not one.is_same]
        if other:
            async with self._reader.database.transaction() as connection:
                ours = await store.lock_passes(connection, [one.row for one in other])
                other = [one for one in other if one.row.key.pass_id in ours]
                published = await store.publish_passes(connection, other, now) if other else {}
            for one in other:
                done[one.row.key] = Published(*published[one.row.key.pass_id], version=one.row.version, changed=True)
        return done

    async def _drawn(self, key: PassKey, now: datetime) -> DrawnPass | None:
        read = await self._reader.read(key, now)
        if read is None:
            return None
        row, card = read.row, await self._rung_once(read)
        drawing = self.draw(card, await self._dressing.template(key.program_id, read.program, row.style, row.dress, card.tier))
        return DrawnPass(row, drawing.body_hash, drawing.face)

    async def _rung_once(self, read: CardRead) -> Card:
        """With a message that leaves this pass silent where an older pass on each of its phones rings for it (A14)."""
        card, program_id = read.card, read.card.program_id
        if card.message is None or not card.message.notify or not card.message.elsewhere:
            return card
        revisions = await newest_revisions(self._reader.database.pool, program_id)
        for style in card.message.elsewhere:
            try:
                other = await self._dressing.template(program_id, read.program, style, revisions.get(style, 0))
            except StyleMissing:
                continue
            if "message.news" in other.placeholders:
                return replace(card, message=replace(card.message, notify=False))
        return card

    def draw(self, card: Card, template: Template) -> Drawing:
        language = card_language(card.locale, spoken(template.languages, card.program.languages))
        shown: dict[str, FaceValue] = dict(face(card, language))
        identity = self._identity_of(card.program_id)
        apple = pass_json_of(shown, language, card, template, identity)
        google = template.google_section("object", {**shown, **_GOOGLE_CONSTANTS}, language) if template.google else {}
        digest = hashlib.sha256(apple)
        digest.update(orjson.dumps(google, option=orjson.OPT_SORT_KEYS, default=str))
        digest.update(sign_up_form_of(shown, language, template, identity) or b"")
        digest.update(template.digest)  # other images are other content
        return Drawing(shown, digest.digest())


# What never differs between two drawings of a pass need not be known for comparing them.
_GOOGLE_CONSTANTS: Face = {"google.object_id": "", "google.class_id": "", "google.state": "ACTIVE"}
