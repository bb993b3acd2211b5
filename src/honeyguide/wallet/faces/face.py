"""The face: the flat words and numbers that a pass template may place, made from a card for one language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeAlias

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from honeyguide.quantities import UnitKind, from_minor
from honeyguide.wallet.faces.card import Card, CardBalance, CardProgress, CardStatus, CardUnit, LocalText
from honeyguide.wallet.faces.card_rewards import GiftCard, PaidMembership, Voucher

FaceValue: TypeAlias = str | int | bool
Face: TypeAlias = Mapping[str, FaceValue]

_LONGEST_TEXT = 4000
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def face(card: Card, language: str) -> Face:
    """Every placeholder that has a value now; what is absent (no tier, nothing pending, the top tier reached) vanishes from the pass.

    Quantities of points are integers and money is decimal text ("12.50"), so that the face is exact as JSON.
    """
    texts = dict(_texts(card, language))
    texts.update(_message(card, language))
    texts.update(_links(card, language))
    texts.update(_reward(card, language, locale := _locale(card, language)))
    places = {unit: str(place) for place, unit in enumerate(card.program.balances, 1)}
    for balance in card.balances:
        said = tuple(_balance(balance, card.program.units[balance.unit], locale))
        for name in (balance.unit, places.get(balance.unit)):
            if name is not None:
                texts.update((f"{what}.{name}{detail}", value) for what, detail, value in said)
    if card.progress is not None:
        texts.update(_progress(card.progress, card, language))
    return texts


def clean(text: str, *, lines: bool = False) -> str:
    """Text from outside without what could act as markup: control and bidi characters, and the `%@` of a notification."""
    if text.isprintable() and "%@" not in text:
        return text[:_LONGEST_TEXT].strip()  # most text by far; control, bidi and format characters do not count as printable
    text = _LINE_BREAKS.sub("\n", text)[:_LONGEST_TEXT]
    text = text if lines else text.replace("\n", " ").replace("\t", " ")
    kept = "".join(c for c in text if c == "\n" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _BIDI))
    return kept.replace("\ufeff", "").replace("%@", "\uff05@").strip()


def in_language(text: LocalText, language: str) -> str:
    """The text in that language, else in its first one; empty when there is none."""
    return text.get(language) or text.get(language.partition("-")[0]) or next(iter(text.values()), "")


def _texts(card: Card, language: str) -> Iterator[tuple[str, FaceValue]]:
    program = card.program
    yield "program.name", clean(in_language(program.name, language))
    yield "program.code", program.code
    yield "pass.title", clean(in_language(program.title or program.name, language))
    yield "language", language
    yield "member.number", clean(card.member_number) or "-"
    yield "barcode", card.barcode
    yield "card.status", card.status.value
    if name := clean(card.member_name or "")[:80].strip():
        yield "member.name", name
    if card.status is CardStatus.CLOSED:
        yield "card.closed", True
    elif card.is_anonymous:
        yield "card.anonymous", True
    if card.expires_at is not None:
        yield "card.expires_at", card.expires_at.isoformat(timespec="seconds")
    if card.tier is not None:
        yield "tier.code", card.tier
        yield "tier.name", clean(in_language(program.tiers.get(card.tier, {}), language)) or card.tier
    for key, text in (("terms", program.terms), ("support", program.support)):
        if words := clean(in_language(text, language), lines=True):
            yield key, words


def _message(card: Card, language: str) -> Iterator[tuple[str, FaceValue]]:
    """One of `news`, for which a phone may ring, `note`, for which it does not, and `none`: a field that is always there can change."""
    message = card.message
    if message is None or card.status is CardStatus.CLOSED:
        yield "message.none", "-"
        return
    header, body = clean(in_language(message.header, language)), clean(in_language(message.body, language), lines=True)
    yield "message.header", header
    yield "message.body", body
    yield "message.news" if message.notify else "message.note", f"{header}\n{body}"


def _links(card: Card, language: str) -> Iterator[tuple[str, FaceValue]]:
    """Each by its place and by its code."""
    for place, link in enumerate(card.program.links, 1):
        for name in (str(place), link.code):
            yield f"link.{name}.title", clean(in_language(link.title, language))
            yield f"link.{name}.url", link.url
            yield f"link.{name}.text", link.url.removeprefix("mailto:").removeprefix("tel:")


def _reward(card: Card, language: str, locale: Locale) -> Iterator[tuple[str, FaceValue]]:
    units = card.program.units
    match card.reward:
        case Voucher() as voucher:
            yield "voucher.title", clean(in_language(voucher.title, language))
            yield "voucher.worth", clean(in_language(voucher.worth, language))
            yield "voucher.number", clean(voucher.number)
            if voucher.until is not None:
                yield "voucher.until", day_text(voucher.until, locale)
        case GiftCard() as gift:
            yield "gift.number", clean(gift.number)
            yield "gift.balance", typed(gift.amount, units[gift.unit])
            yield "gift.balance.text", quantity_text(gift.amount, units[gift.unit], locale)
            yield "gift.currency", units[gift.unit].currency or ""
            if gift.until is not None:
                yield "gift.until", day_text(gift.until, locale)
        case PaidMembership() as paid:
            yield "plan.name", clean(in_language(paid.plan, language))
            yield "plan.since", day_text(paid.since, locale)
            yield "plan.until", day_text(paid.until, locale)
            yield (
                "plan.renews_on" if paid.renews else "plan.ends_on",
                day_text(paid.until + timedelta(days=1 if paid.renews else 0), locale),
            )
            if paid.price is not None:
                yield "plan.price", quantity_text(paid.price[1], units[paid.price[0]], locale)


def _balance(balance: CardBalance, unit: CardUnit, locale: Locale) -> Iterator[tuple[str, str, FaceValue]]:
    """What comes before the unit's name or place, what behind it, and the value."""
    yield from (("balance", detail, value) for detail, value in _quantity(balance.available, unit, locale))
    yield "balance", ".name", heading(unit, locale)
    if unit.currency is not None:
        yield "balance", ".currency", unit.currency
        yield "balance", ".micros", str(int(from_minor(balance.available, unit.decimals) * 1_000_000))
    else:
        yield "balance", ".count", typed(balance.available, unit)
        yield "balance", ".unit", unit_name(unit, balance.available, locale)
    if balance.pending:
        yield from (("pending", detail, value) for detail, value in _quantity(balance.pending, unit, locale))
    if balance.expiring:
        lines = (f"{day_text(on, locale)}: {quantity_text(quantity, unit, locale)}" for on, quantity in balance.expiring)
        yield "expiring", ".text", "\n".join(lines)


def _progress(progress: CardProgress, card: Card, language: str) -> Iterator[tuple[str, FaceValue]]:
    unit, locale = card.program.units[progress.unit], _locale(card, language)
    for name, minor in (("current", progress.current), ("needed", progress.needed), ("remaining", progress.remaining)):
        yield f"progress.{name}", typed(minor, unit)
    yield "progress.current.number", _whole(progress.current, unit, locale)
    yield "progress.needed.number", _short_money(progress.needed, unit, locale)
    yield "progress.remaining.number", number_text(progress.remaining, unit, locale)
    yield "progress.remaining.text", quantity_text(progress.remaining, unit, locale)
    yield "progress.next_tier", clean(in_language(card.program.tiers.get(progress.next_tier, {}), language)) or progress.next_tier
    if progress.period_ends is not None:
        yield "progress.period_ends", day_text(progress.period_ends, locale)


def _quantity(minor: int, unit: CardUnit, locale: Locale) -> Iterator[tuple[str, FaceValue]]:
    number = number_text(minor, unit, locale)
    yield "", typed(minor, unit)
    yield ".minor", minor
    yield ".number", number
    yield ".text", _with_name(number, minor, unit, locale)


def typed(minor: int, unit: CardUnit) -> FaceValue:
    """An integer for whole units, exact decimal text otherwise."""
    return minor if unit.decimals == 0 else str(from_minor(minor, unit.decimals))


def number_text(minor: int, unit: CardUnit, locale: Locale) -> str:
    """The number as people write it in that language; money with its currency."""
    amount = from_minor(minor, unit.decimals)
    if unit.kind is UnitKind.MONEY and unit.currency is not None:
        return str(format_currency(amount, unit.currency, locale=locale))
    return str(format_decimal(amount, locale=locale, decimal_quantization=False))


def _whole(minor: int, unit: CardUnit, locale: Locale) -> str:
    """What is reached, without cents and without its currency: "450 of €1,000" fits where "€450.20 of €1,000.00" is cut off."""
    if unit.currency is None:
        return number_text(minor, unit, locale)
    return str(format_decimal(minor // 10**unit.decimals, locale=locale))


def _short_money(minor: int, unit: CardUnit, locale: Locale) -> str:
    """Money without its cents where there are none."""
    if unit.currency is None or minor % 10**unit.decimals:
        return number_text(minor, unit, locale)
    pattern = re.sub(r"\.0+", "", locale.currency_formats["standard"].pattern)
    return str(format_currency(minor // 10**unit.decimals, unit.currency, pattern, locale=locale, currency_digits=False))


def quantity_text(minor: int, unit: CardUnit, locale: Locale) -> str:
    """The number with the unit's name in the right plural: "1 point", "1.234 Punkte", "12,50 EUR"."""
    return _with_name(number_text(minor, unit, locale), minor, unit, locale)


def _with_name(number: str, minor: int, unit: CardUnit, locale: Locale) -> str:
    return number if unit.kind is UnitKind.MONEY else f"{number} {unit_name(unit, minor, locale)}"


def unit_name(unit: CardUnit, minor: int, locale: Locale) -> str:
    """The unit's name in the plural form that the number asks for."""
    forms = unit.names.get(str(locale).replace("_", "-")) or unit.names.get(locale.language) or next(iter(unit.names.values()), {})
    form = locale.plural_form(abs(Decimal(from_minor(minor, unit.decimals))))
    return clean(forms.get(form) or forms.get("other") or unit.code)


def heading(unit: CardUnit, locale: Locale) -> str:
    """The unit's name above a number. Of the plural forms that of three serves best: it is the plural as such in most languages."""
    name = unit_name(unit, 3 * 10**unit.decimals, locale)
    return name[:1].upper() + name[1:]


def day_text(day: date, locale: Locale) -> str:
    """A day as people write it in that language."""
    return str(format_date(day, "medium", locale=locale))


def _locale(card: Card, language: str) -> Locale:
    """How numbers look: the member's own region when its language is the card's, so that a Swiss card reads as Swiss."""
    for candidate in (card.locale, language):
        try:
            locale = Locale.parse(candidate.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            continue
        if locale.language == language.partition("-")[0]:
            return locale
    return Locale("en")
