"""How much each group of lines weighs for a rule: 0 where the filter leaves it out, else its category's multiplier; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from honeyguide.programs.earning.exact import over_common_denominator
from honeyguide.programs.earning.lines import LineFilter, LineGroup

_REMEMBERED = 4096


class Weights:
    """Integer weights over one common denominator, remembered by group because a chain's groups repeat in every basket."""

    __slots__ = ("_filter", "_known", "_labels", "_multipliers", "denominator")

    def __init__(self, lines: LineFilter, multipliers: Mapping[str, Decimal]) -> None:
        self.denominator = over_common_denominator(multipliers.values())
        self._filter = lines
        self._multipliers = {category: int(factor * self.denominator) for category, factor in multipliers.items()}
        self._labels = {weight: str(factor) for factor, weight in zip(multipliers.values(), self._multipliers.values(), strict=True)}
        self._labels.setdefault(self.denominator, "1")
        self._known: dict[LineGroup, int] = {}

    def of(self, group: LineGroup) -> int:
        weight = self._known.get(group)
        if weight is None:
            weight = self._multipliers.get(group[1] or "", self.denominator) if self._filter.counts(group) else 0
            if len(self._known) >= _REMEMBERED:
                self._known.clear()  # categories come from partners: what they send must not fill the memory
            self._known[group] = weight
        return weight

    def sum(self, groups: Mapping[LineGroup, int]) -> tuple[int, int]:
        """The eligible amount in minor units, and the same weighted, over `denominator`; neither is below 0."""
        eligible = weighted = 0
        known = self._known
        for group, amount in groups.items():
            if weight := known[group] if group in known else self.of(group):
                eligible += amount
                weighted += amount * weight
        return max(eligible, 0), max(weighted, 0)

    def split(self, groups: Mapping[LineGroup, int]) -> str:
        """The eligible amounts by weight, recorded so that a reversal can tell the shares apart: `1:500 2:300`."""
        amounts: dict[int, int] = {}
        for group, amount in groups.items():
            if weight := self.of(group):
                amounts[weight] = amounts.get(weight, 0) + amount
        return " ".join(f"{self._labels[weight]}:{amount}" for weight, amount in sorted(amounts.items()))

    @property
    def multiplies(self) -> bool:
        return bool(self._multipliers)

    def any(self, groups: Mapping[LineGroup, int]) -> bool:
        return any(map(self.of, groups))
