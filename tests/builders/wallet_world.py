"""Server and worker as processes, simulated Apple and Google, and a fleet of phones that hold the members' cards; and the proof of X1."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from pydantic import SecretStr

from builders.platform import GRAPHQL
from builders.served import Installation, RemoteTill, installed
from builders.town import World, world_around
from honeyguide.database import Database
from honeyguide.settings import Settings
from honeyguide.testing.android import VirtualAndroid
from honeyguide.testing.fleet import Fleet
from honeyguide.wallet.add.link import add_url

SETTLED = """
SELECT count(*) FROM pass AS p LEFT JOIN apple_registration AS r USING (program_id, member_id, pass_id)
WHERE p.program_id = $1 AND (p.shown < p.changed OR r.pushed_tag < r.wanted_tag)
"""
TIER = "SELECT coalesce(tier, 'fledgling') FROM standing WHERE program_id = $1 AND member_id = $2"
CLOSE = "mutation Close($input: CloseAccountInput!) { closeAccount(input: $input) { __typename ... on UserError { code } } }"
# What the books showed after each posting, in the order of posting.
BALANCES = """
SELECT t.version, max(f.balance_after) AS points FROM transaction AS t JOIN transfer AS f USING (program_id, member_id, transaction_id)
WHERE t.program_id = $1 AND t.member_id = $2 AND f.unit = 'points'
AND f.line = (SELECT max(line) FROM transfer WHERE program_id = $1 AND member_id = $2 AND transaction_id = t.transaction_id AND unit = 'points')
GROUP BY t.version ORDER BY t.version
"""
EXPIRE = """
WITH old AS (
    UPDATE lot SET expires_at = now() - interval '1 hour', earned_at = now() - interval '1 day', available_at = now() - interval '1 day'
    WHERE (program_id, member_id, lot_id) =
        (SELECT program_id, member_id, lot_id FROM lot WHERE member_id = $1 AND open > 0 AND pending = 0 AND held = 0 LIMIT 1)
    RETURNING program_id, member_id)
UPDATE standing AS s SET due_at = now() - interval '1 minute' FROM old WHERE (s.program_id, s.member_id) = (old.program_id, old.member_id)
"""


@dataclass
class WalletWorld:
    there: Installation
    world: World
    database: Database
    fleet: Fleet
    till: RemoteTill
    chance: random.Random
    members: dict[str, UUID]  # by number
    androids: dict[str, VirtualAndroid] = field(default_factory=dict)
    phones_of: dict[str, list[Any]] = field(default_factory=dict)
    changes: int = 0
    closed: set[str] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HONEYGUIDE_APPLE_APNS_HOST": "127.0.0.1",
            "HONEYGUIDE_APPLE_APNS_PORT": str(self.world.apns.port),
            "HONEYGUIDE_GOOGLE_API_URL": self.world.google.api_url,
            "HONEYGUIDE_GOOGLE_TOKEN_URL": self.world.google.token_url,
            "HONEYGUIDE_GOOGLE_KEYS_URL": self.world.google.keys_url,
            "HONEYGUIDE_GOOGLE_SAVE_URL": self.world.google.save_url,
        }

    def add_url(self, number: str) -> str:
        settings = Settings(
            data_dir=self.there.folder, secret_key=SecretStr("s" * 40), port=int(self.there.url.rpartition(":")[2]), host="127.0.0.1"
        )
        return add_url(settings, self.there.program_id, self.members[number], "membership", datetime.now(UTC))

    async def hand_out(self, phones: int, objects: int) -> None:
        """Phones of members in turn, the second round of the same members; the first members' cards go to Google too."""
        numbers = list(self.members)
        doors = asyncio.Semaphore(20)

        async def one(number: str) -> None:
            async with doors:
                self.phones_of.setdefault(number, []).extend(await self.fleet.add(f"{self.add_url(number)}.pkpass"))

        await asyncio.gather(*(one(numbers[n % len(numbers)]) for n in range(phones)))
        for number in numbers[:objects]:
            self.androids[number] = VirtualAndroid(self.world.google)
            await self.androids[number].save(self.add_url(number))

    async def happen(self, number: str, superuser_url: str, events: int) -> None:
        """Purchases, redemptions and expiries of one member, one after the other."""
        for _ in range(events):
            what = self.chance.random()
            if what < 0.65:
                await self.till.buy(number, f"{self.chance.randint(3, 400)}.00")
            elif what < 0.9:
                await self.till.redeem(number, str(self.chance.randint(1, 9)))
            else:
                connection = await asyncpg.connect(superuser_url)
                try:
                    await connection.execute("SET session_replication_role = replica")
                    await connection.execute(EXPIRE, self.members[number])
                finally:
                    await connection.close()
            self.changes += 1

    async def close(self, number: str) -> None:
        """The member leaves; sent until somebody answers."""
        body = {"query": CLOSE, "variables": {"input": {"idempotencyKey": f"close-{number}", "memberNumber": number}}}
        headers = {"Authorization": f"Bearer {self.there.member_tokens[number]}", "Accept": GRAPHQL}
        async with asyncio.timeout(60), httpx.AsyncClient(base_url=self.there.url, headers=headers, timeout=15) as http:
            while True:
                with suppress(httpx.TransportError):
                    answer = (await http.post("/member/graphql", json=body)).json()
                    said = (answer.get("data") or {}).get("closeAccount") or {}
                    if said.get("__typename") == "AccountClosed":
                        break
                    assert said.get("code", "UNAVAILABLE") in ("UNAVAILABLE", "RETRY_LATER"), answer
                await asyncio.sleep(0.2)
        self.closed.add(number)
        self.changes += 1

    async def answering(self, seconds: float = 30) -> None:
        """Until the server that was started answers: its port listens before it can."""
        async with asyncio.timeout(seconds), httpx.AsyncClient(trust_env=False, timeout=5) as http:
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get(f"{self.there.url}/healthz")).is_success:
                        return
                await asyncio.sleep(0.02)

    async def at_rest(self, seconds: float) -> None:
        """Until nothing is due and every phone shows the newest; what is still wrong then, `wrong` tells."""
        await self.fleet.settle()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await self.database.pool.fetchval(SETTLED, self.there.program_id) or await self.wrong():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        await self.fleet.settle()

    async def wrong(self) -> list[str]:
        """Every way in which a phone or Google does not show the books (X1, A43, A44); the void card of who left may be blank."""
        complaints = []
        for number, member_id in self.members.items():
            rows = await self.database.pool.fetch(BALANCES, self.there.program_id, member_id)
            course = [0, *(int(row["points"]) for row in rows)]
            tier = await self.database.pool.fetchval(TIER, self.there.program_id, member_id)
            left = number in self.closed
            for phone in self.phones_of.get(number, ()):
                for history in phone.histories():
                    seen = [int(values["points"]) for values in history if "points" in values]
                    if not in_order(seen, course):
                        complaints.append(f"{phone.iphone.name} saw {seen}, the books were at {course}")
                values = phone.card.history[-1]
                shown = values.get("points")
                if (shown is None and not left) or (shown is not None and int(shown) != course[-1]):
                    complaints.append(f"{phone.iphone.name} shows {shown}, the books are at {course[-1]}")
                if shown_tier(values.get("tier")) != tier and not (left and "tier" not in values):
                    complaints.append(f"{phone.iphone.name} shows the tier {values.get('tier')}, the books {tier}")
                if phone.card.body.get("voided", False) is not left:
                    complaints.append(f"{phone.iphone.name} has a card that is void: {not left}; the member left: {left}")
            if android := self.androids.get(number):
                card = self.world.google.objects[android.object_id]
                shown_there = points_at_google(card)
                status = card.get("secondaryLoyaltyPoints", {}).get("balance", {}).get("string")
                if shown_tier(status) != tier and not (left and status is None):
                    complaints.append(f"Google shows the tier {status}, the books {tier}")
                if card["state"] != ("INACTIVE" if left else "ACTIVE"):
                    complaints.append(f"Google's object is {card['state']}; the member left: {left}")
                if shown_there != course[-1] and not (left and shown_there is None):
                    complaints.append(f"Google shows {shown_there}, the books are at {course[-1]}")
        return complaints


def in_order(seen: list[int], course: list[int]) -> bool:
    """Whether what was seen is the course with some of it left out: nothing that never was, nothing older after something newer."""
    rest = iter(course)
    distinct = [one for n, one in enumerate(seen) if n == 0 or one != seen[n - 1]]
    return all(any(one == value for value in rest) for one in distinct)


def shown_tier(name: str | None) -> str | None:
    """The gallery's tiers are called by their codes."""
    return name.lower() if name else None


def points_at_google(card: Mapping[str, Any]) -> int | None:
    if "loyaltyPoints" not in card:
        return None
    balance = card["loyaltyPoints"]["balance"]
    return int(balance["int"] if "int" in balance else str(balance["string"]).replace(",", ""))


@asynccontextmanager
async def wallet_world(database: Database, database_url: str, folder: Path, members: int, seed: str) -> AsyncIterator[WalletWorld]:
    """Cards are issued and nobody holds one yet; the caller runs the processes with `environment`."""
    async with world_around(folder) as world, installed(database, database_url, folder, members, passes=True, purchases=1) as there:
        rows = await database.pool.fetch("SELECT member_number, member_id FROM member WHERE program_id = $1", there.program_id)
        known = {row["member_number"]: row["member_id"] for row in rows}
        fleet = Fleet(world.apns, world.ca, seed=seed)
        try:
            async with RemoteTill(there) as till:
                chance = random.Random(seed)
                yield WalletWorld(there, world, database, fleet, till, chance, {number: known[number] for number in there.numbers})
        finally:
            with suppress(httpx.HTTPError):
                await fleet.close()
