"""Two servers over one database, spoken to as tills and phones do, over GraphQL; either may be thrown away at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from builders.clock import NOON, Clock
from builders.interleaving import NO_WRITES, PATIENCE_SECONDS, holding
from builders.operations import Op, program
from builders.platform import Platform, running_platform
from honeyguide.coalition import store as coalition
from honeyguide.coalition.partner import Location
from honeyguide.database import Database
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied
from honeyguide.till.till import Till
from honeyguide.transactions.sweep_due import sweep_due

CATEGORIES = ("GROCERY", "TOBACCO")
_programs = count(1)


@dataclass(frozen=True)
class Answer:
    """POSTED or the code of the refusal; `told` is all that was said but `replayed`."""

    code: str
    told: Any
    replayed: bool


@dataclass
class TwoServers:
    """`open` begins a world of its own at noon: a program, a partner, members."""

    database: Database
    superuser_url: str
    clock: Clock
    platforms: list[Platform]
    members: list[UUID] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)  # by key, the transaction or hold that came of it

    @property
    def program_id(self) -> UUID:
        return self.platforms[0].program_id

    async def open(self, members: int) -> None:
        self.clock.now, self.ids = NOON, {}
        async with self.database.transaction() as connection:
            applied = await apply_program(connection, source=program(f"p{next(_programs)}"), applied_by="test", now=NOON)
            assert isinstance(applied, Applied), applied
            shop = uuid4()
            await coalition.insert_partner(connection, applied.program_id, shop, "shop", "Shop", NOON)
            await coalition.insert_locations(connection, applied.program_id, shop, [Location("main", "Main", "UTC")])
        for place, platform in enumerate(self.platforms):
            await platform.services.programs.refresh()
            self.platforms[place] = replace(platform, program_id=applied.program_id, partners={"shop": {"partner_id": shop}})
        emails = [f"{place}@{applied.program_id}.test" for place in range(members)]
        self.members = await asyncio.gather(*(self.platforms[place % 2].enrol(email, "shop") for place, email in enumerate(emails)))

    async def send(self, op: Op, server: int = 0) -> Answer:
        given = {"idempotencyKey": op.key, **getattr(self, f"_{op.kind}")(op)}
        for _ in range(10):  # as a till does, which is asked to come again when connections were cut too often for one batch
            [told] = (await self.platforms[server].as_partner("shop", DOCUMENTS[op.kind], {"input": given})).values()
            if told.get("code") != "RETRY_LATER":
                break
        replayed = told.pop("replayed", False)
        if "code" in told:
            return Answer(told["code"], told, replayed)
        self.ids[op.key] = (told.get("hold") if op.kind == "hold" else told.get("transaction") or told.get("hold"))["id"]
        return Answer("POSTED", told, replayed)

    async def seen(self, member: int, server: int = 0) -> dict[str, dict[str, int]]:
        """What the member's phone shows now, by unit."""
        me = (await self.platforms[server].as_member(self.members[member], ME))["me"]
        numbers = ("available", "held", "pending", "debt")
        return {account["unit"]["code"]: {name: int(account[name]) for name in numbers} for account in me["accounts"]}

    async def sweep(self, server: int) -> None:
        services = self.platforms[server].services
        await sweep_due(services.till, services.database, services.programs.current(self.program_id), self.clock())

    async def at_once(self, first: Op, second: Op) -> list[Answer]:
        """Through both servers; neither may write before each has gone as far as it can, so that both have read what the other changes."""
        async with holding(self.superuser_url, NO_WRITES) as holder:
            sending = [asyncio.ensure_future(self.send(op, server)) for server, op in enumerate((first, second))]
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (going := [one for one in sending if not one.done()]) and await holder.count_waiting() < len(going):
                    await asyncio.wait(going, timeout=0.005)
            await holder.let_go()
        return await asyncio.gather(*sending)

    def cut(self, server: int) -> None:
        """Its connections are cut wherever they are, and nobody tells it."""
        for lane in self.platforms[server].services.till._lanes:
            if lane._connection is not None:
                lane._connection.terminate()

    async def crash(self, server: int) -> None:
        """Its connections are cut, what it knew and was about to do is gone, and another one takes its place."""
        services = self.platforms[server].services
        self.cut(server)
        for lane in services.till._lanes:
            if lane._working is not None:
                lane._working.cancel()
                with suppress(asyncio.CancelledError):
                    await lane._working
        address = services.settings.database_url
        assert address is not None
        self.platforms[server].app.state.services = replace(services, till=Till(address.get_secret_value(), self.clock))

    def _earn(self, op: Op) -> dict[str, Any]:
        lines = [
            {"lineId": str(place), "sku": "sku", "category": CATEGORIES[place], "quantity": "1000", "amount": money(amount)}
            for place, amount in enumerate(op.what)
        ]
        amount = {"amount": money(sum(op.what)), "currency": "USD"}
        return {**self._named(op), "occurredAt": op.at.isoformat(), "amount": amount, "lines": lines}

    def _redeem(self, op: Op) -> dict[str, Any]:
        return {**self._named(op), "unit": op.unit, "quantity": str(op.what)}

    def _hold(self, op: Op) -> dict[str, Any]:
        return {**self._redeem(op), "ttlSeconds": int(op.lasts.total_seconds())}

    def _void(self, op: Op) -> dict[str, Any]:
        return {"holdId": self.ids[op.target]}

    def _capture(self, op: Op) -> dict[str, Any]:
        return {"holdId": self.ids[op.target], **({} if op.what is None else {"quantity": str(op.what)})}

    def _refund(self, op: Op) -> dict[str, Any]:
        return self._reversal(op, {"whole": True} if op.what is None else {"quantity": str(op.what)})

    def _take_back(self, op: Op) -> dict[str, Any]:
        line, amount = op.what
        if amount is None:
            return self._reversal(op, {"whole": True})
        if line < len(CATEGORIES):
            return self._reversal(op, {"lines": [{"lineId": str(line), "quantity": "1", "amount": money(amount)}]})
        return self._reversal(op, {"amount": {"amount": money(amount), "currency": "USD"}})

    def _reversal(self, op: Op, what: dict[str, Any]) -> dict[str, Any]:
        return {"transaction": {"id": self.ids[op.target]}, "reference": op.key, "occurredAt": op.at.isoformat(), "what": what}

    def _named(self, op: Op) -> dict[str, Any]:
        return {"member": {"email": f"{op.member}@{self.program_id}.test"}, "reference": op.key}


@asynccontextmanager
async def two_servers(database_url: str, superuser_url: str, folder: Path) -> AsyncIterator[TwoServers]:
    clock, database = Clock(), await Database.open(database_url, pool_size=4)
    try:
        async with (
            running_platform(database, database_url, folder, clock=clock) as one,
            running_platform(database, database_url, folder, clock=clock) as other,
        ):
            yield TwoServers(database, superuser_url, clock, [one, other])
    finally:
        await database.close()


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _mutation(name: str, input_: str, answered: str, asks: str) -> str:
    return f"""mutation ($input: {input_}!) {{
  {name}(input: $input) {{ __typename ... on {answered} {{ replayed {asks} }} ... on UserError {{ code message path }} }}
}}"""


_RECEIPT = "id reference kind accruals { quantity unit { code } }"
_HOLD = "hold { id quantity captured expiresAt }"
_REVERSED = f"reversal {{ {_RECEIPT} }} transaction {{ id }}"
DOCUMENTS = {
    "earn": _mutation("postTransaction", "PostTransactionInput", "TransactionPosted", f"transaction {{ {_RECEIPT} }}"),
    "redeem": _mutation("redeem", "RedeemInput", "Redeemed", f"transaction {{ {_RECEIPT} }}"),
    "hold": _mutation("authorizeRedemption", "AuthorizeRedemptionInput", "RedemptionAuthorized", _HOLD),
    "capture": _mutation("captureRedemption", "CaptureRedemptionInput", "RedemptionCaptured", f"transaction {{ {_RECEIPT} }} {_HOLD}"),
    "void": _mutation("voidRedemption", "VoidRedemptionInput", "RedemptionVoided", _HOLD),
    "refund": _mutation("reverseTransaction", "ReverseTransactionInput", "TransactionReversed", _REVERSED),
    "take_back": _mutation("reverseTransaction", "ReverseTransactionInput", "TransactionReversed", _REVERSED),
}
ME = "{ me { accounts { unit { code } available held pending debt } } }"
