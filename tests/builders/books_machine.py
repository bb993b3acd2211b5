"""The state machine: random clients of two servers, killed and cut at random, and after every step the books equal the model's."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from builders.clock import NOON
from builders.model import Member, Model
from builders.operations import Op
from builders.two_servers import Answer, TwoServers
from honeyguide.ledger.books import broken_rows

MEMBERS, UNITS = 2, ("points", "stamps")
# What an operation names: the kinds of those that it may settle or take back.
TARGETS = {"capture": ("hold",), "void": ("hold",), "refund": ("redeem", "capture"), "take_back": ("earn",)}
EARN, BURN, SETTLE, RETURN = ("earn",), ("redeem", "hold"), ("capture", "void"), ("refund", "take_back")
NOTHING = {"available": 0, "held": 0, "pending": 0, "debt": 0}
# Short enough to end within a few steps: holds last minutes, stamps wait two days, points live six and come back for two.
PAUSES = [timedelta(minutes=1), timedelta(minutes=16), timedelta(minutes=17), timedelta(hours=13), timedelta(days=2), timedelta(days=5)]
STORED = "SELECT unit, posted, held, pending, debt FROM account WHERE program_id = $1 AND member_id = $2 AND kind = 'member'"
LOTS = """
SELECT unit, earned_at, pending, open, held, burned, expired FROM lot
WHERE program_id = $1 AND member_id = $2 ORDER BY unit, earned_at
"""
VERSIONS = """
SELECT s.version, array_agg(t.version ORDER BY t.version) AS all FROM standing AS s JOIN transaction AS t USING (program_id, member_id)
WHERE s.program_id = $1 GROUP BY s.member_id, s.version
"""


@dataclass(frozen=True)
class Ask:
    """An operation before it is known what there is: `which` chooses a target from the newest back, `much` an amount."""

    kind: str
    member: int
    which: int
    much: int
    unit: str
    part: int


def asks(*kinds: str) -> st.SearchStrategy[Ask]:
    unit, part = st.sampled_from(("points", "points", *UNITS)), st.integers(0, 3)
    return st.builds(Ask, st.sampled_from(kinds), st.integers(0, MEMBERS - 1), st.integers(0, 2), st.integers(1, 60), unit, part)


class BooksMachine(RuleBasedStateMachine):
    """No rule has a precondition: who wins a race is not hypothesis' to know, and what it may draw must not depend on it."""

    servers: TwoServers
    runner: asyncio.Runner

    @initialize()
    def a_program_begins(self) -> None:
        self.runner.run(self.servers.open(MEMBERS))
        self.model = Model(MEMBERS, NOON)
        self.answers: dict[str, Answer] = {}
        self.sent: list[Op] = []
        self.posted: list[Op] = []
        for member in range(MEMBERS):
            self.one(Ask("earn", member, 1, 50, "points", 0), 0)

    @rule(ask=asks(*EARN), server=st.integers(0, 1))
    def a_member_buys(self, ask: Ask, server: int) -> None:
        self.one(ask, server)

    @rule(ask=asks(*BURN), server=st.integers(0, 1))
    def a_member_pays_or_reserves(self, ask: Ask, server: int) -> None:
        self.one(ask, server)

    @rule(ask=asks(*SETTLE), server=st.integers(0, 1))
    def a_hold_is_settled(self, ask: Ask, server: int) -> None:
        self.one(ask, server)

    @rule(ask=asks(*RETURN), server=st.integers(0, 1))
    def something_comes_back(self, ask: Ask, server: int) -> None:
        self.one(ask, server)

    @rule(pause=st.sampled_from(PAUSES), swept=st.booleans())
    def time_passes(self, pause: timedelta, swept: bool) -> None:
        now = self.servers.clock.now = self.servers.clock.now + pause
        if swept:
            self.runner.run(self.servers.sweep(0))
            for member in self.model.members:
                member.touch(now)
        self.compare(self.model, range(MEMBERS))

    @rule(which=st.integers(0, 9), server=st.integers(0, 1))
    def somebody_retries_verbatim(self, which: int, server: int) -> None:
        if not self.sent:
            return
        op = self.sent[-1 - which % len(self.sent)]
        again, first = self.runner.run(self.servers.send(op, server)), self.answers[op.key]
        equal(again.code, self.model.do(op, self.servers.clock.now), op)
        equal(again.told, first.told, op)
        equal(again.replayed, True, op) if again.code == "POSTED" else None
        self.compare(self.model, [op.member])

    @rule(which=st.integers(0, 9), server=st.integers(0, 1))
    def somebody_retries_with_another_body(self, which: int, server: int) -> None:
        if not (sent := [op for op in self.sent if op.kind != "void"]):
            return
        op = another_body(sent[-1 - which % len(sent)])
        assert self.runner.run(self.servers.send(op, server)).code == self.model.do(op, self.servers.clock.now) == "IDEMPOTENCY_CONFLICT"
        self.compare(self.model, [op.member])

    @rule(ask=asks(*EARN, *BURN, *SETTLE, *RETURN), turns=st.integers(0, 40), killed=st.booleans())
    def a_server_dies_or_is_cut_off_meanwhile(self, ask: Ask, turns: int, killed: bool) -> None:
        op = self.op(ask)
        self.heard(op, self.runner.run(self._interrupted(op, turns, killed)))
        self.compare(self.model, [op.member])

    @rule(
        one=asks(*EARN, *BURN, *SETTLE, *RETURN),
        other=asks(*EARN, *BURN, *SETTLE, *RETURN),
        same=st.sampled_from(["neither", "key", "body"]),
    )
    def two_come_at_once(self, one: Ask, other: Ask, same: str) -> None:
        first, second = self.op(one), self.op(other, 1)
        if same != "neither":
            second = first if same == "body" or first.kind == "void" else another_body(first)
        self.both(first, second)

    def one(self, ask: Ask, server: int) -> None:
        op = self.op(ask)
        self.heard(op, self.runner.run(self.servers.send(op, server)))
        self.compare(self.model, [op.member])

    def op(self, ask: Ask, place: int = 0) -> Op:
        """The operation, a second after the last one; where there is nothing that it could name, that is made instead."""
        now = self.servers.clock.move(seconds=1)
        key, at = f"{len(self.sent):04}-{place}-{ask.kind}", now - timedelta(milliseconds=500 * place)
        named = [op for op in self.posted if op.kind in TARGETS.get(ask.kind, ())]
        kind = ask.kind if named or ask.kind not in TARGETS else TARGETS[ask.kind][0]
        if kind == "earn":
            return Op(key, kind, ask.member, at, (ask.much * 97, ask.which * 433))
        if kind in BURN:
            return Op(key, kind, ask.member, at, ask.much, ask.unit, lasts=timedelta(minutes=1 + 15 * (ask.which % 2), seconds=place))
        target = named[-1 - ask.which % len(named)]
        if kind == "take_back":
            what: Any = (ask.part, ask.much * 61) if ask.part < 2 else (2, ask.much * 61 if ask.part == 2 else None)
        else:  # mostly a part of what there is, at times a little more
            what = 1 + ask.much % ((target.what or 20) + 1) if ask.part and kind != "void" else None
        return Op(key, kind, target.member, at, what, target.unit, target.key)

    def heard(self, op: Op, answer: Answer) -> None:
        """The model does the same and says the same."""
        equal(answer.code, self.model.do(op, self.servers.clock.now), op)
        self.remember(op, answer)

    def remember(self, op: Op, answer: Answer) -> None:
        equal(answer.told, self.answers.setdefault(op.key, answer).told, op)
        if op not in self.sent:
            self.sent.append(op)
            self.posted += [op] if answer.code == "POSTED" else []

    async def _interrupted(self, op: Op, turns: int, killed: bool) -> Answer:
        """The client hears nothing from a server that died, and asks the other one; from one that was cut off it hears after all."""
        sending = asyncio.ensure_future(self.servers.send(op, 0))
        for _ in range(turns):
            await asyncio.sleep(0)
        if not killed:
            self.servers.cut(0)
            return await sending
        if sending.done():
            return sending.result()
        sending.cancel()
        await asyncio.wait([sending])
        await self.servers.crash(0)
        return replace(await self.servers.send(op, 1), replayed=False)

    def both(self, first: Op, second: Op) -> None:
        """Two clients at two servers: the answers and the books are those of one of the two orders."""
        answers = self.runner.run(self.servers.at_once(first, second))
        wrong = []
        for order in ((first, second), (second, first)):
            model = deepcopy(self.model)
            said = {
                place: model.do(op, self.servers.clock.now)
                for place, op in sorted(enumerate((first, second)), key=lambda row: row[1] != order[0])
            }
            try:
                equal([answer.code for answer in answers], [said[0], said[1]], "answers")
                self.compare(model, {first.member, second.member})
            except AssertionError as error:
                wrong.append(error)
                continue
            self.model = model
            for op, answer in zip((first, second), answers, strict=True):
                if answer.code != "IDEMPOTENCY_CONFLICT":
                    self.remember(op, answer)
            return
        raise AssertionError(f"neither order of {first} and {second} tells {[answer.code for answer in answers]}: {wrong}")

    def compare(self, model: Model, members: Any) -> None:
        self.runner.run(self._compare(model, list(members)))

    async def _compare(self, model: Model, members: list[int]) -> None:
        pool, program_id, now = self.servers.database.pool, self.servers.program_id, self.servers.clock.now
        for member in members:
            up_to_date = deepcopy(model.members[member])
            up_to_date.touch(now)
            seen = await self.servers.seen(member, member % 2)
            equal(
                {unit: seen.get(unit, NOTHING) for unit in UNITS}, {unit: up_to_date.seen(unit) for unit in UNITS}, f"member {member} sees"
            )
            stored = {row["unit"]: dict(row) for row in await pool.fetch(STORED, program_id, self.servers.members[member])}
            for unit in UNITS:
                has, kept = model.members[member].seen(unit), stored.get(unit, {"unit": unit, "posted": 0, **NOTHING})
                posted = has["available"] + has["held"] + has["pending"]
                has.pop("available"), kept.pop("available", None)
                equal(kept, {"unit": unit, "posted": posted, **has}, f"stored of member {member}")
            # Lot by lot, for two operations at once may agree in the sums and differ in what is left of which lot.
            lots = [tuple(row) for row in await pool.fetch(LOTS, program_id, self.servers.members[member])]
            equal(lots, lots_of(model.members[member]), f"lots of member {member}")
        for row in await pool.fetch(VERSIONS, program_id):
            equal(row["all"], list(range(1, row["version"] + 1)), "versions")
        equal(await broken_rows(pool, program_id), [], "conservation")


def lots_of(member: Member) -> list[tuple[Any, ...]]:
    """Unit, time of earning, and how many of its points are in each state."""
    counted: dict[tuple[str, datetime], Counter[str]] = defaultdict(Counter)
    for point in member.points:
        counted[point.unit, point.lot.earned][point.state if isinstance(point.state, str) else point.state[0]] += 1
    return [(*lot, *(states[name] for name in ("pending", "open", "held", "burned", "expired"))) for lot, states in sorted(counted.items())]


def equal(found: Any, expected: Any, what: Any) -> None:
    assert found == expected, f"{what}: {found}, and not {expected}"


def another_body(op: Op) -> Op:
    """The same key, and not the same request."""
    if op.kind == "earn":
        return replace(op, what=(op.what[0] + 100, op.what[1]))
    if op.kind == "take_back":
        return replace(op, what=(2, 7) if op.what != (2, 7) else (2, 8))
    return replace(op, what=(op.what or 0) + 1)
