"""The demo from its foundation to the phones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import datetime
from uuid import UUID

import httpx
from rich.console import Console

from honeyguide.caller import Audience
from honeyguide.database import Database, running_database
from honeyguide.demo.alone import AnotherDemo, alone
from honeyguide.demo.children import Children, Ended
from honeyguide.demo.facts import Facts, write_facts
from honeyguide.demo.foundation import Foundation, lay_foundation, member_of, partner_ids
from honeyguide.demo.partners import register_partners
from honeyguide.demo.phones import hand_out_phones, issue_pass
from honeyguide.demo.ports import free_port
from honeyguide.demo.posted import is_posted
from honeyguide.demo.words import words
from honeyguide.replay.access import Access
from honeyguide.replay.api import Api, ApiAway, ApiRefused, Credentials
from honeyguide.replay.journey import Journey, load_journey
from honeyguide.replay.posts import FUEL, GROCER, email_of
from honeyguide.replay.run import Choice, kept_shift, replay
from honeyguide.replay.store import PlayedOtherwise
from honeyguide.replay.summary import summary
from honeyguide.settings import Settings

READY_SECONDS = 40
SIMULATORS_HOST = "127.0.0.1"
# Their year ends a basket below the highest tier, so the first thing to try lifts them.
MEMBERS_HOUSEHOLD = 6


class DemoFailed(Exception):
    """The message says what to do."""


async def run_demo(settings: Settings, households: int, console: Console, now: datetime, started: float) -> None:
    """Runs until cancelled; raises DemoFailed."""
    try:
        with alone(settings.data_dir):
            await _run(settings, households, console, now, started)
    except AnotherDemo as other:
        raise DemoFailed(str(other)) from None


async def _run(settings: Settings, households: int, console: Console, now: datetime, started: float) -> None:
    console.print("starting PostgreSQL, server, worker and simulators")
    loading = asyncio.create_task(asyncio.to_thread(load_journey))
    async with running_database(settings) as addresses, Children(settings.data_dir / "logs") as children:
        database = await Database.open(addresses.application, pool_size=2)
        try:
            foundation = await lay_foundation(settings, database, now)
            demo = _Demo(settings, foundation, database, children, console)
            await demo.start_processes()
            await demo.while_they_run(demo.fill(loading, households))
            del loading  # a million lines are of no more use
            console.print(f"ready after {time.monotonic() - started:.0f} seconds", style="dim")
            raise DemoFailed(_said(await children.until_one_ends()))
        except PlayedOtherwise as other:
            raise DemoFailed(str(other)) from None
        except (ApiAway, ApiRefused, httpx.HTTPError) as error:
            raise DemoFailed(f"{str(error) or type(error).__name__}; the logs are in {children.logs}") from error
        finally:
            await database.close()


class _Demo:
    """What the steps of one start share."""

    def __init__(self, settings: Settings, foundation: Foundation, database: Database, children: Children, console: Console) -> None:
        self._settings, self._foundation, self._database = settings, foundation, database
        self._children, self._console = children, console
        self._apns_port = free_port(SIMULATORS_HOST, settings.port + 1)
        self._google_port = free_port(SIMULATORS_HOST, settings.port + 2)
        self._operator_token = foundation.token(Audience.OPERATOR, "honeyguide demo")

    @property
    def _google_url(self) -> str:
        return f"http://{SIMULATORS_HOST}:{self._google_port}"

    async def start_processes(self) -> None:
        """Server, worker and simulators, told of each other by settings; ready when this returns."""
        environment = {
            "HONEYGUIDE_DATA_DIR": str(self._settings.data_dir),
            "HONEYGUIDE_PORT": str(self._settings.port),
            "HONEYGUIDE_APPLE_APNS_HOST": SIMULATORS_HOST,
            "HONEYGUIDE_APPLE_APNS_PORT": str(self._apns_port),
            "HONEYGUIDE_GOOGLE_API_URL": f"{self._google_url}/walletobjects/v1",
            "HONEYGUIDE_GOOGLE_TOKEN_URL": f"{self._google_url}/token",
            "HONEYGUIDE_GOOGLE_KEYS_URL": f"{self._google_url}/gp/m/issuer/keys",
            "HONEYGUIDE_GOOGLE_SAVE_URL": f"{self._google_url}/gp/v/save",
        }
        ports = ("--apns-port", str(self._apns_port), "--google-port", str(self._google_port))
        await self._children.start("simulators", environment=environment, arguments=ports, say=self._say)
        await self._children.start("serve", environment=environment, say=_nothing)
        await self._children.start("worker", environment=environment, say=_nothing)
        async with httpx.AsyncClient() as http:
            await self._until_ready(http, f"{self._settings.url}/readyz")
            await self._until_ready(http, f"{self._google_url}/phones")

    async def while_they_run(self, work: Coroutine[None, None, None]) -> None:
        """Do the work, or stop with it when a process ends under it."""
        task = asyncio.create_task(work)
        ends = asyncio.create_task(self._children.until_one_ends())
        try:
            await asyncio.wait((task, ends), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise DemoFailed(_said(ends.result()))
            await task
        finally:
            task.cancel()
            ends.cancel()

    async def fill(self, loading: asyncio.Future[Journey], households: int) -> None:
        """Partners, a year of purchases, a pass on two phones, and the facts of all of it."""
        journey = await loading
        async with httpx.AsyncClient() as http:
            operator = Api(http, self._settings.url, "operator", token=self._operator_token)
            credentials = await register_partners(operator, journey.stores)
            await self._play(journey, households, credentials)
            facts = await self._facts(http, journey, households, credentials)
            await hand_out_phones(http, self._google_url, facts.add_url)
            write_facts(facts)
            email = email_of(_household(journey, households))
            self._console.print(words(facts, email), markup=False, highlight=False, soft_wrap=True)

    async def _play(self, journey: Journey, households: int, credentials: dict[str, Credentials]) -> None:
        baskets = journey.chosen(households)
        program_id = self._foundation.program_id
        if await is_posted(self._database.pool, program_id, journey, baskets):
            self._console.print(f"the year of {households} households is in the books")
            return
        self._console.print(f"playing the year of {households} households, {len(baskets):,} baskets")
        shift = await kept_shift(self._settings, program_id, journey, Choice().draws, self._foundation.started_at)
        access = Access(self._settings.url, credentials, self._operator_token, program_id)
        self._console.print(summary(*await replay(journey, access, shift, Choice(households), self._console)))

    async def _facts(self, http: httpx.AsyncClient, journey: Journey, households: int, credentials: dict[str, Credentials]) -> Facts:
        partners: dict[str, UUID] = await partner_ids(self._database, self._foundation)
        member = await member_of(self._database, self._foundation, email_of(_household(journey, households)))
        member_token = self._foundation.token(Audience.MEMBER, str(member.member_id))
        return Facts(
            settings=self._settings,
            program_id=self._foundation.program_id,
            apple=self._foundation.apple,
            apns_port=self._apns_port,
            google_url=self._google_url,
            operator_token=self._operator_token,
            grocer=credentials[GROCER],
            grocer_token=self._foundation.token(Audience.PARTNER, str(partners[GROCER])),
            fuel=credentials[FUEL],
            fuel_token=self._foundation.token(Audience.PARTNER, str(partners[FUEL])),
            member_number=member.member_number,
            member_token=member_token,
            add_url=await issue_pass(Api(http, self._settings.url, "member", token=member_token)),
        )

    async def _until_ready(self, http: httpx.AsyncClient, url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        said = "no answer"
        while time.monotonic() < deadline:
            if (ended := self._children.ended()) is not None:
                raise DemoFailed(_said(ended))
            try:
                answer = await http.get(url)
                if answer.status_code == 200:
                    return
                said = answer.text
            except httpx.TransportError as error:
                said = type(error).__name__
            await asyncio.sleep(0.1)
        raise DemoFailed(f"{url} is not ready after {READY_SECONDS} seconds: {said}")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _household(journey: Journey, households: int) -> int:
    """The member whose pass the phones hold: the same at every start with as many households."""
    first = sorted({basket.household for basket in journey.baskets})[:households]
    return MEMBERS_HOUSEHOLD if MEMBERS_HOUSEHOLD in first else first[-1]


def _said(ended: Ended) -> str:
    return f"`honeyguide {ended.name}` ended (code {ended.code}), so everything else was stopped. Its last words:\n{ended.said}"


def _nothing(line: str) -> None:
    """Server and worker talk to their log files."""
