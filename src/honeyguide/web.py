"""The web process: the three GraphQL APIs, sign-in, the phones' web service, the page that adds a card, and its health."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import click
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from honeyguide.api.cost.charging import Charging
from honeyguide.api.endpoints import graphql_routes
from honeyguide.api.limits import MAX_BODY
from honeyguide.api.live.event_streams import EventStreams
from honeyguide.api.live.hub import Hub
from honeyguide.api.live.lives import Lives
from honeyguide.api.live.sse_store import OPERATIONS
from honeyguide.api.services import Services
from honeyguide.audit import metrics as audit
from honeyguide.caller import Clock
from honeyguide.coalition.directory import Partners
from honeyguide.coalition.freezes import FREEZES, IN_FORCE
from honeyguide.database import Database, running_database
from honeyguide.database.database import DOWN
from honeyguide.database.notices import Notices
from honeyguide.doctor.command import refuse_demo_keys
from honeyguide.egress import Egress
from honeyguide.encryption import Cipher
from honeyguide.export.export_link import export_key
from honeyguide.export.page import ExportPage, export_routes
from honeyguide.identity.credentials import CredentialMaker, SecretHasher
from honeyguide.identity.key_watch import KeyWatch
from honeyguide.identity.keys import KeysMissing, KeysUnusable, issuer_of, key_ring_of
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
from honeyguide.identity.token_door import TokenDoor
from honeyguide.mail import open_outbox
from honeyguide.member_demo.routes import member_demo_routes
from honeyguide.members.handle import handle_key
from honeyguide.members.person import PersonVault
from honeyguide.programs.current import Programs
from honeyguide.serving.cross_origin import CrossOrigin
from honeyguide.serving.patient_protocol import PatientProtocol
from honeyguide.serving.socket_protocol import SocketProtocol
from honeyguide.settings import Settings, load_settings
from honeyguide.telemetry.identified import Identified
from honeyguide.telemetry.logs import write_logs
from honeyguide.telemetry.tracing import tracing
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.till import Till
from honeyguide.transactions.receipt_page import ReceiptPage, receipt_routes
from honeyguide.transactions.watch import Watch
from honeyguide.wallet.add_page import add_routes
from honeyguide.wallet.assembly import open_google, open_wallet
from honeyguide.wallet.card_link import card_link
from honeyguide.wallet.devices import device_routes
from honeyguide.wallet.google_delivery import GoogleDelivery

GRACE_SECONDS = 10


def utc_now() -> datetime:
    return datetime.now(UTC)


class _App(Starlette):
    """Leads WebSockets around the middleware, whose frames would wait in memory with each of them: a tenth of what one takes."""

    live: Mapping[str, ASGIApp] = MappingProxyType({})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.live.get(scope["path"]) if scope["type"] == "websocket" else None
        await (super().__call__ if app is None else app)(scope, receive, send)


def create_app(settings: Settings, clock: Clock = utc_now) -> Starlette:
    """The ASGI application; its lifespan opens and closes all that it works with."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.services, routes = await _open(settings, clock, stack, streams)
            app.router.routes.extend(routes)
            yield

    around = [Middleware(Identified, follows=settings.traceparent == "follow"), Middleware(CrossOrigin, settings.cross_origins)]
    app = _App(lifespan=lifespan, middleware=around)

    def services() -> Services:
        return app.state.services  # type: ignore[no-any-return]

    streams = EventStreams(services)
    app.router.routes.extend(graphql_routes(services, settings, streams))
    app.live = {route.path: route.app for route in app.routes if isinstance(route, WebSocketRoute)}
    app.router.routes.extend(_health_routes(services))
    if settings.offers_member_demo:
        app.router.routes.extend(member_demo_routes(services))
    return app


async def _open(settings: Settings, clock: Clock, stack: AsyncExitStack, streams: EventStreams) -> tuple[Services, list[BaseRoute]]:
    """Open everything, to be closed in the opposite order: the till answers what it holds before the database goes away."""
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
    providers = ProviderDirectory(fetch_by(egress))
    stack.push_async_callback(providers.close)
    before_tills = Watch()
    before_tills.tallies.start(database)
    stack.push_async_callback(before_tills.tallies.close)
    revocations = Revocations(database, providers.watched, Watched(FREEZES, IN_FORCE, before_tills.freezes.heard))
    stack.push_async_callback(revocations.close)
    await revocations.start()
    await providers.start()
    till = _till(settings, addresses.application, clock)
    stack.push_async_callback(till.stop)
    notices = Notices(addresses.application)
    stack.push_async_callback(notices.close)
    notices.hear(OPERATIONS, streams.heard, streams.look)
    rates = Rates(database, time.monotonic)
    stack.push_async_callback(rates.close)
    rates.start()
    hub = Hub(database, notices)
    stack.push_async_callback(hub.close)
    hub.start()
    hasher = SecretHasher()
    stack.callback(hasher.close)
    pin_hasher = SecretHasher(threads=1)  # its own, so that tills with PINs never stand before operators and partners who sign in
    stack.callback(pin_hasher.close)
    wallet = open_wallet(settings, database, programs, clock)
    stack.callback(wallet.close)
    google = open_google(settings, egress, clock)
    ring, issuer = key_ring_of(settings), issuer_of(settings)
    watch = KeyWatch(ring, settings.keys_dir / "tokens")
    stack.push_async_callback(watch.close)
    watch.start()
    vault = PersonVault.of(secret, *settings.secrets_before)
    erased = ErasedSignIns.of(secret, *settings.secrets_before)
    outbox = open_outbox(settings, egress, clock)
    stack.push_async_callback(outbox.close)
    outbox.start()
    desk = SignInDesk.of(settings, database, programs, outbox, vault, clock)
    signer = Signer(ring, issuer, f"{settings.url}/oauth/token")
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
        has_google=google is not None,
        handle_key=handle_key(settings.secrets),
        export_key=export_key(settings.secrets),
        claims=ClaimHasher.of(secret, *settings.secrets_before),
        vault=vault,
        misses=MissBudget(time.monotonic),
        look_budget=look_budget(time.monotonic, settings.agent_looks_per_hour),
        cipher=Cipher.of((secret, *settings.secrets_before), b"members"),
        pin_hasher=pin_hasher,
        code_tries=code_tries(time.monotonic),
        export_wishes=export_wishes(time.monotonic),
        charging=Charging.of(rates, settings),
        pin_tries=pin_tries(time.monotonic),
    )
    routes: list[BaseRoute] = [
        *identity_routes(database=database, signer=signer, hasher=hasher, clock=clock, desk=desk),
        *device_routes(wallet),
        *export_routes(ExportPage.of(database, programs, services.export_key, vault, clock)),
        *receipt_routes(ReceiptPage(database, programs, services.handle_key, clock, offers_joining=outbox.delivers)),
        *_pages(services),
        *add_routes(wallet, GoogleDelivery(wallet, google) if google is not None else None),
    ]
    notices.start()
    return services, routes


def _pages(services: Services) -> list[BaseRoute]:
    """Where people join, say who they are, and agree for a child."""
    desk, link = services.sign_in_desk, partial(card_link, services.wallet)
    known = (services.database, services.till, services.programs, services.partners, services.claims, services.handle_key)
    claiming = Claiming(*known, services.watch)
    return [*JoinPage(desk, link, claiming).routes(), *IdentifyPage(desk, link).routes(), *GuardianPage(desk).routes()]


def _till(settings: Settings, database_url: str, clock: Clock) -> Till:
    return Till(
        database_url,
        clock,
        lanes=settings.lanes,
        queue_bound=settings.queue_bound,
        batch_size=settings.batch_size,
        lock_timeout_ms=settings.lock_timeout_ms,
    )


def _health_routes(services: Callable[[], Services]) -> list[Route]:
    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        """Ready to serve: the database answers, and its structure is this release's."""
        trouble = await services().database.trouble()
        return JSONResponse({"ready": trouble is None, "why": trouble}, 200 if trouble is None else 503, {"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        with suppress(*DOWN, TimeoutError):  # what this process counts is told also while the database is away
            async with asyncio.timeout(1):
                await audit.observe(services().database.pool, services().clock())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


class Server(uvicorn.Server):
    """uvicorn waits for answers to end by themselves; event streams do not, so they are told to."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app: Any = self.config.app
        await app.state.services.lives.close()
        await super().shutdown(sockets)


@click.command("serve")
def serve_command() -> None:
    """Serve until Ctrl-C; the port comes from HONEYGUIDE_PORT, everything else from the settings too."""
    settings = load_settings()
    write_logs(settings.log_format, settings.log_level, "serve")
    refuse_demo_keys(settings)
    try:
        key_ring_of(settings)
    except (KeysMissing, KeysUnusable) as error:  # said here, before uvicorn turns it into a traceback
        raise click.ClickException(str(error)) from None
    listener = listen(settings.host, settings.port)
    config = uvicorn.Config(
        create_app(settings),
        http=PatientProtocol,
        ws=SocketProtocol,
        ws_max_size=MAX_BODY,
        ws_per_message_deflate=False,  # a window of 64 kB and more for each connection
        log_config=None,
        access_log=False,  # paths hold add links and pass serials
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=65,
    )
    server = Server(config)
    click.echo(f"Honeyguide serves on {settings.url}", err=True)
    with tracing("serve"), suppress(KeyboardInterrupt):  # Ctrl-C is how it ends: uvicorn has stopped in order by then
        server.run(sockets=[listener])
    if not server.started:
        raise click.ClickException("the server did not start; the lines above say why")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or one clear sentence why there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(f"port {port} of {host} is in use: choose another with HONEYGUIDE_PORT") from None
        raise click.ClickException(f"cannot listen on {host}, port {port}: {error.strerror}") from None
    return listener
