"""An erasure reaches every table with members: what keeps a row of an erased one is named here, with the reason (R41)."""

from __future__ import annotations

from builders.platform import Platform, key
from honeyguide.ledger.books import broken_rows

# What stays under an id that names nobody.
REMAINS = {
    "account": "the books",
    "approval": "what operators asked of each other, by ids",
    "by_hand": "budgets of operators, for seven days, by ids",
    "audit": "who did what to whom, in codes and ids",
    "claim": "keyed hashes",
    "consent": "that writing was allowed then",
    "counter": "the books",
    "erasure": "the certificate",
    "hold": "the books",
    "lot": "the books",
    "lot_move": "the books",
    "member": "the pseudonym itself: without number, language and person",
    "merge": "that there was one; its detail is empty",
    "pass": "blank and void, until phones have fetched it",
    "apple_registration": "so that the void card arrives, 30 days",
    "google_object": "so that the blank object arrives, 30 days",
    "identifier": "serials of such passes, so that they are found",
    "sign_in_identity": "a keyed hash, so that the account elsewhere does not bring the person back",
    "standing": "the lock of the books",
    "tier_change": "the books",
    "transaction": "the books",
    "transfer": "the books",
}
ERASE = "mutation ($input: EraseMemberInput!) { eraseMember(input: $input) { __typename ... on UserError { code } } }"


async def tables_with(platform: Platform, member: object) -> set[str]:
    """Those that have a row of the member."""
    pool = platform.services.database.pool
    rows = await pool.fetch(
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('member_id', 'members') AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')"
    )
    return {
        table
        for table, column in rows
        if await pool.fetchval(
            f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE $1 = {"ANY(members)" if column == "members" else "member_id"})', member
        )
    }


async def test_r41_nothing_of_an_erased_person_is_left_in_a_table_that_is_not_named(platform: Platform) -> None:
    anna = await platform.enrol(phone="+12025550177", consents=[{"purpose": "newsletter", "given": True}])
    await platform.post("79.90")
    await platform.post("10.00", occurredAt="2020-01-01T12:00:00Z")  # parked
    await platform.as_member(anna, 'mutation { issuePass(input: { style: "membership" }) { __typename } }')
    await platform.as_member(anna, "{ me { card { message } } }")
    given = {"idempotencyKey": key()}
    await platform.as_member(
        anna, "mutation ($input: FoundHouseholdInput!) { foundHousehold(input: $input) { __typename } }", {"input": given}
    )
    pool, program, partner = platform.services.database.pool, platform.program_id, platform.partners["grocer"]["partner_id"]
    await pool.execute("INSERT INTO staff VALUES ($1, $2, $3, 'main', '7', $4, 'olivia', $2)", program, anna, partner, platform.clock())
    await pool.execute("INSERT INTO sign_in_identity VALUES ($1, 'https://id.test', 'canary', $2, $3)", program, anna, platform.clock())
    found = await platform.as_operator('{ member(by: { email: "anna@example.test" }) { id } }')
    before = await tables_with(platform, anna)

    erased = await platform.as_operator(ERASE, {"input": {**given, "member": found["member"]["id"], "reason": "REQUESTED"}})

    assert erased["eraseMember"]["__typename"] == "MemberErased", erased
    assert before >= {"person", "staff", "household_member", "parked_post", "card_key", "consent", "sign_in_identity"}
    assert sorted(await tables_with(platform, anna) - REMAINS.keys()) == []
    assert await pool.fetchval("SELECT subject <> 'canary' FROM sign_in_identity")
    assert await pool.fetchval("SELECT array_agg(kind) FROM identifier WHERE member_id = $1", anna) == ["pass"]
    assert await broken_rows(pool) == []
