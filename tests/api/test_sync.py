"""An app that was offline catches up: what came into the books meanwhile, all of it and each once, whenever it happened."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from builders.platform import Platform, purchase

PAGE = """query ($f: Int, $l: Int, $a: String, $b: String, $s: DateTime) { me { version activity(first: $f, last: $l, after: $a, before: $b, since: $s) {
  edges { cursor node { id postedAt occurredAt quantity } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
} } }"""


async def page(platform: Platform, member: UUID, **asked: Any) -> Any:
    return (await platform.as_member(member, PAGE, {name[0]: value for name, value in asked.items()}))["me"]


def quantities(me: Any) -> list[str]:
    return [edge["node"]["quantity"] for edge in me["activity"]["edges"]]


async def away_for_a_day(platform: Platform, member: UUID) -> Any:
    """What the app knows when it goes offline; meanwhile come a purchase of before, one through a server whose clock is late, and others."""
    await platform.post("10.00")
    known = await page(platform, member, first=20)
    platform.clock.move(minutes=-5)
    await platform.post("20.00")
    platform.clock.move(days=1)
    for amount, days in (("30.00", 40), ("40.00", 0), ("41.00", 2), ("42.00", 0), ("43.00", 1)):
        posted = await platform.as_partner("grocer", POST, {"input": purchase(platform.clock() - timedelta(days=days), amount)})
        assert posted["postTransaction"]["__typename"] == "TransactionPosted"
    return known


POST = "mutation ($input: PostTransactionInput!) { postTransaction(input: $input) { __typename } }"


async def test_since_is_when_it_was_posted_so_that_nothing_posted_late_is_missed(platform: Platform) -> None:
    member = await platform.enrol()
    known = await away_for_a_day(platform, member)
    newest = known["activity"]["edges"][0]["node"]

    back = await page(platform, member, first=20, since=newest["postedAt"])

    assert quantities(back) == ["43", "42", "41", "40", "30", "20", "10"]  # in the order of posting, the known one last
    assert back["activity"]["edges"][-1]["node"]["id"] == newest["id"]
    assert back["version"] != known["version"]
    assert quantities(await page(platform, member, first=20, since=(platform.clock() + timedelta(seconds=1)).isoformat())) == []


async def test_an_app_walks_from_its_newest_row_to_the_present_in_pages(platform: Platform) -> None:
    member = await platform.enrol()
    known = await away_for_a_day(platform, member)

    rows, before, is_more = [], known["activity"]["pageInfo"]["startCursor"], True
    while is_more:
        back = (await page(platform, member, last=2, before=before))["activity"]
        rows = [*(edge["node"]["quantity"] for edge in back["edges"]), *rows]
        before, is_more = back["pageInfo"]["startCursor"], back["pageInfo"]["hasPreviousPage"]

    assert rows == ["43", "42", "41", "40", "30", "20"]


async def test_pages_since_a_moment_meet_and_do_not_overlap(platform: Platform) -> None:
    member = await platform.enrol()
    known = await away_for_a_day(platform, member)
    since = known["activity"]["edges"][0]["node"]["postedAt"]

    first = await page(platform, member, first=4, since=since)
    second = await page(platform, member, first=4, since=since, after=first["activity"]["pageInfo"]["endCursor"])

    assert quantities(first) + quantities(second) == ["43", "42", "41", "40", "30", "20", "10"]
    assert (first["activity"]["pageInfo"]["hasNextPage"], second["activity"]["pageInfo"]["hasNextPage"]) == (True, False)


async def test_the_version_stays_while_nothing_happens_and_rises_with_each_change(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("10.00")
    before = (await page(platform, member, first=1))["version"]
    platform.clock.move(hours=1)
    same = (await page(platform, member, first=1))["version"]
    await platform.post("10.00")

    after = (await page(platform, member, first=1))["version"]

    assert before == same
    assert int(after) > int(before)
