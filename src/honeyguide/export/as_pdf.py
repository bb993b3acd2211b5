"""An export as PDF for people: text on pages, with a typeface of its own; it fetches nothing and runs nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import fontpkg
from babel.dates import format_date, format_datetime
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos

from honeyguide.export.sections import Section
from honeyguide.export.words import AROUND, FIELDS, TITLES, say
from honeyguide.programs.localised import in_language
from honeyguide.programs.program import Program

LONGEST_VALUE = 2_000
_FAMILY = "Noto Sans"  # Latin, Greek, Cyrillic, Devanagari
_MARK = "\ufffd"
# They tell which characters a document has, and a name is made of characters.
for _talkative in ("fpdf", "fontTools"):
    logging.getLogger(_talkative).setLevel(logging.ERROR)


def draw(sections: Sequence[Section], program: Program, language: str, now: datetime) -> bytes:
    """The document; takes a second for a long history, so not on the event loop."""
    name = in_language(program.name, language, program.default_locale)
    pages = _Pages(language, program)
    pages.pdf.set_creation_date(now)
    pages.heading(say(AROUND, "title", language, program=name), 18)
    pages.line(say(AROUND, "as_of", language, at=pages.shown(now)))
    if any(_has_unseen(section) for section in sections):
        pages.line(say(AROUND, "unseen", language, mark=_MARK))
    for section in sections:
        if section.rows:
            pages.section(section)
    return bytes(pages.pdf.output())


class _Pages:
    """Writes from top to bottom; every text goes through `_seen`, none is read as markup."""

    def __init__(self, language: str, program: Program) -> None:
        self.language, self.program = language, program
        self.pdf = _Numbered(language)
        self.pdf.add_font(_FAMILY, "", str(fontpkg.path(_FAMILY)))
        self.pdf.set_title(_seen(say(AROUND, "title", language, program=in_language(program.name, language, program.default_locale))))
        self.pdf.set_lang(language)
        self.pdf.add_page()

    def heading(self, text: str, size: int) -> None:
        self.pdf.set_font(_FAMILY, size=size)
        self.pdf.set_text_color(31, 61, 43)
        self._text(text, size / 2)
        self.pdf.set_text_color(0, 0, 0)
        self.pdf.set_font(_FAMILY, size=9)

    def line(self, text: str) -> None:
        self._text(text, 4.5)

    def section(self, section: Section) -> None:
        self.pdf.ln(4)
        self.heading(say(TITLES, section.part.name, self.language), 13)
        if section.has_more:
            self.line(say(AROUND, "more", self.language, count=len(section.rows)))
        for row in section.rows:
            for name, value in row.items():
                if value not in (None, "", [], {}):
                    self.line(f"{say(FIELDS, name, self.language)}: {self.shown(value)}")
            self.pdf.ln(1.5)

    def shown(self, value: Any) -> str:
        match value:
            case bool():
                return say(AROUND, "yes" if value else "no", self.language)
            case datetime():
                local = value.astimezone(self.program.zone)
                return str(format_datetime(local, "medium", locale=self.language.replace("-", "_")))
            case date():
                return str(format_date(value, locale=self.language.replace("-", "_")))
            case dict():
                return ", ".join(
                    f"{say(FIELDS, str(name), self.language)} {self.shown(one)}" for name, one in value.items() if one is not None
                )
            case list() | tuple():
                return "; ".join(self.shown(one) for one in value)
        return str(value)[:LONGEST_VALUE]

    def _text(self, text: str, height: float) -> None:
        wrap = WrapMode.CHAR if _is_long(text) else WrapMode.WORD
        shown = _seen(text[:LONGEST_VALUE])
        self.pdf.multi_cell(0, height, shown, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=wrap)


class _Numbered(FPDF):
    """Pages that say how many they are."""

    def __init__(self, language: str) -> None:
        super().__init__(format="A4")
        self._language = language
        self.set_auto_page_break(True, margin=18)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FAMILY, size=8)
        self.cell(0, 5, say(AROUND, "page", self._language, page=self.page_no(), pages="{nb}"), align="C")
        self.set_font(_FAMILY, size=9)


def _is_long(text: str) -> bool:
    """A word that is wider than a page must be broken somewhere."""
    return any(len(word) > 80 for word in text.split())


def _seen(text: str) -> str:
    """Only characters that the typeface has, and `{nb}`, which the library replaces, taken apart."""
    known = _characters()
    return "".join(one if ord(one) in known or one == "\n" else " " if one.isspace() else _MARK for one in text).replace("{nb}", "{ nb}")


def _has_unseen(section: Section) -> bool:
    return any(_MARK in _seen(str(value)) for row in section.rows for value in row.values() if value is not None)


@cache
def _characters() -> frozenset[int]:
    with TTFont(str(fontpkg.path(_FAMILY)), lazy=True) as font:
        return frozenset(font.getBestCmap())
