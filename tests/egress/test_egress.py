"""The one way out, attacked by names, answers and slowness."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import pytest

from builders.outside import OK, Names, saying, serving, way_out
from honeyguide.egress import Egress, EgressFailed, EgressPolicy, EgressRefused
from honeyguide.settings import Settings

LOOPBACK = "127.0.0.0/8"
PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "127.0.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "10.1.2.3",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "0.0.0.0",
        "64:ff9b::a9fe:a9fe",
    ],
)
async def test_a_name_that_leads_inside_is_refused_and_nothing_is_sent(address: str) -> None:
    async with serving(OK) as server, way_out(names=Names([[address]])) as egress:
        with pytest.raises(EgressRefused, match=r"inside: rebound\.example"):
            await egress.fetch(f"http://rebound.example:{server.port}/")
        with pytest.raises(EgressRefused, match="inside"):
            await egress.connect("rebound.example", server.port, None)

        assert server.heard == []


async def test_a_name_that_leads_outside_and_inside_is_refused_as_a_whole() -> None:
    async with way_out(names=Names([[PUBLIC, "10.0.0.1"]])) as egress:
        with pytest.raises(EgressRefused, match="inside"):
            await egress.fetch("https://half.example/")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "localhost", "2130706433", "0x7f.1"])
async def test_this_machine_is_refused_in_every_spelling_where_nothing_is_allowed(host: str) -> None:
    async with serving(OK) as server, way_out() as egress:
        with pytest.raises(EgressRefused):
            await egress.fetch(f"http://{host}:{server.port}/")

        assert server.heard == []


async def test_a_second_answer_of_the_name_server_comes_too_late() -> None:
    """DNS rebinding: the address that was checked is the one that is called; the name is not asked a second time."""
    names = Names([["127.0.0.1"], ["10.0.0.1"]])
    async with serving(OK) as server, way_out(LOOPBACK, names) as egress:
        answer = await egress.fetch(f"http://rebound.example:{server.port}/path?query=1")

        assert (answer.status, answer.body, names.asked) == (200, b"ok", ["rebound.example"])
        assert server.heard[0].startswith(b"GET /path?query=1 HTTP/1.1\r\nHost: rebound.example:%d\r\n" % server.port)


async def test_a_name_that_moves_inside_between_two_calls_is_refused() -> None:
    closing = saying(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")
    async with serving(closing) as server, way_out(LOOPBACK, Names([["127.0.0.1"], ["10.0.0.1"]])) as egress:
        await egress.fetch(f"http://rebound.example:{server.port}/")

        with pytest.raises(EgressRefused, match="inside"):
            await egress.fetch(f"http://rebound.example:{server.port}/")


async def test_a_redirect_is_an_answer_that_nobody_follows() -> None:
    redirect = saying(b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data\r\ncontent-length: 0\r\n\r\n")
    async with serving(redirect) as server, way_out(LOOPBACK) as egress:
        answer = await egress.fetch(f"http://127.0.0.1:{server.port}/")

        assert answer.status == 302 and len(server.heard) == 1


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 40 + b"\r\n\r\n",
             b"HTTP/1.1 200 OK\r\n\r\n"]
)  # fmt: skip
async def test_an_endless_body_ends_at_the_bound(head: bytes) -> None:
    async with serving(saying(head, *[b"x" * 1000] * 200)) as server, way_out(LOOPBACK) as egress:
        with pytest.raises(EgressFailed, match=r"TooLarge|ProtocolError"):
            await egress.fetch(f"http://127.0.0.1:{server.port}/", largest=10_000)


async def test_endless_headers_end_at_a_bound() -> None:
    async with serving(saying(b"HTTP/1.1 200 OK\r\n", *[b"x-y: " + b"z" * 1000 + b"\r\n"] * 500)) as server, way_out(LOOPBACK) as egress:
        with pytest.raises(EgressFailed, match="ProtocolError"):
            await egress.fetch(f"http://127.0.0.1:{server.port}/")


async def test_a_packed_body_is_not_unpacked() -> None:
    packed = saying(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx")
    async with serving(packed) as server, way_out(LOOPBACK) as egress:
        with pytest.raises(EgressFailed, match="Encoded"):
            await egress.fetch(f"http://127.0.0.1:{server.port}/")


async def test_a_body_that_drips_ends_with_the_total_time() -> None:
    drip = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", *[b"x"] * 1000, pause=0.05)
    async with serving(drip) as server, way_out(LOOPBACK, total=0.4) as egress:
        began = time.monotonic()
        with pytest.raises(EgressFailed, match="Timeout"):
            await egress.fetch(f"http://127.0.0.1:{server.port}/")

        assert time.monotonic() - began < 2


async def test_a_server_that_says_nothing_is_left() -> None:
    async with serving(saying(pause=10)) as server, way_out(LOOPBACK, read=0.2) as egress:
        with pytest.raises(EgressFailed, match="ReadTimeout"):
            await egress.fetch(f"http://127.0.0.1:{server.port}/")


async def test_a_name_server_that_does_not_answer_is_left() -> None:
    async def silent(host: str, port: int) -> list[str]:
        await asyncio.sleep(10)
        return []

    egress = Egress(EgressPolicy(connect=0.2), resolve=silent)

    with pytest.raises(EgressFailed, match="ConnectTimeout"):
        await egress.fetch("https://idp.example/")
    with pytest.raises(EgressFailed, match="ConnectTimeout"):
        await egress.dial("idp.example", 25)
    await egress.close()


async def test_only_so_many_requests_run_and_wait_at_once() -> None:
    async with serving(saying(pause=5)) as server, way_out(LOOPBACK, at_once=2, waiting=3) as egress:
        url, patience = f"http://127.0.0.1:{server.port}/", (0.6, 0.6, 0.2, 0.2, 0.2)  # who waits gives up before there is room
        answers = await asyncio.gather(*(egress.fetch(url, within=within) for within in patience), return_exceptions=True)

        assert sorted(str(answer) for answer in answers) == ["Busy", "Busy", "Timeout", "Timeout", "Timeout"]
        assert len(server.heard) == 2


async def test_after_a_storm_of_timeouts_the_way_is_free_again() -> None:
    async with serving(saying(pause=5)) as slow, serving(OK) as quick, way_out(LOOPBACK, at_once=2, total=0.2) as egress:
        await asyncio.gather(*(egress.fetch(f"http://127.0.0.1:{slow.port}/") for _ in range(6)), return_exceptions=True)

        assert (await egress.fetch(f"http://127.0.0.1:{quick.port}/", within=5)).status == 200


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(OK) as proxy, serving(OK) as server, way_out(LOOPBACK) as egress:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

        await egress.fetch(f"http://127.0.0.1:{server.port}/")

        assert proxy.heard == [] and len(server.heard) == 1


async def test_the_certificate_must_name_the_host_and_not_the_address(server_tls: ssl.SSLContext, certificate: tuple[Path, Path]) -> None:
    async with serving(OK, server_tls) as server, way_out(LOOPBACK, Names([["127.0.0.1"]]), ca_file=certificate[0]) as egress:
        assert (await egress.fetch(f"https://localhost:{server.port}/")).status == 200
        with pytest.raises(EgressFailed, match="ConnectError"):
            await egress.fetch(f"https://idp.example:{server.port}/")
        with pytest.raises(ssl.SSLCertVerificationError):
            await egress.connect("idp.example", server.port, egress.tls())


async def test_a_certificate_of_an_unknown_authority_is_refused(server_tls: ssl.SSLContext) -> None:
    async with serving(OK, server_tls) as server, way_out(LOOPBACK, Names([["127.0.0.1"]])) as egress:
        with pytest.raises(EgressFailed, match="ConnectError"):
            await egress.fetch(f"https://localhost:{server.port}/")


async def test_a_protocol_of_its_own_gets_a_stream_to_the_checked_address(
    server_tls: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    names = Names([["127.0.0.1"], ["10.0.0.1"]])
    async with serving(OK, server_tls) as server, way_out(LOOPBACK, names, ca_file=certificate[0]) as egress:
        reader, writer = await egress.connect("localhost", server.port, egress.tls())
        writer.write(b"HELO\r\n\r\n")

        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert names.asked == ["localhost"]
        writer.close()


async def test_when_the_first_address_does_not_answer_the_next_one_is_called() -> None:
    async with serving(OK) as server, way_out(LOOPBACK, Names([["127.0.0.99", "127.0.0.1"]])) as egress:
        assert (await egress.fetch(f"http://two.example:{server.port}/")).status == 200
        (await egress.dial("two.example", server.port)).close()


async def test_production_allows_nothing_inside_and_development_this_machine(tmp_path: Path) -> None:
    production = Settings(environment="production", secret_key="s" * 40, public_url="https://loyalty.example", data_dir=tmp_path)  # type: ignore[arg-type]
    inside, here = EgressPolicy.of(production), EgressPolicy.of(Settings(data_dir=tmp_path))

    assert not inside.plain_http and not inside.allowed.networks and not inside.allowed.hosts
    assert here.plain_http
    async with serving(OK) as server:
        there = f"http://127.0.0.1:{server.port}/"
        strict, open_here = Egress(inside), Egress(here)
        with pytest.raises(EgressRefused, match="plain"):
            await strict.fetch(there)
        assert (await open_here.fetch(there)).status == 200
        await strict.close()
        await open_here.close()


async def test_an_answer_that_nests_without_end_is_no_json() -> None:
    body = b"[" * 100_000
    deep = saying(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body), body)
    async with serving(deep) as server, way_out(LOOPBACK) as egress:
        answer = await egress.fetch(f"http://127.0.0.1:{server.port}/")

        with pytest.raises(ValueError, match=r"depth|nest|recurs"):
            answer.json()
