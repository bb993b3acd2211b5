"""What a card shows of the program file: names, units, tiers, and the style's colours; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from honeyguide.programs.passes import PassStyle
from honeyguide.programs.program import Program
from honeyguide.quantities import UnitKind
from honeyguide.wallet.faces.card import CardLink, CardProgram, CardUnit
from honeyguide.wallet.faces.template import Json, Template


def card_program(program: Program, style: str) -> CardProgram:
    """The words of a program for cards of that style; `support` is the style's own text of this name."""
    shown = program.passes.get(style)
    units = {code: _unit(program, code) for code in program.units}
    metrics = program.tiers.metrics if program.tiers else {}
    # What qualifies is counted in units of its own, so that "120.00 EUR to Gold" reads as money and "3 visits to Gold" as a count.
    units |= {metric: _metric(program, metric) for metric in metrics if metric not in units}
    first = (program.default_locale,)
    return CardProgram(
        code=program.code,
        name=program.name,
        languages=first + tuple(locale for locale in program.locales if locale not in first),
        units=units,
        tiers={code: level.name for code, level in program.tiers.levels.items()} if program.tiers else {},
        terms=program.terms,
        support=shown.texts.get("support", {}) if shown else {},
        links=tuple(CardLink(code, link.title, link.url) for code, link in shown.links.items()) if shown else (),
        title=shown.title if shown else {},
        balances=shown.balances if shown else (),
    )


def first_tier(program: Program) -> str | None:
    """The tier that is everybody's."""
    return next(iter(program.tiers.levels), None) if program.tiers else None


def styled(template: Template, style: PassStyle, tier: str | None = None) -> Template:
    """The template in the colours and with the strip of a tier, its own before the one that the program file names.

    Google's class is everybody's, so it has the style's own colour.
    """
    look = style.look(tier)
    colours = {"backgroundColor": look.background, "foregroundColor": look.foreground, "labelColor": look.label}
    apple = {**template.apple, **{key: rgb(colour) for key, colour in colours.items()}}
    google: Mapping[str, Json] = template.google
    if "class" in google:
        google = {**google, "class": {**google["class"], "hexBackgroundColor": style.background}}
    return dataclasses.replace(template.with_strip(tier, look.strip), apple=apple, google=google, nfc=_nfc(style))


def _nfc(style: PassStyle) -> Mapping[str, Json]:
    """What terminals read, in Apple's words (A21)."""
    said = style.nfc
    if said is None:
        return {}
    key, locked = said.encryption_public_key, said.requires_authentication
    return {"message": said.message, "encryptionPublicKey": key} | ({"requiresAuthentication": True} if locked else {})


def rgb(colour: str) -> str:
    """`#rrggbb` as Apple writes it (A16)."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def _unit(program: Program, code: str) -> CardUnit:
    unit = program.unit(code)
    return CardUnit(code, unit.kind, unit.decimals, program.units[code].name, program.unit_currency(code))


def _metric(program: Program, metric: str) -> CardUnit:
    definition = program.tiers.metrics[metric] if program.tiers else None
    if definition is not None and definition.counts == "spend":
        return CardUnit(metric, UnitKind.MONEY, program.currency_decimals, {}, program.currency)
    if definition is not None and definition.counts == "points" and definition.unit in program.units:
        return _unit(program, definition.unit)
    names = {language: {"other": name} for language, name in definition.name.items()} if definition else {}
    return CardUnit(metric, UnitKind.POINTS, 0, names)
