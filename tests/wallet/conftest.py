"""What tests of passes start from: a program, members with balances, certificates of our own, and the simulators."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette
from uuid_utils.compat import uuid7

from builders.npm import npm  # noqa: F401
from honeyguide.database import Database
from honeyguide.egress import Egress
from honeyguide.ledger.books import open_member
from honeyguide.programs.apply_program import apply_program
from honeyguide.programs.current import Applied, Programs
from honeyguide.quantities import UnitKind
from honeyguide.settings import Settings
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.testing.google import GoogleSimulator
from honeyguide.till.outcomes import Posted
from honeyguide.till.till import Till
from honeyguide.transactions.adjust_account import AdjustIntent
from honeyguide.wallet.add.page import add_routes
from honeyguide.wallet.apple.pass_json import PassIdentity, authentication_token
from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.assembly import Wallet, open_google, open_pushes, open_wallet
from honeyguide.wallet.at_google.delivery import GoogleDelivery
from honeyguide.wallet.certificates import of_settings as certificates
from honeyguide.wallet.certificates.of_settings import AppleFiles, development_certificates
from honeyguide.wallet.faces.card import Card, CardBalance, CardProgram, CardProgress, CardUnit
from honeyguide.wallet.faces.template import Template, load_template
from honeyguide.wallet.google.account import development_service_account
from honeyguide.wallet.issue_pass import PassIssued, issue_pass
from honeyguide.wallet.phones.devices import device_routes
from honeyguide.wallet.publishing.delivery import Delivery, Timing
from honeyguide.wallet.store import PassKey, PassRow, find_pass

PROGRAM = Path(__file__).parents[2] / "src/honeyguide/programs/gallery/grocer-and-fuel.yaml"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Shop:
    """A program in force with the ways in which a test changes what a member has."""

    database: Database
    till: Till
    programs: Programs
    program: Applied
    wallet: Wallet

    async def member(self, *, locale: str = "en", name: str | None = "Ada Lovelace") -> UUID:
        member_id = uuid4()
        async with self.database.transaction() as connection:
            await connection.execute(
                "WITH person AS (INSERT INTO person (program_id, member_id, display_name) VALUES ($1, $2, $4)) "
                "INSERT INTO member (program_id, member_id, member_number, locale, enrolled_at) VALUES ($1, $2, $3, $5, now())",
                self.program.program_id,
                member_id,
                str(member_id.int)[:13],
                name,
                locale,
            )
            await open_member(
                connection,
                program_id=self.program.program_id,
                member_id=member_id,
                transaction_id=uuid7(),
                tier=None,
                occurred_at=now(),
                posted_at=now(),
                program_version=self.program.version,
                partner_id=None,
                location=None,
                reference=None,
                detail={},
            )
        return member_id

    async def give(self, member_id: UUID, points: int) -> None:
        """Change the member's points through the till, as every change goes."""
        outcome = await self.till.submit(
            AdjustIntent(self.program, member_id, uuid7(), None, "points", points, "GOODWILL", "", "test", None)
        )
        assert isinstance(outcome, Posted), outcome

    async def pass_of(self, member_id: UUID, style: str | None = None) -> PassRow:
        """The member's pass, issued when there is none; not published."""
        offered = self.wallet.styles.offered(self.program.program)
        async with self.database.transaction() as connection:
            issued = await issue_pass(
                connection, program_id=self.program.program_id, member_id=member_id, style=style or offered[0], styles=offered, now=now()
            )
        assert isinstance(issued, PassIssued), issued
        return issued.issued

    async def published_pass(self, member_id: UUID) -> PassRow:
        row = await self.pass_of(member_id)
        await self.wallet.publisher.publish(row.key, now())
        return await self.row(row.key)

    async def row(self, key: PassKey) -> PassRow:
        row = await find_pass(self.database.pool, key)
        assert row is not None
        return row


@pytest.fixture(scope="session")
def certificates_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates are made once a run: six RSA keys take a second."""
    return tmp_path_factory.mktemp("wallet-data")


@pytest.fixture
def settings(certificates_dir: Path) -> Settings:
    return Settings(
        data_dir=certificates_dir, secret_key=SecretStr("a secret of tests, long enough to be one"), public_url="http://127.0.0.1:8000"
    )


@pytest_asyncio.fixture
async def programs(database: Database) -> AsyncIterator[Programs]:
    async with database.pool.acquire() as connection:
        applied = await apply_program(connection, source=PROGRAM.read_text(), applied_by="test", now=now())
    assert isinstance(applied, Applied), applied
    programs = Programs()
    await programs.start(database)
    yield programs
    await programs.close()


@pytest_asyncio.fixture
async def till(database_url: str) -> AsyncIterator[Till]:
    till = Till(database_url, now)
    yield till
    await till.stop()


@pytest_asyncio.fixture
async def shop(database: Database, till: Till, programs: Programs, settings: Settings) -> AsyncIterator[Shop]:
    wallet = open_wallet(settings, database, programs, now)
    yield Shop(database, till, programs, programs.current(programs.ids()[0]), wallet)
    wallet.close()


# What tests without a database start from: Ann's card, the membership template, one set of certificates for the whole run.

PASS_TYPE, TEAM = "pass.test.honeyguide.membership", "HONEYGUIDE"
POINT_NAMES = {"en": {"one": "point", "other": "points"}, "de": {"one": "Punkt", "other": "Punkte"}}
CARD_PROGRAM = CardProgram(
    code="honeyguide",
    name={"en": "Honeyguide", "de": "Honiganzeiger"},
    languages=("en", "de"),
    units={
        "points": CardUnit("points", UnitKind.POINTS, 0, POINT_NAMES),
        "cashback": CardUnit("cashback", UnitKind.MONEY, 2, {"en": {"other": "cashback"}}, "EUR"),
    },
    tiers={"silver": {"en": "Silver", "de": "Silber"}, "gold": {"en": "Gold"}},
    terms={"en": "Points live 24 months.", "de": "Punkte leben 24 Monate."},
    support={"en": "help@honeyguide.test"},
    balances=("points", "cashback"),
)
CARD = Card(
    program_id=UUID(int=1),
    member_id=UUID(int=2),
    pass_id=UUID(int=3),
    version=7,
    style="membership",
    serial="hg-0001",
    barcode="8kx2Q9",
    locale="en",
    member_name="Ann Honey",
    member_number="1234 5678 9012",
    program=CARD_PROGRAM,
    tier="silver",
    balances=(
        CardBalance("points", 1170, 50, ((date(2026, 12, 31), 150), (date(2027, 1, 31), 1))),
        CardBalance("cashback", 1230),
    ),
    progress=CardProgress("gold", "points", 1170, 2000, 830, date(2026, 12, 31)),
)


@pytest.fixture(scope="session")
def make_card() -> Callable[..., Card]:
    """Ann's card; keywords replace its fields."""

    def make(**changes: Any) -> Card:
        return replace(CARD, **changes)

    return make


@pytest.fixture(scope="session")
def passes_dir() -> Path:
    return Path(__file__).parents[2] / "passes"


@pytest.fixture(scope="session")
def template(passes_dir: Path) -> Template:
    return load_template(passes_dir / "membership.pass")


@pytest.fixture(scope="session")
def identity() -> PassIdentity:
    return PassIdentity(PASS_TYPE, TEAM, "http://127.0.0.1:8000/apple", b"k" * 32, loopback_allowed=True)


@pytest.fixture(scope="session")
def apple_files(tmp_path_factory: pytest.TempPathFactory) -> AppleFiles:
    return development_certificates(tmp_path_factory.mktemp("apple"), PASS_TYPE, TEAM, now())


@pytest.fixture(scope="session")
def signer(apple_files: AppleFiles) -> Signer:
    return Signer.load(apple_files.signing, pass_type_id=PASS_TYPE, team_id=TEAM, development=True)


@pytest_asyncio.fixture
async def http(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the routes that phones and browsers call."""
    app = Starlette(routes=[*device_routes(shop.wallet), *add_routes(shop.wallet, None)])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


@dataclass
class Phone:
    """A bare client of the web service, for tests that look at single answers; testing/iphone.py is the whole phone."""

    http: httpx.AsyncClient
    wallet: Wallet
    row: PassRow
    device: str = field(default_factory=lambda: uuid4().hex)
    push_token: str = field(default_factory=lambda: uuid4().hex * 2)

    @property
    def authorization(self) -> dict[str, str]:
        token = authentication_token(self.wallet.identity.token_key, self.row.serial, self.row.generation)
        return {"Authorization": f"ApplePass {token}"}

    @property
    def registrations(self) -> str:
        return f"/wallet/apple/v1/devices/{self.device}/registrations/{self.wallet.identity.pass_type_id}"

    @property
    def pass_url(self) -> str:
        return f"/wallet/apple/v1/passes/{self.wallet.identity.pass_type_id}/{self.row.serial}"

    async def register(self, **changes: Any) -> httpx.Response:
        given = {"headers": self.authorization, "json": {"pushToken": self.push_token}} | changes
        return await self.http.post(f"{self.registrations}/{self.row.serial}", **given)

    async def unregister(self, **changes: Any) -> httpx.Response:
        given = {"headers": self.authorization} | changes
        return await self.http.delete(f"{self.registrations}/{self.row.serial}", **given)

    async def changed(self, since: str | None = None) -> httpx.Response:
        return await self.http.get(self.registrations, params={} if since is None else {"passesUpdatedSince": since})

    async def fetch(self, *, since: str | None = None, method: str = "GET", headers: dict[str, str] | None = None) -> httpx.Response:
        sent = self.authorization if headers is None else headers
        if since:
            sent = {**sent, "If-Modified-Since": since}
        return await self.http.request(method, self.pass_url, headers=sent)


@pytest_asyncio.fixture
async def new_phone(shop: Shop, http: httpx.AsyncClient) -> Callable[[UUID], Awaitable[Phone]]:
    """A phone that holds a member's published pass, not registered yet."""

    async def make(member: UUID) -> Phone:
        return Phone(http, shop.wallet, await shop.published_pass(member))

    return make


@pytest_asyncio.fixture
async def apns_simulator(settings: Settings) -> AsyncIterator[ApnsSimulator]:
    """APNs for the development certificates of this run."""
    files = certificates.apple_files(settings, now())
    assert files.apns_certificate is not None
    assert files.apns_key is not None
    simulator = ApnsSimulator(
        certificate=files.apns_certificate, key=files.apns_key, client_ca=files.signing.intermediate, accept_any_token=True
    )
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest_asyncio.fixture
async def google_simulator(settings: Settings) -> AsyncIterator[GoogleSimulator]:
    simulator = GoogleSimulator(development_service_account(settings.data_dir), per_second=1000)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
def connected(settings: Settings, apns_simulator: ApnsSimulator, google_simulator: GoogleSimulator) -> Settings:
    """Settings by which worker and pages find the simulators."""
    return settings.model_copy(
        update={
            "apple_apns_host": "127.0.0.1",
            "apple_apns_port": apns_simulator.port,
            "google_api_url": google_simulator.api_url,
            "google_token_url": google_simulator.token_url,
            "google_save_url": google_simulator.save_url,
            "google_keys_url": google_simulator.keys_url,
            "google_requests_per_second": 500,
        }
    )


@dataclass
class Worker:
    """The delivery of a worker process, within the test."""

    delivery: Delivery
    google: GoogleDelivery
    apns: ApnsSimulator
    google_simulator: GoogleSimulator
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.running = asyncio.create_task(self.delivery.run(self.stop))

    async def deliver(self) -> None:
        """One round of everything, waited for."""
        await self.delivery.publish_round()
        await self.delivery.push_round()
        await self.google.round(Counter())
        await self.delivery.settle()


@pytest_asyncio.fixture
async def worker(
    shop: Shop, connected: Settings, apns_simulator: ApnsSimulator, google_simulator: GoogleSimulator, egress: Egress
) -> AsyncIterator[Worker]:
    """Delivery that is not running yet: tests take its rounds one by one, or call `start`."""
    wallet = replace(shop.wallet, settings=connected)
    pushes, google = open_pushes(wallet, egress), open_google(connected, egress, now, shop.database)
    assert pushes is not None
    assert google is not None
    google_delivery = GoogleDelivery(wallet, google)
    delivery = Delivery(wallet, pushes, google_delivery, timing=Timing(poll=timedelta(milliseconds=50), lease=timedelta(seconds=5)))
    worker = Worker(delivery, google_delivery, apns_simulator, google_simulator)
    yield worker
    worker.stop.set()
    if worker.running is not None:
        await worker.running
    await delivery.settle()
    await pushes.close()
