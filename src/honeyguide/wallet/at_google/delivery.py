"""Google's side of delivery: objects that lack the newest tag or key are inserted or patched, in the order of their versions (G6, G9, G10)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import asyncpg

from honeyguide.database.database import DOWN
from honeyguide.encryption import Cipher
from honeyguide.members.address import read_address
from honeyguide.members.card import key_of_card
from honeyguide.members.quiet import quiet_of
from honeyguide.members.rotating_code import CardKey
from honeyguide.programs.program import Program
from honeyguide.wallet import store
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.at_google import objects as google_objects
from honeyguide.wallet.at_google.allowance import ObjectAllowance
from honeyguide.wallet.at_google.classes import GoogleClasses, google_style
from honeyguide.wallet.at_google.issuers import GoogleIssuers
from honeyguide.wallet.at_google.messages import MessagesToSend
from honeyguide.wallet.at_google.objects import DueObject
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.google.limiter import backoff
from honeyguide.wallet.google.loyalty import object_body, object_id_of
from honeyguide.wallet.google.notifications import Allowance
from honeyguide.wallet.google.outcomes import Refused, Retry, SendOutcome, Sent, Superseded
from honeyguide.wallet.google.policy import object_policy
from honeyguide.wallet.google.rotating import Body
from honeyguide.wallet.mishap import mishap
from honeyguide.wallet.store import PassKey, PassRow

_log = logging.getLogger(__name__)

# As many as the limiter lets go in a second: what is taken later is drawn later, so the latest wins.
_AT_ONCE = 18
_LEASE = timedelta(seconds=75)
_LOOK_EVERY = 0.2  # seconds, while another process sends what a visitor waits for
# An object that nobody had is looked at again so long after it was sent, should a callback have been lost (G10).
RESTS = timedelta(days=7)
_SWEEP = timedelta(minutes=1)
_SWEPT_AT_ONCE = 500
_IMPORT = 5  # so many new objects at once go in one request


@dataclass(frozen=True, slots=True)
class _Sending:
    """An object ready to go; the key goes beside the body, never into it."""

    google: GoogleWallet
    due: DueObject
    row: PassRow
    body: Body
    card_key: bytes | None = field(repr=False)
    messages: MessagesToSend
    notify: Allowance | None

    @property
    def content(self) -> dict[str, Any]:
        """The body with the messages that are at Google by now."""
        return {**self.body, **self.messages.there}


class NoIssuer(Exception):
    """The program has no way to Google now."""


class GoogleDelivery:
    """Sends what is due; the table keeps what Google has, so a killed worker's objects are sent again."""

    def __init__(
        self,
        wallet: Wallet,
        google: GoogleWallet | GoogleIssuers,
        *,
        jitter: Callable[[], float] = random.random,
        lease: timedelta = _LEASE,
    ) -> None:
        self._wallet, self._jitter, self._lease = wallet, jitter, lease
        self._issuers = GoogleIssuers(google) if isinstance(google, GoogleWallet) else google
        self._cipher = Cipher.of(wallet.settings.secrets, b"members")
        self.classes = GoogleClasses(wallet)
        self._under_way: set[asyncio.Task[None]] = set()
        self._swept_at = wallet.clock()

    def offers(self, program_id: UUID) -> bool:
        """Whether this program has passes for Android phones."""
        return self._issuers.of(program_id) is not None

    async def round(self, counts: Counter[tuple[str, str]]) -> bool:
        """Start sending the objects that wait longest."""
        pool, now = self._wallet.database.pool, self._wallet.clock()
        if now - self._swept_at >= _SWEEP:
            self._swept_at = now
            await google_objects.look_at_resting(pool, now, RESTS, _SWEPT_AT_ONCE)
        room = _AT_ONCE - len(self._under_way)
        if room > 0:
            leased = await google_objects.lease_google_objects(pool, room, now, self._lease)
            new = [due for due in leased if due.sent_body is None]
            in_batch = new if len(new) >= _IMPORT else []
            if in_batch:
                self._start(self._guarded(in_batch, self._insert_together(in_batch), counts))
            for due in leased:
                if due not in in_batch:
                    self._start(self._guarded([due], self._send(due), counts))
        return False

    async def settle(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way)

    async def bring(self, row: PassRow, *, patience: float) -> bool:
        """Make sure that Google has the object of this pass, because its owner is about to save it; False when Google is too slow."""
        if not self.offers(row.key.program_id):
            return False
        pool, now = self._wallet.database.pool, self._wallet.clock()
        await google_objects.keep_google_object(pool, row.key, self.object_id(row.key), now)
        due = await google_objects.lease_google_object(pool, row.key, now, self._lease)
        if due is not None:
            sending = self._start(self._guarded([due], self._send(due), Counter()))
            await asyncio.wait({sending}, timeout=patience)  # beyond that it goes on by itself
            return await google_objects.is_at_google(pool, row.key, self.object_id(row.key))
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not await google_objects.is_at_google(pool, row.key, self.object_id(row.key)):  # noqa: ASYNC110 - another process may be the one who sends it
                    await asyncio.sleep(_LOOK_EVERY)
                return True
        return False

    async def save_link(self, row: PassRow) -> str:
        """The link that saves the object; it works once `bring` was True."""
        applied = await self._wallet.programs.at(row.key.program_id, row.styled)
        google = self._issuer(row.key)
        return google.save_link(self.object_id(row.key), self.classes.class_id(google, applied.program, row.style))

    def object_id(self, key: PassKey) -> str:
        return object_id_of(self._issuer(key).issuer_id, key.pass_id)

    def _issuer(self, key: PassKey) -> GoogleWallet:
        """Raises NoIssuer."""
        google = self._issuers.of(key.program_id)
        if google is None:
            raise NoIssuer("the program has no issuer at Google")
        return google

    def _start(self, sending: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(sending)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _guarded(self, dues: Sequence[DueObject], sending: Awaitable[Sequence[str]], counts: Counter[tuple[str, str]]) -> None:
        try:
            # Given up before the lease ends, so that no two workers ever send one object at once (G6).
            async with asyncio.timeout(0.9 * self._lease.total_seconds()):
                for outcome in await sending:
                    counts["google", outcome] += 1
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            # The lease runs out, then it is sent again: Google takes the same body twice.
            _log.warning("an object was not sent: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one object's bug costs no other its turn
            for due in dues:
                _log.error("the object of pass %s cannot be sent: %s", due.key.pass_id, mishap(error))
                counts["google", "failed"] += 1
                await self._put_off(due, timedelta(minutes=10))

    async def _send(self, due: DueObject) -> list[str]:
        sending = await self._prepared(due)
        return ["failed"] if sending is None else [await self._sent(sending, await self._sent_to_google(sending))]

    async def _insert_together(self, dues: Sequence[DueObject]) -> list[str]:
        """Objects that Google never had, as an import makes many: one request an issuer, and what it has after all goes the usual way (G9)."""
        prepared = [await self._prepared(due) for due in dues]
        sendings = [one for one in prepared if one is not None]
        done = ["failed"] * (len(prepared) - len(sendings))
        for google in dict.fromkeys(one.google for one in sendings):
            of_issuer = [one for one in sendings if one.google is google]
            outcomes = await google.insert_objects([(one.content, one.card_key) for one in of_issuer])
            for sending, outcome in zip(of_issuer, outcomes, strict=True):
                is_known = isinstance(outcome, Refused) and outcome.status == HTTPStatus.CONFLICT
                done.append(await self._sent(sending, await self._sent_to_google(sending) if is_known else outcome))
        return done

    async def _prepared(self, due: DueObject) -> _Sending | None:
        """What goes out for the pass as it was published last; None where that is put off."""
        row = await store.find_pass(self._wallet.database.pool, due.key)
        if row is None or row.face is None:
            await self._put_off(due, timedelta(minutes=10))
            return None
        google = self._issuers.of(row.key.program_id)
        if google is None or not due.object_id.startswith(f"{google.issuer_id}."):
            # Never under another program's issuer (X2): it waits until its own is back.
            _log.warning("the object of pass %s waits for its issuer", due.key.pass_id)
            await self._put_off(due, timedelta(minutes=10))
            return None
        applied = await self._wallet.programs.at(row.key.program_id, row.styled)
        # The newest program's class, also for a pass drawn before it: else two processes would patch it to and fro.
        if not await self.classes.ensure(google, self._wallet.programs.current(row.key.program_id), row.style, row.dressed):
            await self._put_off(due, backoff(due.attempts, self._jitter()))
            return None
        body, card = await self._body(google, due, row, applied.program)
        messages = await MessagesToSend.read(self._wallet, due, row, body)
        notify = None
        if await self._may_wake(row, applied.program):
            notify = ObjectAllowance(self._wallet.database.pool, due.key, self._wallet.clock())
        return _Sending(google, due, row, body, card.key if card else None, messages, notify)

    async def _sent_to_google(self, one: _Sending) -> SendOutcome:
        due = one.due
        return await one.google.send_object(
            due.sent_body, one.content, version=one.row.tag, notify=one.notify, card_key=one.card_key, in_doubt=due.in_doubt
        )

    async def _sent(self, one: _Sending, outcome: SendOutcome) -> str:
        """Note what Google has now, with the messages that it got on top."""
        pool, due = self._wallet.database.pool, one.due
        if not isinstance(outcome, Sent):
            return await self._put_off_for(due, one.body, outcome)
        waits = await one.messages.send(one.google, one.notify)
        now = self._wallet.clock()
        await google_objects.note_sent(pool, due, one.row.tag, one.row.shown, one.content, now, has_users=outcome.has_users)
        if waits is not None:
            await google_objects.keep_due(pool, due.key, now + max(waits, backoff(due.attempts, self._jitter())))
        return "delivered" if waits is None else "failed"

    async def _body(self, google: GoogleWallet, due: DueObject, row: PassRow, program: Program) -> tuple[Body, CardKey | None]:
        """The object as of the published face; the key of its rotating code goes beside it, and is kept nowhere but sealed (G14)."""
        wallet, key, style = self._wallet, row.key, google_style(program, row.style)
        assert row.face is not None  # _send looked
        template = await wallet.template(row, program)
        body = object_body(template, row.face, object_id=due.object_id, class_id=self.classes.class_id(google, program, row.style))
        card = email = None
        if body["state"] == "ACTIVE" and style.barcode != "static":
            card = await key_of_card(wallet.database.pool, self._cipher, key.program_id, key.member_id, wallet.clock())
        if body["state"] == "ACTIVE" and style.only_own_account:
            address = await read_address(wallet.database.pool, key.program_id, key.member_id)
            email = address.email if address else None
        return object_policy(body, style, card.card_id if card else None, email), card

    async def _put_off_for(self, due: DueObject, body: Body, outcome: Superseded | Refused | Retry) -> str:
        match outcome:
            case Superseded():
                await self._put_off(due, timedelta(0))
                return "superseded"
            case Retry(after=after):
                await self._put_off(due, max(after or timedelta(0), backoff(due.attempts, self._jitter())))
                return "failed"
            case Refused(status=404, reason="classNotFound"):
                # Ensured once, and gone since: it is ensured anew.
                self.classes.forget(str(body["classId"]))
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

    async def _put_off(self, due: DueObject, pause: timedelta) -> None:
        await google_objects.put_off_object(self._wallet.database.pool, due.key, self._wallet.clock() + pause)
