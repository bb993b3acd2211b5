"""Check a style: its files, its texts, and what it makes of a full card, of an empty one, of nobody's and of one that is over; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from honeyguide.wallet.apple.broken import PassInvalid
from honeyguide.wallet.apple.field_rules import all_fields, truncations
from honeyguide.wallet.apple.json_rules import misshapen
from honeyguide.wallet.apple.package import LARGEST_PASS, Package
from honeyguide.wallet.apple.package_files import broken_files, broken_images
from honeyguide.wallet.apple.pass_json import SERVERS_OWN, PassIdentity, pass_json_of, sign_up_form_of
from honeyguide.wallet.checks.finding import Finding, finding_of_text, findings_of
from honeyguide.wallet.checks.sample_card import sample_card, sample_programs
from honeyguide.wallet.faces.card import Card, CardProgram, CardStatus
from honeyguide.wallet.faces.exact_json import parse_exact
from honeyguide.wallet.faces.face import face
from honeyguide.wallet.faces.template import Template, make_template
from honeyguide.wallet.faces.template_files import Sources, TemplateInvalid, strip_of
from honeyguide.wallet.google.loyalty import BodyIncomplete, class_body, object_body

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


def check_style(template: Template, program: CardProgram | None = None, *, largest: int = LARGEST_PASS) -> list[Finding]:
    """Of a template that could be read: what phones would refuse, then what people would not see; `largest`: bytes of a pass (A24)."""
    strips = {path: content for path, content in template.sources.items() if strip_of(path)}
    found = findings_of(f"{template.style}.pass", (*broken_files(template.files), *broken_images(strips)))
    weighed = None if found else largest
    for words in (program,) if program else sample_programs(template.placeholders, template.languages):
        for language in template.languages or words.languages:
            found += _drawn(template, words, language, weighed)
        found += _google(template, words)
    found += [*_texts(template), *_overwritten(template), *(_unseen(template, program) if program else ())]
    return sorted(dict.fromkeys(found), key=lambda one: not one.is_error)


def _drawn(template: Template, words: CardProgram, language: str, largest: int | None) -> Iterator[Finding]:
    """`largest`: None where the images are no package's, so that nothing can be weighed."""
    file, card = f"{template.style}.pass", sample_card(words, template.style, language, template.placeholders)
    for each in _cards(card):
        shown = face(each, language)
        try:
            body = pass_json_of(shown, language, each, template, _IDENTITY)
            if template.personalization and each.is_anonymous and sign_up_form_of(shown, language, template, _IDENTITY) is None:
                yield Finding(file, "A51", "nfc", "the form is not shown: neither program file nor pass.json declares nfc", is_error=False)
            if each is card:
                yield from findings_of(file, truncations(parse_exact(body)), is_error=False)
                if largest is not None:
                    _weigh(template, body, largest)
        except PassInvalid as invalid:
            yield from findings_of(file, invalid.broken)


def _weigh(template: Template, body: bytes, largest: int) -> None:
    """With the strip of each tier; raises PassInvalid (A24)."""
    for strip in (None, *template.strips):
        Package(template.with_strip(strip), signs_up=True, largest=largest).build(body, _NoSignature())


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
        card = sample_card(words, template.style, language, template.placeholders)
        object_body(template, face(card, language), object_id="1.sample", class_id="1.sample")
    except (BodyIncomplete, KeyError) as error:
        text = f"G2: google.json has no {error}" if isinstance(error, KeyError) else str(error)
        yield finding_of_text(file, text)


def _overwritten(template: Template) -> Iterator[Finding]:
    """What a template says in vain: each pass gets the server's own."""
    for key in sorted(SERVERS_OWN & template.apple.keys()):
        yield Finding(f"{template.style}.pass", "A25", key, "is overwritten: the server writes it into each pass", is_error=False)


def _unseen(template: Template, program: CardProgram) -> Iterator[Finding]:
    """What the program file says of the style and no field shows (A12): a balance or a link by neither its place nor its code."""
    shown = {tuple(name.split(".")[:2]) for name in template.placeholders}
    for kind, key, codes in (("balance", "balances", program.balances), ("link", "links", [link.code for link in program.links])):
        for place, code in enumerate(codes, 1):
            if not {(kind, code), (kind, str(place))} & shown:
                reason = f"no field shows it: the template names neither {{{kind}.{place}}} nor {{{kind}.{code}}}"
                yield Finding(f"{template.style}.pass", "A12", f"{key}.{code}", reason, is_error=False)


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
