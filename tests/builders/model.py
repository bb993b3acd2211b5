"""The books in memory, point by point: what the real ones are compared with. It knows the rules and nothing else, in at most 80 lines."""

from copy import deepcopy
from types import SimpleNamespace as Record

from builders.operations import GRACE, SILVER, dates, day_end, earned


def turn(points, state):
    for point in points:
        point.state = state


class Member:
    def __init__(self, now):
        self.points, self.holds, self.purchases = [], {}, {}
        self.debt, self.spent, self.silver = {"points": 0, "stamps": 0}, 0, [(now, False)]

    def having(self, states, unit=None):  # R16: state by state, each in burn order
        found = [point for point in self.points if point.state in states and unit in (None, point.unit)]
        return sorted(found, key=lambda point: (states.index(point.state), point.lot.until, point.lot.earned))

    def come_back(self, points, now):  # R17, R22
        for point in points:
            repays = point.lot.until > now and self.debt[point.unit] > 0
            self.debt[point.unit] -= repays
            point.state = "gone" if repays else "open" if point.lot.until > now else "expired"

    def touch(self, now):  # R14, R11, R30
        lapsed = [("held", hold) for hold in sorted(self.holds, key=self.holds.get) if self.holds[hold] <= now]
        self.come_back(self.having(lapsed), now)
        self.come_back([point for point in self.having(["pending"]) if point.lot.since <= now], now)
        self.come_back([point for point in self.having(["open"]) if point.lot.until <= now], now)

    def seen(self, unit):
        count = [len(self.having(states, unit)) for states in (["open"], [("held", hold) for hold in self.holds], ["pending"])]
        return {"available": count[0] - self.debt[unit], "held": count[1], "pending": count[2], "debt": self.debt[unit]}

    def earn(self, op, now):
        bonus = [bonus for since, bonus in self.silver if since <= op.at][-1]  # R9
        self.purchases[op.key] = bought = Record(lines=[*op.what, 0], bonus=bonus, earned=earned([*op.what, 0], bonus))
        for unit, amount in bought.earned.items():
            lot = Record(name=op.key, earned=op.at, since=dates(unit, op.at, now)[0], until=dates(unit, op.at, now)[1])
            self.points += [Record(unit=unit, lot=lot, state="pending") for _ in range(amount)]
        self.touch(now)
        self.count(sum(op.what), op.at)

    def count(self, amount, at):  # R25
        self.spent += amount
        self.silver.append((at, self.spent >= SILVER))

    def redeem(self, op, now):  # R14, R15, R16
        is_short = op.what > self.seen(op.unit)["available"]
        turn(self.having(["open"], op.unit)[: op.what], ("held" if op.kind == "hold" else "burned", op.key))
        self.holds[op.key] = now + op.lasts
        return "INSUFFICIENT_BALANCE" if is_short else None

    hold = redeem

    def capture(self, op, now):  # R14
        pinned = self.having([("held", op.target)])
        taken = 0 if op.kind == "void" else len(pinned) if op.what is None else op.what
        turn(pinned[:taken], ("burned", op.key))
        self.come_back(pinned[taken:], now)
        return "HOLD_NOT_OPEN" if not pinned else "ABOVE_HOLD" if taken > len(pinned) else None

    void = capture

    def refund(self, op, now):  # R23
        burned = self.having([("burned", op.target)])[::-1]
        for lot in [point.lot for point in burned[: op.what] if point.lot.until <= now]:
            lot.until = day_end(now, GRACE)
        self.come_back(burned[: op.what], now)
        return "NOTHING_LEFT_TO_REVERSE" if not burned else "ABOVE_WHAT_IS_LEFT" if (op.what or 0) > len(burned) else None

    def take_back(self, op, now):  # R20, R21
        bought, (line, amount) = self.purchases[op.target], op.what
        left = sum(bought.lines)
        most, amount = min(left, [*bought.lines[:2], left][line]), left if amount is None else amount
        bought.lines[line] -= amount
        for unit, kept in earned(bought.lines, bought.bonus).items() if amount <= most else ():
            owed = max(bought.earned[unit] - kept, 0)
            points = [p for p in self.having(["pending", "open", "expired"], unit) if p.state == "open" or p.lot.name == op.target]
            turn(sorted(points, key=lambda point: point.lot.name != op.target)[:owed], "gone")
            self.debt[unit] += max(owed - len(points), 0)
            bought.earned[unit] -= owed
        self.count(-amount, now)
        return "NOTHING_LEFT_TO_REVERSE" if not left else "ABOVE_WHAT_IS_LEFT" if amount > most else None


class Model:
    def __init__(self, members, now):
        self.members, self.answers = [Member(now) for _ in range(members)], {}

    def do(self, op, now):  # R1: the first answer of a key is its answer for ever; what is refused changes nothing
        if op.key not in self.answers:
            member = deepcopy(self.members[op.member])
            member.touch(now)
            self.answers[op.key] = op, getattr(member, op.kind)(op, now) or "POSTED"
            self.members[op.member] = member if self.answers[op.key][1] == "POSTED" else self.members[op.member]
        return self.answers[op.key][1] if self.answers[op.key][0] == op else "IDEMPOTENCY_CONFLICT"
