"""The scalars of the three schemas: exact, and strict about what they take in (S5)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, StringValueNode, ValueNode, print_ast
from strawberry.types.scalar import ScalarDefinition

CurrencyCode = NewType("CurrencyCode", str)

_DECIMAL = re.compile(r"-?\d{1,40}(\.\d{1,20})?", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
# PostgreSQL's timestamptz holds more, Python's datetime less; both hold these, in every time zone.
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def parse_decimal(value: Any) -> Decimal:
    """Take a decimal number from a string of digits; JSON numbers lose cents, so they are refused."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise GraphQLError('Decimal must be a string of digits with at most one point, such as "12.50".')
    return Decimal(value)


def serialize_decimal(value: Decimal) -> str:
    return format(value, "f")


def parse_date_time(value: Any) -> datetime:
    """Take a moment; without an offset it would be none, so a bare date or local time is refused."""
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        raise GraphQLError('DateTime must be ISO 8601 with an offset, such as "2026-11-22T18:30:00Z".')
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        raise GraphQLError("DateTime names no moment of the calendar.") from None
    if not _EARLIEST <= moment < _LATEST:
        raise GraphQLError("DateTime must lie in the years 1900 to 8999.")
    return moment.astimezone(UTC)


def serialize_date_time(value: datetime) -> str:
    text = value.astimezone(UTC).isoformat()
    return text.removesuffix("+00:00") + "Z"


def parse_date(value: Any) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise GraphQLError('Date must be an ISO 8601 date, such as "2026-11-22".')
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise GraphQLError("Date names no day of the calendar.") from None
    # The last moment of 9999-12-31 in New York is none that Python can read back out of the books.
    if not _EARLIEST.date() <= day < _LATEST.date():
        raise GraphQLError("Date must lie in the years 1900 to 8999.")
    return day


def parse_currency(value: Any) -> CurrencyCode:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise GraphQLError('CurrencyCode must be three capital letters of ISO 4217, such as "EUR".')
    return CurrencyCode(value)


def _literal(parse: Any) -> Any:
    def parse_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> Any:
        if not isinstance(node, StringValueNode):
            raise GraphQLError(f"A string is needed, found {print_ast(node)[:40]}.", node)
        return parse(node.value)

    return parse_literal


def _scalar(name: str, description: str, url: str, parse: Any, serialize: Any) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        specified_by_url=url,
        serialize=serialize,
        parse_value=parse,
        parse_literal=_literal(parse),
    )


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: _scalar(
        "Decimal",
        "Decimal number as a JSON string; a JSON number is refused. Negative where value leaves the member.",
        "https://www.w3.org/TR/xmlschema11-2/#decimal",
        parse_decimal,
        serialize_decimal,
    ),
    datetime: _scalar(
        "DateTime",
        "ISO 8601 with offset; a bare date is refused.",
        "https://scalars.graphql.org/andimarek/date-time",
        parse_date_time,
        serialize_date_time,
    ),
    date: _scalar(
        "Date",
        "A day of the calendar, ISO 8601.",
        "https://scalars.graphql.org/andimarek/local-date",
        parse_date,
        date.isoformat,
    ),
    CurrencyCode: _scalar("CurrencyCode", "ISO 4217.", "https://www.iso.org/iso-4217-currency-codes.html", parse_currency, str),
}
