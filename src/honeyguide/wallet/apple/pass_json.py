"""pass.json: a card on Apple's terms, the same bytes for the same card (A26)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Protocol

import orjson
from wallet.models import Barcode, Coupon, CurrencyField, EventTicket, Field, Generic, PassInformation, StoreCard

from honeyguide.wallet.apple.json_rules import STYLES, misshapen
from honeyguide.wallet.apple.validator import PassInvalid, broken_rules
from honeyguide.wallet.faces.card import Card, card_language, spoken
from honeyguide.wallet.faces.face import Face, face
from honeyguide.wallet.faces.template import Template, fill

SERVERS_OWN: Final = frozenset({"passTypeIdentifier", "teamIdentifier", "serialNumber", "webServiceURL", "authenticationToken"})
_STYLES: Final = {"storeCard": StoreCard, "coupon": Coupon, "generic": Generic, "eventTicket": EventTicket}
_SECTIONS: Final = ("headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields")
_SECTIONS_OF_BACK: Final = {"backFields", "additionalInfoFields"}
_OF_MODEL: Final = frozenset({"key", "value", "label", "currencyCode"})
_AMOUNT: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PassIdentity:
    """Who issues passes and where phones ask for updates: what no template may say."""

    pass_type_id: str
    team_id: str
    web_service_url: str  # without /v1, devices append it (A25)
    token_key: bytes = field(repr=False)
    former_token_keys: tuple[bytes, ...] = field(default=(), repr=False)  # passes made under them are still on phones
    loopback_allowed: bool = False  # http on this machine, in development
    with_nfc: bool = False  # Signer.with_nfc


class Numbered(Protocol):
    """What tells one pass from another: a card, or the row of a pass whose face was kept."""

    @property
    def serial(self) -> str: ...

    @property
    def generation(self) -> int: ...


def authentication_token(key: bytes, serial: str, generation: int) -> str:
    """The secret in a pass by which its phone asks for updates: 256 bits, made anew by raising the generation (A25)."""
    digest = hmac.digest(key, f"honeyguide pass token\0{serial}\0{generation}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def pass_json(card: Card, template: Template, identity: PassIdentity) -> bytes:
    """The pass of this card, checked; raises PassInvalid naming each rule that Wallet would refuse it by."""
    language = card_language(card.locale, spoken(template.languages, card.program.languages))
    return pass_json_of(face(card, language), language, card, template, identity)


def pass_json_of(shown: Face, language: str, card: Numbered, template: Template, identity: PassIdentity) -> bytes:
    """The pass that shows a face already made, for callers that also keep the face."""
    filled = template.apple_body(shown, language)
    if not identity.with_nfc:
        filled.pop("nfc", None)  # another one's passes go without (A21), instead of not at all
    if wrong := misshapen(filled):
        raise PassInvalid(wrong)
    _detect_nothing(filled)
    body = {
        **_with_models(filled),
        **_nfc(shown, template, identity),
        "passTypeIdentifier": identity.pass_type_id,
        "teamIdentifier": identity.team_id,
        "serialNumber": card.serial,
        "webServiceURL": identity.web_service_url,
        "authenticationToken": authentication_token(identity.token_key, card.serial, card.generation),
    }
    if body.get("nfc", {}).get("requiresAuthentication"):
        body["sharingProhibited"] = True  # else a phone that does not know the lock shares the pass without it
    if broken := broken_rules(body, loopback_allowed=identity.loopback_allowed, with_nfc=identity.with_nfc):
        raise PassInvalid(broken)
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS, default=_exact)


def sign_up_form_of(shown: Face, language: str, template: Template, identity: PassIdentity) -> bytes | None:
    """personalization.json, for a card that is nobody's yet; it goes with nfc only, and a pass without it is one that is somebody's (A51)."""
    if not (template.personalization and shown.get("card.anonymous") and _nfc(shown, template, identity)):
        return None
    return orjson.dumps(template.sign_up_form(shown, language), option=orjson.OPT_SORT_KEYS)


def _nfc(shown: Face, template: Template, identity: PassIdentity) -> dict[str, Any]:
    """What the program file says for terminals, where the certificate may sign it: another one's passes go without (A21)."""
    return {"nfc": fill(template.nfc, shown, {})} if template.nfc and identity.with_nfc else {}


def _detect_nothing(body: Mapping[str, Any]) -> None:
    """Phones make links of whatever looks like one on the back, also in text from outside; a template says where they may."""
    for style in STYLES:
        for section in _SECTIONS_OF_BACK & body.get(style, {}).keys():
            body[style][section] = [{"dataDetectorTypes": [], **field} for field in body[style][section]]


def _with_models(body: dict[str, Any]) -> dict[str, Any]:
    for style in _STYLES.keys() & body.keys():
        body[style] = _fields(_STYLES[style](), body[style])
    if "barcodes" in body:
        body["barcodes"] = [_barcode(barcode) for barcode in body["barcodes"]]
    return body


def _fields(model: PassInformation, sections: Mapping[str, Any]) -> dict[str, Any]:
    for name in _SECTIONS:
        getattr(model, name).extend(_field(field) for field in sections.get(name, ()))
    written = model.json_dict()
    for name in _SECTIONS:
        if name in written:
            # Laid over the model, never set on it: a key of the template could be the name of one of its methods.
            own = [{key: content for key, content in field.items() if key not in _OF_MODEL} for field in sections[name]]
            written[name] = [_without_defaults({**field, **more}) for field, more in zip(written[name], own, strict=True)]
    return {**sections, **written}


def _field(written: Mapping[str, Any]) -> Field:
    key, value, label = written.get("key", ""), written.get("value", ""), written.get("label", "")
    if "currencyCode" in written:
        # Money comes as decimal text and leaves as an exact JSON number; a float in between would show 12.299999.
        model = CurrencyField(key, _amount(value), label, written["currencyCode"])
    else:
        model = Field(key, value, label)
    model.textAlignment = None
    return model


def _amount(value: Any) -> Any:
    """What is no amount stays as it is, for the validator to name (A13)."""
    return Decimal(value) if isinstance(value, str) and _AMOUNT.fullmatch(value) else value


def _barcode(written: Mapping[str, Any]) -> dict[str, Any]:
    model = Barcode(written.get("message", ""), written.get("format", ""), written.get("altText", ""))
    return _without_defaults({**model.json_dict(), **written})


def _without_defaults(model: Mapping[str, Any]) -> dict[str, Any]:
    """What the model classes fill in by themselves (an empty changeMessage, no alignment) is not for the pass (A11, A13)."""
    return {name: value for name, value in model.items() if value is not None and value != ""}


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} has no place in a pass")
