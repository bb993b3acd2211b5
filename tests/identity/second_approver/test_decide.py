"""Acts above a limit wait for a second person, who is never the one who asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from builders.by_hand import LIMITS, Operator, file_with, trail
from builders.people import balances, call_of, earn
from builders.shop import Shop
from honeyguide.identity.second_approver import by_hand as by_hand_module
from honeyguide.identity.second_approver import take_up as take_up_module
from honeyguide.identity.second_approver.approval import ApproveDecision, Waits
from honeyguide.identity.second_approver.carry_out import Hands
from honeyguide.identity.second_approver.decide import Decided
from honeyguide.identity.second_approver.store import read_approval
from honeyguide.identity.second_approver.take_up import take_up
from honeyguide.programs.apply_once import AppliedBefore
from honeyguide.programs.current import Applied
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.outcomes import IdempotencyConflict, InsufficientBalance, Rejected


def refused(answer: Any) -> str:
    assert isinstance(answer, Rejected), answer
    return answer.code


async def test_what_is_within_the_limit_happens_at_once(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()

    answer = await olivia.does(await olivia.adjust(member, "1000"))

    assert isinstance(answer, Posted)
    assert await balances(limited, member) == {"points": 1000}


async def test_without_limits_in_the_program_file_nobody_waits(shop: Shop) -> None:
    await shop.apply(file_with(""))
    olivia, member = Operator.person(shop), await shop.member()

    assert isinstance(await olivia.does(await olivia.adjust(member, "1000000")), Posted)


async def test_what_is_above_the_limit_waits_and_a_retry_says_so_until_it_is_decided(limited: Shop) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()
    request = await olivia.adjust(member, "1001")

    approval = await olivia.asks(request)
    again = await olivia.does(request)

    assert again == Waits(approval, replayed=True)
    assert await balances(limited, member) == {}

    decided = await peter.says(approval)

    assert isinstance(decided, Decided)
    assert decided.refusal is None
    assert await balances(limited, member) == {"points": 1001}
    posted = await olivia.does(request)
    assert isinstance(posted, Posted)
    assert posted.replayed
    assert (posted.recorded.detail["by"], posted.recorded.detail["approved_by"]) == ("company/olivia", "company/peter")


async def test_the_approval_is_in_the_audit_trail_with_both_names(limited: Shop) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()

    approval = await olivia.asks(await olivia.adjust(member, "1001"))
    await peter.says(approval)

    acts = await trail(limited, "ASK_APPROVAL", "APPROVE", "ADJUST_ACCOUNT")
    assert [(actor, action) for actor, action, _ in acts] == [
        ("operator:company/olivia", "ASK_APPROVAL"),
        ("operator:company/peter", "APPROVE"),
        ("operator:company/olivia", "ADJUST_ACCOUNT"),
    ]
    rows = await limited.database.pool.fetch("SELECT DISTINCT approval_id FROM audit WHERE action <> 'APPLY_PROGRAM' AND action <> 'LOOK'")
    assert {approval.approval_id} <= {row["approval_id"] for row in rows}


async def test_a_declined_act_never_happens(limited: Shop) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()
    request = await olivia.adjust(member, "1001")
    approval = await olivia.asks(request)

    await peter.says(approval, ApproveDecision.DECLINE)

    assert refused(await olivia.does(request)) == "APPROVAL_DECLINED"
    assert refused(await peter.says(approval)) == "ALREADY_DECIDED"
    assert await balances(limited, member) == {}


async def test_after_72_hours_nobody_approves_it_any_more(limited: Shop) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()
    request = await olivia.adjust(member, "1001")
    approval = await olivia.asks(request)

    limited.clock.move(hours=72)

    assert refused(await peter.says(approval)) == "APPROVAL_ENDED"
    assert refused(await olivia.does(request)) == "APPROVAL_ENDED"


async def test_nobody_approves_his_own_request_under_whatever_name_or_session(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()
    approval = await olivia.asks(await olivia.adjust(member, "1001"))

    other_session = replace(olivia, scopes=frozenset({"approve"}))
    other_name = Operator(limited, "agency/o-livia", "Olivia@Example.test")

    assert [refused(await one.says(approval)) for one in (olivia, other_session, other_name)] == ["OWN_REQUEST"] * 3
    assert await balances(limited, member) == {}


async def test_a_machine_may_ask_and_never_approve(limited: Shop) -> None:
    robot, peter, member = Operator.machine(limited), Operator.person(limited, "peter"), await limited.member()
    approval = await robot.asks(await robot.adjust(member, "1001"))

    assert refused(await Operator.machine(limited, "other").says(approval)) == "NOT_A_PERSON"
    nameless = Operator(limited, "company/nobody", None)
    assert refused(await nameless.says(approval)) == "NOT_A_PERSON"
    assert isinstance(await peter.says(approval), Decided)


async def test_a_forged_id_is_found_nowhere(limited: Shop) -> None:
    peter = Operator.person(limited, "peter")

    assert [refused(await peter.says(one)) for one in (uuid4(), None)] == ["NOT_FOUND", "NOT_FOUND"]


async def test_two_who_approve_at_once_carry_it_out_once(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()
    approval = await olivia.asks(await olivia.adjust(member, "1001"))
    others = [Operator.person(limited, name) for name in ("peter", "paula", "pia")]

    answers = await asyncio.gather(*(one.says(approval) for one in others))

    assert sorted(type(answer).__name__ for answer in answers) == ["Decided", "Rejected", "Rejected"]
    assert await balances(limited, member) == {"points": 1001}


async def test_a_retry_of_the_decision_is_told_the_same(limited: Shop) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()
    approval = await olivia.asks(await olivia.adjust(member, "1001"))

    first = await peter.says(approval, key="decision-1")
    again = await peter.says(approval, key="decision-1")
    other = await peter.says(approval, ApproveDecision.DECLINE, key="decision-1")

    assert isinstance(first, Decided)
    assert again == replace(first, replayed=True)
    assert other == IdempotencyConflict()


async def test_who_dies_after_the_decision_is_carried_out_by_the_next_who_asks(limited: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()
    request = await olivia.adjust(member, "1001")
    approval = await olivia.asks(request)

    async def dies(*_: Any) -> Any:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(by_hand_module, "carry_out_approved", dies)
        with pytest.raises(ConnectionError):
            await peter.says(approval, key="decision-1")
    assert await balances(limited, member) == {}

    answers = await asyncio.gather(peter.says(approval, key="decision-1"), olivia.does(request), olivia.does(request))

    assert isinstance(answers[0], Decided)
    assert await balances(limited, member) == {"points": 1001}


async def test_what_was_approved_and_not_carried_out_is_taken_up_by_the_worker_once(limited: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()
    approvals = [await olivia.asks(await olivia.adjust(member, points)) for points in ("1001", "2000")]
    monkeypatch.setattr(take_up_module, "_ROUND", 1)

    async def dies(*_: Any) -> Any:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(by_hand_module, "carry_out_approved", dies)
        for approval in approvals:
            with pytest.raises(ConnectionError):
                await peter.says(approval)
    worker = Hands(call_of(limited), limited.programs, ())

    await limited.database.pool.execute(  # one that always fails is older than they are
        "INSERT INTO approval (program_id, approval_id, operation, request, request_hash, key, asked_by, asked_at, ends_at, members, state,"
        " decided_by, decided_at)"
        " SELECT program_id, gen_random_uuid(), operation, '{}', request_hash, 'broken', asked_by, asked_at, ends_at, members, state, decided_by,"
        " decided_at - interval '1 second' FROM approval WHERE approval_id = $1",
        approvals[0].approval_id,
    )

    early = await take_up(worker)  # who approved may still be at it
    limited.clock.move(minutes=1)
    worker = Hands(call_of(limited), limited.programs, ())
    taken = await asyncio.gather(take_up(worker), take_up(worker))

    assert (early, taken, await take_up(worker)) == (0, [2, 2], 0)  # both workers hear of one posting each
    assert await balances(limited, member) == {"points": 3001}
    done = [await read_approval(limited.database.pool, limited.applied.program_id, one.approval_id) for one in approvals]
    assert all(one is not None and one.outcome is not None and "transaction" in one.outcome for one in done)


async def test_what_is_true_no_more_at_the_approval_is_refused_and_says_so(limited: Shop) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()
    await limited.apply(file_with(LIMITS.replace("adjust: {points: 1000}", "adjust: {points: 10}")))
    await earn(limited, member, "100.00")
    held = (await balances(limited, member))["points"]
    request = await olivia.adjust(member, f"-{held}")
    approval = await olivia.asks(request)
    for _ in range(2):
        assert isinstance(await olivia.does(await olivia.adjust(member, "-5")), Posted)

    decided = await peter.says(approval)

    assert isinstance(decided, Decided)
    assert decided.refusal is not None
    assert decided.refusal.code == "INSUFFICIENT_BALANCE"
    assert isinstance(await olivia.does(request), Rejected | InsufficientBalance)


async def test_a_limit_is_not_evaded_by_splitting(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()

    for _ in range(2):
        assert isinstance(await olivia.does(await olivia.adjust(member, "500")), Posted)

    await olivia.asks(await olivia.adjust(member, "1"))
    limited.clock.move(hours=25)
    assert isinstance(await olivia.does(await olivia.adjust(member, "500")), Posted)


async def test_giving_and_taking_are_summed(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()

    assert isinstance(await olivia.does(await olivia.adjust(member, "600")), Posted)

    await olivia.asks(await olivia.adjust(member, "-600"))


async def test_ten_at_once_do_not_pass_the_limit_together(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()

    answers = await asyncio.gather(*[olivia.does(await olivia.adjust(member, "300")) for _ in range(10)])

    assert sum(isinstance(answer, Posted) for answer in answers) == 3
    assert await balances(limited, member) == {"points": 900}


async def test_a_retry_counts_once_and_what_was_refused_does_not_count(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()
    request = await olivia.adjust(member, "500")

    answers = [await olivia.does(request) for _ in range(3)]
    assert [answer.replayed for answer in answers] == [False, True, True]
    assert isinstance(await olivia.does(await olivia.adjust(await limited.member(), "-900")), InsufficientBalance)
    assert isinstance(await olivia.does(await olivia.adjust(member, "500")), Posted)


async def test_a_counted_key_does_not_carry_a_larger_request(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()
    key = str(uuid4())
    small, large = await olivia.adjust(member, "1", key), await olivia.adjust(member, "1000", key)

    answers = await asyncio.gather(olivia.does(small), olivia.does(large))

    assert sum(isinstance(answer, Posted) for answer in answers) == 1


async def test_transfers_are_summed_by_who_gives_and_who_receives(limited: Shop) -> None:
    olivia, wife = Operator.person(limited), await limited.member()
    givers = [await limited.member() for _ in range(3)]
    for giver in givers:
        await earn(limited, giver, "2000.00")

    for giver in givers[:2]:
        assert isinstance(await olivia.does(await olivia.transfer(giver, wife, "500")), Posted)

    approval = await olivia.asks(await olivia.transfer(givers[2], wife, "500"))
    assert isinstance(await Operator.person(limited, "peter").says(approval), Decided)
    assert (await balances(limited, wife))["points"] == 1500


async def test_a_merge_with_who_has_much_waits_in_either_direction(limited: Shop) -> None:
    olivia, poor, poorer, rich = Operator.person(limited), *[await limited.member() for _ in range(3)]
    await earn(limited, rich, "2000.00")

    assert isinstance(await olivia.does(await olivia.merge(poorer, poor)), Posted)
    await olivia.asks(await olivia.merge(rich, poor))
    approval = await olivia.asks(await olivia.merge(poor, rich))

    decided = await Operator.person(limited, "peter").says(approval)
    assert isinstance(decided, Decided)
    assert decided.refusal is None


async def test_tiers_and_erasures_wait_where_the_file_says_always(limited: Shop) -> None:
    olivia, peter, member = Operator.person(limited), Operator.person(limited, "peter"), await limited.member()

    tier = await olivia.asks(await olivia.tier(member))
    erasure = await olivia.asks(olivia.erase(member))

    for approval in (tier, erasure):
        decided = await peter.says(approval)
        assert (decided.refusal, decided.approval.outcome["member"]) == (None, str(member))
    assert await limited.database.pool.fetchval("SELECT status FROM member WHERE member_id = $1", member) == "ERASED"


async def test_nothing_personal_waits(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member("anna@example.test")
    await olivia.asks(await olivia.adjust(member, "1001"))

    rows = await limited.database.pool.fetch("SELECT approval::text AS told FROM approval")

    number = (await limited.lookup(member)).value
    assert not any("anna@" in row["told"] or number in row["told"] or "olivia@" in row["told"] for row in rows)


async def test_the_limits_are_lowered_by_two_only(limited: Shop) -> None:
    olivia, peter = Operator.person(limited), Operator.person(limited, "peter")
    lowered = file_with(LIMITS.replace("adjust: {points: 1000}", "adjust: {points: 999999}"))
    request = olivia.apply(lowered)

    approval = await olivia.asks(request)
    assert (await limited.programs.at(limited.applied.program_id, limited.applied.version)).source != lowered
    decided = await peter.says(approval)

    assert decided.approval.outcome == {"version": limited.applied.version + 1}
    assert await olivia.does(request) == AppliedBefore(limited.applied.version + 1)


async def test_other_changes_of_the_file_need_nobody(limited: Shop) -> None:
    olivia = Operator.person(limited)

    assert isinstance(await olivia.does(olivia.apply(file_with(PASTRY="BAKERY"))), Applied)


async def test_a_file_that_waited_while_another_came_into_force_is_refused(limited: Shop) -> None:
    olivia, peter = Operator.person(limited), Operator.person(limited, "peter")
    approval = await olivia.asks(olivia.apply(file_with("")))
    await limited.apply(file_with(PASTRY="BAKERY"))

    decided = await peter.says(approval)

    assert decided.refusal is not None
    assert (decided.refusal.code, decided.refusal.path) == ("ALREADY_EXISTS", ("expectedVersion",))


async def test_a_hundred_may_wait_for_one_operator_and_no_more(limited: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("honeyguide.identity.second_approver.ask.MOST_WAITING", 2)
    olivia, member = Operator.person(limited), await limited.member()
    for _ in range(2):
        await olivia.asks(await olivia.adjust(member, "1001"))

    answer = await olivia.does(await olivia.adjust(member, "1001"))

    assert (answer.limit, answer.facts) == ("approvals_waiting", {"most": 2})


async def test_what_waits_is_wanted_within_its_time(limited: Shop) -> None:
    olivia, member = Operator.person(limited), await limited.member()

    approval = await olivia.asks(await olivia.adjust(member, "1001"))

    assert approval.ends_at - approval.asked_at == timedelta(hours=72)
