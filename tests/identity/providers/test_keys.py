"""Keys of a provider that rotates, is down, or lies."""

import asyncio
import time
from typing import Any

import jwt
import pytest

from builders.provider import key, public
from honeyguide.caller import Caller
from honeyguide.identity.providers import keys as waits
from honeyguide.identity.providers.keys import KEPT_SECONDS, MOST_WAITING, REFRESH_SECONDS, SOONEST_SECONDS
from honeyguide.identity.refusal import Refusal

ENROLS = {"enrols": True}


async def read_again(entry: Any, provider: Any) -> None:
    """What the directory's rounds do when it is time."""
    keys = entry.directory.keys_of(provider)
    entry.ticks.now += REFRESH_SECONDS
    keys.refresh()
    while keys._reading is not None:  # noqa: ASYNC110 - a task that ends by itself
        await asyncio.sleep(0.005)


def patience(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(waits, "PATIENCE_SECONDS", seconds)


async def test_a_new_key_is_found_when_its_first_token_comes_and_a_withdrawn_ones_tokens_end(entry: Any) -> None:
    provider = await entry.trust(options=ENROLS)
    old = entry.idp.token("one", **entry.claims())
    assert isinstance(await entry.ask(old), Caller)

    entry.idp.keys = [public("two")]
    entry.ticks.now += SOONEST_SECONDS
    new = await entry.ask(entry.idp.token("two", **entry.claims()))

    assert isinstance(new, Caller)
    assert await entry.ask(old) is Refusal.UNKNOWN_KEY  # kept or not
    assert isinstance(await entry.ask(entry.idp.token("two", **entry.claims())), Caller)
    await read_again(entry, provider)
    assert isinstance(await entry.ask(entry.idp.token("two", **entry.claims())), Caller)


async def test_a_withdrawn_key_ends_without_anybody_asking(entry: Any) -> None:
    provider = await entry.trust(options=ENROLS)
    token = entry.idp.token("one", **entry.claims())
    assert isinstance(await entry.ask(token), Caller)

    entry.idp.keys = [public("two")]
    await read_again(entry, provider)

    assert await entry.ask(token) is Refusal.UNKNOWN_KEY


async def test_a_flood_of_made_up_keys_asks_the_provider_twice_a_minute(entry: Any) -> None:
    await entry.trust(options=ENROLS)
    flood = [entry.idp.token("one", header={"kid": f"made-up-{n}"}, **entry.claims()) for n in range(100)]
    for _ in range(3):
        before = len(entry.idp.asked)
        found = await asyncio.gather(*(entry.ask(token) for token in flood))

        assert set(found) <= {Refusal.UNKNOWN_KEY, Refusal.KEYS_UNAVAILABLE}
        assert len(entry.idp.asked) - before == 2  # its discovery document and its keys
        assert [await entry.ask(token) for token in flood] == [Refusal.UNKNOWN_KEY] * 100
        assert len(entry.idp.asked) - before == 2
        entry.ticks.now += SOONEST_SECONDS


async def test_known_keys_never_wait_while_the_provider_hangs(entry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    patience(monkeypatch, 3)
    await entry.trust(options=ENROLS)
    assert isinstance(await entry.sign_in(), Caller)
    entry.idp.hangs = True
    entry.ticks.now += SOONEST_SECONDS
    flood = [asyncio.create_task(entry.ask(entry.idp.token("one", header={"kid": str(n)}, **entry.claims()))) for n in range(200)]
    await asyncio.sleep(0.05)

    assert isinstance(await entry.sign_in(jti="another"), Caller)

    # The flood's first ones wait still, the rest was answered.
    assert sum(not task.done() for task in flood) == MOST_WAITING
    assert set(await asyncio.gather(*flood)) == {Refusal.UNKNOWN_KEY}


async def test_while_the_provider_is_down_known_keys_serve_for_hours_and_not_for_ever(entry: Any) -> None:
    provider = await entry.trust(options=ENROLS)
    assert isinstance(await entry.sign_in(), Caller)
    entry.idp.head = b"HTTP/1.1 503 Service Unavailable"

    for _ in range(3):
        await read_again(entry, provider)
        assert isinstance(await entry.sign_in(jti=str(entry.ticks.now)), Caller)
    entry.ticks.now += KEPT_SECONDS
    await read_again(entry, provider)

    assert await entry.sign_in() is Refusal.KEYS_UNAVAILABLE
    entry.idp.head = b"HTTP/1.1 200 OK"
    await read_again(entry, provider)
    assert isinstance(await entry.sign_in(), Caller)


LIES: list[tuple[str, Any]] = [
    ("another issuer in discovery", {"discovery": {"issuer": "https://idp.example"}}),
    ("no issuer in discovery", {"discovery": {"issuer": None}}),
    ("no address of keys", {"discovery": {"jwks_uri": None}}),
    ("keys at the metadata service", {"discovery": {"jwks_uri": "http://169.254.169.254/keys"}}),
    ("keys inside", {"discovery": {"jwks_uri": "http://10.0.0.1/keys"}}),
    ("keys in a file", {"discovery": {"jwks_uri": "file:///etc/passwd"}}),
    ("keys of a user", {"discovery": {"jwks_uri": "http://u:p@127.0.0.1/keys"}}),
    ("a redirect", {"head": b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/"}),
    ("html", {"raw": b"<html>Sign in to the hotel's network</html>"}),
    ("nothing", {"raw": b""}),
    ("50 MB", {"raw": b" " * 50_000_000}),
    ("deep", {"raw": b"[" * 200_000}),
    ("an error", {"head": b"HTTP/1.1 500 Oops"}),
    ("no HTTP", {"head": b"SSH-2.0-OpenSSH_9.6\r\n"}),
    ("no keys", {"keys": []}),
    ("two keys of one name", {"keys": [public("one"), {**public("two"), "kid": "one"}]}),
    ("a secret key", {"keys": [{"kty": "oct", "kid": "one", "alg": "HS256", "k": "c2VjcmV0"}]}),
    ("a private key", {"keys": [{**public("one"), "d": "AQAB"}]}),
]


@pytest.mark.parametrize("lie", [given for _, given in LIES], ids=[name for name, _ in LIES])
async def test_a_provider_that_lies_lets_nobody_in_and_who_was_known_stays(entry: Any, lie: dict[str, Any]) -> None:
    provider = await entry.trust(options=ENROLS)
    honest = dict(vars(entry.idp))
    for name, value in lie.items():
        setattr(entry.idp, name, value)

    assert await entry.sign_in() is Refusal.KEYS_UNAVAILABLE
    assert all(path in ("/.well-known/openid-configuration", "/keys") for path in entry.idp.asked)

    # Honest again, keys known, and lying once more: what is known serves on.
    for name in lie:
        setattr(entry.idp, name, honest[name])
    await read_again(entry, provider)
    assert isinstance(await entry.sign_in(), Caller)
    for name, value in lie.items():
        setattr(entry.idp, name, value)
    await read_again(entry, provider)
    assert isinstance(await entry.sign_in(jti="2"), Caller)


async def test_a_provider_that_hangs_costs_a_newcomer_seconds_and_nobody_else(entry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    patience(monkeypatch, 0.2)
    await entry.trust(options=ENROLS)
    entry.idp.hangs = True

    began = time.monotonic()
    assert await entry.sign_in() is Refusal.KEYS_UNAVAILABLE
    assert time.monotonic() - began < 2


async def test_a_token_that_names_no_key_follows_a_rotation_too(entry: Any) -> None:
    await entry.trust(options=ENROLS)

    def nameless(kid: str) -> str:
        return jwt.encode({"iss": entry.idp.issuer, **entry.claims()}, key(kid), algorithm="RS256")

    assert isinstance(await entry.ask(nameless("one")), Caller)
    entry.idp.keys = [public("two")]
    entry.ticks.now += SOONEST_SECONDS

    assert isinstance(await entry.ask(nameless("two")), Caller)
    assert await entry.ask(nameless("one")) is Refusal.SIGNATURE


async def test_providers_of_one_issuer_share_its_keys_and_a_provider_of_its_own_address_is_asked_there(entry: Any) -> None:
    await entry.trust(options=ENROLS)
    await entry.trust(options=ENROLS, program=1, client_audiences=("second",), jwks_url=f"{entry.idp.issuer}/keys/of/second")

    assert isinstance(await entry.sign_in(), Caller)
    assert isinstance(await entry.sign_in(aud="second"), Caller)
    assert entry.idp.asked == ["/.well-known/openid-configuration", "/keys", "/keys/of/second"]
