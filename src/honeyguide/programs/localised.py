"""Texts and names in several languages, and how a reader's wishes choose among them; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from babel import Locale
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_T = TypeVar("_T")
_LONGEST = 20_000
_PLURALS = ("zero", "one", "two", "few", "many", "other")

# Control characters and those that turn the direction of reading; a text goes to phones, pages and mails.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

# The key of a text that was written once, until `load` settles that it is in the default language.
ANY = ""


class ByLanguage(dict[str, _T]):
    """A mapping whose keys are languages, so that a check can find them all."""


def negotiate(wanted: Iterable[str], offered: Iterable[str], default: str) -> str:
    """The offered language that the reader wishes most: exact, then by its language alone, else the default (RFC 4647 lookup)."""
    by_folded = {language.casefold().replace("_", "-"): language for language in offered}
    for wish in wanted:
        parts = wish.casefold().replace("_", "-").split("-")
        for length in range(len(parts), 0, -1):
            if found := by_folded.get("-".join(parts[:length])):
                return found
        if found := next((by_folded[folded] for folded in by_folded if folded.split("-")[0] == parts[0]), None):
            return found
    return default


def in_language(texts: Mapping[str, _T], language: str, default: str) -> _T:
    """The text of a language, of its mother language, of the program's default."""
    for key in (language, language.split("-", maxsplit=1)[0], default):
        if key in texts:
            return texts[key]
    return next(iter(texts.values()))


def plural(forms: Mapping[str, str], count: Decimal | int, language: str) -> str:
    """The name for so many by the language's plural rules (CLDR): 1 point, 1.5 points, 0 points."""
    return forms.get(_locale(language).plural_form(abs(Decimal(count)))) or forms["other"]


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        value = {ANY: value}
    if not isinstance(value, dict) or not value:
        raise PydanticCustomError("honeyguide", "a text, or texts by language such as {{en: Hello, de: Hallo}}")
    for text in value.values():
        if not isinstance(text, str) or not text.strip():
            raise PydanticCustomError("honeyguide", "a text of at least one character is needed in each language")
        if len(text) > _LONGEST:
            raise PydanticCustomError("honeyguide", "the text is longer than 20,000 characters")
        _check_seen(text)
    return {language: text.strip() for language, text in value.items()}


def _names(value: Any) -> Any:
    if isinstance(value, str):
        value = {ANY: value}
    if not isinstance(value, dict) or not value:
        raise PydanticCustomError("honeyguide", "a name, or names by language such as {{en: {{one: point, other: points}}}}")
    return {language: _forms(forms) for language, forms in value.items()}


def _forms(forms: Any) -> dict[str, str]:
    forms = {"other": forms} if isinstance(forms, str) else forms
    if not isinstance(forms, dict) or "other" not in forms or not all(isinstance(form, str) and form.strip() for form in forms.values()):
        raise PydanticCustomError("honeyguide", "a name needs at least the plural form `other`, as text")
    if unknown := [form for form in forms if form not in _PLURALS]:
        raise PydanticCustomError("honeyguide", "{message}", {"message": f"`{unknown[0][:40]}` is no plural form: {', '.join(_PLURALS)}"})
    for name in forms.values():
        _check_seen(name)
    return {form: name.strip() for form, name in forms.items()}


def _check_seen(text: str) -> None:
    if unseen := _UNSEEN.search(text):
        raise PydanticCustomError(
            "honeyguide", "{message}", {"message": f"the text has a character that nobody sees, U+{ord(unseen[0]):04X}"}
        )


_TEXT = {"type": "string", "minLength": 1}
Texts = Annotated[
    dict[str, str],
    BeforeValidator(_texts),
    AfterValidator(ByLanguage),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "object", "additionalProperties": _TEXT, "minProperties": 1}]}),
]
_FORMS = {"type": "object", "properties": dict.fromkeys(_PLURALS, _TEXT), "required": ["other"], "additionalProperties": False}
Names = Annotated[
    dict[str, dict[str, str]],
    BeforeValidator(_names),
    AfterValidator(ByLanguage),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "object", "additionalProperties": {"anyOf": [_TEXT, _FORMS]}, "minProperties": 1}]}),
]
