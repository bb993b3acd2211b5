"""Languages as people name them: BCP 47, such as de-AT; pure."""

from __future__ import annotations

import re

from babel import Locale, UnknownLocaleError

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def checked_locale(text: str) -> str | None:
    """The BCP 47 tag; None for what is no language."""
    if not _LANGUAGE_TAG.fullmatch(text):
        return None
    try:
        return str(Locale.parse(text, sep="-")).replace("_", "-")
    except (ValueError, UnknownLocaleError):
        return None
