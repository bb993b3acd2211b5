"""The worker process: publishes passes and brings them to phones, and posts what falls due by itself."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg
import click
from prometheus_client import start_http_server

from honeyguide.audit.chain import chain
from honeyguide.caller import Audience, Caller, Clock
from honeyguide.coalition.directory import Partners
from honeyguide.database import Database, running_database
from honeyguide.database.database import DOWN
from honeyguide.database.notices import Notices
from honeyguide.doctor.command import refuse_demo_keys
from honeyguide.egress import Egress
from honeyguide.identity.providers.erased import ErasedSignIns
from honeyguide.identity.second_approver.carry_out import Hands
from honeyguide.identity.second_approver.take_up import take_up
from honeyguide.members.call import Call
from honeyguide.members.handing_over import SWEPT_FOR, sweep_handovers
from honeyguide.members.handle import handle_key
from honeyguide.members.lookup import LookupPolicy
from honeyguide.members.person import PersonVault
from honeyguide.members.pooling import sweep_earnings, sweep_stranded
from honeyguide.programs.current import Applied, Programs
from honeyguide.recovery.witness import keep_seeing, refuse_forgotten_restore
from honeyguide.retention.forgetting import everything
from honeyguide.retention.retain import Retention
from honeyguide.settings import Settings, load_settings
from honeyguide.telemetry.logs import write_logs
from honeyguide.telemetry.tracing import tracing
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.posted import POSTED
from honeyguide.till.till import Till
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.sweep_due import sweep_due
from honeyguide.transactions.sweep_review import sweep_review
from honeyguide.wallet.assembly import open_issuers, open_pushes, open_wallet
from honeyguide.wallet.at_google.delivery import GoogleDelivery
from honeyguide.wallet.certificates.watch import CertificateWatch
from honeyguide.wallet.credentials.own import OwnCredentials
from honeyguide.wallet.messages.sweep import sweep_messages
from honeyguide.wallet.phones.forgetting import drop_arrived, drop_forgotten
from honeyguide.wallet.publishing.delivery import Delivery, Timing

_log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
# Transfers whose second side is missing: how far back is looked, and how often; a worker that was away long looks far back, too.
COMPLETED = ((timedelta(minutes=15), 5.0), (SWEPT_FOR, 600.0))
RETENTION_SECONDS = 3_600.0
ARRIVED_SECONDS = 60.0
MESSAGES_SECONDS = 5.0
LEFT_BEHIND_SECONDS = 30.0
_LONGEST_PAUSE = 10.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@click.command("worker")
def worker_command() -> None:
    """Work until Ctrl-C or SIGTERM; several workers share what is due, and a killed one's part is taken over."""
    settings = load_settings()
    write_logs(settings.log_format, settings.log_level, "worker")
    refuse_demo_keys(settings)
    refuse_forgotten_restore(settings)
    with tracing("worker"):
        asyncio.run(run_until_signal(settings))


async def run_until_signal(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    click.echo("Honeyguide works", err=True)
    gc.collect()
    gc.freeze()  # what was imported stays for good: the garbage collector need not look through it, which holds pushes up
    await work(settings, stop)


async def work(settings: Settings, stop: asyncio.Event, clock: Clock = utc_now) -> None:
    """Run all loops until `stop`, then finish what is under way; a database that is down is waited for."""
    async with _opened(settings, clock) as (database, programs, till, delivery), asyncio.TaskGroup() as loops:
        loops.create_task(delivery.run(stop))
        loops.create_task(keep_seeing(database.pool, settings.data_dir, stop))
        loops.create_task(_sweep("what is due", lambda applied: sweep_due(till, database, applied, clock()), SWEEP_SECONDS, programs, stop))
        for within, seconds in COMPLETED:
            complete = partial(_complete, till, database, clock, within)
            loops.create_task(_sweep("what is on its way between members", complete, seconds, programs, stop))
        loops.create_task(_sweep("what waits for the audit chain", partial(_chain, database), SWEEP_SECONDS, programs, stop))
        review = partial(_review, settings, till, database, programs, clock)
        loops.create_task(_sweep("what was decided about parked posts", review, SWEEP_SECONDS, programs, stop))
        left_behind = partial(_take_up, settings, till, database, programs, clock)
        loops.create_task(_sweep("what was approved and not carried out", left_behind, LEFT_BEHIND_SECONDS, programs, stop))
        tell = partial(_tell, database, PersonVault.of(*settings.secrets), clock)
        loops.create_task(_sweep("what members are told on their passes", tell, MESSAGES_SECONDS, programs, stop))
        drop_phones = partial(_drop_arrived, database, clock)
        loops.create_task(_sweep("phones that show an erased member's void card", drop_phones, ARRIVED_SECONDS, programs, stop))
        drop = partial(_drop_forgotten, database, clock)
        loops.create_task(_sweep("what is kept of erased members' cards", drop, RETENTION_SECONDS, programs, stop))
        retain = partial(_retain, settings, till, database, clock, Retention(everything(ErasedSignIns.of(*settings.secrets))))
        loops.create_task(_sweep("what was kept long enough", retain, RETENTION_SECONDS, programs, stop))


@asynccontextmanager
async def _opened(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Database, Programs, Till, Delivery]]:
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(running_database(settings))
        database = await Database.open(addresses.application, pool_size=settings.database_pool)
        stack.push_async_callback(database.close)
        programs = Programs()
        stack.push_async_callback(programs.close)
        await programs.start(database)
        till = Till(addresses.application, clock, lanes=1, lock_timeout_ms=settings.lock_timeout_ms)
        stack.push_async_callback(till.stop)
        wallet = open_wallet(settings, database, programs, clock)
        stack.callback(wallet.close)
        if settings.worker_metrics_port is not None:
            server, _ = start_http_server(settings.worker_metrics_port, settings.host)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        egress = Egress.of(settings)
        stack.push_async_callback(egress.close)
        pushes, issuers = open_pushes(wallet, egress), open_issuers(settings, egress, clock, database)
        if pushes is not None:
            stack.push_async_callback(pushes.close)
        certificates = CertificateWatch(wallet, pushes, OwnCredentials(settings, database, clock).read, issuers)
        stack.push_async_callback(certificates.close)
        await certificates.start()
        lease = timedelta(seconds=settings.worker_lease_seconds)
        timing = Timing(poll=timedelta(milliseconds=settings.worker_poll_ms), lease=lease)
        # A call to Google is given up before its lease ends, and Google is slow: its leases are longer.
        to_google = GoogleDelivery(wallet, issuers, lease=lease * 2.5)
        delivery = Delivery(wallet, pushes, to_google, timing=timing)
        notices = Notices(addresses.application, "honeyguide worker")
        notices.hear(POSTED, lambda _: delivery.posted.set(), delivery.posted.set)
        stack.push_async_callback(notices.close)
        notices.start()
        yield database, programs, till, delivery


async def _complete(till: Till, database: Database, clock: Clock, within: timedelta, applied: Applied) -> None:
    """What left one member and did not come to the other arrives; what is another's by now goes there."""
    await sweep_handovers(till, database, applied, clock(), within)
    await sweep_earnings(till, database, applied)
    await sweep_stranded(till, database, applied)


async def _chain(database: Database, applied: Applied) -> None:
    await chain(database, applied.program_id)


async def _review(settings: Settings, till: Till, database: Database, programs: Programs, clock: Clock, applied: Applied) -> None:
    now, partners = clock(), Partners(database)
    assert settings.secret_key is not None  # load_settings gives one
    claims = ClaimHasher.of(settings.secret_key.get_secret_value().encode(), *settings.secrets_before)
    policy = LookupPolicy(applied.program_id, None, handle_key(settings.secrets))

    async def desk_of(partner_id: UUID) -> Desk | None:
        partner = await partners.partner(applied.program_id, partner_id)
        caller = Caller(Audience.OPERATOR, applied.program_id, "worker")
        return None if partner is None else Desk(database, till, applied, caller, partner, policy, claims, now, programs)

    await sweep_review(database.pool, applied.program_id, desk_of, now)


async def _retain(settings: Settings, till: Till, database: Database, clock: Clock, retention: Retention, applied: Applied) -> None:
    caller = Caller(Audience.OPERATOR, applied.program_id, "system:retention")
    policy = LookupPolicy(applied.program_id, None, handle_key(settings.secrets))
    await retention.round(Call(database, till, applied, caller, policy, ClaimHasher.of(*settings.secrets), clock()))


async def _take_up(settings: Settings, till: Till, database: Database, programs: Programs, clock: Clock, applied: Applied) -> None:
    caller = Caller(Audience.OPERATOR, applied.program_id, "system:worker")  # each is carried out in the name of who asked
    policy = LookupPolicy(applied.program_id, None, handle_key(settings.secrets))
    call = Call(database, till, applied, caller, policy, ClaimHasher.of(*settings.secrets), clock())
    await take_up(Hands(call, programs, everything(ErasedSignIns.of(*settings.secrets))))


async def _tell(database: Database, vault: PersonVault, clock: Clock, applied: Applied) -> None:
    await sweep_messages(database, vault, applied, clock())


async def _drop_arrived(database: Database, clock: Clock, applied: Applied) -> None:
    await drop_arrived(database.pool, applied.program_id, clock())


async def _drop_forgotten(database: Database, clock: Clock, applied: Applied) -> None:
    await drop_forgotten(database.pool, applied.program_id, clock())


async def _sweep(what: str, work: Callable[[Applied], Awaitable[object]], seconds: float, programs: Programs, stop: asyncio.Event) -> None:
    """Each so many seconds, for each program: lots mature and expire at their dates, tiers whose end has come are reviewed, and the like."""
    failures = 0
    while not stop.is_set():
        failed = False
        for program_id in programs.ids():
            try:
                await work(programs.current(program_id))
            except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
                if not failed and failures == 0:
                    _log.warning("%s waits for the database: %s", what, type(error).__name__)
                failed = True
            except Exception as error:  # noqa: BLE001 - the next second tries again
                # What fails in one program must stop neither the others nor the passes. No traceback: PostgreSQL quotes values.
                failed = True
                _log.error("%s could not be posted: %s", what, type(error).__name__)
        failures = failures + 1 if failed else 0
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, min(_LONGEST_PAUSE, seconds * 2 ** min(failures, 5)))):
                await stop.wait()
