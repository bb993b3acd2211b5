"""The web process: the three GraphQL APIs, sign-in, the phones' web service, the page that adds a card, and its health."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import click
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from honeyguide.api.endpoints import graphql_routes
from honeyguide.api.limits import MAX_BODY
from honeyguide.api.live.event_streams import EventStreams
from honeyguide.api.services import Services
from honeyguide.audit import metrics as audit
from honeyguide.caller import Clock
from honeyguide.database.database import DOWN
from honeyguide.doctor.command import refuse_demo_keys
from honeyguide.identity.keys import KeysMissing, KeysUnusable, key_ring_of
from honeyguide.member_demo.routes import member_demo_routes
from honeyguide.opening import open_process
from honeyguide.recovery.witness import refuse_forgotten_restore
from honeyguide.serving.cross_origin import CrossOrigin
from honeyguide.serving.patient_protocol import PatientProtocol
from honeyguide.serving.socket_protocol import SocketProtocol
from honeyguide.settings import Settings, load_settings
from honeyguide.telemetry.identified import Identified
from honeyguide.telemetry.logs import write_logs
from honeyguide.telemetry.tracing import tracing
from honeyguide.wallet.at_google import metrics as google_metrics
from honeyguide.wallet.certificates.facts import health_of

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
            app.state.services, routes = await open_process(settings, clock, stack, streams)
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


def _health_routes(services: Callable[[], Services]) -> list[Route]:
    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        """Ready to serve: the database answers, and its structure is this release's."""
        trouble = await services().database.trouble()
        # A certificate that has ended holds passes up, not purchases: it is told here, and the server stays in service (A8).
        certificates = health_of(services().wallet.pass_types, services().clock())
        told = {"ready": trouble is None, "why": trouble, "certificates": certificates}
        return JSONResponse(told, 200 if trouble is None else 503, {"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        with suppress(*DOWN, TimeoutError):  # what this process counts is told also while the database is away
            async with asyncio.timeout(1):
                await audit.observe(services().database.pool, services().clock())
                await google_metrics.observe(services().database.pool, services().settings, services().clock())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


class Server(uvicorn.Server):
    """uvicorn waits for answers to end by themselves; event streams do not, so they are told to."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """What stands now stays for good: the garbage collector looking through it would hold everybody up for a tenth of a second each time."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        # Subscribers that wait are looked through as well, 50 us each: a sixth as often as Python would. Not never: closed ones leave cycles.
        gc.set_threshold(2_000, 10, 20)

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
    refuse_forgotten_restore(settings)
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
