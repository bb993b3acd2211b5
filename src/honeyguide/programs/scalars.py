"""The plain texts of a program file as checked values: numbers without floats, codes, colours, languages, currencies."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from honeyguide.programs.findings import nearest
from honeyguide.programs.periods import MonthDay

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_LONG_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_FLAGS = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}


class Part(BaseModel):
    """A part of the program file: frozen, and a key that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _wrong(message: str, suggestion: str | None = None) -> PydanticCustomError:
    return PydanticCustomError("honeyguide", "{message}", {"message": message, "suggestion": suggestion})


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else "a mapping" if isinstance(value, dict) else "a list"
    return text if len(text) <= 40 else text[:40] + "..."


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        if isinstance(value, str) and _LONG_NUMBER.fullmatch(value):
            raise _wrong(f"`{_short(value)}` has more than 12 digits before the point or 6 after it")
        raise _wrong(f"`{_short(value)}` is not a number such as 5 or 1.25", _with_point(value))
    return Decimal(value)


def _with_point(value: Any) -> str | None:
    text = value.replace(",", ".").replace("_", "").rstrip("%").strip() if isinstance(value, str) else ""
    return text if _NUMBER.fullmatch(text) else None


def _amount(value: Any) -> Any:
    number = _number(value)
    if number < 0:
        raise _wrong(f"{number} is below 0")
    return number


def _positive(value: Any) -> Any:
    number = _number(value)
    if number <= 0:
        raise _wrong(f"{number} is not above 0")
    return number


def _whole(value: Any) -> Any:
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise _wrong(f"`{_short(value)}` is not a whole number from 0 to 999999999")
    return int(value)


def _flag(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        word = _short(value).lower()
        raise _wrong(f"`{_short(value)}` is neither true nor false", _FLAGS.get(word) or nearest(word, ("true", "false")))
    return value == "true"


def _code(value: Any) -> Any:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        guess = re.sub(r"[^a-z0-9_-]+", "-", _short(value).lower()).strip("-")
        suggestion = guess if _CODE.fullmatch(guess) else None
        raise _wrong(f"`{_short(value)}` is no code: a small letter, then small letters, digits, - or _", suggestion)
    return value


def _color(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise _wrong(f"`{_short(value)}` is no colour such as '#1d3b2a' (in quotes: # begins a comment)")
    return value.lower()


def _language(value: Any) -> Any:
    try:
        return str(Locale.parse(value, sep="-")).replace("_", "-")
    except (ValueError, TypeError, UnknownLocaleError):
        raise _wrong(f"`{_short(value)}` is no language such as en, de or pt-BR") from None


def _time_zone(value: Any) -> Any:
    known = available_timezones()
    if not isinstance(value, str) or value not in known:
        raise _wrong(f"`{_short(value)}` is no time zone such as Europe/Berlin", nearest(_short(value), known))
    ZoneInfo(value)
    return value


def _currency(value: Any) -> Any:
    known = get_global("all_currencies")
    if not isinstance(value, str) or value not in known:
        raise _wrong(f"`{_short(value)}` is no currency of ISO 4217 such as USD", nearest(_short(value), known))
    return value


def _day(value: Any) -> Any:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _wrong(f"`{_short(value)}` is no day such as 2027-12-31")


def _month_day(value: Any) -> Any:
    if isinstance(value, MonthDay):
        return value
    try:
        if isinstance(value, str) and _MONTH_DAY.fullmatch(value):
            day = date.fromisoformat(f"2000-{value}")  # a leap year: 29 February is a day of the year
            return MonthDay(day.month, day.day)
    except ValueError:
        pass
    raise _wrong(f"`{_short(value)}` is no day of the year such as 09-30")


def _time_of_day(value: Any) -> Any:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not _TIME_OF_DAY.fullmatch(value):
        raise _wrong(f"`{_short(value)}` is no time of the day such as 21:00")
    return time.fromisoformat(value)


def _link(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"(https://|mailto:|tel:)\S{1,500}", value):
        raise _wrong(f"`{_short(value)}` is no link: https://..., mailto:... or tel:...")
    return value


def _schema(*types: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": list(types) if len(types) > 1 else types[0], **more})


# A text is what the file writes; in the JSON Schema a number may stand without quotes, as editors read YAML.
_NUMBERS = {"pattern": f"^{_NUMBER.pattern}$"}
Amount = Annotated[Decimal, BeforeValidator(_amount), _schema("number", "string", minimum=0, **_NUMBERS)]
Positive = Annotated[Decimal, BeforeValidator(_positive), _schema("number", "string", exclusiveMinimum=0, **_NUMBERS)]
Whole = Annotated[int, BeforeValidator(_whole), _schema("integer", "string", minimum=0, pattern=f"^{_WHOLE.pattern}$")]
Flag = Annotated[bool, BeforeValidator(_flag), _schema("boolean")]
Code = Annotated[str, BeforeValidator(_code), _schema("string", pattern=f"^{_CODE.pattern}$")]
Color = Annotated[str, BeforeValidator(_color), _schema("string", pattern="^#[0-9a-fA-F]{6}$")]
Language = Annotated[str, BeforeValidator(_language), _schema("string", examples=["en", "de", "pt-BR"])]
TimeZone = Annotated[str, BeforeValidator(_time_zone), _schema("string", examples=["Europe/Berlin"])]
CurrencyCode = Annotated[str, BeforeValidator(_currency), _schema("string", pattern="^[A-Z]{3}$", examples=["USD"])]
Day = Annotated[date, BeforeValidator(_day), _schema("string", pattern=f"^{_DAY.pattern}$", examples=["2027-12-31"])]
DayOfYear = Annotated[MonthDay, BeforeValidator(_month_day), _schema("string", pattern=f"^{_MONTH_DAY.pattern}$", examples=["09-30"])]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), _schema("string", pattern=f"^({_TIME_OF_DAY.pattern})$", examples=["21:00"])]
Link = Annotated[str, BeforeValidator(_link), _schema("string", pattern="^(https://|mailto:|tel:)")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80), _schema("string", "number", minLength=1, maxLength=80)]
