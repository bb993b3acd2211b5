"""What a template may not say: names that nobody knows, and text from outside where a phone would act on it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from honeyguide.wallet.faces.placeholders import PLACEHOLDERS
from honeyguide.wallet.faces.template_files import TemplateInvalid

PLACEHOLDER: Final = re.compile(r"\{([A-Za-z][A-Za-z0-9_.-]*)\}")
_KNOWN: Final = re.compile("|".join(re.escape(name).replace(r"\*", r"[A-Za-z0-9_-]+") for name in PLACEHOLDERS) + r"|google\.[a-z_.]+")
_NEVER_FILLED: Final = frozenset({"attributedValue", "webServiceURL", "authenticationToken", "appLaunchURL", "uri", "url"})
_LINK: Final = re.compile(r"\{link\.[A-Za-z0-9_-]+\.url\}")  # of the program file, checked when it was applied
# The program's own words, in which a phone may look for links and numbers to call: a member's name or number is none of them.
_OWN_WORDS: Final = re.compile(r"program\..+|pass\.title|terms|support|link\..+")
_ANCHOR: Final = re.compile(r"""<a href=(["'])(?:https://|mailto:|tel:)[^"'<>\s]+\1>[^<>]*</a>""")


def placeholders(node: Any) -> Iterator[str]:
    """All that it names."""
    if isinstance(node, str):
        yield from PLACEHOLDER.findall(node)
    elif isinstance(node, Mapping | list):
        for item in node.values() if isinstance(node, Mapping) else node:
            yield from placeholders(item)


def check_template(node: Any, place: str, key: str = "") -> None:
    """Raises TemplateInvalid with the place and the reason; `place` begins with the file's name."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            check_template(value, f"{place}: {name}" if ":" not in place else f"{place}.{name}", name)
        _check_links(node, place)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            check_template(item, f"{place}[{index}]", key)
    elif isinstance(node, str):
        _check_text(node, place, key)


def _check_text(text: str, place: str, key: str) -> None:
    for name in PLACEHOLDER.findall(text):
        if not _KNOWN.fullmatch(name):
            near = get_close_matches(name, PLACEHOLDERS, 1)
            raise TemplateInvalid(f"{place}: unknown placeholder {{{name}}}" + (f"; did you mean {{{near[0]}}}?" if near else ""))
        is_our_link = key in ("uri", "url") and _LINK.fullmatch(text)
        if key in _NEVER_FILLED and not name.startswith("google.") and not is_our_link:
            raise TemplateInvalid(f"{place}: {key} takes no placeholder, for text from outside must not become a link or markup")


def _check_links(field: Mapping[str, Any], place: str) -> None:
    """A phone makes links of what looks like one, and of markup: never in what members write, and only of kinds that are safe to tap."""
    if field.get("dataDetectorTypes") and (
        strange := [name for name in placeholders(field.get("value")) if not _OWN_WORDS.fullmatch(name)]
    ):
        raise TemplateInvalid(f"{place}: dataDetectorTypes must be empty where {{{strange[0]}}} stands: it is not the program's own text")
    written = field.get("attributedValue")
    if isinstance(written, str) and set("<>") & set(_ANCHOR.sub("", written)):
        raise TemplateInvalid(f"{place}: attributedValue takes no markup but <a href='https://...'>, mailto: or tel:")
