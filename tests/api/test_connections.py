"""Growing lists are read by keyset from both ends, whatever is written meanwhile (S2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLObjectType, get_named_type

from builders.platform import Platform, key
from honeyguide.api.schemas import schema_for
from honeyguide.caller import Audience

PAGING = {"first": "Int", "after": "String", "last": "Int", "before": "String"}


def connections(audience: Audience) -> dict[str, Any]:
    """Every field that answers with a connection, by type and name."""
    types = [one for one in schema_for(audience)._schema.type_map.values() if isinstance(one, GraphQLObjectType)]
    fields = {f"{type_.name}.{name}": field for type_ in types for name, field in type_.fields.items()}
    return {name: field for name, field in fields.items() if get_named_type(field.type).name.endswith("Connection")}


@pytest.mark.parametrize("audience", list(Audience))
def test_s2_every_connection_takes_the_same_four_arguments(audience: Audience) -> None:
    for name, field in connections(audience).items():
        assert {one: str(field.args[one].type) for one in PAGING if one in field.args} == PAGING, name
        said = {one: field.args[one].description for one in PAGING}
        assert "1 to 100; 20 when" in said["first"] and "1 to 100" in said["last"], name


@pytest.mark.parametrize("audience", list(Audience))
def test_s2_no_connection_counts_what_no_index_counts(audience: Audience) -> None:
    types = schema_for(audience)._schema.type_map

    counting = [name for name, type_ in types.items() if "totalCount" in getattr(type_, "fields", {})]

    assert counting == []


class Grown:
    """One server, and a way to write one row more of each growing list."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.member_id: UUID | None = None
        self.partner = ""

    async def begin(self) -> None:
        self.member_id = await self.platform.enrol()
        self.partner = (await self.platform.as_operator("{ partners { id } }"))["partners"][0]["id"]

    async def post(self) -> None:
        assert (await self.platform.post("10.00", cashier="eve"))["__typename"] == "TransactionPosted"

    async def park(self) -> None:
        assert (await self.platform.post("10.00", occurredAt="2024-01-01T12:00:00Z"))["__typename"] == "TransactionParked"

    async def enrol(self) -> None:
        await self.platform.enrol(f"{key()}@example.test")

    async def credential(self) -> None:
        given = {"partner": self.partner, "name": "till", "scopes": ["earn"]}
        await self.done("createCredential", given, "CredentialCreated")

    async def ask_approval(self) -> None:
        member = {"email": "anna@example.test"}
        given = {"member": member, "unit": "points", "quantity": "30000", "reason": "OTHER", "note": "n"}
        await self.done("adjustAccount", given, "AwaitsApproval")

    async def erase(self) -> None:
        email = f"{key()}@example.test"
        await self.platform.enrol(email)
        found = (await self.platform.as_operator(f'{{ member(by: {{ email: "{email}" }}) {{ id }} }}'))["member"]["id"]
        await self.done("eraseMember", {"member": found, "reason": "OTHER"}, "MemberErased")

    async def be_late(self) -> None:
        member_id = await self.platform.enrol(f"{key()}@example.test")
        await self.platform.as_member(member_id, ISSUE_PASS)
        await self.platform.services.database.pool.execute(
            "INSERT INTO apple_registration (device_id, pass_id, program_id, member_id, pass_type, registered_at, behind_since)"
            " SELECT $1, pass_id, program_id, member_id, 'pass.x', now(), clock_timestamp() FROM pass WHERE member_id = $2",
            key(), member_id,
        )  # fmt: skip

    async def done(self, name: str, given: dict[str, Any], typename: str) -> None:
        kind = f"{name[0].upper()}{name[1:]}Input!"
        document = f"mutation ($input: {kind}) {{ it: {name}(input: $input) {{ __typename ... on UserError {{ code path }} }} }}"
        answer = (await self.platform.as_operator(document, {"input": {"idempotencyKey": key(), **given}}))["it"]
        assert answer["__typename"] == typename, answer

    async def page(self, audience: Audience, field: str, **paging: Any) -> tuple[list[str], dict[str, Any]]:
        """The cursors of one page, and what lies around it."""
        given = ", ".join(f"{name}: {orjson.dumps(value).decode()}" for name, value in paging.items())
        outer, _, name = field.rpartition(".")
        asked = FILTERS.get((audience, name), "").replace("PARTNER", self.partner)
        list_ = f"{name}({asked}{given}) {{ edges {{ cursor }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"
        document = "{ it: " + (f"{outer} {{ it: {list_} }}" if outer else list_) + " }"
        if audience is Audience.MEMBER:
            found = await self.platform.as_member(str(self.member_id), document)
        elif audience is Audience.PARTNER:
            found = await self.platform.as_partner("grocer", document)
        else:
            found = await self.platform.as_operator(document)
        page = found["it"]["it"] if outer else found["it"]
        return [edge["cursor"] for edge in page["edges"]], page["pageInfo"]


ISSUE_PASS = 'mutation { issuePass(input: {style: "membership"}) { __typename } }'
ANNA = 'member(by: {email: "anna@example.test"})'
FILTERS = {
    (Audience.OPERATOR, "credentials"): 'partner: "PARTNER", ',
    (Audience.OPERATOR, "postsOf"): 'of: {partner: "PARTNER", cashier: "eve", from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z"}, ',
}
# Each list, and what writes a row of it; the trail grows by everything.
LISTS: list[tuple[Audience, str, str, str]] = [
    (Audience.MEMBER, "me.activity", "Member.activity", "post"),
    (Audience.MEMBER, "me.purchases", "Member.purchases", "post"),
    (Audience.PARTNER, "transactions", "Query.transactions", "post"),
    (Audience.PARTNER, "credentials", "Query.credentials", "credential"),
    (Audience.OPERATOR, f"{ANNA}.activity", "MemberRecord.activity", "post"),
    (Audience.OPERATOR, "members", "Query.members", "enrol"),
    (Audience.OPERATOR, "credentials", "Query.credentials", "credential"),
    (Audience.OPERATOR, "reviewQueue", "Query.reviewQueue", "park"),
    (Audience.OPERATOR, "postsOf", "Query.postsOf", "post"),
    (Audience.OPERATOR, "erasures", "Query.erasures", "erase"),
    (Audience.OPERATOR, "approvals", "Query.approvals", "ask_approval"),
    (Audience.OPERATOR, "auditTrail", "Query.auditTrail", "credential"),
    (Audience.OPERATOR, "latePhones", "Query.latePhones", "be_late"),
]


def test_s2_every_connection_is_proved_below() -> None:
    assert {(audience, field) for audience in Audience for field in connections(audience)} == {(a, field) for a, _, field, _ in LISTS}


async def test_s2_pages_from_both_ends_are_the_whole_list_though_rows_come_in_between(platform: Platform) -> None:
    grown = Grown(platform)
    await grown.begin()
    for write in dict.fromkeys(write for *_, write in LISTS):
        for _ in range(3):
            platform.clock.move(seconds=1)
            await getattr(grown, write)()
    for audience, field, _, write in LISTS:
        before, _ = await grown.page(audience, field, first=100)
        forward = await walked(grown, audience, field, write, "first", "after", "endCursor", "hasNextPage")
        backward = await walked(grown, audience, field, write, "last", "before", "startCursor", "hasPreviousPage")
        after, around = await grown.page(audience, field, last=100)

        assert len(before) >= 3 and not around["hasPreviousPage"], field
        for pages, list_ in ((forward, after), (backward[::-1], after)):
            assert len(set(pages)) == len(pages), field  # none twice
            assert set(before) <= set(pages), field  # none left out
            assert pages == [cursor for cursor in list_ if cursor in set(pages)], field  # in the list's order


async def walked(grown: Grown, audience: Audience, field: str, write: str, most: str, beyond: str, cursor: str, more: str) -> list[str]:
    """All pages from one end, in the order of the walk, with a row written after the first of them."""
    found: list[str] = []
    place: dict[str, Any] = {}
    size = 20 if field == "auditTrail" else 2  # who reads the trail stands in it
    for _ in range(20):
        page, around = await grown.page(audience, field, **{most: size}, **place)
        found += page if most == "first" else page[::-1]
        if not around[more]:
            return found
        if not place:
            grown.platform.clock.move(seconds=1)
            await getattr(grown, write)()
        place = {beyond: around[cursor]}
    raise AssertionError(f"{field} has no end")
