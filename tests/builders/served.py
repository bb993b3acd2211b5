"""`honeyguide serve` or `worker` as a process of its own that a test can kill; and clients that send each key until it is answered."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from builders.clock import Clock
from builders.journal import Journal, Told
from builders.load import PATIENCE_SECONDS
from builders.platform import GRAPHQL, POST, Platform, purchase, running_platform
from builders.ports import quiet_port
from honeyguide.api.types.node import NodeId
from honeyguide.caller import Audience
from honeyguide.database import Database

AUTHORIZE = """
mutation Authorize($input: AuthorizeRedemptionInput!) {
  authorizeRedemption(input: $input) { __typename ... on RedemptionAuthorized { hold { id } } ... on UserError { code message } }
}
"""
CAPTURE = """
mutation Capture($input: CaptureRedemptionInput!) {
  captureRedemption(input: $input) {
    __typename
    ... on RedemptionCaptured { transaction { id reference kind } }
    ... on UserError { code message }
  }
}
"""
VOID = """
mutation Void($input: VoidRedemptionInput!) {
  voidRedemption(input: $input) { __typename ... on RedemptionVoided { hold { id } } ... on UserError { code message } }
}
"""
TAKE_BACK = """
mutation TakeBack($input: ReverseTransactionInput!) {
  reverseTransaction(input: $input) {
    __typename
    ... on TransactionReversed { reversal { id reference kind } }
    ... on UserError { code message }
  }
}
"""

TESTS = Path(__file__).parents[1]
REDEEM = """
mutation Redeem($input: RedeemInput!) {
  redeem(input: $input) {
    __typename
    ... on Redeemed { replayed transaction { id reference kind } }
    ... on UserError { code message }
  }
}
"""

SAYS = {"serve": "serves on", "worker": "Honeyguide works"}


def _end_with_parent() -> None:
    """In the child: a test run that is killed takes its processes along; only Linux can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@dataclass
class Process:
    """One of our commands with one thing wrong, or nothing; `says` is the line by which it tells that it runs."""

    command: str
    says: str
    environment: Mapping[str, str]
    log: Path
    mutant: str = ""
    module: str = "builders.mutated_command"  # or honeyguide.cli: nothing but what is installed
    running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.running = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self.module, *([] if self.module == "honeyguide.cli" else [self.mutant]), self.command,
                env={**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"}, cwd=self.log.parent, stdout=log, stderr=log,
                preexec_fn=_end_with_parent,
            )  # fmt: skip
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.says.encode() not in self.log.read_bytes()[before:]:
                assert self.running.returncode is None, self.log.read_text()
                await asyncio.sleep(0.02)

    async def kill(self, number: int = signal.SIGKILL) -> None:
        if self.running is not None and self.running.returncode is None:
            self.running.send_signal(number)
            await self.running.wait()


@dataclass
class Installation:
    """A program in force, members with numbers, and what its processes need to know."""

    program_id: UUID
    scope: str
    token: str
    url: str
    numbers: list[str]
    environment: Mapping[str, str]
    folder: Path
    member_tokens: Mapping[str, str]  # by number
    journal: Journal = field(default_factory=Journal)

    @asynccontextmanager
    async def running(self, command: str, mutant: str = "", **environment: str) -> AsyncIterator[Process]:
        """One of our processes; what is left of it is killed in the end."""
        process = Process(command, SAYS[command], {**self.environment, **environment}, self.folder / f"{command}.log", mutant)
        await process.start()
        try:
            yield process
        finally:
            await process.kill()


async def at_rest(database: Database, program_id: UUID, seconds: float) -> None:
    """Until every pass shows the newest version, or the time is over and `nothing_lost` tells which does not."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while await database.pool.fetchval(_NOT_SHOWN, program_id):  # noqa: ASYNC110 - another process sets no event here
                await asyncio.sleep(0.05)


_NOT_SHOWN = """
SELECT count(*) FROM pass AS p JOIN standing AS s USING (program_id, member_id)
WHERE program_id = $1 AND (p.shown < s.version OR p.leased_until > now())
"""


@asynccontextmanager
async def installed(
    database: Database, database_url: str, folder: Path, members: int, *, passes: bool = False, purchases: int = 0
) -> AsyncIterator[Installation]:
    """Set up through the APIs of a server in this process, for servers that follow in processes of their own."""
    port = quiet_port()
    environment = {
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
        "DATABASE_URL": database_url,
        "HONEYGUIDE_DATA_DIR": str(folder),
        "HONEYGUIDE_SECRET_KEY": "s" * 40,
        "HONEYGUIDE_PORT": str(port),
        "HONEYGUIDE_WORKER_LEASE_SECONDS": "2",
        "HONEYGUIDE_WORKER_POLL_MS": "50",
        "HONEYGUIDE_LOG_LEVEL": "warning",
    }
    async with running_platform(database, database_url, folder, clock=Clock(datetime.now(UTC)), port=port) as platform:
        numbers = [await _member(platform, passes) for _ in range(members)]
        token = await platform.partner_token("grocer")
        scope = f"{Audience.PARTNER}:{platform.partners['grocer']['partner_id']}"
        known = await database.pool.fetch("SELECT member_number, member_id FROM member WHERE program_id = $1", platform.program_id)
        tokens = {row["member_number"]: platform.token(Audience.MEMBER, str(row["member_id"])) for row in known}
        url = f"http://127.0.0.1:{port}"
        there = Installation(platform.program_id, scope, token, url, numbers, environment, folder, tokens)
        async with RemoteTill(there, httpx.ASGITransport(platform.app)) as till:
            await asyncio.gather(*(till.buy(number, "10.00") for number in numbers * purchases))
    yield there


async def _member(platform: Platform, with_pass: bool) -> str:
    member_id = await platform.enrol(f"{uuid4()}@example.test")
    if with_pass:
        issued = await platform.as_member(member_id, ISSUE, {"input": {"style": "membership"}})
        assert issued["issuePass"]["__typename"] == "PassIssued", issued
    pool = platform.services.database.pool
    return str(await pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", member_id))


ISSUE = """
mutation Issue($input: IssuePassInput!) { issuePass(input: $input) { __typename ... on UserError { code message } } }
"""

_numbers = count(1)


class RemoteTill:
    """A partner's till in a shop: purchases, redemptions, holds and returns over HTTP, each key sent until somebody answers it.

    What is made is named by the API's own id; None where it was refused.
    """

    def __init__(self, installation: Installation, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._installation = installation
        headers = {"Authorization": f"Bearer {installation.token}", "Accept": GRAPHQL}
        self._http = httpx.AsyncClient(base_url=installation.url, headers=headers, timeout=15, transport=transport)

    async def __aenter__(self) -> RemoteTill:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def buy(self, number: str, amount: str) -> str | None:
        given = purchase(datetime.now(UTC), amount, None, member={"memberNumber": number}, **_names())
        return _id(await self._send("postTransaction", POST, given), "transaction")

    async def redeem(self, number: str, points: str) -> None:
        await self._send("redeem", REDEEM, {"member": {"memberNumber": number}, "unit": "points", "quantity": points, **_names()})

    async def reserve(self, number: str, points: str) -> str | None:
        given = {"member": {"memberNumber": number}, "unit": "points", "quantity": points, **_names()}
        return _id(await self._send("authorizeRedemption", AUTHORIZE, given), "hold")

    async def capture(self, hold: str, points: str) -> None:
        """A part; the rest goes back."""
        given = {"idempotencyKey": _names()["idempotencyKey"], "holdId": hold, "quantity": points}
        await self._send("captureRedemption", CAPTURE, given)

    async def void(self, hold: str) -> None:
        await self._send("voidRedemption", VOID, {"idempotencyKey": _names()["idempotencyKey"], "holdId": hold})

    async def take_back(self, bought: str, amount: str) -> None:
        what = {"amount": {"amount": amount, "currency": "USD"}}
        given = {"transaction": {"id": bought}, "what": what, "occurredAt": datetime.now(UTC).isoformat(), **_names()}
        await self._send("reverseTransaction", TAKE_BACK, given)

    async def _send(self, name: str, document: str, given: dict[str, Any]) -> Any:
        scope, key, journal = self._installation.scope, given["idempotencyKey"], self._installation.journal
        journal.send(scope, key)
        while (result := await self._result(name, document, given)) is None:
            journal.put_off += 1
            await asyncio.sleep(0.2)
        journal.hear(scope, key, _told(result))
        return result

    async def _result(self, name: str, document: str, given: dict[str, Any]) -> Any:
        """None where the same must be sent again: no connection, no answer, or an answer that says so."""
        try:
            response = await self._http.post("/partner/graphql", json={"query": document, "variables": {"input": given}})
        except httpx.TransportError:
            return None
        body = response.json()
        if "errors" in body:
            assert body["errors"][0]["extensions"]["code"] == "UNAVAILABLE", body
            return None
        result = body["data"][name]
        return None if result.get("code") == "RETRY_LATER" else result


def _told(result: Any) -> Told:
    kind = result["__typename"]
    if kind == "RedemptionVoided":
        return Told(voided=_key_of(result["hold"]["id"]))
    if kind == "RedemptionAuthorized":
        return Told(_key_of(result["hold"]["id"]), None, (("kind", "AUTHORIZATION"),))
    if kind in ("TransactionPosted", "Redeemed", "RedemptionCaptured", "TransactionReversed"):
        posted = result["reversal" if kind == "TransactionReversed" else "transaction"]
        return Told(_key_of(posted["id"]), None, (("reference", posted["reference"]), ("kind", posted["kind"])))
    return Told(refused=result["code"])


def _id(result: Any, name: str) -> str | None:
    return result[name]["id"] if name in result and "code" not in result else None


def _key_of(node_id: str) -> UUID:
    named = NodeId.read(node_id)
    assert named is not None
    return named.key


def _names() -> dict[str, str]:
    """Counted through the run, and random for the next."""
    name = f"{next(_numbers):08}-{uuid4()}"
    return {"idempotencyKey": f"key-{name}", "reference": f"receipt-{name}"}
