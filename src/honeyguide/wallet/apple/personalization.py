"""The form by which the holder of an anonymous card signs up on the phone: personalization.json (A35, A51); pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from honeyguide.wallet.apple.broken import Broken

NAME: Final = "PKPassPersonalizationFieldName"
EMAIL: Final = "PKPassPersonalizationFieldEmailAddress"
PHONE: Final = "PKPassPersonalizationFieldPhoneNumber"
POSTAL_CODE: Final = "PKPassPersonalizationFieldPostalCode"
_KEYS: Final = {"requiredPersonalizationFields", "description", "termsAndConditions"}
# Nobody is known yet: whatever else a placeholder could show is not there, and must not vanish without a word.
_KNOWN: Final = {
    "description": ("{program.name}", "{program.code}"),
    "termsAndConditions": ("{program.name}", "{program.code}", "{terms}", "{support}"),
}


def broken_personalization(form: Mapping[str, Any], files: Mapping[str, bytes]) -> tuple[Broken, ...]:
    """What is wrong with the form of a template, and with what it needs beside it."""
    return tuple(_broken(form, files))


def _broken(form: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[Broken]:
    asked = form.get("requiredPersonalizationFields")
    if not isinstance(asked, list) or not asked or not all(isinstance(one, str) for one in asked):
        yield Broken("A51", "requiredPersonalizationFields", "a list of what the form asks")
    elif unknown := sorted(set(asked) - {NAME, EMAIL, PHONE, POSTAL_CODE}):
        yield Broken("A51", "requiredPersonalizationFields", f"{unknown[0]} is nothing that Wallet asks")
    elif POSTAL_CODE in asked:
        yield Broken("A51", "requiredPersonalizationFields", "no postal code: nothing here needs one, and what is not needed is not asked")
    elif not {EMAIL, PHONE} & set(asked):
        yield Broken("A51", "requiredPersonalizationFields", f"{EMAIL} or {PHONE}: else nobody knows who the holder is")
    if not isinstance(form.get("description"), str) or not form["description"]:
        yield Broken("A51", "description", "a text above the form")
    for key, known in _KNOWN.items():
        said = form.get(key, "")
        if not isinstance(said, str):
            yield Broken("A51", key, "text")
        elif "{" in _without(said, known):
            yield Broken("A51", key, f"only {', '.join(known)} can stand here: nobody is known yet")
    if stray := sorted(set(form) - _KEYS):
        yield Broken("A51", stray[0], "no key of the form")
    if "personalizationLogo@2x.png" not in files:
        yield Broken("A51", "personalizationLogo@2x.png", "missing: it stands above the form")


def _without(text: str, names: Sequence[str]) -> str:
    for name in names:
        text = text.replace(name, "")
    return text
