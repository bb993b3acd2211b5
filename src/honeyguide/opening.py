"""Opens all that the web process works with, in order, and leaves it to be closed in the opposite one."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from functools import partial

from starlette.routing import BaseRoute

from honeyguide.api.cost.charging import Charging
from honeyguide.api.live.event_streams import EventStreams
from honeyguide.api.live.hub import Hub
from honeyguide.api.live.lives import Lives
from honeyguide.api.live.sse_store import OPERATIONS
from honeyguide.api.services import Services
from honeyguide.caller import Clock
from honeyguide.coalition.directory import Partners
from honeyguide.coalition.freezes import FREEZES, IN_FORCE
from honeyguide.database import Database, running_database
from honeyguide.database.notices import Notices
from honeyguide.egress import Egress
from honeyguide.encryption import Cipher
from honeyguide.export.export_link import export_key
from honeyguide.export.page import ExportPage, export_routes
from honeyguide.identity.card_claims import CardClaims
from honeyguide.identity.credentials import CredentialMaker, SecretHasher
from honeyguide.identity.key_watch import KeyWatch
from honeyguide.identity.keys import KeyRing, issuer_of, key_ring_of
from honeyguide.identity.misses import MissBudget, code_tries, export_wishes, look_budget, pin_tries
from honeyguide.identity.oauth import Signer
from honeyguide.identity.pages.claiming import Claiming
from honeyguide.identity.pages.guardian_page import GuardianPage
from honeyguide.identity.pages.identify_page import IdentifyPage
from honeyguide.identity.pages.join_page import JoinPage
from honeyguide.identity.providers.directory import ProviderDirectory, fetch_by
from honeyguide.identity.providers.door import ProviderDoor
from honeyguide.identity.providers.erased import ErasedSignIns
from honeyguide.identity.providers.joining import Members
from honeyguide.identity.rates import Rates
from honeyguide.identity.revocations import Revocations, Watched
from honeyguide.identity.routes import routes as identity_routes
from honeyguide.identity.sessions.desk import SignInDesk
from honeyguide.identity.store import take_nonce
from honeyguide.identity.token_door import TokenDoor
from honeyguide.mail import open_outbox
from honeyguide.members.handle import handle_key
from honeyguide.members.person import PersonVault
from honeyguide.programs.current import Programs
from honeyguide.settings import Settings
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.till import Till
from honeyguide.transactions.receipt_page import ReceiptPage, receipt_routes
from honeyguide.transactions.watch import Watch
from honeyguide.wallet.add_page import add_routes
from honeyguide.wallet.assembly import open_issuers, open_wallet
from honeyguide.wallet.card_link import card_link
from honeyguide.wallet.certificate_watch import CertificateWatch
from honeyguide.wallet.credentials.own import OwnCredentials
from honeyguide.wallet.devices import device_routes
from honeyguide.wallet.google_callbacks import GoogleCallbacks
from honeyguide.wallet.google_delivery import GoogleDelivery
from honeyguide.wallet.google_issuers import GoogleIssuers
from honeyguide.wallet.google_keys import RootKeys
from honeyguide.wallet.personalize import personalize_routes


async def open_process(settings: Settings, clock: Clock, stack: AsyncExitStack, streams: EventStreams) -> tuple[Services, list[BaseRoute]]:
    """The services, and the routes that need them; `stack` closes it all: the till answers what it holds before the database goes away."""
    assert settings.secret_key is not None  # load_settings gives one
    secret = settings.secret_key.get_secret_value().encode()
    addresses = await stack.enter_async_context(running_database(settings))
    database = await Database.open(addresses.application, pool_size=settings.database_pool)
    stack.push_async_callback(database.close)
    programs = Programs()
    stack.push_async_callback(programs.close)
    await programs.start(database)
    egress = Egress.of(settings)
    stack.push_async_callback(egress.close)
    providers, before_tills, revocations = await _watches(database, egress, stack)
    till = _till(settings, addresses.application, clock)
    stack.push_async_callback(till.stop)
    notices = Notices(addresses.application)
    stack.push_async_callback(notices.close)
    rates, hub = _shared(database, notices, streams, stack)
    hasher = SecretHasher()
    stack.callback(hasher.close)
    pin_hasher = SecretHasher(threads=1)  # its own, so that tills with PINs never stand before operators and partners who sign in
    stack.callback(pin_hasher.close)
    wallet = open_wallet(settings, database, programs, clock)
    stack.callback(wallet.close)
    stack.push_async_callback(wallet.notes.close)
    wallet.notes.start(database, clock)
    issuers = open_issuers(settings, egress, clock, database)
    certificates = CertificateWatch(wallet, read_own=OwnCredentials(settings, database, clock).read, issuers=issuers)
    stack.push_async_callback(certificates.close)
    await certificates.start()
    ring, issuer = _keys(settings, stack), issuer_of(settings)
    vault = PersonVault.of(secret, *settings.secrets_before)
    erased = ErasedSignIns.of(secret, *settings.secrets_before)
    outbox = open_outbox(settings, egress, clock)
    stack.push_async_callback(outbox.close)
    outbox.start()
    desk = SignInDesk.of(settings, database, programs, outbox, vault, clock)
    door = TokenDoor(ring, issuer, revocations, ProviderDoor(providers, Members(database, programs, erased, vault)))
    lives = Lives(door, clock, settings.live_connections)
    stack.push_async_callback(lives.close)
    lives.start()
    services = Services(
        settings=settings,
        clock=clock,
        database=database,
        hub=hub,
        lives=lives,
        till=till,
        watch=before_tills,
        programs=programs,
        partners=Partners(database),
        door=door,
        revocations=revocations,
        erased_sign_ins=erased,
        sign_in_desk=desk,
        credentials=CredentialMaker(secret, hasher),
        wallet=wallet,
        offers_google=lambda program_id: issuers.of(program_id) is not None,
        handle_key=handle_key(settings.secrets),
        export_key=export_key(settings.secrets),
        claims=ClaimHasher.of(secret, *settings.secrets_before),
        vault=vault,
        misses=MissBudget(time.monotonic),
        look_budget=look_budget(time.monotonic, settings.agent_looks_per_hour),
        card_claims=CardClaims(ring, issuer),
        cipher=Cipher.of((secret, *settings.secrets_before), b"members"),
        pin_hasher=pin_hasher,
        code_tries=code_tries(time.monotonic),
        export_wishes=export_wishes(time.monotonic),
        charging=Charging.of(rates, settings),
        pin_tries=pin_tries(time.monotonic),
    )
    signer = Signer(ring, issuer, f"{settings.url}/oauth/token")
    routes = [
        *identity_routes(database=database, signer=signer, hasher=hasher, clock=clock, desk=desk),
        *_pages(services, offers_joining=outbox.delivers),
        *add_routes(wallet, GoogleDelivery(wallet, issuers)),
        *_google(services, issuers, egress),
    ]
    notices.start()
    return services, routes


async def _watches(database: Database, egress: Egress, stack: AsyncExitStack) -> tuple[ProviderDirectory, Watch, Revocations]:
    """What a process must hear of at once: keys of providers, freezes, what was taken back."""
    providers = ProviderDirectory(fetch_by(egress))
    stack.push_async_callback(providers.close)
    watch = Watch()
    watch.tallies.start(database)
    stack.push_async_callback(watch.tallies.close)
    revocations = Revocations(database, providers.watched, Watched(FREEZES, IN_FORCE, watch.freezes.heard))
    stack.push_async_callback(revocations.close)
    await revocations.start()
    await providers.start()
    return providers, watch, revocations


def _till(settings: Settings, database_url: str, clock: Clock) -> Till:
    return Till(
        database_url,
        clock,
        lanes=settings.lanes,
        queue_bound=settings.queue_bound,
        batch_size=settings.batch_size,
        lock_timeout_ms=settings.lock_timeout_ms,
    )


def _shared(database: Database, notices: Notices, streams: EventStreams, stack: AsyncExitStack) -> tuple[Rates, Hub]:
    """What the processes have in common: buckets of cost, and who waits for changes."""
    notices.hear(OPERATIONS, streams.heard, streams.look)
    rates = Rates(database, time.monotonic)
    stack.push_async_callback(rates.close)
    rates.start()
    hub = Hub(database, notices)
    stack.push_async_callback(hub.close)
    hub.start()
    return rates, hub


def _keys(settings: Settings, stack: AsyncExitStack) -> KeyRing:
    ring = key_ring_of(settings)
    watch = KeyWatch(ring, settings.keys_dir / "tokens")
    stack.push_async_callback(watch.close)
    watch.start()
    return ring


def _google(services: Services, issuers: GoogleIssuers, egress: Egress) -> list[BaseRoute]:
    """Where Google tells of saves and deletions."""
    keys = RootKeys(services.settings.google_keys_url, egress, services.clock)
    return [*GoogleCallbacks(services.database, lambda: issuers.issuer_ids, keys, take_nonce, services.clock).routes()]


def _pages(services: Services, *, offers_joining: bool) -> list[BaseRoute]:
    """The phones' web service, what links open, and where people join, say who they are, and agree for a child."""
    known = (services.database, services.till, services.programs, services.partners, services.claims, services.handle_key)
    desk, link, claiming = services.sign_in_desk, partial(card_link, services.wallet), Claiming(*known, services.watch)
    return [
        *device_routes(services.wallet),
        *personalize_routes(services.wallet),
        *export_routes(ExportPage.of(services.database, services.programs, services.export_key, services.vault, services.clock)),
        *receipt_routes(
            ReceiptPage(services.database, services.programs, services.handle_key, services.clock, offers_joining=offers_joining)
        ),
        *JoinPage(desk, link, claiming).routes(),
        *IdentifyPage(desk, link).routes(),
        *GuardianPage(desk).routes(),
    ]
