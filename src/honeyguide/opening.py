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
from honeyguide.identity.keys import issuer_of, key_ring_of
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
from honeyguide.wallet.add.card_link import card_link
from honeyguide.wallet.add.page import add_routes
from honeyguide.wallet.assembly import open_issuers, open_wallet
from honeyguide.wallet.at_google.callbacks import GoogleCallbacks
from honeyguide.wallet.at_google.delivery import GoogleDelivery
from honeyguide.wallet.at_google.keys import RootKeys
from honeyguide.wallet.certificates.watch import CertificateWatch
from honeyguide.wallet.credentials.own import OwnCredentials
from honeyguide.wallet.phones.devices import device_routes
from honeyguide.wallet.phones.personalize import personalize_routes


async def open_process(settings: Settings, clock: Clock, stack: AsyncExitStack, streams: EventStreams) -> tuple[Services, list[BaseRoute]]:
    """The services, and the routes that need them; `stack` closes it all: the till answers what it holds before the database goes away."""
    opening = _Opening(settings, clock, stack)
    await opening.ground()
    await opening.watches()
    opening.books(streams)
    await opening.wallets()
    opening.entrance()
    services = opening.services()
    routes = opening.routes(services)
    opening.notices.start()
    return services, routes


class _Opening:
    """Opens one thing after the other, each upon those before it; what is opened first is closed last."""

    def __init__(self, settings: Settings, clock: Clock, stack: AsyncExitStack) -> None:
        assert settings.secret_key is not None  # load_settings gives one
        self._settings, self._clock, self._stack = settings, clock, stack
        self._secrets = (settings.secret_key.get_secret_value().encode(), *settings.secrets_before)

    async def ground(self) -> None:
        """What everything stands on: the database, the programs in force, the way out."""
        addresses = await self._stack.enter_async_context(running_database(self._settings))
        self._url = addresses.application
        self._database = await Database.open(self._url, pool_size=self._settings.database_pool)
        self._stack.push_async_callback(self._database.close)
        self._programs = Programs()
        self._stack.push_async_callback(self._programs.close)
        await self._programs.start(self._database)
        self._egress = Egress.of(self._settings)
        self._stack.push_async_callback(self._egress.close)

    async def watches(self) -> None:
        """What a process must hear of at once: keys of providers, freezes, what was taken back."""
        self._providers = ProviderDirectory(fetch_by(self._egress))
        self._stack.push_async_callback(self._providers.close)
        self._watch = Watch()
        self._watch.tallies.start(self._database)
        self._stack.push_async_callback(self._watch.tallies.close)
        freezes = Watched(FREEZES, IN_FORCE, self._watch.freezes.heard)
        self._revocations = Revocations(self._database, self._providers.watched, freezes)
        self._stack.push_async_callback(self._revocations.close)
        await self._revocations.start()
        await self._providers.start()

    def books(self, streams: EventStreams) -> None:
        """The till, and what the processes have in common: notices, buckets of cost, who waits for changes."""
        settings = self._settings
        self._till = Till(
            self._url,
            self._clock,
            lanes=settings.lanes,
            queue_bound=settings.queue_bound,
            batch_size=settings.batch_size,
            lock_timeout_ms=settings.lock_timeout_ms,
        )
        self._stack.push_async_callback(self._till.stop)
        self.notices = Notices(self._url)
        self._stack.push_async_callback(self.notices.close)
        self.notices.hear(OPERATIONS, streams.heard, streams.look)
        self._rates = Rates(self._database, time.monotonic)
        self._stack.push_async_callback(self._rates.close)
        self._rates.start()
        self._hub = Hub(self._database, self.notices)
        self._stack.push_async_callback(self._hub.close)
        self._hub.start()

    async def wallets(self) -> None:
        self._wallet = open_wallet(self._settings, self._database, self._programs, self._clock)
        self._stack.callback(self._wallet.close)
        self._stack.push_async_callback(self._wallet.notes.close)
        self._wallet.notes.start(self._database, self._clock)
        self._issuers = open_issuers(self._settings, self._egress, self._clock, self._database)
        own = OwnCredentials(self._settings, self._database, self._clock)
        certificates = CertificateWatch(self._wallet, read_own=own.read, issuers=self._issuers)
        self._stack.push_async_callback(certificates.close)
        await certificates.start()

    def entrance(self) -> None:
        """Who may come in: secrets and tokens, members who sign in, connections that last."""
        self._hasher = SecretHasher()
        self._stack.callback(self._hasher.close)
        self._pin_hasher = SecretHasher(threads=1)  # its own, so that tills with PINs never stand before operators and partners who sign in
        self._stack.callback(self._pin_hasher.close)
        self._ring, self._issuer = key_ring_of(self._settings), issuer_of(self._settings)
        keys = KeyWatch(self._ring, self._settings.keys_dir / "tokens")
        self._stack.push_async_callback(keys.close)
        keys.start()
        self._vault, self._erased = PersonVault.of(*self._secrets), ErasedSignIns.of(*self._secrets)
        self._outbox = open_outbox(self._settings, self._egress, self._clock)
        self._stack.push_async_callback(self._outbox.close)
        self._outbox.start()
        self._desk = SignInDesk.of(self._settings, self._database, self._programs, self._outbox, self._vault, self._clock)
        members = Members(self._database, self._programs, self._erased, self._vault)
        self._door = TokenDoor(self._ring, self._issuer, self._revocations, ProviderDoor(self._providers, members))
        self._lives = Lives(self._door, self._clock, self._settings.live_connections)
        self._stack.push_async_callback(self._lives.close)
        self._lives.start()

    def services(self) -> Services:
        settings, secrets, issuers = self._settings, self._secrets, self._issuers
        return Services(
            settings=settings,
            clock=self._clock,
            database=self._database,
            hub=self._hub,
            lives=self._lives,
            till=self._till,
            watch=self._watch,
            programs=self._programs,
            partners=Partners(self._database),
            door=self._door,
            revocations=self._revocations,
            erased_sign_ins=self._erased,
            sign_in_desk=self._desk,
            credentials=CredentialMaker(secrets[0], self._hasher),
            wallet=self._wallet,
            offers_google=lambda program_id: issuers.of(program_id) is not None,
            handle_key=handle_key(settings.secrets),
            export_key=export_key(settings.secrets),
            claims=ClaimHasher.of(*secrets),
            vault=self._vault,
            misses=MissBudget(time.monotonic),
            look_budget=look_budget(time.monotonic, settings.agent_looks_per_hour),
            card_claims=CardClaims(self._ring, self._issuer),
            cipher=Cipher.of(secrets, b"members"),
            pin_hasher=self._pin_hasher,
            code_tries=code_tries(time.monotonic),
            export_wishes=export_wishes(time.monotonic),
            charging=Charging.of(self._rates, settings),
            pin_tries=pin_tries(time.monotonic),
        )

    def routes(self, services: Services) -> list[BaseRoute]:
        signer = Signer(self._ring, self._issuer, f"{self._settings.url}/oauth/token")
        keys = RootKeys(self._settings.google_keys_url, self._egress, self._clock)
        return [
            *identity_routes(database=self._database, signer=signer, hasher=self._hasher, clock=self._clock, desk=self._desk),
            *_pages(services, offers_joining=self._outbox.delivers),
            *add_routes(self._wallet, GoogleDelivery(self._wallet, self._issuers)),
            # Where Google tells of saves and deletions.
            *GoogleCallbacks(self._database, lambda: self._issuers.issuer_ids, keys, take_nonce, self._clock).routes(),
        ]


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
