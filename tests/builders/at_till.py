"""A partner's till beside a platform: use cases called directly, for tests of what readers are told of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from builders.platform import Platform, key
from honeyguide.caller import Audience, Caller
from honeyguide.members.lookup import LookupKind, LookupPolicy, MemberLookup
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Reversed
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import AuthorizeRequest, ById, CaptureRequest, RedeemRequest, ReverseRequest, VoidRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.sweep_due import sweep_due
from honeyguide.transactions.void_redemption import void_redemption


@dataclass
class Till:
    """What a till of one partner does with Anna's points; each answers with the id of its transaction."""

    platform: Platform
    member_id: UUID
    partner: str = "grocer"
    email: str = "anna@example.test"

    async def desk(self) -> Desk:
        await self.platform.partner_token(self.partner)
        services, program_id = self.platform.services, self.platform.program_id
        registered = next(one for one in await services.partners.all(program_id) if one.code == self.partner)
        caller = Caller(Audience.PARTNER, program_id, str(registered.partner_id))
        policy = LookupPolicy(program_id, registered.partner_id, services.handle_key)
        applied = services.programs.current(program_id)
        now = self.platform.clock()
        return Desk(services.database, services.till, applied, caller, registered, policy, services.claims, now, services.programs)

    async def redeem(self, quantity: int, unit: str = "points") -> UUID:
        return _id(await redeem(await self.desk(), RedeemRequest(key(), self._member, key(), unit, Decimal(quantity))))

    async def hold(self, quantity: int, seconds: int = 900) -> UUID:
        request = AuthorizeRequest(key(), self._member, key(), "points", Decimal(quantity), seconds)
        return _id(await authorize_redemption(await self.desk(), request))

    async def capture(self, hold: UUID, quantity: int | None = None) -> UUID:
        taken = None if quantity is None else Decimal(quantity)
        return _id(await capture_redemption(await self.desk(), CaptureRequest(key(), hold, self.member_id, taken)))

    async def void(self, hold: UUID) -> UUID:
        return _id(await void_redemption(await self.desk(), VoidRequest(key(), hold, self.member_id)))

    async def reverse(self, transaction: UUID, what: Any = None) -> UUID:
        request = ReverseRequest(key(), ById(self.member_id, transaction), key(), what or Whole())
        return _id(await reverse_transaction(await self.desk(), request))

    async def sweep(self) -> None:
        services = self.platform.services
        applied = services.programs.current(self.platform.program_id)
        await sweep_due(services.till, services.database, applied, self.platform.clock())

    @property
    def _member(self) -> MemberLookup:
        return MemberLookup(LookupKind.EMAIL, self.email)


def _id(outcome: Any) -> UUID:
    if isinstance(outcome, Reversed):
        return outcome.reversal.transaction_id
    assert isinstance(outcome, Posted), outcome
    return outcome.recorded.transaction_id
