"""The sentences of refusals, by code and language; of some input fields more exact ones."""

from __future__ import annotations

from collections.abc import Sequence

from honeyguide.api.types.errors import ErrorCode
from honeyguide.api.words import english, german
from honeyguide.programs.localised import in_language

_SENTENCES = {"en": english.SENTENCES, "de": german.SENTENCES}
_LIMITS = {"en": english.LIMITS, "de": german.LIMITS}


def message(code: ErrorCode, language: str, path: Sequence[str] = (), **facts: object) -> str:
    """The sentence of a refusal; languages without sentences of their own read English."""
    sentences = in_language(_SENTENCES, language, "en")
    named = [name for name in path if not name.isdecimal()]  # which of a list it is, the path itself says
    names = " ".join(named[-2:]), named[-1] if named else ""
    exact = next((sentences[known] for name in (*names, *facts) if (known := f"{code} {name}") in sentences), None)
    return (exact or sentences[code]).format_map(_Facts(facts))


def limit_words(limit: str, language: str, **facts: object) -> str:
    """A limit by its name, such as burn_per_day; one that has no words yet is its own name."""
    words = in_language(_LIMITS, language, "en")
    return words.get(limit, limit).format_map(_Facts(facts))


def at_most_words(language: str, most: str) -> str:
    """The second sentence of a refusal of too much: how much there is."""
    return in_language({"en": english.AT_MOST, "de": german.AT_MOST}, language, "en").format(most=most)


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"
