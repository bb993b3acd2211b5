"""The doctor looks whether letters leave."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from honeyguide.doctor.checks import mail
from honeyguide.doctor.finding import Examined, Level
from honeyguide.egress import Egress
from honeyguide.settings import Settings
from honeyguide.testing.mail import MailHost, mail_host

PRODUCTION = {"environment": "production", "secret_key": "4f8b1c92d0e37a65" * 4, "public_url": "https://loyalty.test"}


async def looked(egress: Egress, folder: Path, **given: Any) -> list[tuple[Level, str]]:
    found = await mail.check(Examined(Settings(data_dir=folder, **given), datetime.now(UTC), egress))
    return [(one.level, one.says) for one in found]


async def test_a_mail_host_that_lets_us_in_is_good_and_gets_no_letter(egress: Egress, tmp_path: Path) -> None:
    async with mail_host() as host:
        [(level, _)] = await looked(egress, tmp_path, smtp_host="127.0.0.1", smtp_port=host.port, smtp_tls="none")

    assert level is Level.GOOD and host.tried == 0


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_login_that_is_refused_is_a_failure_that_does_not_quote_it(egress: Egress, tmp_path: Path) -> None:
    async with mail_host(MailHost(user="loyalty", password="right")) as host:
        given = {"smtp_host": "127.0.0.1", "smtp_port": host.port, "smtp_tls": "none", "smtp_user": "loyalty", "smtp_password": "wrong-one"}
        [(level, says)] = await looked(egress, tmp_path, **given)

    assert level is Level.FAILURE and "wrong-one" not in says


async def test_a_host_without_starttls_is_a_failure(egress: Egress, tmp_path: Path) -> None:
    async with mail_host() as host:
        [(level, _)] = await looked(egress, tmp_path, smtp_host="127.0.0.1", smtp_port=host.port)

    assert level is Level.FAILURE


async def test_production_without_a_mail_host_or_from_localhost_is_told(egress: Egress, tmp_path: Path) -> None:
    none = await looked(egress, tmp_path, **PRODUCTION)
    local = await looked(egress, tmp_path, **PRODUCTION, smtp_host="mail.test")
    nobody = await looked(egress, tmp_path, **PRODUCTION, smtp_host="mail.test", smtp_sender="nobody at all")

    assert [found[0][0] for found in (none, local, nobody)] == [Level.WARNING, Level.FAILURE, Level.FAILURE]


async def test_development_needs_none(egress: Egress, tmp_path: Path) -> None:
    assert await looked(egress, tmp_path) == [(Level.GOOD, "letters become files in the data folder")]
