"""Pass styles: what a phone's card looks like and which balances it shows."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from honeyguide.programs.google_style import GoogleStyle
from honeyguide.programs.localised import Texts
from honeyguide.programs.nfc import PassNfc
from honeyguide.programs.scalars import Code, Color, Link, Part


class PassLink(Part):
    """A link on the back of the pass."""

    title: Texts = Field(description="What members read.")
    url: Link = Field(description="https://..., mailto:... or tel:...")


class TierLook(Part):
    """What a tier changes of a style; what is not said stays as it is."""

    background: Color | None = Field(None, description="Background colour, '#rrggbb' in quotes.")
    foreground: Color | None = Field(None, description="Colour of values.")
    label: Color | None = Field(None, description="Colour of labels.")
    strip: Code | None = Field(
        None,
        description="Another strip of the template: its images `strip-<strip>.png`, `@2x`, `@3x`; default `strip-<tier>.png` where there is one.",
    )


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a card, `#rrggbb`, and its strip, None for the template's own."""

    background: str
    foreground: str
    label: str
    strip: str | None = None


class PassStyle(Part):
    """One style; its key names it, its template is a folder `<template>.pass` of the passes directory."""

    template: Code | None = Field(None, description="Folder `<template>.pass`; default the style's own name.")
    title: Texts = Field(description="The pass in words, read aloud by phones: its description.")
    background: Color = Field("#1f3d2b", description="Background colour, '#rrggbb' in quotes.")
    foreground: Color = Field("#ffffff", description="Colour of values.")
    label: Color = Field("#e8c46a", description="Colour of labels.")
    tiers: dict[Code, TierLook] = Field({}, description="Colours and strip image by tier.")
    balances: tuple[Code, ...] = Field(description="Units shown, the most important first.", min_length=1)
    texts: dict[Code, Texts] = Field({}, description="Texts of the back by key; templates show `support`, as {support}.")
    nfc: PassNfc | None = Field(None, description="What terminals read by NFC; default nothing.")
    links: dict[Code, PassLink] = Field(
        {}, description="Links of the back by key; templates show them in this order, as {link.1.title} and {link.1.url}."
    )
    google: GoogleStyle = Field(GoogleStyle(), description="The style at Google Wallet.")

    def look(self, tier: str | None) -> Look:
        """How the card of a member of this tier looks."""
        of_tier = self.tiers.get(tier or "", TierLook())
        return Look(
            of_tier.background or self.background, of_tier.foreground or self.foreground, of_tier.label or self.label, of_tier.strip
        )
