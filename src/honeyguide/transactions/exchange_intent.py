"""The intent of an exchange: articles come back without their receipt, others are bought, in one decision (R50); pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from honeyguide.ledger.because import reason
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Aside, Count
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.ledger.reversals import UnmatchedTaking, issued_by, post_unmatched_return
from honeyguide.members.catching_up import catch_up
from honeyguide.programs.evaluation import Facts, evaluate
from honeyguide.programs.purchase import Line
from honeyguide.programs.returns import unmatched_limit
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import Decision, Refusal
from honeyguide.transactions.purchase_detail import after_detail
from honeyguide.transactions.purchase_intent import PurchaseIntent
from honeyguide.transactions.returned_lines import Candidate, Matched, matched_lines
from honeyguide.transactions.reversal_intent import ReversalIntent
from honeyguide.transactions.reversal_request import Asked


@dataclass(frozen=True, slots=True)
class ExchangeIntent:
    """`bought` is the purchase without its returned lines; `reversals` are those that may match, ready but for what is asked of them."""

    bought: PurchaseIntent
    returned: tuple[Line, ...]
    reversals: Mapping[UUID, ReversalIntent]  # by the purchase that would be reversed
    reads: Reads

    @property
    def program_id(self) -> UUID:
        return self.bought.program_id

    @property
    def member_id(self) -> UUID:
        return self.bought.member_id

    @property
    def transaction_id(self) -> UUID:
        return self.bought.transaction_id

    @property
    def key(self) -> Key | None:
        return self.bought.key

    @property
    def reference(self) -> Reference | None:
        return self.bought.reference

    @property
    def limit_counter(self) -> tuple[str, str]:
        """What one member brought without a recorded purchase on a local day."""
        return unmatched_counter(self.bought.asked_on)

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        """Returns first, so that a cap they free serves what is bought."""
        earlier, books = catch_up(books, self.bought.applied, now, rows_from=self.reads.rows_from)
        matched = self.matched(books)
        postings = list(earlier)
        for transaction_id, lines in matched.lines.items():
            back = replace(
                self.reversals[transaction_id], asked=Asked(lines=lines), transaction_id=uuid5(self.transaction_id, str(transaction_id))
            ).decided(books, now)
            if isinstance(back, Refusal):
                return replace(back, data={**back.data, "path": ["lines"]})
            postings.append(back)
            books = back.books
        if matched.unmatched:
            if self._is_above_limit(matched, books):
                return Refusal("LIMIT_EXCEEDED", {"path": ["lines"]})
            postings.append(self._unmatched(matched, books, now))
            books = postings[-1].books
        facts = {**self.bought.facts, **({"unmatched": matched.unmatched_amount} if matched.unmatched else {})}
        return replace(self.bought, facts=facts).decided(tuple(postings), books, now)

    def matched(self, books: MemberBooks) -> Matched:
        candidates = [
            Candidate(one.original.transaction_id, one.original.occurred_at, one.purchase.purchase)
            for one in self.reversals.values()
            if one.purchase is not None
        ]
        return matched_lines(self.returned, candidates, books.past)

    def _is_above_limit(self, matched: Matched, books: MemberBooks) -> bool:
        limit = unmatched_limit(self.bought.applied.program, "member")
        return limit is not None and books.counter(*self.limit_counter) + matched.unmatched_amount > limit

    def _unmatched(self, matched: Matched, books: MemberBooks, now: datetime) -> Posting:
        """What such lines would earn today, taken from what is there of this partner's points and never beyond it."""
        program = self.bought.applied.program
        lines = tuple(replace(line, amount_minor=-line.amount_minor) for line in matched.unmatched)
        purchase = replace(self.bought.purchase, lines=lines, amount_minor=matched.unmatched_amount)
        evaluation = evaluate(program, purchase, Facts(posted_at=now, tier=books.tier.tier))
        earned: dict[str, int] = {}
        for accrual in evaluation.accruals:
            earned[accrual.unit] = earned.get(accrual.unit, 0) + accrual.quantity
        takings = [UnmatchedTaking(unit, min(n, self._own(books, unit, now)), self.bought.partner_id) for unit, n in earned.items()]
        takings = [taking for taking in takings if taking.amount]
        qualifying = {(use.name, use.period): -use.amount for use in evaluation.counters if use.name.startswith("qualifying/")}
        counts = tuple(Count(*key, amount) for key, amount in {**qualifying, self.limit_counter: matched.unmatched_amount}.items())
        return post_unmatched_return(
            books,
            replace(
                self.bought.recorded(now),
                kind=TransactionKind.REVERSAL,
                transaction_id=uuid5(self.transaction_id, "unmatched"),
                of_transaction=None,
                amount_minor=None,
                reference=None,
            ),
            takings,
            Aside(counts),
            lambda after: self._detail(matched, takings, counts, after, now),
            now,
        )

    def _own(self, books: MemberBooks, unit: str, now: datetime) -> int:
        """What the member has of points that this partner issued."""
        mine = issued_by(self.bought.partner_id, books.lots.values())
        return sum(lot.open for lot in mine if lot.unit == unit and not lot.is_expired(now))

    def _detail(
        self, matched: Matched, takings: Sequence[UnmatchedTaking], counts: tuple[Count, ...], after: MemberBooks, now: datetime
    ) -> dict[str, Any]:
        money = matched.unmatched_amount
        return {
            "refunded": {"total": money},
            "counts": [[count.name, count.period, count.amount] for count in counts],
            "because": [reason("", -taking.amount, taking.unit, kind="unmatched_return", refunded=money) for taking in takings],
            "after": after_detail(self.bought.applied.program, after, now),
        }


def unmatched_counter(day: str) -> tuple[str, str]:
    return ("return/unmatched", day)
