"""A draft of one business event: transfers and lot moves are laid out one by one, and the member's books after them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.accounts import SystemAccount, breakage_account, member_account
from honeyguide.ledger.holds import Approval, Hold, HoldState
from honeyguide.ledger.lots import Lot, LotMove, Move, burn, burn_order
from honeyguide.ledger.member_books import Balance, MemberBooks, Past, PastMove, TierSpan
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.ledger.transfers import Transfer
from honeyguide.quantities import LARGEST_MINOR, TooLarge

# How a move changes the held and pending columns of the account; posted follows from transfers, debt from what is owed.
_HELD = {Move.HOLD: 1, Move.RELEASE: -1, Move.CAPTURE: -1}
_PENDING = {Move.ACCRUE_PENDING: 1, Move.ACTIVATE: -1, Move.CLAW_PENDING: -1, Move.MOVE_OUT_PENDING: -1, Move.MOVE_BACK_PENDING: 1}
_EXPIRED = {Move.EXPIRE: 1, Move.REINSTATE: -1}


class Draft:
    """Collects what one event does, on copies of the member's lots, balances and counters; `posting` closes it.

    Raises TooLarge where an amount, a balance or a counter would outgrow the tables.
    """

    def __init__(self, books: MemberBooks, now: datetime) -> None:
        self._before = books
        self._now = now
        self._lots = dict(books.lots)
        self._holds = dict(books.holds)
        self._balances = dict(books.balances)
        self._values = dict(books.counters)
        self._transfers: list[Transfer] = []
        self._others: list[SystemAccount] = []
        self._moves: defaultdict[tuple[UUID, Move], int] = defaultdict(int)
        self._new_lots: list[UUID] = []
        self._units: set[str] = set()
        self._counters: set[tuple[str, str]] = set()
        self._expired = dict(books.expired_lately)
        self._settled: set[UUID] = set()
        self._tier: TierSpan | None = None
        self._dates: dict[str, dict[str, list[str | None]]] = {}

    def lots_of(self, unit: str) -> list[Lot]:
        """The lots of a unit as the draft has them now, in burn order."""
        return sorted((lot for lot in self._lots.values() if lot.unit == unit), key=burn_order)

    def lot(self, lot_id: UUID) -> Lot:
        return self._lots[lot_id]

    def hold_of(self, hold_id: UUID) -> Hold:
        return self._holds[hold_id]

    def debt(self, unit: str) -> int:
        return self._balance(unit).debt

    # Giving

    def accrue(self, lot: Lot, amount: int, funded_by: SystemAccount) -> None:
        """Give `amount` to the member as a new lot, pending until its date; what he owes is repaid from it first (R22).

        One that rolls has the whole balance's date from the first moment: what comes next in the batch must not find it over.
        """
        lasts_until = self._balance(lot.unit).lasts_until
        if lot.rolls and lot.expires_at is not None and lasts_until is not None and lasts_until > lot.expires_at:
            lot = replace(lot, expires_at=lasts_until)
        self._lots[lot.lot_id] = lot
        self._new_lots.append(lot.lot_id)
        self.transfer(lot.unit, amount, funded_by, to_member=True)
        pending = lot.available_at > self._now
        self.move(LotMove(lot.lot_id, Move.ACCRUE_PENDING if pending else Move.ACCRUE, amount))
        if not pending:
            self.repay(lot.lot_id, amount)

    def activate(self, lot: Lot) -> None:
        """A pending lot matured; what the member owes is repaid from it at once."""
        self.move(LotMove(lot.lot_id, Move.ACTIVATE, lot.pending))
        self.repay(lot.lot_id, lot.pending)

    def put_back(self, lot_id: UUID, what: Move, amount: int, until: datetime | None = None) -> None:
        """Points come back to their lot by a release, a restore or a reinstatement: debt is repaid from them, and what is past its date
        expires at once (R17) unless `until` gives the lot another one.
        """
        if until is not None:
            self._date_moves("lots", str(lot_id), self._lots[lot_id].expires_at, until)
            self._lots[lot_id] = replace(self._lots[lot_id], expires_at=until)
        self.move(LotMove(lot_id, what, amount))
        if self._lots[lot_id].is_expired(self._now):
            self.expire(self._lots[lot_id], amount)
        else:
            self.repay(lot_id, amount)

    def move_back(self, lot_id: UUID, amount: int, until: datetime | None, funded_by: SystemAccount) -> None:
        """What was handed over comes back to its very lot, pending or open as its date says, with the date that it has by now."""
        lot = self._lots[lot_id]
        if lot.expires_at != until:
            self._date_moves("lots", str(lot_id), lot.expires_at, until)
            self._lots[lot_id] = replace(lot, expires_at=until)
        self.transfer(lot.unit, amount, funded_by, to_member=True)
        pending = lot.available_at > self._now
        self.move(LotMove(lot_id, Move.MOVE_BACK_PENDING if pending else Move.MOVE_BACK, amount))
        if not pending:
            self.repay(lot_id, amount)

    def repay(self, lot_id: UUID, amount: int) -> None:
        """What the member owes is taken from open points of the lot, at most `amount`."""
        unit = self._lots[lot_id].unit
        balance = self._balance(unit)
        repaid = min(balance.debt, amount)
        if repaid:
            self.move(LotMove(lot_id, Move.CLAW, repaid))
            self._balances[unit] = replace(balance, debt=balance.debt - repaid)

    # Taking

    def burn(self, unit: str, amount: int, paid_to: SystemAccount) -> None:
        """Take `amount` from the member's lots in burn order; raises ValueError where they do not suffice."""
        self.take(burn(amount, self.lots_of(unit), self._now))
        self.transfer(unit, amount, paid_to, to_member=False)

    def expire(self, lot: Lot, amount: int | None = None) -> None:
        """The lot's date has come: what is still open of it goes to breakage; what is held waits for its hold (R17)."""
        amount = lot.open if amount is None else amount
        self.move(LotMove(lot.lot_id, Move.EXPIRE, amount))
        self.transfer(lot.unit, amount, breakage_account(self._before.program_id, lot.unit), to_member=False)

    def reinstate(self, unit: str, lots: Mapping[UUID, tuple[int, datetime | None]]) -> None:
        """What expired of these lots comes back from breakage, until a new date where one is given."""
        self.transfer(unit, sum(amount for amount, _ in lots.values()), breakage_account(self._before.program_id, unit), to_member=True)
        for lot_id, (amount, until) in lots.items():
            self.put_back(lot_id, Move.REINSTATE, amount, until)

    def owe(self, unit: str, amount: int) -> None:
        """The member owes so much that no lot covers; the transfer that takes it is the caller's."""
        balance = self._balance(unit)
        self._balances[unit] = replace(balance, debt=_storable(balance.debt + amount))
        self._units.add(unit)

    def forgive(self, unit: str, amount: int, borne_by: SystemAccount) -> None:
        """What the member owes is borne by another account: an explicit transfer, and no lot."""
        balance = self._balance(unit)
        self._balances[unit] = replace(balance, debt=balance.debt - amount)
        self.transfer(unit, amount, borne_by, to_member=True)

    # Holding

    def hold(self, hold: Hold) -> None:
        """Pin `hold.amount` to the lots that would burn first; raises ValueError where they do not suffice (R14)."""
        moves = list(burn(hold.amount, self.lots_of(hold.unit), self._now, Move.HOLD))
        self.take(moves)
        self._holds[hold.hold_id] = replace(hold, lots=tuple((move.lot_id, move.amount) for move in moves))
        self._settled.add(hold.hold_id)

    def approve(self, hold_id: UUID) -> None:
        """The member agreed: from now on the hold may be captured."""
        self._holds[hold_id] = replace(self._holds[hold_id], approval=Approval.APPROVED)
        self._settled.add(hold_id)

    def settle(self, hold_id: UUID, state: HoldState, by: UUID, captured: int = 0, paid_to: SystemAccount | None = None) -> None:
        """End a hold: what is captured burns from its lots in burn order, the rest goes back to them, and to the counter it used up."""
        hold = self._holds[hold_id]
        self._holds[hold_id] = replace(hold, state=state, captured=captured, settled_by=by)
        self._settled.add(hold_id)
        if hold.counter_name is not None and hold.counter_period is not None and hold.amount > captured:
            self.count(hold.counter_name, hold.counter_period, captured - hold.amount)
        if paid_to is not None:
            self.transfer(hold.unit, captured, paid_to, to_member=False)
        owed, released = captured, []
        for lot_id, amount in sorted(hold.lots, key=lambda pinned: burn_order(self._lots[pinned[0]])):
            taken = min(owed, amount)
            if taken:
                self.move(LotMove(lot_id, Move.CAPTURE, taken))
            owed -= taken
            if amount > taken:
                released.append((lot_id, amount - taken))
        for lot_id, amount in released:
            self.put_back(lot_id, Move.RELEASE, amount)

    # Everything else that an event leaves behind

    def count(self, name: str, period: str, amount: int) -> None:
        rows = self._values.get(name, {})
        self._values[name] = {**rows, period: _storable(rows.get(period, 0) + amount)}
        self._counters.add((name, period))

    def hold_tier(self, tier: TierSpan) -> None:
        self._tier = tier

    def last_until(self, unit: str, moment: datetime) -> None:
        """Activity moves the date of the whole balance, never back (R29)."""
        balance = self._balance(unit)
        if balance.lasts_until is not None and balance.lasts_until >= moment:
            return
        self._date_moves("balances", unit, balance.lasts_until, moment)
        self._balances[unit] = replace(balance, lasts_until=moment)
        self._units.add(unit)
        for lot in self.lots_of(unit):
            if lot.rolls and lot.expires_at is not None and lot.expires_at < moment:
                self._lots[lot.lot_id] = replace(lot, expires_at=moment)

    def posting(self, recorded: Recorded, detail: Callable[[MemberBooks], Mapping[str, Any]]) -> Posting:
        """Close the draft as the member's next version; `detail` is told the books after it."""
        books = self._books().advanced()
        dates = {"dates": self._dates} if self._dates else {}
        recorded = replace(recorded, version=books.version, detail={**detail(books), **dates})
        return Posting(
            recorded=recorded,
            transfers=tuple(self._transfers),
            others=tuple(self._others),
            moves=tuple(self._merged_moves()),
            new_lots=tuple(self._new_lots),
            units=frozenset(self._units),
            counters=frozenset(self._counters),
            holds=frozenset(self._settled),
            tier=self._tier,
            books=self._remembering(books, recorded),
        )

    # The two things that move

    def take(self, moves: Iterable[LotMove]) -> None:
        for move in list(moves):
            self.move(move)

    def move(self, move: LotMove) -> None:
        lot = self._lots[move.lot_id].after(move)
        self._lots[lot.lot_id] = lot
        self._moves[lot.lot_id, move.what] += move.amount
        if sign := _EXPIRED.get(move.what):
            self._expired[lot.lot_id] = self._expired.get(lot.lot_id, 0) + sign * move.amount
        self._units.add(lot.unit)
        held, pending = _HELD.get(move.what, 0), _PENDING.get(move.what, 0)
        if held or pending:
            balance = self._balance(lot.unit)
            self._balances[lot.unit] = replace(
                balance, held=balance.held + held * move.amount, pending=balance.pending + pending * move.amount
            )

    def transfer(self, unit: str, amount: int, other: SystemAccount, *, to_member: bool) -> None:
        mine = member_account(self._before.program_id, self._before.member_id, unit)
        debit, credit = (other.account_id, mine) if to_member else (mine, other.account_id)
        balance = self._balance(unit)
        after = _storable(balance.posted + (_storable(amount) if to_member else -amount))
        self._balances[unit] = replace(balance, posted=after)
        self._transfers.append(Transfer(unit, debit, credit, amount, balance_after=after))
        self._others.append(other)
        self._units.add(unit)

    def _date_moves(self, whose: str, name: str, before: datetime | None, after: datetime | None) -> None:
        """Kept in the event's detail as [before, after], so that past instants can be told (history.sql): the tables keep the newest date."""
        known = self._dates.setdefault(whose, {})
        first = known[name][0] if name in known else (before.isoformat() if before else None)
        known[name] = [first, after.isoformat() if after else None]

    def _merged_moves(self) -> Iterator[LotMove]:
        for (lot_id, what), amount in self._moves.items():
            yield LotMove(lot_id, what, amount)

    def _books(self) -> MemberBooks:
        before, tier = self._before, self._tier
        return replace(
            before,
            lots=self._lots,
            holds=self._holds,
            expired_lately=self._expired,
            balances=self._balances,
            counters=self._values,
            tier=tier or before.tier,
            tier_history=(*before.tier_history, tier) if tier else before.tier_history,
        )

    def _remembering(self, books: MemberBooks, recorded: Recorded) -> MemberBooks:
        """The next intent of the batch, should it reverse the same transaction, finds this reversal as one of before."""
        past = books.past.get(recorded.of_transaction) if recorded.of_transaction else None
        if past is None or recorded.kind is not TransactionKind.REVERSAL:
            return books
        assert recorded.of_transaction is not None
        moves = (PastMove(recorded.transaction_id, move.lot_id, move.what, move.amount) for move in self._merged_moves())
        known = Past((*past.reversals, recorded.detail), (*past.moves, *moves))
        return replace(books, past={**books.past, recorded.of_transaction: known})

    def _balance(self, unit: str) -> Balance:
        return self._balances.get(unit) or Balance()


def _storable(minor: int) -> int:
    if abs(minor) > LARGEST_MINOR:
        raise TooLarge("more than the books' integers hold")
    return minor
