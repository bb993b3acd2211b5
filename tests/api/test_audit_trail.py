"""Who did what and who looked at whom: every way to a member's data is noted before it is shown, every act by hand in its own commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type

from builders.platform import REGISTER, Platform, key, purchase
from honeyguide.api.core import core_schema
from honeyguide.api.schemas import schema_for
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.caller import Audience

ANNA, BERT = {"email": "anna@example.test"}, {"email": "bert@example.test"}
TRAIL = """
query ($first: Int, $after: String, $actor: String, $action: AuditAction, $member: ID, $from: DateTime, $to: DateTime) {
  auditTrail(first: $first, after: $after, actor: $actor, action: $action, member: $member, from: $from, to: $to) {
    edges { cursor node { auditId at actor credential action subjectKind subject members request approval detail seq hash } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
# Root fields of the operator that lead to something of a member's: a selection that shows it, and what it takes.
SHOWS = {
    "member": '{ member(by: {email: "anna@example.test"}) { status } }',
    "members": '{ members(search: "anna@example.test") { edges { node { email } } } }',
    "node": "query ($id: ID!) { node(id: $id) { __typename } }",
    "postsOf": "query ($of: PostsOfInput!) { postsOf(of: $of) { edges { node { reference } } } }",
    "transaction": "query ($posted: ID!) { transaction(id: $posted) { id } }",
    "nodes": "query ($id: ID!) { nodes(ids: [$id]) { ... on MemberRecord { email } } }",
    "reviewQueue": "{ reviewQueue { edges { node { reference } } } }",
    "decideParked": "mutation ($input: DecideParkedInput!) { decideParked(input: $input) { ... on ParkedDecided { parked { id } } } }",
    "adjustAccount": "mutation ($input: AdjustAccountInput!) { adjustAccount(input: $input) { ... on AccountAdjusted { account { available } } } }",
    "transferPoints": "mutation ($input: TransferPointsInput!) { transferPoints(input: $input) { ... on PointsTransferred { from { email } } } }",
    "correctBirthDate": "mutation ($input: CorrectBirthDateInput!) { correctBirthDate(input: $input) { ... on BirthDateCorrected { member { email } } } }",
    "mergeMembers": "mutation ($input: MergeMembersInput!) { mergeMembers(input: $input) { ... on MembersMerged { transaction { kind } } } }",
    "unmergeMembers": "mutation ($input: UnmergeMembersInput!) { unmergeMembers(input: $input) { ... on MembersUnmerged { source { email } } } }",
}
# They show members only where something goes wrong; every object of theirs passes the same place.
SHOWS_IN_TROUBLE = {"reversePosts"}
ASSIGN = "mutation ($input: AssignTierInput!) { assignTier(input: $input) { __typename } }"
INPUTS = {
    "adjustAccount": {"member": ANNA, "unit": "points", "quantity": "5", "reason": "GOODWILL", "note": "late"},
    "assignTier": {"member": ANNA, "tier": "forager", "until": "2027-12-31", "reason": "GOODWILL", "note": "late"},
    "transferPoints": {"from": ANNA, "to": BERT, "unit": "points", "quantity": "5", "reason": "asked"},
    "mergeMembers": {"source": ANNA, "target": BERT, "note": "one person"},
}


def member_node(member_id: UUID) -> str:
    return str(NodeId(NodeKind.MEMBER, member_id))


async def a_decision(platform: Platform) -> dict[str, str]:
    row = await platform.services.database.pool.fetchrow("SELECT member_id, parked_id FROM parked_post")
    return {"parked": str(NodeId(NodeKind.PARKED_POST, row["parked_id"], row["member_id"])), "decision": "REJECT", "note": "too old"}


def posts_of_the_grocer(platform: Platform) -> dict[str, str]:
    now, grocer = platform.clock(), platform.partners["grocer"]["partner"]["id"]
    return {"partner": grocer, "location": "7", "from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}


async def looks(platform: Platform) -> list[asyncpg.Record]:
    return await platform.services.database.pool.fetch("SELECT * FROM audit WHERE action = 'LOOK' ORDER BY at, audit_id")  # type: ignore[no-any-return]


async def acts(platform: Platform) -> list[asyncpg.Record]:
    return await platform.services.database.pool.fetch("SELECT * FROM audit WHERE action NOT LIKE 'LOOK%' ORDER BY at, audit_id")  # type: ignore[no-any-return]


def roots_that_show_members() -> set[str]:
    """Root fields of the operator's schema below which a type stands that has an id and lies with a member."""
    schema = core_schema(schema_for(Audience.OPERATOR))
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType) and schema.query_type and schema.mutation_type
    personal = {one.name for one in schema.get_possible_types(node)} - {"Partner", "Program", "Household"}

    def leads(type_: Any, seen: set[str]) -> bool:
        named = get_named_type(type_)
        if named.name in personal:
            return True
        if named.name in seen:
            return False
        seen.add(named.name)
        if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
            return any(leads(one, seen) for one in schema.get_possible_types(named))
        return isinstance(named, GraphQLObjectType) and any(leads(field.type, seen) for field in named.fields.values())

    roots = {**schema.query_type.fields, **schema.mutation_type.fields}
    return {name for name, field in roots.items() if leads(field.type, set())}


def test_every_way_to_a_member_is_tried_below() -> None:
    assert roots_that_show_members() <= {*SHOWS, *SHOWS_IN_TROUBLE}


def test_who_a_member_is_stands_on_member_records_only() -> None:
    types = core_schema(schema_for(Audience.OPERATOR)).type_map.values()
    shown = {
        one.name
        for one in types
        if isinstance(one, GraphQLObjectType) and {"email", "phone", "displayName", "memberNumber"} & set(one.fields)
    }

    assert shown == {"MemberRecord"}


async def test_every_way_to_a_member_is_noted_with_who_looked_and_whom_he_saw(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    posted = await platform.post("100.00", location="7")
    old = purchase(platform.clock() - timedelta(days=800), "1.00")
    await platform.as_partner("grocer", "mutation ($i: PostTransactionInput!) { postTransaction(input: $i) { __typename } }", {"i": old})
    merge_id = ""

    for field in (one for one in SHOWS if one in roots_that_show_members()):
        document, before = SHOWS[field], len(await looks(platform))
        needed = {
            "unmergeMembers": {"merge": merge_id, "note": "they are two"},
            "decideParked": await a_decision(platform),
            "correctBirthDate": {"member": member_node(anna), "birthDate": "1990-02-28"},
        }
        given = {**(INPUTS.get(field) or needed.get(field, {})), "idempotencyKey": key()}
        every = {"$input": {"input": given}, "$id": {"id": member_node(anna)}, "$of": {"of": posts_of_the_grocer(platform)}}
        every["$posted"] = {"posted": posted["transaction"]["id"]}
        variables = next((value for name, value in every.items() if name in document), {})
        await platform.as_operator(document, variables, X_Request_ID="request-7")
        seen = (await looks(platform))[before:]
        assert len(seen) == 1, field
        assert (seen[0]["actor"], seen[0]["audience"], seen[0]["request_id"]) == ("operator:olivia", "operator", "request-7")
        assert anna in seen[0]["members"] or bert in seen[0]["members"], field
        assert seen[0]["detail"]["fields"] == [field]
        if field == "mergeMembers":
            row = await platform.services.database.pool.fetchrow("SELECT member_id, merge_id FROM merge")
            merge_id = str(NodeId(NodeKind.TRANSACTION, row["merge_id"], row["member_id"]))


async def test_what_lies_with_a_member_is_a_look_at_the_member(platform: Platform) -> None:
    anna = await platform.enrol()
    posted = await platform.post("100.00")
    shown = (
        await platform.as_operator(
            "query ($by: MemberLookup!) { member(by: $by) { accounts { id } activity { edges { node { id } } } } }", {"by": ANNA}
        )
    )["member"]
    ids = [shown["accounts"][0]["id"], shown["activity"]["edges"][0]["node"]["id"], posted["transaction"]["id"]]

    for one in ids:
        before = len(await looks(platform))
        found = await platform.as_operator("query ($id: ID!) { node(id: $id) { __typename } }", {"id": one})
        assert found["node"] is not None
        assert [row["members"] for row in (await looks(platform))[before:]] == [[anna]]


async def test_a_search_is_noted_without_what_was_typed_also_where_it_finds_nobody(platform: Platform) -> None:
    await platform.enrol()

    await platform.as_operator(
        '{ a: members(search: "nobody@example.test") { edges { cursor } } b: member(by: {phone: "+49151234567"}) { id } }'
    )
    await platform.as_operator("{ program { version } partners { id } }")

    (row,) = await looks(platform)
    assert (row["subject_kind"], row["subject"], row["members"]) == ("MEMBERS", "0", [])
    assert row["detail"] == {"fields": ["members", "member"], "searches": [{"by": "EMAIL", "found": 0}, {"by": "PHONE", "found": 0}]}
    assert "example" not in str(dict(row)) and "49151" not in str(dict(row))


async def test_a_fragment_does_not_hide_what_was_asked(platform: Platform) -> None:
    await platform.as_operator(
        '{ ... on Query { ...all } } fragment all on Query { everybody: members(search: "x@example.test") { edges { cursor } } }'
    )

    (row,) = await looks(platform)
    assert row["detail"] == {"fields": ["members"], "searches": [{"by": "EMAIL", "found": 0}]}


async def test_a_page_of_members_is_one_row_that_names_them_all(platform: Platform) -> None:
    members = [await platform.enrol(f"member-{number}@example.test") for number in range(3)]

    await platform.as_operator("{ members { edges { node { email } } } again: members { edges { node { phone } } } }")

    (row,) = await looks(platform)
    assert sorted(row["members"]) == sorted(members)
    assert (row["subject_kind"], row["subject"]) == ("MEMBERS", "3")


async def test_what_cannot_be_noted_is_not_shown(platform: Platform, superuser_url: str) -> None:
    await platform.enrol()
    token, query = platform.token(Audience.OPERATOR, "olivia"), {"query": '{ member(by: {email: "anna@example.test"}) { email } }'}
    superuser = await asyncpg.connect(superuser_url)
    try:
        await superuser.execute("REVOKE INSERT ON audit FROM honeyguide_app")
        refused = await platform.send(Audience.OPERATOR, token, query)
        harmless = await platform.send(Audience.OPERATOR, token, {"query": "{ program { version } }"})
    finally:
        await superuser.execute("GRANT INSERT ON audit TO honeyguide_app")
        await superuser.close()

    assert refused.status_code == 503 and "anna@example.test" not in refused.text
    assert refused.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert harmless.status_code == 200


async def test_what_cannot_be_kept_in_the_trail_is_not_done(platform: Platform, superuser_url: str) -> None:
    await platform.enrol()
    token, given = platform.token(Audience.OPERATOR, "olivia"), {"input": {**INPUTS["adjustAccount"], "idempotencyKey": key()}}
    superuser = await asyncpg.connect(superuser_url)
    try:
        await superuser.execute("REVOKE INSERT ON audit FROM honeyguide_app")
        refused = await platform.send(Audience.OPERATOR, token, {"query": SHOWS["adjustAccount"], "variables": given})
        bought = await platform.post("10.00")
    finally:
        await superuser.execute("GRANT INSERT ON audit TO honeyguide_app")
        await superuser.close()
    adjusted = await platform.services.database.pool.fetchval("SELECT count(*) FROM transaction WHERE kind = 'ADJUSTMENT'")

    assert "errors" in refused.json() and adjusted == 0
    assert bought["__typename"] == "TransactionPosted"
    assert (await platform.as_operator(SHOWS["adjustAccount"], given))["adjustAccount"]["account"]["available"] == "15"


async def test_members_looks_at_themselves_and_a_partners_identify_are_no_rows(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.post("10.00")

    await platform.as_member(anna, "{ me { id } }")
    await platform.as_partner("grocer", 'mutation { identify(input: {by: {email: "anna@example.test"}}) { __typename } }')

    assert await looks(platform) == []


async def test_what_is_done_by_hand_in_the_books_is_in_the_trail_by_the_same_commit(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await platform.post("100.00")
    before = len(await acts(platform))

    for field in ("adjustAccount", "assignTier", "transferPoints", "mergeMembers"):
        given = {"input": {**INPUTS[field], "idempotencyKey": key()}}
        for _ in range(2):  # a replay does nothing, so it is no act
            await platform.as_operator({**SHOWS, "assignTier": ASSIGN}[field], given)
    row = await platform.services.database.pool.fetchrow("SELECT member_id, merge_id FROM merge")
    merge_id = str(NodeId(NodeKind.TRANSACTION, row["merge_id"], row["member_id"]))
    await platform.as_operator(SHOWS["unmergeMembers"], {"input": {"merge": merge_id, "note": "they are two", "idempotencyKey": key()}})
    erase = "mutation ($input: EraseMemberInput!) { eraseMember(input: $input) { __typename } }"
    await platform.as_operator(erase, {"input": {"member": member_node(bert), "reason": "REQUESTED", "idempotencyKey": key()}})

    found = (await acts(platform))[before:]
    assert sorted(one["action"] for one in found) == sorted(
        ["ADJUST_ACCOUNT", "ASSIGN_TIER", "TRANSFER_POINTS", "MERGE_MEMBERS", "UNMERGE_MEMBERS", "CLOSE_ACCOUNT", "ERASE_MEMBER"]
    )
    by_action = {one["action"]: one for one in found}
    assert {one["actor"] for one in found} == {"operator:olivia"}
    assert by_action["ADJUST_ACCOUNT"]["detail"] == {"kind": "ADJUSTMENT", "unit": "points", "quantity": 5, "reason": "GOODWILL"}
    assert by_action["TRANSFER_POINTS"]["members"] == [anna, bert]
    assert by_action["MERGE_MEMBERS"]["members"] == [anna, bert]
    assert by_action["ERASE_MEMBER"]["members"][0] == bert and by_action["ERASE_MEMBER"]["detail"]["reason"] == "REQUESTED"
    ids = {one["audit_id"] for one in found}
    assert await platform.services.database.pool.fetchval("SELECT count(*) FROM transaction WHERE transaction_id = ANY($1)", ids) == 7
    for word in ("late", "one person", "they are two", "asked", "example.test"):
        assert word not in str([dict(one) for one in found])


async def test_r41_rows_of_an_erased_person_stay_and_hold_nothing_personal(platform: Platform) -> None:
    anna = await platform.enrol(phone="+4915112345678")
    await platform.as_operator(SHOWS["member"])
    number = await platform.services.database.pool.fetchval("SELECT member_number FROM member")
    erase = "mutation ($input: EraseMemberInput!) { eraseMember(input: $input) { __typename } }"

    await platform.as_operator(erase, {"input": {"member": member_node(anna), "reason": "REQUESTED", "idempotencyKey": key()}})

    rows = await platform.services.database.pool.fetch("SELECT a::text AS row FROM audit a WHERE members @> ARRAY[$1::uuid]", anna)
    assert len(rows) == 3  # the look, the closing, the erasure
    for trace in ("anna", "4915112345678", number):
        assert trace.lower() not in " ".join(row["row"] for row in rows).lower()


async def test_what_a_job_erases_is_the_jobs_act(platform: Platform) -> None:
    anna = await platform.enrol()
    erase = {"query": "mutation ($input: EraseMemberInput!) { eraseMember(input: $input) { __typename } }"}
    given = {"input": {"member": member_node(anna), "reason": "RETENTION", "idempotencyKey": key()}}

    await platform.send(Audience.OPERATOR, platform.token(Audience.OPERATOR, "system:retention"), {**erase, "variables": given})

    found = [
        (row["action"], row["actor"], row["audience"]) for row in await acts(platform) if row["action"] in ("CLOSE_ACCOUNT", "ERASE_MEMBER")
    ]
    assert sorted(found) == [("CLOSE_ACCOUNT", "system:retention", "system"), ("ERASE_MEMBER", "system:retention", "system")]


async def test_a_closing_by_the_member_is_no_act_of_an_operator(platform: Platform) -> None:
    anna = await platform.enrol()
    number = await platform.services.database.pool.fetchval("SELECT member_number FROM member")
    before = len(await acts(platform))

    await platform.as_member(
        anna,
        "mutation ($i: CloseAccountInput!) { closeAccount(input: $i) { __typename } }",
        {"i": {"idempotencyKey": key(), "memberNumber": number}},
    )

    assert len(await acts(platform)) == before


async def test_operators_ask_who_looked_at_whom_and_that_is_a_look_too(platform: Platform) -> None:
    anna, _ = await platform.enrol(), await platform.enrol("bert@example.test")
    for moment in range(3):
        platform.clock.move(minutes=1)
        given = {"query": '{ member(by: {email: "%s@example.test"}) { id } }' % ("anna" if moment else "bert")}
        await platform.send(Audience.OPERATOR, platform.token(Audience.OPERATOR, "eve"), given)
    platform.clock.move(minutes=1)

    asked = {"member": member_node(anna), "first": 1, "action": "LOOK"}
    newest = (await platform.as_operator(TRAIL, asked))["auditTrail"]
    older = (await platform.as_operator(TRAIL, {**asked, "after": newest["pageInfo"]["endCursor"]}))["auditTrail"]
    trails = (await platform.as_operator(TRAIL, {"action": "LOOK_AT_TRAIL"}))["auditTrail"]["edges"]
    eves = (await platform.as_operator(TRAIL, {"actor": "operator:eve"}))["auditTrail"]["edges"]
    nobodys = (await platform.as_operator(TRAIL, {"to": "2020-01-01T00:00:00Z"}))["auditTrail"]["edges"]

    assert newest["pageInfo"]["hasNextPage"] and not older["pageInfo"]["hasNextPage"]
    both = [edge["node"] for page in (newest, older) for edge in page["edges"]]
    assert [one["actor"] for one in both] == ["operator:eve", "operator:eve"] and both[0]["at"] > both[1]["at"]
    assert both[0]["members"] == [member_node(anna)] and both[0]["subject"] == str(anna)
    assert [(edge["node"]["actor"], edge["node"]["members"]) for edge in trails] == [("operator:olivia", [member_node(anna)])] * 2
    assert len(eves) == 3 and nobodys == []


async def test_an_id_of_no_member_is_a_mistake_and_not_an_empty_trail(platform: Platform) -> None:
    token = platform.token(Audience.OPERATOR, "olivia")

    answer = await platform.send(Audience.OPERATOR, token, {"query": TRAIL, "variables": {"member": "nonsense"}})

    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_ARGUMENT"


@pytest.mark.parametrize("scopes", [frozenset({"members"}), frozenset()])
async def test_who_lacks_the_scope_reads_no_trail(platform: Platform, scopes: frozenset[str]) -> None:
    answer = await platform.send(Audience.OPERATOR, platform.token(Audience.OPERATOR, "eve", scopes), {"query": TRAIL})

    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_letting_a_partner_in_is_an_act(platform: Platform) -> None:
    partner = {"idempotencyKey": key(), "code": "bakery", "name": "Bakery", "locations": [], "scopes": ["earn"]}
    for _ in range(2):
        await platform.as_operator(REGISTER, {"input": partner})

    (row,) = [row for row in await acts(platform) if row["action"] == "REGISTER_PARTNER"]
    assert (row["actor"], row["subject_kind"], row["detail"]["code"]) == ("operator:olivia", "PARTNER", "bakery")
