"""A program in force, two partners and their members, on a real PostgreSQL: what the use cases are tested with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib import resources
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from builders.clock import NOON as NOW
from builders.clock import Clock
from honeyguide.caller import Audience, Caller
from honeyguide.coalition import store as coalition
from honeyguide.coalition.partner import Location, Partner
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows
from honeyguide.members.enrol_member import EnrolMember, MemberEnrolled, enrol_member
from honeyguide.members.enrolment_terms import enrolment_terms
from honeyguide.members.lookup import LookupKind, LookupPolicy, MemberLookup
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied, Programs
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.till import Till
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.requests import AuthorizeRequest, CaptureRequest, LineRequest, PostRequest, RedeemRequest, VoidRequest

HANDLE_KEY = b"a key of tests, of thirty-two bytes"
CLAIMS = ClaimHasher.of(HANDLE_KEY)
DEMO = resources.files("honeyguide.programs").joinpath("gallery", "grocer-and-fuel.yaml").read_text(encoding="utf-8")


@dataclass
class Shop:
    """`desks` by partner code; every desk is as of the clock's present time."""

    database: Database
    till: Till
    applied: Applied
    clock: Clock
    programs: Programs
    partners: dict[str, Partner] = field(default_factory=dict)

    def desk(self, partner: str = "grocer") -> Desk:
        found = self.partners[partner]
        caller = Caller(Audience.PARTNER, self.applied.program_id, str(found.partner_id))
        policy = LookupPolicy(self.applied.program_id, found.partner_id, HANDLE_KEY)
        return Desk(self.database, self.till, self.applied, caller, found, policy, CLAIMS, self.clock(), self.programs)

    async def member(self, email: str | None = None) -> UUID:
        desk = self.desk()
        request = EnrolMember(f"enrol-{uuid4()}", email=email or f"{uuid4()}@example.test")
        terms = enrolment_terms(self.applied.program, self.applied.version, HANDLE_KEY, CLAIMS)
        enrolled = await enrol_member(self.database, desk.caller, request, terms, self.clock())
        assert isinstance(enrolled, MemberEnrolled)
        return enrolled.member_id

    async def lookup(self, member_id: UUID) -> MemberLookup:
        number = await self.database.pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", member_id)
        return MemberLookup(LookupKind.NUMBER, number)

    async def apply(self, source: str) -> Applied:
        async with self.database.pool.acquire() as connection:
            applied = await apply_program(connection, source=source, applied_by="a test", now=self.clock())
        assert isinstance(applied, Applied), applied
        self.applied = applied
        await self.programs.refresh()
        return applied


@pytest_asyncio.fixture
async def shop(database: Database, database_url: str) -> AsyncIterator[Shop]:
    clock = Clock()
    till = Till(database_url, clock, lanes=2)
    async with database.pool.acquire() as connection:
        applied = await apply_program(connection, source=DEMO, applied_by="a test", now=NOW)
        assert isinstance(applied, Applied), applied
        for code in ("grocer", "fuel"):
            partner_id = uuid4()
            await coalition.insert_partner(connection, applied.program_id, partner_id, code, code.title(), NOW)
            await coalition.insert_locations(
                connection, applied.program_id, partner_id, [Location("main", "Main Street", "America/New_York")]
            )
    partners = {partner.code: partner for partner in await coalition.partners(database.pool, applied.program_id)}
    programs = Programs()
    await programs.start(database)
    yield Shop(database, till, applied, clock, programs, partners)
    await programs.close()
    await till.stop()
    found = await broken_rows(database.pool, applied.program_id)  # the whole of what a test did
    assert found == [], found[:5]


def a_purchase(member: MemberLookup | None, amount: str = "20.00", **changes: Any) -> PostRequest:
    request = PostRequest(
        idempotency_key=f"key-{uuid4()}",
        member=member,
        reference=f"receipt-{uuid4()}",
        occurred_at=NOW,
        amount=Decimal(amount),
        currency="USD",
    )
    return replace(request, **changes)


def a_line(number: int, amount: str, category: str | None = "GROCERY") -> LineRequest:
    return LineRequest(str(number), Decimal(1), Decimal(amount), category=category)


def a_redemption(member: MemberLookup, quantity: str, unit: str = "points", **changes: Any) -> RedeemRequest:
    request = RedeemRequest(f"key-{uuid4()}", member, f"burn-{uuid4()}", unit, Decimal(quantity))
    return replace(request, **changes)


def an_authorization(member: MemberLookup, quantity: str, unit: str = "points", **changes: Any) -> AuthorizeRequest:
    request = AuthorizeRequest(f"key-{uuid4()}", member, f"burn-{uuid4()}", unit, Decimal(quantity))
    return replace(request, **changes)


def a_capture(authorized: Any, quantity: str | None = None, **changes: Any) -> CaptureRequest:
    """`authorized` is what `authorize_redemption` answered."""
    recorded = authorized.recorded
    amount = None if quantity is None else Decimal(quantity)
    return replace(CaptureRequest(f"key-{uuid4()}", recorded.transaction_id, recorded.member_id, amount), **changes)


def a_void(authorized: Any, **changes: Any) -> VoidRequest:
    recorded = authorized.recorded
    return replace(VoidRequest(f"key-{uuid4()}", recorded.transaction_id, recorded.member_id), **changes)
