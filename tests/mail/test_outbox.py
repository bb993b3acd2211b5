"""Letters leave in the background, whatever the mail host does, and nothing grows."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from builders.clock import Clock
from builders.eventually import eventually
from builders.outside import way_out
from honeyguide.egress import Egress, EgressPolicy
from honeyguide.egress.policy import Allowed
from honeyguide.mail import Letter, Outbox, open_outbox, outbox
from honeyguide.mail.letter import sender_of
from honeyguide.mail.mail_host import MailHost as Host
from honeyguide.mail.mailbox import KEPT, Mailbox
from honeyguide.settings import Settings
from honeyguide.testing.mail import MailHost, mail_host
from honeyguide.testing.tls import server_certificate

SENDER = sender_of("Loyalty <loyalty@shop.test>")


def letter(clock: Clock, to: str = "anna@example.test", minutes: float = 10) -> Letter:
    return Letter(to, "Hello", "Hello\n", "<p>Hello</p>", clock() + timedelta(minutes=minutes))


async def empty(box: Outbox) -> None:
    async with asyncio.timeout(10):
        while len(box):  # noqa: ASYNC110 - nobody but a test waits for it
            await asyncio.sleep(0.02)


@asynccontextmanager
async def posting(host: MailHost, clock: Clock, egress: Egress, **more: object) -> AsyncIterator[Outbox]:
    given = {"tls": "none", "user": host.user, "password": host.password, **more}
    box = Outbox(Host("127.0.0.1", host.port, egress=egress, **given), SENDER, clock, most=50)  # type: ignore[arg-type]
    box.start()
    try:
        yield box
    finally:
        await box.close(patience=1)


async def test_a_letter_reaches_the_mail_host(egress: Egress) -> None:
    clock = Clock()
    async with mail_host() as host, posting(host, clock, egress) as box:
        box.put(letter(clock))
        await host.wait_for(1)

    assert [str(one["To"]) for one in host.letters] == ["anna@example.test"] and host.faults == []


async def test_a_host_that_cannot_now_is_asked_again(egress: Egress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "PAUSES", (0.01,))
    clock = Clock()
    async with mail_host(MailHost(answers=["451 4.3.0 later", "421 4.3.2 going down"])) as host, posting(host, clock, egress) as box:
        box.put(letter(clock))
        await host.wait_for(1)

    assert host.tried == 3


async def test_a_letter_that_is_refused_for_good_is_given_up(egress: Egress) -> None:
    clock = Clock()
    async with mail_host(MailHost(answers=["550 5.1.1 nobody"])) as host, posting(host, clock, egress) as box:
        box.put(letter(clock, "nobody@example.test"))
        box.put(letter(clock))
        await host.wait_for(1)

    assert len(box) == 0 and host.tried == 2


async def test_while_the_host_is_down_the_outbox_stays_bounded_and_forgets_what_nobody_wants_any_more(
    egress: Egress, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outbox, "PAUSES", (0.01,))
    caplog.set_level(logging.DEBUG)
    clock, nowhere = Clock(), MailHost(port=9)
    async with posting(nowhere, clock, egress) as box:
        for number in range(500):
            box.put(letter(clock, f"anna{number}@example.test"))
            assert len(box) <= 50
        await eventually(lambda: found("does not take letters", caplog))
        clock.move(minutes=11)
        await empty(box)

    assert "example.test" not in caplog.text and caplog.text.count("does not take letters") == 1


async def found(text: str, caplog: pytest.LogCaptureFixture) -> bool:
    return text in caplog.text


async def test_a_slow_host_holds_up_nobody_who_puts(egress: Egress) -> None:
    clock, loop = Clock(), asyncio.get_running_loop()
    async with mail_host(MailHost(pause=0.5)) as host, posting(host, clock, egress) as box:
        began = loop.time()
        for _ in range(50):
            box.put(letter(clock))
        assert loop.time() - began < 5  # 25 if each waited


@pytest.mark.parametrize("said", [b"", b"250" * 20_000, b"220 hi\r\n" + b"250-x\r\n" * 5_000, b"HTTP/1.1 200 OK\r\n\r\n", b"\xff\x00\r\n"])
async def test_a_lying_host_is_left(egress: Egress, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "PAUSES", (0.01,))

    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    server, clock = await asyncio.start_server(lie, "127.0.0.1", 0), Clock()
    async with posting(MailHost(port=server.sockets[0].getsockname()[1]), clock, egress) as box:
        box.put(letter(clock))
        await asyncio.sleep(0.1)
        clock.move(minutes=11)
        await empty(box)
    server.close()


async def test_no_password_is_said_before_tls(egress: Egress) -> None:
    clock = Clock()
    host = MailHost(user="loyalty", password="secret")
    async with mail_host(host) as host, posting(host, clock, egress, tls="starttls") as box:
        box.put(letter(clock))
        await asyncio.sleep(0.3)

    assert host.letters == [] and host.tried == 0  # a host without STARTTLS gets nothing


async def test_with_starttls_the_login_and_the_letter_follow_the_certificate(tmp_path: Path) -> None:
    clock = Clock()
    authority, key = server_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority, key)
    policy = EgressPolicy(Allowed.read("127.0.0.0/8"), ca_file=authority)
    trusting, doubting = Egress(policy), Egress(EgressPolicy(Allowed.read("127.0.0.0/8")))
    host = MailHost(user="loyalty", password="secret")
    try:
        async with mail_host(host, context) as host:
            async with posting(host, clock, doubting, tls="starttls") as box:
                box.put(letter(clock))
                await asyncio.sleep(0.3)
                assert host.letters == []
            async with posting(host, clock, trusting, tls="starttls") as box:
                box.put(letter(clock))
                await host.wait_for(1)
    finally:
        await trusting.close()
        await doubting.close()


async def test_a_host_inside_is_refused_where_the_egress_does_not_allow_it() -> None:
    clock = Clock()
    async with way_out() as egress, mail_host() as host, posting(host, clock, egress) as box:
        box.put(letter(clock))
        await asyncio.sleep(0.2)

        assert host.tried == 0 and len(box) == 1


async def test_development_without_a_host_keeps_letters_in_a_folder_that_is_bounded(tmp_path: Path, egress: Egress) -> None:
    clock = Clock()
    box = open_outbox(Settings(secret_key=SecretStr("s" * 40), data_dir=tmp_path), egress, clock)
    box.start()
    for _ in range(3):
        box.put(letter(clock))
    await box.close()

    files = list((tmp_path / "mail").glob("*.eml"))
    assert len(files) == 3 and all(file.stat().st_mode & 0o077 == 0 for file in files) and KEPT == 200
    assert isinstance(Mailbox(tmp_path), Mailbox)


async def test_production_without_a_host_sends_nothing(tmp_path: Path, egress: Egress) -> None:
    settings = Settings(environment="production", secret_key=SecretStr("s" * 40), public_url="https://loyalty.example", data_dir=tmp_path)
    box = open_outbox(settings, egress, Clock())

    assert not box.delivers and not (tmp_path / "mail").exists()


def test_production_sends_no_password_in_the_clear() -> None:
    with pytest.raises(ValueError, match="SMTP_TLS"):
        Settings(
            environment="production",
            secret_key=SecretStr("s" * 40),
            public_url="https://loyalty.example",
            smtp_host="mail.example",
            smtp_tls="none",
        )
