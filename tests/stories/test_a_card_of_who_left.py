"""A member leaves, and is forgotten later: both cards hear of it, and show nothing of the person in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from builders.platform import key
from builders.town import Town, running_town, until, world_around
from honeyguide.testing.android import VirtualAndroid
from honeyguide.testing.apns import Push
from honeyguide.testing.iphone import VirtualIPhone
from honeyguide.wallet.phones.forgetting import KEPT_TO_ARRIVE, WAITED_FOR, drop_arrived, drop_forgotten

EMAIL = "anna@example.test"
CLOSE = "mutation ($input: CloseAccountInput!) { closeAccount(input: $input) { __typename } }"
ERASE = "mutation ($input: EraseMemberInput!) { eraseMember(input: $input) { __typename } }"


@pytest_asyncio.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world_around(tmp_path) as world, running_town(database_url, world) as town:
        town.work()
        yield town


async def test_cards_are_void_when_the_member_left_and_without_a_trace_once_forgotten(town: Town) -> None:
    """X3, A17, A49: the void card arrives; then push token and device id are gone, and nothing is answered any more."""
    add_url = await town.add_url(EMAIL)
    pool = town.platform.services.database.pool
    async with httpx.AsyncClient(trust_env=False) as http:
        iphone = VirtualIPhone(ca=town.world.ca, http=http, say=town.said.append)
        android = VirtualAndroid(town.world.google)
        town.world.hears(iphone)
        installed = await iphone.install(f"{add_url}.pkpass")
        await android.save(add_url)
        await town.platform.post("40.00", email=EMAIL)
        me = await town.me(EMAIL, "id memberNumber")
        anna = await town.member_id(EMAIL)

        given = {"idempotencyKey": key(), "memberNumber": me["memberNumber"]}
        left = await town.platform.as_member(anna, CLOSE, {"input": given})

        assert left["closeAccount"]["__typename"] == "AccountClosed"
        await until(lambda: iphone.passes[installed.serial].body.get("voided") is True)
        await until(lambda: inactive(town))

        given = {"idempotencyKey": key(), "member": me["id"], "reason": "REQUESTED"}
        erased = await town.platform.as_operator(ERASE, {"input": given})

        assert erased["eraseMember"]["__typename"] == "MemberErased"
        await until(lambda: me["memberNumber"] not in str(iphone.passes[installed.serial].body))
        assert iphone.passes[installed.serial].body["voided"] is True
        await town.rest()

        now = datetime.now(UTC)
        await pool.execute(OTHER_PHONE)
        assert await drop_arrived(pool, town.platform.program_id, now) == 0  # it never came for its void card
        assert await drop_arrived(pool, town.platform.program_id, now + WAITED_FOR + timedelta(minutes=1)) == 2
        assert await phones_known(pool) == (0, 0)
        assert await drop_forgotten(pool, town.platform.program_id, now) == 0  # the void card still has to reach phones that are off
        assert await drop_forgotten(pool, town.platform.program_id, now + KEPT_TO_ARRIVE + timedelta(minutes=1)) == 1
        for table in ("pass", "apple_device", "apple_registration", "google_object", "identifier"):
            assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table
        body = iphone.passes[installed.serial].body
        service, kind = f"{body['webServiceURL']}/v1", body["passTypeIdentifier"]
        token = {"Authorization": f"ApplePass {body['authenticationToken']}"}
        listed = await http.get(f"{service}/devices/{iphone.device_id}/registrations/{kind}")
        fetched = await http.get(f"{service}/passes/{kind}/{installed.serial}", headers=token)
        assert (listed.status_code, fetched.status_code) == (204, 401)


async def test_the_fetch_of_the_void_card_settles_the_one_phone_that_shows_it(town: Town) -> None:
    """X3: push token and device id are gone as soon as it came, and not before."""
    add_url = await town.add_url(EMAIL)
    pool, program_id = town.platform.services.database.pool, town.platform.program_id
    async with httpx.AsyncClient(trust_env=False) as http:
        iphone = VirtualIPhone(ca=town.world.ca, http=http, say=town.said.append)
        town.world.apns.connect(iphone.push_token, deaf)
        installed = await iphone.install(f"{add_url}.pkpass")
        given = {"idempotencyKey": key(), "member": (await town.me(EMAIL, "id"))["id"], "reason": "REQUESTED"}
        await town.platform.as_operator(ERASE, {"input": given})
        await town.rest()
        assert (await drop_arrived(pool, program_id, datetime.now(UTC)), await phones_known(pool)) == (0, (1, 1))

        await iphone.on_push(installed.pass_type)

        assert iphone.passes[installed.serial].body["voided"] is True
        assert (await drop_arrived(pool, program_id, datetime.now(UTC)), await phones_known(pool)) == (1, (0, 0))
        assert await pool.fetchval("SELECT count(*) FROM pass") == 1


async def deaf(_: Push) -> None:
    """A phone that APNs reaches and that does not come."""


OTHER_PHONE = """
WITH device AS (INSERT INTO apple_device (device_id, push_token, updated_at) VALUES ('other', 'ab', now()))
INSERT INTO apple_registration (device_id, pass_id, program_id, member_id, pass_type, registered_at, pushed_tag, fetched_tag, wanted_tag)
SELECT 'other', pass_id, program_id, member_id, 'pass.test', now(), tag, tag - 1, tag FROM pass
"""


async def phones_known(pool: Any) -> tuple[int, int]:
    row = await pool.fetchrow(
        "SELECT (SELECT count(*) FROM apple_device) AS devices, (SELECT count(*) FROM apple_registration) AS registrations"
    )
    return row["devices"], row["registrations"]


def inactive(town: Town) -> bool:
    return all(one["state"] == "INACTIVE" for one in town.world.google.objects.values())
