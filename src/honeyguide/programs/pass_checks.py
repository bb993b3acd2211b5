"""What a program file says of passes must hold: units, tiers and words exist, every language has its text, every colour can be read; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from honeyguide.programs.contrast import READABLE, contrast
from honeyguide.programs.document import Path
from honeyguide.programs.findings import nearest
from honeyguide.programs.pass_messages import words_in
from honeyguide.programs.passes import PassStyle
from honeyguide.programs.wrong import Wrong, keys, unknown, values

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


def check_passes(program: Program) -> Iterator[Wrong]:
    """Of the styles."""
    levels = program.tiers.levels if program.tiers else ()
    for code, style in program.passes.items():
        path: Path = ("passes", code)
        yield from values((*path, "balances"), "unit", style.balances, program.units)
        yield from keys((*path, "tiers"), "tier", style.tiers, levels)
        yield from _unreadable(path, style)
        yield from _untranslated(program, (*path, "title"), style.title)
        for key, text in style.texts.items():
            yield from _untranslated(program, (*path, "texts", key), text)
        for key, link in style.links.items():
            yield from _untranslated(program, (*path, "links", key, "title"), link.title)
    if program.passes:
        yield from _untranslated(program, ("terms",), program.terms)
        yield from _half_translated(program)


def check_pass_messages(program: Program) -> Iterator[Wrong]:
    """Of the messages on passes."""
    messages = program.pass_messages
    for kind, terms in messages.kinds():
        path: Path = ("pass_messages", kind)
        if terms.purpose is not None and terms.purpose not in program.consents:
            yield unknown((*path, "purpose"), "purpose", terms.purpose, program.consents)
        unit = getattr(terms, "unit", None)
        if unit is not None and unit not in program.units:
            yield unknown((*path, "unit"), "unit", unit, program.units)
        for place, texts in (("header", terms.header), ("body", terms.body)):
            yield from _untranslated(program, (*path, place), texts)
            for language, text in texts.items():
                if strange := [word for word in words_in(text) if word not in terms.WORDS]:
                    nearby = nearest(strange[0], terms.WORDS)
                    yield Wrong((*path, place, language), f"a message of this kind has no {{{strange[0]}}}", nearby)
    if messages.win_back is not None and messages.win_back.purpose is None:
        yield Wrong(("pass_messages", "win_back"), "an offer needs a `purpose` that members consented to: see consents", at_key=True)
    if messages.tier_at_risk is not None and (program.tiers is None or program.tiers.warning is None):
        yield Wrong(("pass_messages", "tier_at_risk"), "nobody is warned before a tier is lost: say tiers.warning", at_key=True)


def _unreadable(path: Path, style: PassStyle) -> Iterator[Wrong]:
    """WCAG 2.2, 1.4.3: text has at least 4.5 times the contrast; the style's own colours and those of each tier."""
    for place, look in ((path, style.look(None)), *(((*path, "tiers", tier), style.look(tier)) for tier in style.tiers)):
        for name, colour in (("foreground", look.foreground), ("label", look.label)):
            ratio = contrast(colour, look.background)
            if ratio < READABLE:
                yield Wrong(
                    place,
                    f"`{name}` {colour} on {look.background} has a contrast of {ratio:.1f}: people need {READABLE} to read it (WCAG 1.4.3)",
                    at_key=True,
                )


def _untranslated(program: Program, path: Path, texts: Mapping[str, Any]) -> Iterator[Wrong]:
    """What stands on phones is there in every language of the program; that the default one is there is checked for all texts."""
    for language in program.locales:
        if language not in texts and language != program.default_locale:
            yield Wrong(path, f"the text in `{language}` is missing: what passes show is needed in every language", at_key=True)


def _half_translated(program: Program) -> Iterator[Wrong]:
    """Names of the program, its units and tiers are the same everywhere where they were written once, else they are in every language."""
    named: list[tuple[Path, Mapping[str, Any]]] = [(("name",), program.name)]
    named += [(("units", code, "name"), unit.name) for code, unit in program.units.items()]
    if program.tiers is not None:
        named += [(("tiers", "levels", code, "name"), level.name) for code, level in program.tiers.levels.items()]
    for path, texts in named:
        if len(texts) > 1:
            yield from _untranslated(program, path, texts)
