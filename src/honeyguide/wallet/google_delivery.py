"""Google's side of delivery: objects that lack the newest tag are inserted or patched, in the order of their versions (G6, G9, G10)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

import asyncpg

from honeyguide.database.database import DOWN
from honeyguide.members.quiet import quiet_of
from honeyguide.programs.current import Applied
from honeyguide.programs.program import Program
from honeyguide.wallet import outbox, store
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.card_program import card_program
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.google.limiter import backoff
from honeyguide.wallet.google.loyalty import class_body, class_id_of, object_body, object_id_of
from honeyguide.wallet.google.outcomes import ClassReady, Refused, Retry, Sent, Superseded
from honeyguide.wallet.mishap import mishap
from honeyguide.wallet.outbox import DueObject
from honeyguide.wallet.store import PassRow
from honeyguide.wallet.template import Template

_log = logging.getLogger(__name__)

LOGO = "logo@3x.png"
# As many as the limiter lets go in a second: what is taken later is drawn later, so the latest wins.
_AT_ONCE = 18
_LEASE = timedelta(seconds=75)
_LOOK_EVERY = 0.2  # seconds, while another process sends what a visitor waits for


class GoogleDelivery:
    """Sends what is due; the table keeps what Google has, so a killed worker's objects are sent again."""

    def __init__(
        self, wallet: Wallet, google: GoogleWallet, *, jitter: Callable[[], float] = random.random, lease: timedelta = _LEASE
    ) -> None:
        self._wallet, self._google, self._jitter, self._lease = wallet, google, jitter, lease
        self._classes: dict[str, int] = {}
        self._ensuring = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()

    async def round(self, counts: Counter[tuple[str, str]]) -> bool:
        """Start sending the objects that wait longest."""
        room = _AT_ONCE - len(self._under_way)
        if room > 0:
            for due in await outbox.lease_google_objects(self._wallet.database.pool, room, self._wallet.clock(), self._lease):
                task = asyncio.create_task(self._send_and_note(due, counts))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
        return False

    async def settle(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way)

    async def bring(self, row: PassRow, *, patience: float) -> bool:
        """Make sure that Google has the object of this pass, because its owner is about to save it; False when Google is too slow."""
        pool = self._wallet.database.pool
        await outbox.keep_google_object(pool, row.key, self.object_id(row.key.pass_id))
        due = await outbox.lease_google_object(pool, row.key, self._wallet.clock(), self._lease)
        if due is not None:
            sending = asyncio.create_task(self._send_and_note(due, Counter()))
            self._under_way.add(sending)
            sending.add_done_callback(self._under_way.discard)
            await asyncio.wait({sending}, timeout=patience)  # beyond that it goes on by itself
            return await outbox.is_at_google(pool, row.key)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not await outbox.is_at_google(pool, row.key):  # noqa: ASYNC110 - another process may be the one who sends it
                    await asyncio.sleep(_LOOK_EVERY)
                return True
        return False

    async def save_link(self, row: PassRow) -> str:
        """The link that saves the object; it works once `bring` was True."""
        applied = await self._wallet.programs.at(row.key.program_id, row.styled)
        return self._google.save_link(self.object_id(row.key.pass_id), self._class_id(applied.program, row.style))

    def object_id(self, pass_id: UUID) -> str:
        return object_id_of(self._google.issuer_id, pass_id)

    async def _send_and_note(self, due: DueObject, counts: Counter[tuple[str, str]]) -> None:
        try:
            # Given up before the lease ends, so that no two workers ever send one object at once (G6).
            async with asyncio.timeout(0.9 * self._lease.total_seconds()):
                counts["google", await self._send(due)] += 1
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            # The lease runs out, then it is sent again: Google takes the same body twice.
            _log.warning("an object was not sent: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one object's bug costs no other its turn
            _log.error("the object of pass %s cannot be sent: %s", due.key.pass_id, mishap(error))
            counts["google", "failed"] += 1
            await self._put_off(due, timedelta(minutes=10))

    async def _send(self, due: DueObject) -> str:
        row = await store.find_pass(self._wallet.database.pool, due.key)
        if row is None or row.face is None:
            await self._put_off(due, timedelta(minutes=10))
            return "failed"
        applied = await self._wallet.programs.at(row.key.program_id, row.styled)
        template = self._wallet.styles.template(applied.program, row.style)
        class_id = self._class_id(applied.program, row.style)
        # The newest program's class, also for a pass drawn before it: else two processes would patch it to and fro.
        if not await self._ensure_class(class_id, self._wallet.programs.current(row.key.program_id), row.style):
            await self._put_off(due, backoff(due.attempts, self._jitter()))
            return "failed"
        body = object_body(template, row.face, object_id=due.object_id, class_id=class_id)
        notify = await self._may_wake(row, applied.program)
        outcome = await self._google.send_object(due.sent_body, body, version=row.tag, notify=notify)
        match outcome:
            case Sent(has_users=has_users):
                now = self._wallet.clock()
                await outbox.note_sent(self._wallet.database.pool, due.key, row.tag, row.shown, body, now, has_users=has_users)
                return "delivered"
            case Superseded():
                await self._put_off(due, timedelta(0))
                return "superseded"
            case Retry(after=after):
                await self._put_off(due, max(after or timedelta(0), backoff(due.attempts, self._jitter())))
                return "failed"
            case Refused(status=404, reason="classNotFound"):
                # Ensured once, and gone since: it is ensured anew.
                self._classes.pop(class_id, None)
                await self._put_off(due, backoff(due.attempts, self._jitter()))
                return "failed"
            case Refused(status=status, reason=reason):
                _log.error("Google refuses the object of pass %s: %s %s", due.key.pass_id, status, reason)
                await self._put_off(due, backoff(due.attempts + 4, self._jitter(), at_most=3600))
                return "failed"

    async def _may_wake(self, row: PassRow, program: Program) -> bool:
        """The card changes at any hour; that the phone tells of it waits for nothing, it is left out in the member's quiet hours (R57)."""
        wallet, key = self._wallet, row.key
        quiet = await quiet_of(wallet.database.pool, wallet.vault, program, key.program_id, key.member_id)
        return quiet.ends(wallet.clock()) is None

    async def _ensure_class(self, class_id: str, newest: Applied, style: str) -> bool:
        """Once for each program version; objects of a class that does not exist would be refused."""
        async with self._ensuring:
            if self._classes.get(class_id, 0) >= newest.version:
                return True
            template = self._wallet.styles.template(newest.program, style)
            words = card_program(newest.program, style)
            body = class_body(template, words, class_id=class_id, logo_url=logo_url(self._wallet, template))
            outcome = await self._google.ensure_class(body)
            match outcome:
                case ClassReady(review_status=review_status):
                    if review_status.upper() == "REJECTED":
                        _log.error("Google rejected the class %s; its console says why", class_id)
                    self._classes[class_id] = newest.version
                    return True
                case Refused(status=status, reason=reason):
                    _log.error("Google refuses the class %s: %s %s", class_id, status, reason)
                case Retry(reason=reason):
                    _log.warning("the class %s has to wait: %s", class_id, reason)
            return False

    async def _put_off(self, due: DueObject, pause: timedelta) -> None:
        await outbox.put_off_object(self._wallet.database.pool, due.key, self._wallet.clock() + pause)

    def _class_id(self, program: Program, style: str) -> str:
        return class_id_of(self._google.issuer_id, program.code, style)


def logo_url(wallet: Wallet, template: Template) -> str:
    """Where Google fetches the logo; another picture has another address, for Google keeps what it fetched (G20)."""
    digest = hashlib.sha256(template.files.get(LOGO, b"")).hexdigest()[:12]
    return f"{wallet.settings.url}/wallet/images/{quote(template.style)}/{digest}.png"
