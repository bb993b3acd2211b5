"""A card of each style that is shipped, in the words of a program with six languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from honeyguide.quantities import UnitKind
from honeyguide.wallet.faces.card import Card, CardBalance, CardLink, CardProgram, CardProgress, CardUnit
from honeyguide.wallet.faces.card_rewards import GiftCard, PaidMembership, Voucher

LANGUAGES = ("en", "de", "pl", "da", "zh-Hans", "ar")


def by_language(*texts: str) -> dict[str, str]:
    return dict(zip(LANGUAGES, texts, strict=True))


POINTS = {
    "en": {"one": "point", "other": "points"},
    "de": {"one": "Punkt", "other": "Punkte"},
    "pl": {"one": "punkt", "few": "punkty", "many": "punktów", "other": "punktu"},
    "da": {"other": "point"},
    "zh-Hans": {"other": "积分"},
    "ar": {"one": "نقطة", "two": "نقطتان", "few": "نقاط", "many": "نقطة", "other": "نقطة"},
}
PROGRAM = CardProgram(
    code="honeyguide",
    name=by_language("Honeyguide", "Honiganzeiger", "Miodowód", "Honningviser", "响蜜鴷", "دليل العسل"),
    languages=LANGUAGES,
    units={
        "points": CardUnit("points", UnitKind.POINTS, 0, POINTS),
        "cashback": CardUnit("cashback", UnitKind.MONEY, 2, {"en": {"other": "cashback"}}, "EUR"),
    },
    tiers={
        "silver": by_language("Silver", "Silber", "Srebrny", "Sølv", "银级", "فضي"),
        "gold": by_language("Gold", "Gold", "Złoty", "Guld", "金级", "ذهبي"),
    },
    terms=by_language("Be nice.", "Seien Sie nett.", "Bądź miły.", "Vær sød.", "请友善。", "كن لطيفًا."),
    support=by_language("+1 202 555 0100", "+49 30 5550100", "+48 22 555 0100", "+45 55 50 10 00", "+86 10 5550 1000", "+966 11 555 0100"),
    links=(CardLink("help", by_language("Help", "Hilfe", "Pomoc", "Hjælp", "帮助", "المساعدة"), "mailto:help@example.test"),),
    title=by_language("Membership card", "Mitgliedskarte", "Karta członkowska", "Medlemskort", "会员卡", "بطاقة العضوية"),
    balances=("points", "cashback"),
)
MONEY = replace(PROGRAM, balances=("cashback", "points"))
CARD = Card(
    program_id=UUID(int=1),
    member_id=UUID(int=2),
    pass_id=UUID(int=3),
    version=7,
    style="membership",
    serial="hg-0001",
    barcode="12345678901234567890",
    locale="en",
    member_name="Ann Honey",
    member_number="1234 5678 9012",
    program=PROGRAM,
    tier="silver",
    balances=(
        CardBalance("points", 1170, 50, ((date(2026, 12, 31), 150), (date(2027, 1, 31), 1))),
        CardBalance("cashback", 1230, 45, ((date(2027, 2, 28), 500),)),
    ),
    progress=CardProgress("gold", "points", 1170, 2000, 830, date(2026, 12, 31)),
)
CARDS = {
    "membership": CARD,
    "cashback": replace(CARD, style="cashback", program=MONEY),
    "voucher": replace(
        CARD,
        style="voucher",
        reward=Voucher(
            by_language("For your birthday", "Zum Geburtstag", "Na urodziny", "Til din fødselsdag", "生日礼遇", "لعيد ميلادك"),
            by_language("€5 off", "5 € Rabatt", "5 € taniej", "5 € rabat", "立减 5 欧元", "خصم 5 يورو"),
            "HB-2K7Q-99",
            date(2027, 3, 31),
        ),
    ),
    "gift-card": replace(CARD, style="gift-card", reward=GiftCard("6035 7100 0001", "cashback", 2550, date(2029, 11, 22))),
    "paid-membership": replace(
        CARD,
        style="paid-membership",
        reward=PaidMembership(
            by_language("Gold Bee", "Goldbiene", "Złota pszczoła", "Guldbi", "金蜂", "النحلة الذهبية"),
            date(2025, 11, 22),
            date(2026, 11, 21),
            renews=True,
            price=("cashback", 4900),
        ),
    ),
}
