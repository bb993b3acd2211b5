"""A real OpenID Connect provider from PyPI, in a process of its own: sign in, rotate, be down, come back."""

import asyncio
import socket
from datetime import UTC, datetime
from typing import Any

from builders.provider import real_provider
from honeyguide.caller import Audience, Caller
from honeyguide.identity.access import ROLES
from honeyguide.identity.providers.keys import REFRESH_SECONDS, SOONEST_SECONDS
from honeyguide.identity.refusal import Refusal

ANNA = {"sub": "anna", "email": "anna@example.test", "email_verified": True, "name": "Anna S.", "locale": "de-DE"}
OLIVIA = {"sub": "olivia", "email": "olivia@corp.test", "email_verified": True, "groups": ["desk"]}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def test_members_and_operators_sign_in_at_a_real_provider_that_rotates_goes_down_and_comes_back(entry: Any) -> None:
    async with real_provider(free_port(), ANNA, OLIVIA) as idp:
        trusted = {"issuer": idp.issuer}
        await entry.trust(**trusted, options={"enrols": True})
        await entry.trust(Audience.OPERATOR, provider_id="staff", client_audiences=("console",), **trusted)
        entry.now = datetime.now(UTC)

        # Sign in: an ID token of the code flow; it names no key, as that provider's tokens do.
        first = await idp.sign_in("anna")
        anna = await entry.ask(first)
        assert isinstance(anna, Caller) and anna.audience is Audience.MEMBER
        row = await entry.database.pool.fetchrow("SELECT display_name, email FROM person WHERE member_id = $1", anna.member_id)
        assert tuple(row) == ("Anna S.", "anna@example.test")
        olivia = await entry.ask(await idp.sign_in("olivia", "console"), Audience.OPERATOR)
        assert olivia == Caller(Audience.OPERATOR, entry.programs[0], "staff/olivia", ROLES["agent"], email="olivia@corp.test")

        # Swapped: another client's token, and each API's token at the other one.
        assert await entry.ask(await idp.sign_in("anna", "some-game")) is Refusal.AUDIENCE
        assert await entry.ask(await idp.sign_in("anna", "console")) is Refusal.AUDIENCE
        assert await entry.ask(first, Audience.OPERATOR) is Refusal.AUDIENCE
        assert await entry.ask(await idp.sign_in("anna", "console"), Audience.OPERATOR) is Refusal.NO_ROLE

        # Rotate: the process starts anew, with another key under the same issuer.
        await idp.stop()
        await idp.start()
        entry.now = datetime.now(UTC)
        entry.ticks.now += SOONEST_SECONDS
        assert await entry.ask(await idp.sign_in("anna")) == anna
        assert await entry.ask(first) is Refusal.SIGNATURE

        # Down: who has a token goes on, also with one that was not seen before.
        seen, unseen = await idp.sign_in("anna"), await idp.sign_in("olivia", "console")
        assert await entry.ask(seen) == anna
        await idp.stop()
        entry.ticks.now += REFRESH_SECONDS
        for provider in entry.directory.of_issuer(idp.issuer):
            assert await entry.directory.keys_of(provider).read_once() == "ConnectError"
        assert await entry.ask(seen) == anna
        assert await entry.ask(unseen, Audience.OPERATOR) == olivia

        # Back, with yet another key.
        await idp.start()
        entry.now = datetime.now(UTC)
        entry.ticks.now += SOONEST_SECONDS
        found = await asyncio.gather(*[entry.ask(await idp.sign_in("anna")) for _ in range(5)])
        assert found == [anna] * 5


async def test_a_second_provider_with_other_keys_signs_nothing_for_the_first(entry: Any) -> None:
    async with real_provider(free_port(), ANNA) as idp, real_provider(free_port(), ANNA) as other:
        await entry.trust(issuer=idp.issuer, options={"enrols": True})
        entry.now = datetime.now(UTC)

        assert isinstance(await entry.ask(await idp.sign_in("anna")), Caller)
        assert await entry.ask(await other.sign_in("anna")) is Refusal.ISSUER
