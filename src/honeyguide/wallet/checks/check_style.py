"""Check a style: its files, its texts, and what it makes of a full card, of an empty one, of nobody's and of one that is over; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from honeyguide.wallet.apple.broken import PassInvalid
from honeyguide.wallet.apple.field_rules import all_fields, truncations
from honeyguide.wallet.apple.json_rules import misshapen
from honeyguide.wallet.apple.package import Package
from honeyguide.wallet.apple.package_files import broken_files
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json_of, sign_up_form_of
from honeyguide.wallet.card import Card, CardProgram, CardStatus
from honeyguide.wallet.checks.finding import Finding, finding_of_text, findings_of
from honeyguide.wallet.checks.sample_card import sample_card, sample_program
from honeyguide.wallet.exact_json import parse_exact
from honeyguide.wallet.face import face
from honeyguide.wallet.google.loyalty import BodyIncomplete, class_body, object_body
from honeyguide.wallet.template import Template, make_template
from honeyguide.wallet.template_files import Sources, TemplateInvalid

_IDENTITY: Final = PassIdentity("pass.sample", "SAMPLE0000", "https://passes.example.org/wallet/apple", b"sample" * 6, with_nfc=True)


class _NoSignature:
    """As large as a real one."""

    def sign(self, manifest: bytes) -> bytes:
        return bytes(4_000)


def check_sources(style: str, sources: Sources, program: CardProgram | None = None) -> list[Finding]:
    """The findings of a template's files, errors first; `program`: whose words it is drawn with."""
    left_out = [Finding(path, "A1", path, "is no part of a pass and was left out", is_error=False) for path in sources.left_out]
    try:
        template = make_template(style, sources.files)
    except TemplateInvalid as error:
        return [finding_of_text(f"{style}.pass", str(error)), *left_out]
    return [*check_style(template, program), *left_out]


def check_style(template: Template, program: CardProgram | None = None) -> list[Finding]:
    """Of a template that could be read: what phones would refuse, then what people would not see."""
    file = f"{template.style}.pass"
    words = program or sample_program(template.placeholders, template.languages)
    found = findings_of(file, broken_files(template.files))
    for language in template.languages or words.languages:
        found += _drawn(template, words, language)
    found += [*_google(template, words), *_texts(template)]
    return sorted(dict.fromkeys(found), key=lambda one: not one.is_error)


def _drawn(template: Template, words: CardProgram, language: str) -> Iterator[Finding]:
    file, card = f"{template.style}.pass", sample_card(words, template.style, language)
    for each in _cards(card):
        shown = face(each, language)
        try:
            body = pass_json_of(shown, language, each, template, _IDENTITY)
            if template.personalization and each.is_anonymous and sign_up_form_of(shown, language, template, _IDENTITY) is None:
                yield Finding(file, "A51", "nfc", "the form is not shown: neither program file nor pass.json declares nfc", is_error=False)
            if each is card:
                yield from findings_of(file, truncations(parse_exact(body)), is_error=False)
                if not broken_files(template.files):
                    Package(template, signs_up=True).build(body, _NoSignature())
        except PassInvalid as invalid:
            yield from findings_of(file, invalid.broken)


def _cards(card: Card) -> Iterable[Card]:
    """The full one, a newcomer's, nobody's, and one that is over."""
    bare = dataclasses.replace(card, tier=None, progress=None, member_name=None, balances=())
    return card, bare, dataclasses.replace(bare, is_anonymous=True), dataclasses.replace(card, status=CardStatus.CLOSED)


def _google(template: Template, words: CardProgram) -> Iterator[Finding]:
    if not template.google:
        return
    file, language = f"{template.style}.pass", (template.languages or words.languages)[0]
    try:
        class_body(template, words, class_id="1.sample", logo_url="https://passes.example.org/logo.png")
        object_body(template, face(sample_card(words, template.style, language), language), object_id="1.sample", class_id="1.sample")
    except (BodyIncomplete, KeyError) as error:
        text = f"G2: google.json has no {error}" if isinstance(error, KeyError) else str(error)
        yield finding_of_text(file, text)


def _texts(template: Template) -> Iterator[Finding]:
    """Texts that a language would show in another one's words (A23)."""
    if not template.strings or misshapen(template.apple):
        return
    known = set().union(*template.strings.values())
    for text in dict.fromkeys(_shown_texts(template.apple)):
        if text not in known and not (text.startswith("{") and text.endswith("}") and text.count("{") == 1):
            yield Finding(f"{template.style}.pass", "A23", "pass.strings", f"no language translates {text!r}", is_error=False)


def _shown_texts(apple: Mapping[str, Any]) -> Iterator[str]:
    yield from (text for key in ("description", "logoText") if isinstance(text := apple.get(key), str))
    for _, _, field in all_fields(apple):
        yield from (text for key in ("label", "value", "changeMessage") if isinstance(text := field.get(key), str))
