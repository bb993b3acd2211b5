"""Partners enter the coalition once, with locations and a credential, on a real PostgreSQL."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from honeyguide.caller import Audience, Caller
from honeyguide.coalition.directory import REREAD_SECONDS, Partners
from honeyguide.coalition.partner import Location
from honeyguide.coalition.register_partner import PartnerExists, PartnerRegistered, PartnerRejected, RegisterPartner, register_partner
from honeyguide.database import Database
from honeyguide.identity.credentials import CredentialMaker, SecretHasher
from honeyguide.identity.store import credential
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.outcomes import KeyConflict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROGRAM = UUID(int=1)
CLAIMS = ClaimHasher.of(b"secret key of this installation")
OPERATOR = Caller(Audience.OPERATOR, PROGRAM, "olivia", frozenset({"partners"}))
GROCER = RegisterPartner(
    "key-0001",
    "grocer",
    "Green Grocer",
    (Location("7", "Main street", "America/New_York"), Location("12", "Station")),
    frozenset({"earn", "read"}),
)


@pytest.fixture(scope="module")
def maker() -> Iterator[CredentialMaker]:
    hasher = SecretHasher()
    yield CredentialMaker(b"secret key of this installation", hasher)
    hasher.close()


async def test_a_partner_gets_its_locations_and_a_credential_whose_hash_alone_is_kept(database: Database, maker: CredentialMaker) -> None:
    outcome = await register_partner(database, OPERATOR, GROCER, maker, CLAIMS, NOW)

    assert isinstance(outcome, PartnerRegistered)
    assert not outcome.replayed
    partners = Partners(database)
    partner = await partners.partner(PROGRAM, outcome.partner_id)
    assert partner is not None
    assert (partner.code, partner.name) == ("grocer", "Green Grocer")
    assert await partners.location(PROGRAM, outcome.partner_id, "7") == Location("7", "Main street", "America/New_York")
    assert await partners.location(PROGRAM, outcome.partner_id, "8") is None
    kept = await credential(database.pool, outcome.client_id)
    assert kept is not None
    assert (kept.audience, kept.subject, kept.scopes) == (Audience.PARTNER, str(outcome.partner_id), frozenset({"earn", "read"}))
    assert kept.secret_hash.startswith("$argon2id$")
    dumped = await database.pool.fetchval(
        "SELECT string_agg(claim::text, '') || (SELECT string_agg(credential::text, '') FROM credential) FROM claim"
    )
    assert outcome.client_secret not in dumped


async def test_a_retry_shows_the_first_answer_again_with_the_secret(database: Database, maker: CredentialMaker) -> None:
    first = await register_partner(database, OPERATOR, GROCER, maker, CLAIMS, NOW)

    again = await register_partner(database, OPERATOR, GROCER, maker, CLAIMS, NOW)

    assert isinstance(first, PartnerRegistered)
    assert again == replace(first, replayed=True)
    assert await database.pool.fetchval("SELECT count(*) FROM partner") == 1
    assert await database.pool.fetchval("SELECT count(*) FROM credential") == 1


async def test_one_key_at_once_registers_once(database: Database, maker: CredentialMaker) -> None:
    outcomes = await asyncio.gather(*(register_partner(database, OPERATOR, GROCER, maker, CLAIMS, NOW) for _ in range(8)))

    registered = [outcome for outcome in outcomes if isinstance(outcome, PartnerRegistered)]
    assert sorted(outcome.replayed for outcome in registered) == [False] + [True] * 7
    assert len({(outcome.partner_id, outcome.client_id, outcome.client_secret) for outcome in registered}) == 1


async def test_a_code_that_is_taken_is_refused_and_a_replay_is_the_same_refusal(database: Database, maker: CredentialMaker) -> None:
    await register_partner(database, OPERATOR, GROCER, maker, CLAIMS, NOW)
    another = replace(GROCER, idempotency_key="key-0002", name="Impostor")

    assert await register_partner(database, OPERATOR, another, maker, CLAIMS, NOW) == PartnerExists("grocer", replayed=False)
    assert await register_partner(database, OPERATOR, another, maker, CLAIMS, NOW) == PartnerExists("grocer", replayed=True)
    assert await database.pool.fetchval("SELECT count(*) FROM credential") == 1


async def test_a_key_used_for_another_partner_is_a_conflict_and_writes_nothing(database: Database, maker: CredentialMaker) -> None:
    await register_partner(database, OPERATOR, GROCER, maker, CLAIMS, NOW)

    assert await register_partner(database, OPERATOR, replace(GROCER, code="fuel"), maker, CLAIMS, NOW) == KeyConflict()
    assert await database.pool.fetchval("SELECT count(*) FROM partner") == 1


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (replace(GROCER, code="The Grocer"), PartnerRejected("INVALID_CODE", ("code",))),
        (replace(GROCER, name="  "), PartnerRejected("INVALID_NAME", ("name",))),
        (replace(GROCER, name="Green\u202eGrocer"), PartnerRejected("INVALID_NAME", ("name",))),
        (replace(GROCER, scopes=frozenset()), PartnerRejected("UNKNOWN_SCOPE", ("scopes",))),
        (replace(GROCER, scopes=frozenset({"earn", "adjust"})), PartnerRejected("UNKNOWN_SCOPE", ("scopes",))),
        (
            replace(GROCER, locations=(Location("7", "A"), Location("7", "B"))),
            PartnerRejected("DUPLICATE_LOCATION", ("locations", "0", "code")),
        ),
        (replace(GROCER, locations=(Location("", "A"),)), PartnerRejected("INVALID_LOCATION", ("locations", "0", "code"))),
        (
            replace(GROCER, locations=(Location("7", "A", "Mars/Base"),)),
            PartnerRejected("UNKNOWN_TIME_ZONE", ("locations", "0", "timeZone")),
        ),
    ],
)
async def test_bad_input_is_refused_with_its_field_and_writes_nothing(
    database: Database, maker: CredentialMaker, request_: RegisterPartner, refusal: PartnerRejected
) -> None:
    assert await register_partner(database, OPERATOR, request_, maker, CLAIMS, NOW) == refusal
    assert await database.pool.fetchval("SELECT (SELECT count(*) FROM partner) + (SELECT count(*) FROM claim)") == 0


async def test_a_partner_registered_elsewhere_is_known_within_a_second(database: Database, maker: CredentialMaker) -> None:
    seconds = [0.0]
    partners = Partners(database, monotonic=lambda: seconds[0])
    assert await partners.partner(PROGRAM, uuid4()) is None
    outcome = await register_partner(database, OPERATOR, GROCER, maker, CLAIMS, NOW)
    assert isinstance(outcome, PartnerRegistered)

    at_once = await partners.partner(PROGRAM, outcome.partner_id)
    seconds[0] += REREAD_SECONDS
    later = await partners.partner(PROGRAM, outcome.partner_id)

    assert at_once is None
    assert later is not None
    assert [partner.code for partner in await partners.all(PROGRAM)] == ["grocer"]
    assert await partners.partner(UUID(int=2), outcome.partner_id) is None
