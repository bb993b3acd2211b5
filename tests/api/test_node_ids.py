"""Ids are opaque but no secret: one that was made up names nothing, whatever it is made of."""

import base64
from uuid import UUID, uuid4

import pytest

from builders.platform import Platform
from honeyguide.api.types import node
from honeyguide.api.types.node import NodeId, NodeKind

NODE = "query ($id: ID!) { node(id: $id) { id ... on Member { memberNumber } } }"


def made_up(letter: str, key: UUID, *rest: bytes) -> str:
    """An id as only somebody who read our source would write one, its check right."""
    body = b"".join((letter.encode(), key.bytes, *rest))
    return base64.urlsafe_b64encode(body + node._check(body)).rstrip(b"=").decode()


async def test_a_members_own_id_with_another_member_inside_names_nobody(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    own = made_up("m", anna)

    found = await platform.as_member(anna, NODE, {"id": own})
    other = await platform.as_member(anna, NODE, {"id": made_up("m", bert)})
    both = [await platform.as_member(anna, NODE, {"id": made_up("m", *pair)}) for pair in ((anna, bert.bytes), (bert, anna.bytes))]

    assert found["node"]["id"] == own
    assert [answer["node"] for answer in (other, *both)] == [None, None, None]


@pytest.mark.parametrize("letter", ["z", "\x00", *NodeKind])
@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 18, 19, 34])
def test_an_id_of_a_shape_that_was_never_given_out_is_none(letter: str, length: int) -> None:
    read = NodeId.read(made_up(letter, uuid4(), bytes(length)))

    right = {"a": 16, "h": 16, "k": 16, "m": 0, "o": 0, "p": 0, "t": 16, "v": 18, "w": 16}
    assert (read is not None) is (right.get(letter) == length)


async def test_s1_what_an_app_has_seen_is_found_again_by_its_id_and_by_nobody_else(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await platform.post("100.00")
    await platform.as_member(anna, 'mutation { issuePass(input: {style: "membership"}) { __typename } }')
    seen = (await platform.as_member(anna, SEEN))["me"]
    own = [seen["id"], seen["accounts"][0]["id"], seen["activity"]["edges"][0]["node"]["id"], seen["passes"][0]["id"]]
    own.append(seen["purchases"]["edges"][0]["node"]["id"])
    shared = seen["purchases"]["edges"][0]["node"]["partner"]["id"]
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"

    found = (await platform.as_member(anna, document, {"ids": [*own, shared, "unknown"]}))["nodes"]
    foreign = (await platform.as_member(bert, document, {"ids": [*own, shared]}))["nodes"]

    assert [one and one["id"] for one in found] == [*own, shared, None]
    assert [one["__typename"] for one in found[:-1]] == ["Member", "Account", "Activity", "WalletPass", "Transaction", "Partner"]
    assert [one and one["id"] for one in foreign] == [None] * len(own) + [shared]


SEEN = """{ me {
  id accounts { id } activity(first: 1) { edges { node { id } } } passes { id }
  purchases(first: 1) { edges { node { id partner { id } } } }
} }"""
