"""Claims name a request by a keyed hash."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID, uuid4

import orjson
import pytest

from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.till.claims import ClaimedBefore, ClaimHasher, claim_or_roll_back
from honeyguide.till.intent import Key, Reference

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROGRAM = UUID(int=1)
GROCER = Caller(Audience.PARTNER, PROGRAM, str(UUID(int=2)))
CLAIMS = ClaimHasher.of(b"secret")
BODY = ["anna@example.test", "+4930901820"]


def test_a_phone_number_cannot_be_guessed_from_a_claim_without_the_secret() -> None:
    key = CLAIMS.key_over(GROCER, "key-0001", "enrollMember", BODY)

    canonical = orjson.dumps(["enrollMember", BODY])
    assert key.request_hash != hashlib.sha256(canonical).digest()
    assert key.request_hash != ClaimHasher.of(b"another").key_over(GROCER, "key-0001", "enrollMember", BODY).request_hash


def test_equal_meaning_gives_equal_bytes() -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))

    one = CLAIMS.key_over(GROCER, "key", "operation", {"amount": Decimal("5.0"), "at": NOW, "in": frozenset({"b", "a"})})
    other = CLAIMS.key_over(GROCER, "key", "operation", {"in": frozenset({"a", "b"}), "at": berlin, "amount": Decimal(5)})

    assert one == other


def test_a_claim_made_under_a_former_secret_is_recognised_and_one_under_a_forgotten_secret_is_not() -> None:
    claimed = CLAIMS.key_over(GROCER, "key-0001", "enrollMember", BODY)
    rotated = ClaimHasher.of(b"newer", b"secret").key_over(GROCER, "key-0001", "enrollMember", BODY)
    forgotten = ClaimHasher.of(b"newest", b"newer").key_over(GROCER, "key-0001", "enrollMember", BODY)

    assert rotated.request_hash != claimed.request_hash
    assert rotated.same_request(claimed.request_hash)
    assert not forgotten.same_request(claimed.request_hash)
    assert not rotated.same_request(None)


async def test_a_retry_after_a_rotation_finds_its_claim_and_another_body_under_the_key_does_not(database: Database) -> None:
    idempotency_key = str(uuid4())
    rotated = ClaimHasher.of(b"newer", b"secret")
    async with database.transaction() as connection:
        await claim_or_roll_back(connection, PROGRAM, [CLAIMS.key_over(GROCER, idempotency_key, "redeem", BODY)], now=NOW)

    for body, same in ((BODY, True), ([*BODY, "more"], False)):
        with pytest.raises(ClaimedBefore) as claimed:
            async with database.transaction() as connection:
                await claim_or_roll_back(connection, PROGRAM, [rotated.key_over(GROCER, idempotency_key, "redeem", body)], now=NOW)
        assert claimed.value.earlier.same_request is same


async def test_of_several_claims_that_are_taken_the_first_in_the_list_is_told(database: Database) -> None:
    taken: list[Key | Reference] = [Key("b", str(uuid4()), b""), Reference("a", str(uuid4()))]
    async with database.transaction() as connection:
        await claim_or_roll_back(connection, PROGRAM, taken, outcome={"first": True}, now=NOW)

    for claims in (taken, taken[::-1]):
        with pytest.raises(ClaimedBefore) as claimed:
            async with database.transaction() as connection:
                await claim_or_roll_back(connection, PROGRAM, claims, now=NOW)
        assert claimed.value.claim is claims[0]
        assert claimed.value.earlier.outcome == {"first": True}
