"""Random lives of one member, decided by the real intents on paper: nothing is ever short, lots burn in order, returns undo, debts come first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import assume
from hypothesis import strategies as st

from builders.clock import NOON
from builders.examples import property_of
from builders.intents import PARTNER, PROGRAM
from builders.operations import LIFETIME, program
from builders.paper import MEMBER, Paper, assert_sound
from builders.programs import line, purchase
from honeyguide.ledger import handovers, reversals
from honeyguide.ledger.accounts import issued_account
from honeyguide.ledger.draft import Draft
from honeyguide.ledger.handovers import all_of, lot_in
from honeyguide.ledger.lots import Lot, Move, burn_order
from honeyguide.ledger.member_books import Balance, MemberBooks, TierSpan
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.ledger.reversals import ClawbackPolicy, NotCoveredError, Taking
from honeyguide.programs.program import Program, load
from honeyguide.till.outcomes import Refusal
from honeyguide.transactions.reversal_request import Asked, AskedLine

LOADED = load(program("paper"))
assert isinstance(LOADED, Program), LOADED
PLAIN: Program = LOADED
OTHER = UUID(int=8)
BURNS = (Move.BURN, Move.HOLD)

amounts = st.integers(1, 60)
steps = st.one_of(
    st.tuples(st.just("buy"), st.integers(0, 9_000), st.integers(0, 9_000)),
    st.tuples(st.sampled_from(["redeem", "hold"]), amounts, st.sampled_from(["points", "stamps"])),
    st.tuples(st.sampled_from(["capture", "void"]), st.integers(0, 5), st.none() | amounts),
    st.tuples(st.just("return"), st.integers(0, 5), st.none() | st.integers(1, 9_000)),
    st.tuples(st.just("refund"), st.integers(0, 5), st.none() | amounts),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 60 * 24, 60 * 24 * 3, 60 * 24 * LIFETIME]), st.none()),
)


def basket(food: int, tobacco: int) -> Any:
    rows = (line(str(Decimal(food) / 100), "GROCERY", line_id="0"), line(str(Decimal(tobacco) / 100), "TOBACCO", line_id="1"))
    return purchase(*(replace(row, quantity=Decimal(100)) for row in rows))


def lived(paper: Paper, life: Iterable[tuple[str, Any, Any]]) -> None:
    """Each step on what there is by then; what is refused is a step, too."""
    done: dict[str, list[Recorded]] = {"PURCHASE": [], "REDEMPTION": [], "AUTHORIZATION": []}
    for kind, one, other in life:
        paper.wait(seconds=1)
        targets = {"capture": "AUTHORIZATION", "void": "AUTHORIZATION", "return": "PURCHASE", "refund": "REDEMPTION"}
        of = done.get(targets.get(kind, ""), [])
        if kind in targets and not of:
            continue
        match kind:
            case "buy":
                answer = paper.buy(basket(one, other))
            case "redeem" | "hold":
                answer = getattr(paper, kind)(one, other)
            case "capture":
                answer = paper.capture(of[one % len(of)], other)
            case "void":
                answer = paper.void(of[one % len(of)])
            case "return":
                answer = paper.reverse(of[one % len(of)], Asked(amount=other))
            case "refund":
                answer = paper.reverse(of[one % len(of)], Asked(quantity=other))
            case _:
                paper.wait(minutes=one)
                continue
        if not isinstance(answer, Refusal):
            done.get(answer.kind.value, []).append(answer)


@property_of(st.lists(steps, max_size=30), short=150)
def test_r16_r17_r22_in_any_life_lots_burn_in_order_and_nothing_falls_below_zero(life: list[tuple[str, Any, Any]]):
    """`assert_sound` is asked after each posting."""
    paper = Paper(PLAIN)

    lived(paper, life)

    assert [posting.recorded.version for posting in paper.postings] == list(range(2, len(paper.postings) + 2))
    for posting in paper.postings:
        burned = [posting.books.lots[move.lot_id] for move in posting.moves if move.what in BURNS]
        for lot in burned:
            assert not lot.is_expired(posting.recorded.posted_at)
        if burned:
            last = max(map(burn_order, burned))
            left = [lot for lot in posting.books.lots.values() if lot.unit == burned[0].unit and lot.open and burn_order(lot) < last]
            assert left == [], posting.recorded.kind


@property_of(st.lists(steps, max_size=15), st.integers(0, 9_000), st.integers(0, 9_000), st.lists(st.integers(1, 6_000)), short=100)
def test_r20_r25_a_purchase_that_came_back_in_any_parts_never_happened(
    life: list[tuple[str, Any, Any]], food: int, tobacco: int, parts: list[int]
):
    """The next purchase earns the same, counters are what they were, and so is what there is."""
    assume(food + tobacco)
    with_it, without = Paper(PLAIN), Paper(PLAIN)
    lived(with_it, life)
    lived(without, life)
    with_it.catch_up()  # such as holds that lapsed, which the purchase would post
    before = with_it.books

    bought = with_it.buy(basket(food, tobacco))
    assert isinstance(bought, Recorded)
    for part in parts:
        with_it.reverse(bought, Asked(amount=part))
    with_it.reverse(bought, Asked())
    without.catch_up()
    after = with_it.books

    assert values(after) == {**dict.fromkeys(values(after), 0), **values(before)}
    for paper in (with_it, without):
        paper.wait(minutes=1)
        paper.buy(basket(5_000, 0))
    assert totals(with_it) == totals(without)


@property_of(st.integers(100, 9_000), st.integers(1, 80), st.lists(st.integers(1, 4_000)), short=100)
def test_r24_what_was_bought_with_points_and_came_back_in_any_parts_nets_nothing(price: int, points: int, parts: list[int]):
    paper = Paper(PLAIN)
    paper.buy(basket(9_000, 0))
    paper.wait(minutes=1)
    before = paper.books
    hold = paper.hold(points)
    assert isinstance(hold, Recorded)

    bought = paper.buy(basket(price, 0), {hold.transaction_id: min(points, price)})
    assert isinstance(bought, Recorded), bought
    worth = [available(paper.books)]
    for part in parts:
        paper.reverse(bought, Asked(amount=part))
        worth.append(available(paper.books))
    paper.reverse(bought, Asked())

    assert {lot.lot_id: lot.open for lot in paper.books.lots.values() if lot.open} == {
        lot.lot_id: lot.open for lot in before.lots.values() if lot.open
    }
    assert values(paper.books) == {**dict.fromkeys(values(paper.books), 0), **values(before)}
    assert available(paper.books) == available(before)


@property_of(st.integers(1, 9_000), st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3_000)), max_size=5), short=100)
def test_r20_lines_and_amounts_may_be_mixed_until_nothing_is_left(tobacco: int, parts: list[tuple[int, int]]):
    paper = Paper(PLAIN)
    bought = paper.buy(basket(4_999, tobacco))
    assert isinstance(bought, Recorded)
    earned = sum(row["quantity"] for row in bought.detail["accruals"])

    taken = []
    for place, amount in parts:
        paper.reverse(bought, Asked(lines=(AskedLine(str(place), Decimal(1), amount),)))
        paper.reverse(bought, Asked(amount=amount))
        taken.append(sum(row["quantity"] for detail in paper.past[bought.transaction_id].reversals for row in detail.get("taken", ())))
    paper.reverse(bought, Asked())

    assert taken == sorted(taken) and all(part <= earned for part in taken)
    assert all(balance.posted == 0 and not balance.debt for balance in paper.books.balances.values())


@property_of(st.integers(0, 5_000), st.lists(st.integers(1, 1_000), max_size=4), short=100)
def test_r20_the_family_of_21_90(price: int, parts: list[int]):
    """Points a dollar, whole dollars only: of 21.90 less 5.00 there are 16 points, in whatever parts the 5.00 came back."""
    paper = Paper(PLAIN)
    bought = paper.buy(basket(price, 0))
    assert isinstance(bought, Recorded)
    left = price
    for part in parts:
        left -= part if part <= left else 0
        paper.reverse(bought, Asked(amount=part))

        assert available(paper.books) == left // 100


@property_of(st.integers(1, 60), st.none() | st.integers(1, 60), st.booleans(), st.booleans(), st.sampled_from([0, 10, 20]), short=100)
def test_r14_r17_whatever_ends_a_hold_nothing_of_it_stays_pinned(amount: int, captured: int | None, voided: bool, late: bool, minutes: int):
    """Captured, voided or lapsed; what comes back after the lot's last day expires at once."""
    paper = Paper(PLAIN)
    paper.buy(basket(6_000, 0))
    if late:  # five minutes before the lot's end
        paper.wait(days=LIFETIME, hours=11, minutes=55)
    hold = paper.hold(amount)
    assert isinstance(hold, Recorded)
    paper.wait(minutes=minutes)

    paper.void(hold) if voided else paper.capture(hold, captured and min(captured, amount))
    if minutes > 15:
        paper.buy(basket(0, 100))

    taken = 0 if voided or minutes > 15 else min(captured or amount, amount)
    assert paper.books.balance("points").held == 0
    assert available(paper.books) == (0 if late and minutes else 60 - taken)


@property_of(st.integers(1, 90), st.lists(st.integers(1, 60), max_size=4), short=100)
def test_r23_r24_what_comes_back_of_a_redemption_is_as_if_less_had_been_redeemed(amount: int, parts: list[int]):
    burned, less = Paper(PLAIN), Paper(PLAIN)
    for paper in (burned, less):
        for _ in range(3):
            paper.buy(basket(3_000, 0))
            paper.wait(days=1)
    redeemed = burned.redeem(amount)
    assert isinstance(redeemed, Recorded)
    back = 0
    for part in parts:
        back += 0 if isinstance(burned.reverse(redeemed, Asked(quantity=part)), Refusal) else part

    if back < amount:
        less.redeem(amount - back)

    assert [(lot.open, lot.burned) for lot in in_order(burned)] == [(lot.open, lot.burned) for lot in in_order(less)]
    assert values(burned.books) == {**dict.fromkeys(values(burned.books), 0), **values(less.books)}


@property_of(st.integers(1, 60), st.integers(0, 60), short=50)
def test_r22_who_owes_has_nothing_to_redeem(burned: int, pending: int):
    paper = Paper(PLAIN)
    bought = paper.buy(basket(6_000, 0))
    assert isinstance(bought, Recorded) and isinstance(paper.redeem(burned), Recorded)

    paper.reverse(bought, Asked())
    paper.wait(minutes=1)

    assert paper.books.balance("points").debt == burned
    assert paper.books.available("points", paper.now) == -burned
    assert isinstance(paper.redeem(1), Refusal) and isinstance(paper.hold(1), Refusal)


columns = st.integers(0, 30)


@st.composite
def drafts(draw: st.DrawFn) -> MemberBooks:
    """Up to five lots in any state; who owes has nothing open."""
    owes = draw(st.sampled_from([0, 0, 17]))
    lots = {}
    for number in range(draw(st.integers(1, 5))):
        live, held, expired, burned = (draw(columns) for _ in range(4))
        pending = live if draw(st.booleans()) else 0  # a lot is pending or open, never both
        opened = 0 if owes else live - pending
        until = draw(st.sampled_from([None, NOON + timedelta(days=1), NOON + timedelta(days=2)]))
        since = NOON + timedelta(days=1) if pending else NOON
        lot = Lot(UUID(int=number), UUID(int=number), "points", PARTNER, NOON - timedelta(days=number % 2), since, until)
        issued = pending + opened + held + expired + burned
        lots[lot.lot_id] = replace(lot, issued=issued, pending=pending, open=opened, held=held, expired=expired, burned=burned)
    posted = sum(lot.pending + lot.open + lot.held for lot in lots.values()) - owes
    balance = Balance(posted, sum(lot.held for lot in lots.values()), sum(lot.pending for lot in lots.values()), owes)
    return MemberBooks(PROGRAM, MEMBER, 1, TierSpan(None, None, None), balances={"points": balance}, lots=lots)


def two_lots(**own: int) -> MemberBooks:
    """The purchase's own as named, and another with ten open points that expires sooner."""
    lots = {}
    for number, columns_ in enumerate(({"pending": 0, "open": 0, "expired": 0, **own}, {"open": 10})):
        until = None if number == 0 else NOON + timedelta(days=1)
        since = NOON + timedelta(days=1) if columns_.get("pending") else NOON
        lot = Lot(UUID(int=number), UUID(int=number), "points", PARTNER, NOON - timedelta(days=1), since, until)
        lots[lot.lot_id] = replace(lot, issued=sum(columns_.values()), **columns_)
    pending = sum(lot.pending for lot in lots.values())
    balance = Balance(sum(lot.pending + lot.open for lot in lots.values()), 0, pending, 0)
    return MemberBooks(PROGRAM, MEMBER, 1, TierSpan(None, None, None), balances={"points": balance}, lots=lots)


SOURCES = [(two_lots(**{column: 10}), 5, ClawbackPolicy.UNLIMITED) for column in ("pending", "open", "expired")]


@property_of(drafts(), st.integers(1, 200), st.sampled_from(ClawbackPolicy), short=600, always=SOURCES)
def test_r21_r22_r27_a_claw_back_takes_its_own_pending_then_its_lot_then_breakage_then_others_then_the_policy_decides(
    books: MemberBooks, amount: int, policy: ClawbackPolicy
):
    own = books.lots[UUID(int=0)]
    others = sorted((lot for lot in books.lots.values() if lot.lot_id != own.lot_id), key=burn_order)
    there = [own.pending, own.open, own.expired, sum(lot.open for lot in others)]
    expected = [min(there[0], amount)]
    for has in there[1:]:
        expected.append(0 if policy is ClawbackPolicy.ONLY_PENDING else min(has, amount - sum(expected)))
    short = amount - sum(expected)
    draft = Draft(books, NOON)

    try:
        clawed = reversals.claw(draft, PROGRAM, Taking("points", amount, own.lot_id, PARTNER, policy))
    except NotCoveredError:
        assert policy is ClawbackPolicy.WITHIN_BALANCE and short > 0
        return

    assert [clawed.from_pending, clawed.from_lot, clawed.from_breakage, clawed.from_other_lots] == expected
    assert (clawed.debt, clawed.written_off) == ((short, 0) if policy is ClawbackPolicy.UNLIMITED else (0, short))
    from_others = clawed.from_other_lots
    for lot in others:  # those that expire soonest first
        assert draft.lot(lot.lot_id).open == lot.open - min(from_others, lot.open)
        from_others -= min(from_others, lot.open)
    after = posted(draft, books)
    # R27: what had expired leaves breakage and no second time the member; what is written off is not his either.
    assert after.balance("points").posted == books.balance("points").posted - amount + clawed.from_breakage + clawed.written_off
    assert_sound(after)


@property_of(drafts(), st.integers(1, 50), st.booleans(), short=200)
def test_r22_whatever_opens_repays_what_is_owed_first(books: MemberBooks, amount: int, released: bool):
    owed = books.balance("points").debt
    draft = Draft(books, NOON)
    lot = next((lot for lot in books.lots.values() if lot.held), None)
    if released and lot is not None:
        amount = lot.held
        draft.put_back(lot.lot_id, Move.RELEASE, amount)
    else:
        lot = Lot(UUID(int=99), UUID(int=99), "points", PARTNER, NOON, NOON, None)
        draft.accrue(lot, amount, issued_account(PROGRAM, PARTNER, "points"))

    after = posted(draft, books)

    assert after.balance("points").debt == max(owed - amount, 0)
    assert after.lots[lot.lot_id].open - (books.lots[lot.lot_id].open if lot.lot_id in books.lots else 0) == max(amount - owed, 0)
    assert_sound(after)


@property_of(drafts(), short=200)
def test_r40_what_is_handed_over_and_handed_back_is_there_as_before(books: MemberBooks):
    other = MemberBooks(PROGRAM, OTHER, 1, TierSpan(None, None, None))
    handover = all_of(books)

    left = handovers.post_handing_out(books, recorded(1), handover, lambda _: {}, NOON).books
    received = handovers.post_handing_in(other, recorded(2, OTHER), handover, lambda _: {}, NOON).books
    assert_sound(received)
    assert all(lot.open == lot.pending == 0 for lot in left.lots.values()) and left.balance("points").debt == 0
    back = all_of(received)
    gone = handovers.post_handing_out(received, recorded(3, OTHER), back, lambda _: {}, NOON).books
    home = {lot_in(UUID(int=2), part.lot_id): part.lot_id for part in handover.lots}
    again = handovers.post_handing_in(left, recorded(4), back, lambda _: {}, NOON, home).books

    assert again.lots == books.lots and replace(again.balance("points")) == books.balance("points")
    assert gone.balance("points") == Balance()
    assert_sound(again)


def posted(draft: Draft, books: MemberBooks) -> MemberBooks:
    return draft.posting(recorded(1), lambda _: {}).books


def recorded(number: int, member: UUID = MEMBER) -> Recorded:
    return Recorded(PROGRAM, member, UUID(int=number), TransactionKind.ADJUSTMENT, NOON, NOON, 1)


def values(books: MemberBooks) -> dict[tuple[str, str], int]:
    return {(name, period): value for name, periods in books.counters.items() for period, value in periods.items()}


def totals(paper: Paper) -> dict[str, tuple[int, int]]:
    """What is there and what waits, by unit."""
    return {unit: (paper.books.available(unit, paper.now), paper.books.pending(unit, paper.now)) for unit in paper.program.units}


def in_order(paper: Paper) -> list[Lot]:
    return sorted((lot for lot in paper.books.lots.values() if lot.unit == "points"), key=burn_order)


def available(books: MemberBooks) -> int:
    return sum(lot.open for lot in books.lots.values() if lot.unit == "points") - books.balance("points").debt
