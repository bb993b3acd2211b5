"""A merge opens no new limit: what was moved for one of the two was moved for the person."""

from __future__ import annotations

from builders.by_hand import Operator
from builders.people import balances
from builders.shop import Shop
from honeyguide.identity.second_approver.approval import Waits
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import LimitExceeded


async def test_what_was_adjusted_before_a_merge_counts_after_it(limited: Shop) -> None:
    olivia, first, second = Operator.person(limited), await limited.member(), await limited.member()
    assert isinstance(await olivia.does(await olivia.adjust(first, "450")), Posted)
    assert isinstance(await olivia.does(await olivia.merge(first, second)), Posted)

    assert isinstance(await olivia.does(await olivia.adjust(second, "551")), Waits)
    assert isinstance(await olivia.does(await olivia.adjust(second, "550")), Posted)
    assert await balances(limited, second) == {"points": 1000}


async def test_a_members_goodwill_of_the_day_outlives_a_merge(limited: Shop) -> None:
    agent, olivia = Operator.person(limited, "agent", "agent"), Operator.person(limited)
    first, second = await limited.member(), await limited.member()
    assert isinstance(await agent.does(await agent.goodwill(first, "100")), Posted)
    assert isinstance(await olivia.does(await olivia.merge(first, second)), Posted)

    assert isinstance(await agent.does(await agent.goodwill(second, "51")), LimitExceeded)
    assert isinstance(await agent.does(await agent.goodwill(second, "50")), Posted)
