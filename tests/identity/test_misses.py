"""Trying names is slow: what finds nobody is paid for, by the credential and by the address."""

from uuid import UUID

from honeyguide.caller import Audience, Caller
from honeyguide.identity.misses import MissBudget


def till(credential: str) -> Caller:
    return Caller(Audience.PARTNER, UUID(int=1), str(UUID(int=2)), frozenset(), credential)


def test_misses_are_counted_by_credential_and_by_address() -> None:
    seconds = [0.0]
    budget = MissBudget(lambda: seconds[0], at_once=10, per_second=1)

    for _ in range(10):
        assert budget.wait(till("a"), "192.0.2.1") == 0
        budget.missed(till("a"), "192.0.2.1", 1)

    assert budget.wait(till("a"), "192.0.2.1") == 1
    assert budget.wait(till("a"), "192.0.2.2") == 1
    assert budget.wait(till("b"), "192.0.2.1") == 1
    assert budget.wait(till("b"), "192.0.2.2") == 0
    seconds[0] = 1
    assert budget.wait(till("a"), "192.0.2.1") == 0


def test_a_batch_of_strangers_is_paid_for_whole_and_finding_members_costs_nothing() -> None:
    budget = MissBudget(lambda: 0.0, at_once=10, per_second=1)

    budget.missed(till("a"), None, 0)
    assert budget.wait(till("a"), None) == 0
    budget.missed(till("a"), None, 500)

    assert budget.wait(till("a"), None) == 491


def test_trying_many_names_at_once_is_no_faster_than_one_after_the_other() -> None:
    seconds = [0.0]
    budget = MissBudget(lambda: seconds[0], at_once=1, per_second=1)

    let_in = [budget.wait(till("a"), "192.0.2.1") == 0 for _ in range(500)]  # all of them before the first has found nobody
    for _ in let_in:
        budget.missed(till("a"), "192.0.2.1", 1)

    assert all(let_in)
    assert budget.wait(till("a"), "192.0.2.1") == 500
    seconds[0] = 499
    assert budget.wait(till("a"), "192.0.2.1") == 1
