"""Messages on a card at Google: in every language of the program, gone by themselves when they end (G8, G17); pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from honeyguide.wallet.faces.card import card_language
from honeyguide.wallet.faces.face import clean
from honeyguide.wallet.messages.pass_message import PassMessage

MOST = 10  # Google keeps no more on an object


def message_bodies(messages: Sequence[PassMessage], language: str) -> list[dict[str, Any]]:
    """What stands on the card, oldest first; each as plain text: that one shall wake somebody is said when it is added."""
    return [message_body(one, language) for one in reversed(messages[:MOST])]


def message_body(message: PassMessage, language: str) -> dict[str, Any]:
    """One message, first in the card's language."""
    first = card_language(language, tuple(message.header) or (language,))
    interval: dict[str, Any] = {"start": {"date": message.posted_at.isoformat(timespec="seconds")}}
    if message.ends_at is not None:
        interval["end"] = {"date": message.ends_at.isoformat(timespec="seconds")}
    return {
        "id": message.id.hex,
        **_texts("header", "localizedHeader", message.header, first),
        **_texts("body", "localizedBody", message.body, first),
        "messageType": "TEXT",
        "displayInterval": interval,
    }


def _texts(plain: str, localized: str, texts: Mapping[str, str], first: str) -> dict[str, Any]:
    cleaned = {language: clean(text, lines=True) for language, text in texts.items()}
    default = cleaned.get(first) or next(iter(cleaned.values()), "")
    others = [{"language": language, "value": text} for language, text in cleaned.items() if language != first and text]
    if not others:
        return {plain: default}
    return {plain: default, localized: {"defaultValue": {"language": first, "value": default}, "translatedValues": others}}
