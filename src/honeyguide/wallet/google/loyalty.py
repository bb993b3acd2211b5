"""Loyalty class and object bodies, made from a template's google.json and the face of a card (G2-G5, G13, G17)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from honeyguide.wallet.faces.card import CardProgram, card_language
from honeyguide.wallet.faces.face import Face, FaceValue, clean, in_language
from honeyguide.wallet.faces.template import Template

_ID: Final = re.compile(r"[0-9]{1,30}\.[A-Za-z0-9._-]{1,100}")
_CLASS_NEEDS: Final = ("id", "issuerName", "programName", "programLogo", "reviewStatus")
_INT32: Final = 2**31
_LOCALIZED: Final = "localized"

# What a template may write; everything else of an object belongs to the program's policy, to messages or to Google.
_TEMPLATE_FIELDS: Final = frozenset(
    {
        *("id", "classId", "state", "accountId", "accountName", "barcode", "loyaltyPoints", "secondaryLoyaltyPoints"),
        *("textModulesData", "linksModuleData", "imageModulesData", "heroImage", "validTimeInterval", "groupingInfo"),
    }
)
# All that we send of an object.
OBJECT_FIELDS: Final = _TEMPLATE_FIELDS | {"rotatingBarcode", "smartTapRedemptionValue", "saveRestrictions", "messages"}
# What is never to be written: linked objects cannot be unlinked, offers are linked by a call of their own, and the last one does nothing any more.
_LINKED: Final = ("linkedObjectIds", "linkedOfferIds", "locations")
_MOST_PLACES: Final = 10


class BodyIncomplete(ValueError):
    """A template makes a body that Google would refuse; the message begins with the rule."""


def class_id_of(issuer_id: str, program_code: str, style: str) -> str:
    return _checked(f"{issuer_id}.{program_code}-{style}")


def object_id_of(issuer_id: str, pass_id: UUID) -> str:
    """The pass, not the member: an id is seen by Google and cannot be taken back."""
    return _checked(f"{issuer_id}.{pass_id.hex}")


def class_body(template: Template, program: CardProgram, *, class_id: str, logo_url: str) -> dict[str, Any]:
    """The class of one program and style; raises BodyIncomplete when google.json lacks what Google requires (G2)."""
    faces = {language: _program_face(program, language) for language in program.languages}
    body = _fill(template, "class", faces, {"google.class_id": class_id, "google.logo_url": logo_url})
    body |= {"id": class_id, "reviewStatus": "UNDER_REVIEW"}  # never DRAFT: such a class takes no objects (G3)
    if missing := [field for field in _CLASS_NEEDS if not body.get(field)]:
        raise BodyIncomplete(f"G2: {template.style}.pass/google.json makes a class without {missing[0]}")
    if "rewardsTier" in body:
        raise BodyIncomplete("G4: rewardsTier is the same for every member of a class; show the tier by secondaryLoyaltyPoints")
    _check_places(body, template)
    return body


def object_body(template: Template, face: Face, *, object_id: str, class_id: str) -> dict[str, Any]:
    """What Google shall show of this face, in the face's language; labels also in the template's other languages.

    A closed card keeps nothing of the member: objects cannot be deleted, so they are blanked (G13).
    """
    named = {"id": _checked(object_id), "classId": _checked(class_id)}
    if face.get("card.closed"):
        return {**named, "state": "INACTIVE"}
    names: dict[str, FaceValue] = {"google.object_id": object_id, "google.class_id": class_id, "google.state": "ACTIVE"}
    first = card_language(str(face["language"]), template.languages or (str(face["language"]),))
    faces = {first: face} | {language: face for language in template.languages if language != first}
    body = {**_fill(template, "object", faces, names), **named, "state": "ACTIVE"}
    _check_places(body, template)
    if stray := sorted(set(body) - _TEMPLATE_FIELDS):
        raise BodyIncomplete(f"G6: {template.style}.pass/google.json: {stray[0]} of an object is not the template's to set")
    for name in ("loyaltyPoints", "secondaryLoyaltyPoints"):
        if name in body:
            shown = body[name] if isinstance(body[name], Mapping) else {}  # a template says what it likes; {} is no balance, and named
            body[name] = {**shown, "balance": balance(shown.get("balance", {}))}
    return body


def _check_places(body: Mapping[str, Any], template: Template) -> None:
    if linked := [name for name in _LINKED if name in body]:
        raise BodyIncomplete(f"G16: {template.style}.pass/google.json: {linked[0]} is not for templates")
    if len(body.get("merchantLocations") or ()) > _MOST_PLACES:
        raise BodyIncomplete(f"G16: {template.style}.pass/google.json: more than {_MOST_PLACES} merchantLocations")


def balance(written: object) -> dict[str, Any]:
    """Exactly one kind; a number that is no int32 goes as text, for Google would refuse it (G5). Raises BodyIncomplete."""
    if not isinstance(written, Mapping) or len(written) != 1 or next(iter(written)) not in ("int", "string", "money"):
        raise BodyIncomplete("G5: a balance has exactly one of int, string, money")
    kind, value = next(iter(written.items()))
    if kind == "int" and not (isinstance(value, int) and -_INT32 <= value < _INT32):
        return {"string": str(value)}
    return {kind: value}


def _fill(template: Template, section: str, faces: Mapping[str, Face], names: Mapping[str, FaceValue]) -> dict[str, Any]:
    filled = {language: template.google_section(section, {**face, **names}, language) for language, face in faces.items()}
    body: dict[str, Any] = _localize(filled)
    return body


def _localize(nodes: Mapping[str, Any]) -> Any:
    """Make one body of those filled for each language; the first language's texts are the defaults.

    `"localizedLabel": "Points"` in google.json becomes a LocalizedString, and goes where all languages say the same (G17).
    """
    first = next(iter(nodes.values()))
    if isinstance(first, dict):
        merged = {}
        for key, value in first.items():
            values = {language: node[key] for language, node in nodes.items() if isinstance(node, dict) and key in node}
            if key.startswith(_LOCALIZED) and isinstance(value, str):
                if len(set(values.values())) > 1:
                    merged[key] = _localized_string(values)
            else:
                merged[key] = _localize(values)
        return merged
    if isinstance(first, list):
        alike = {language: node for language, node in nodes.items() if isinstance(node, list) and len(node) == len(first)}
        return [_localize({language: node[index] for language, node in alike.items()}) for index in range(len(first))]
    return first


def _localized_string(texts: Mapping[str, str]) -> dict[str, Any]:
    (default, text), *others = texts.items()
    return {
        "defaultValue": {"language": default, "value": text},
        "translatedValues": [{"language": language, "value": translated} for language, translated in others],
    }


def _program_face(program: CardProgram, language: str) -> Face:
    return {"program.name": clean(in_language(program.name, language)), "program.code": program.code, "language": language}


def _checked(identifier: str) -> str:
    if not _ID.fullmatch(identifier):
        raise BodyIncomplete("G2: an id is the issuer's number, a point, and letters, digits, '.', '_' or '-'")
    return identifier
