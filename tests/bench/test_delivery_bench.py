"""From a purchase's commit to the phone: 200 posts a second, a worker and a server in processes of their own, APNs over TLS."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from builders.served import SAYS, TESTS, Process
from builders.shop import Shop, a_purchase
from honeyguide.demo.ports import free_port
from honeyguide.members.lookup import MemberLookup
from honeyguide.settings import Settings
from honeyguide.testing.apns import ApnsSimulator
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.post_transaction import post_transaction
from honeyguide.wallet.apple.pass_json import authentication_token
from honeyguide.wallet.assembly import Wallet, open_wallet
from honeyguide.wallet.certificates.of_settings import development_certificates
from honeyguide.wallet.issue_pass import PassIssued, issue_pass
from honeyguide.wallet.phones import registrations
from honeyguide.wallet.publishing import outbox

SECRET = "a secret of measurements, long enough"
POSTS_A_SECOND = 200
SECONDS = int(os.environ.get("HONEYGUIDE_BENCH_SECONDS", "30"))
MEMBERS = 600  # each is posted for every three seconds: what follows within one would wait for N9's window
FETCHING = 4  # one phone of so many comes for its pass; the others are off


@dataclass
class Watched:
    """A phone, and when the last purchase of its owner was committed."""

    token: str
    lookup: MemberLookup
    url: str
    authorization: str
    fetches: bool
    committed: float = 0.0


@dataclass(frozen=True)
class Around:
    """The server's address, and our processes."""

    url: str
    processes: list[Process]

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU by process; `bench` is this one, with till, APNs and phones."""
        used = {one.command: _cpu_seconds(one.running.pid) for one in self.processes if one.running is not None}
        return {**used, "bench": _cpu_seconds(os.getpid())}


@dataclass
class Times:
    push: list[float] = field(default_factory=list)
    fetch: list[float] = field(default_factory=list)
    post: list[float] = field(default_factory=list)


@pytest.mark.bench
@pytest.mark.timeout(600)
async def test_commit_to_push_at_200_posts_a_second(shop: Shop, database_url: str, tmp_path: Path):
    """N8, N9, N10: push p99 under 0.5 s on a machine with cores to spare."""
    shop.clock.now = datetime.now(UTC)
    async with _apns(tmp_path) as apns, _processes(database_url, tmp_path, apns) as around:
        wallet = open_wallet(
            Settings(data_dir=tmp_path, secret_key=SecretStr(SECRET), public_url=around.url),
            shop.database,
            shop.programs,
            lambda: datetime.now(UTC),
        )
        phones = [await _phone(shop, wallet, number, around.url) for number in range(MEMBERS)]
        times = Times()
        async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=40), timeout=30) as http:
            for phone in phones:
                apns.connect(phone.token, lambda _, phone=phone: _hears(phone, http, times))
            began, cpu = time.perf_counter(), around.cpu()
            await _post_steadily(shop, phones, times)
            posting = time.perf_counter() - began
            await _quiet(shop)
            cpu = {name: used - cpu[name] for name, used in around.cpu().items()}
            took = time.perf_counter() - began - posting
        lags = await outbox.read_lags(shop.database.pool, datetime.now(UTC))
        wallet.close()
    rate, load = len(times.post) / posting, os.getloadavg()[0]
    print(f"\n{len(times.post):,} posts in {posting:.1f} s ({rate:.0f}/s), all told {took:.2f} s after the last; load {load:.1f}")
    for name, seconds in (("post", times.post), ("commit to push", times.push), ("commit to fetch", times.fetch)):
        p50, p90, p99 = (_percentile(seconds, percent) for percent in (50, 90, 99))
        print(f"{name:16} n={len(seconds):5,}  p50 {p50:7.1f} ms  p90 {p90:7.1f} ms  p99 {p99:7.1f} ms")
    print("CPU ms a post: " + ", ".join(f"{name} {1000 * used / len(times.post):.2f}" for name, used in cpu.items()))
    print(f"as the operator sees it: push {lags['push']}, fetch {lags['fetch']}")
    assert list(apns.complaints) == []
    assert times.push


async def _post_steadily(shop: Shop, phones: list[Watched], times: Times) -> None:
    async def post(phone: Watched) -> None:
        began = time.perf_counter()
        outcome = await post_transaction(shop.desk(), a_purchase(phone.lookup, occurred_at=shop.clock()))
        assert isinstance(outcome, Posted), outcome
        phone.committed = time.perf_counter()
        times.post.append(phone.committed - began)

    starts, under_way = time.perf_counter(), set()
    for number in range(POSTS_A_SECOND * SECONDS):
        pause = starts + number / POSTS_A_SECOND - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(post(phones[number % MEMBERS]))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


async def _hears(phone: Watched, http: httpx.AsyncClient, times: Times) -> None:
    committed = phone.committed  # a push may overtake the answer to its own purchase: then it is the next one's
    times.push.append(max(0.0, time.perf_counter() - committed))
    if phone.fetches:
        answer = await http.get(phone.url, headers={"Authorization": phone.authorization})
        assert answer.status_code in (200, 503), answer.status_code
        times.fetch.append(max(0.0, time.perf_counter() - committed))


_WAITS = """
SELECT EXISTS (SELECT FROM apple_registration WHERE pushed_tag < wanted_tag) OR EXISTS (SELECT FROM pass WHERE shown < changed)
"""


async def _quiet(shop: Shop) -> None:
    async with asyncio.timeout(120):
        while await shop.database.pool.fetchval(_WAITS):  # noqa: ASYNC110 - another process sets no event here
            await asyncio.sleep(0.02)
    await asyncio.sleep(1.5)  # what was noted reaches the database once a second


async def _phone(shop: Shop, wallet: Wallet, number: int, url: str) -> Watched:
    member_id = await shop.member()
    row = await _published(shop, wallet, member_id)
    token, pass_type = uuid4().hex * 2, wallet.identity.pass_type_id
    await registrations.register(
        shop.database, row.key, device_id=uuid4().hex, push_token=token, pass_type=pass_type, now=datetime.now(UTC)
    )
    secret = authentication_token(wallet.identity.token_key, row.serial, row.generation)
    path = f"{url}/wallet/apple/v1/passes/{pass_type}/{row.serial}"
    return Watched(token, await shop.lookup(member_id), path, f"ApplePass {secret}", number % FETCHING == 0)


async def _published(shop: Shop, wallet: Wallet, member_id: UUID):
    offered = wallet.styles.offered(shop.applied.program)
    async with shop.database.transaction() as connection:
        issued = await issue_pass(
            connection, program_id=shop.applied.program_id, member_id=member_id, style=offered[0], styles=offered, now=datetime.now(UTC)
        )
    assert isinstance(issued, PassIssued), issued
    await wallet.publisher.publish(issued.issued.key, datetime.now(UTC))
    await shop.database.pool.execute("UPDATE pass SET handed_tag = tag, handed_at = now() WHERE pass_id = $1", issued.issued.key.pass_id)
    return issued.issued


@asynccontextmanager
async def _apns(folder: Path) -> AsyncIterator[ApnsSimulator]:
    files = development_certificates(folder, "pass.test.honeyguide.membership", "HONEYGUIDE", datetime.now(UTC))
    assert files.apns_certificate is not None
    assert files.apns_key is not None
    apns = ApnsSimulator(certificate=files.apns_certificate, key=files.apns_key, client_ca=files.signing.intermediate)
    await apns.start()
    yield apns
    await apns.stop()


@asynccontextmanager
async def _processes(database_url: str, folder: Path, apns: ApnsSimulator) -> AsyncIterator[Around]:
    port = free_port("127.0.0.1", 0)
    environment = {
        "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
        "DATABASE_URL": database_url,
        "HONEYGUIDE_DATA_DIR": str(folder),
        "HONEYGUIDE_SECRET_KEY": SECRET,
        "HONEYGUIDE_PORT": str(port),
        "HONEYGUIDE_APPLE_APNS_HOST": "127.0.0.1",
        "HONEYGUIDE_APPLE_APNS_PORT": str(apns.port),
        "HONEYGUIDE_LOG_LEVEL": "warning",
    }
    running = [Process(command, SAYS[command], environment, folder / f"{command}.log", module="honeyguide.cli") for command in SAYS]
    try:
        for process in running:
            await process.start()
        yield Around(f"http://127.0.0.1:{port}", running)
    finally:
        for process in running:
            await process.kill()


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _percentile(seconds: list[float], percent: int) -> float:
    ordered = sorted(seconds) or [0.0]
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000
