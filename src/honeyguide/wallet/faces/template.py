"""A pass template: one folder of passes/, read once, whose placeholders are filled into parsed JSON only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from honeyguide.wallet.apple.broken import PassInvalid
from honeyguide.wallet.apple.personalization import broken_personalization
from honeyguide.wallet.faces.exact_json import parse_exact
from honeyguide.wallet.faces.face import Face
from honeyguide.wallet.faces.strings import StringsInvalid, read_strings, write_strings
from honeyguide.wallet.faces.template_files import TemplateInvalid, read_folder, strip_of
from honeyguide.wallet.faces.template_rules import PLACEHOLDER, check_template, placeholders

Json: TypeAlias = Any

_USUAL_STRIP: Final = re.compile(r"(?:[^/]+/)?strip(?:@[23]x)?\.png")
SIGN_UP_LOGO: Final = "personalizationLogo"
_BALANCES: Final = frozenset({"loyaltyPoints", "secondaryLoyaltyPoints"})
_ABSENT: Final = object()  # takes the list item (or top-level key) around it away
_EMPTIED: Final = object()  # a list that lost all its items: only its own key goes


@dataclass(frozen=True, slots=True)
class Template:
    """A loaded style: `apple` and `google` are the parsed JSON files, `files` the members of every package that never change.

    `strings` maps language -> text -> translation, from the *.lproj/pass.strings files; `sources` are the files as they were read.
    `personalization` is the form by which the holder of an anonymous card signs up (A51), `nfc` what the program file says for terminals.
    `strips` are the files, and their digest, with another strip by its name; `digest` tells apart what is in `files`: other pictures are other content.
    """

    style: str
    apple: Mapping[str, Json]
    google: Mapping[str, Json]
    files: Mapping[str, bytes]
    strings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    personalization: Mapping[str, Json] = field(default_factory=dict)
    nfc: Mapping[str, Json] = field(default_factory=dict)
    strips: Mapping[str, tuple[Mapping[str, bytes], bytes]] = field(default_factory=dict, repr=False)
    digest: bytes = b""
    sources: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def placeholders(self) -> frozenset[str]:
        """All that it names."""
        return frozenset(placeholders([self.apple, self.google, self.personalization, self.nfc]))

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self.strings, key=lambda language: (language != "en", language)))

    def apple_body(self, face: Face, language: str) -> dict[str, Json]:
        """pass.json's content for this face, without the keys that only the server knows."""
        return fill(self.apple, face, self.strings.get(language, {}))

    def google_section(self, section: str, face: Face, language: str) -> dict[str, Json]:
        """The "class" or "object" section of google.json for this face; names `google.*` may be added to the face.

        Balances may be a list of alternatives: the first of them that has its values is taken.
        """
        filled = fill(self.google[section], face, self.strings.get(language, {}), translate_all=True)
        return {key: value[0] if key in _BALANCES and isinstance(value, list) and value else value for key, value in filled.items()}

    def sign_up_form(self, face: Face, language: str) -> dict[str, Json]:
        """personalization.json's content, in one language: the phone translates none of it."""
        return fill(self.personalization, face, self.strings.get(language, {}), translate_all=True)

    def members(self, *, signs_up: bool) -> dict[str, bytes]:
        """The files of a package; the logo of the form only where there is a form."""
        return {path: content for path, content in self.files.items() if signs_up or SIGN_UP_LOGO not in path}

    @property
    def folder_digest(self) -> str:
        """Of all files that it was made of, in hex."""
        return _digest(dict(sorted(self.sources.items()))).hex()

    def dressed(self, files: Mapping[str, bytes | None]) -> Template:
        """With the operator's own files in the place of those of the folder, which stays where he has none; raises TemplateInvalid."""
        return make_template(self.style, {**self.sources, **{path: content for path, content in files.items() if content is not None}})

    def with_strip(self, *names: str | None) -> Template:
        """With the strip of `strip-NAME.png` in the place of the usual one, for the first of these names that there is one of."""
        found = next((self.strips[name] for name in names if name is not None and name in self.strips), None)
        return self if found is None else replace(self, files=found[0], digest=found[1])

    def text(self, text: str, language: str) -> str:
        """A text of the template in that language; itself when nobody translated it."""
        return self.strings.get(language, {}).get(text, text)


def load_templates(folder: Path) -> dict[str, Template]:
    """Every `<style>.pass` folder by its style; raises TemplateInvalid."""
    return {path.stem: load_template(path) for path in sorted(folder.glob("*.pass"))}


def load_template(folder: Path) -> Template:
    """Read one folder whole; raises TemplateInvalid with the file and the reason."""
    return make_template(folder.stem, read_folder(folder).files)


def make_template(style: str, sources: Mapping[str, bytes]) -> Template:
    """The template that these files make; raises TemplateInvalid with the file and the reason."""
    strings = _read_languages(style, sources)
    apple, google, personalization = (_read_json(style, f"{name}.json", sources) for name in ("pass", "google", "personalization"))
    if odd := sorted(section for section, content in google.items() if not isinstance(content, dict)):
        raise TemplateInvalid(f"{style}.pass/google.json: G2: {odd[0]} is no object")
    for name, content in (("pass", apple), ("google", google), ("personalization", personalization)):
        check_template(content, f"{style}.pass/{name}.json")
    if personalization and (broken := broken_personalization(personalization, sources)):
        raise TemplateInvalid(f"{style}.pass/personalization.json: {PassInvalid(broken)}")
    files = {path: content for path, content in sources.items() if path.endswith(".png") and strip_of(path) is None}
    for language, texts in strings.items():
        # The phone translates plain texts by its own language; texts with placeholders differ for each member and are translated here.
        plain = {text: translation for text, translation in texts.items() if not PLACEHOLDER.search(text)}
        files[f"{language}.lproj/pass.strings"] = write_strings(plain)
    files = dict(sorted(files.items()))
    return Template(
        style,
        apple,
        google,
        files,
        strings,
        personalization=personalization,
        strips=_strips(files, sources),
        digest=_digest(files),
        sources=dict(sources),
    )


def _strips(files: Mapping[str, bytes], sources: Mapping[str, bytes]) -> dict[str, tuple[dict[str, bytes], bytes]]:
    named = dict[str, dict[str, bytes]]()
    for path, content in sources.items():
        if found := strip_of(path):
            named.setdefault(found[0], {})[found[1]] = content
    strips = dict[str, tuple[dict[str, bytes], bytes]]()
    for name, own in named.items():
        # Else a phone of a language that has a usual strip of its own would show that one.
        usual = {path: content for path, content in files.items() if not ("strip.png" in own and _USUAL_STRIP.fullmatch(path))}
        chosen = dict(sorted({**usual, **own}.items()))
        strips[name] = chosen, _digest(chosen)
    return strips


def _digest(files: Mapping[str, bytes]) -> bytes:
    whole = hashlib.sha256()
    for path, content in files.items():
        whole.update(f"{path}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.digest()


def fill(node: Mapping[str, Json], face: Face, strings: Mapping[str, str], *, translate_all: bool = False) -> dict[str, Json]:
    """Put the face into a parsed template.

    "{name}" alone becomes the typed value, inside a text it becomes text, and no value is read as JSON or filled again.
    A name without value takes away the nearest list item around it, or the whole top-level key where there is no list.
    """
    filled = {key: _fill(value, face, strings, translate_all) for key, value in node.items()}
    return {key: value for key, value in filled.items() if value is not _ABSENT and value is not _EMPTIED}


def _fill(node: Json, face: Face, strings: Mapping[str, str], translate_all: bool) -> Json:
    if isinstance(node, str):
        return _fill_text(node, face, strings, translate_all)
    if isinstance(node, Mapping):
        filled = {key: _fill(value, face, strings, translate_all) for key, value in node.items()}
        if any(value is _ABSENT for value in filled.values()):
            return _ABSENT
        kept = {key: value for key, value in filled.items() if value is not _EMPTIED}
        return kept if kept or not node else _EMPTIED
    if isinstance(node, list):
        filled_items = [_fill(item, face, strings, translate_all) for item in node]
        items = [item for item in filled_items if item is not _ABSENT and item is not _EMPTIED]
        return items if items or not node else _EMPTIED
    return node


def _fill_text(text: str, face: Face, strings: Mapping[str, str], translate_all: bool) -> Json:
    whole = PLACEHOLDER.fullmatch(text)
    if whole:
        return face.get(whole[1], _ABSENT)
    names = PLACEHOLDER.findall(text)
    if any(name not in face for name in names):
        return _ABSENT
    words = strings.get(text, text) if names or translate_all else text
    return PLACEHOLDER.sub(lambda match: str(face[match[1]]), words)


def _read_languages(style: str, sources: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    strings: dict[str, dict[str, str]] = {}
    for path in sorted(path for path in sources if path.endswith(".lproj/pass.strings")):
        try:
            strings[path.removesuffix(".lproj/pass.strings")] = read_strings(sources[path])
        except StringsInvalid as error:
            raise TemplateInvalid(f"{style}.pass/{path}: A23: {error}") from error
    every = set().union(*strings.values()) if strings else set()
    for language, texts in strings.items():
        place = f"{style}.pass/{language}.lproj/pass.strings"
        if missing := sorted(every - set(texts)):
            raise TemplateInvalid(f"{place}: A23: no translation of {missing[0]!r}")
        for text, translation in texts.items():
            names = (sorted(PLACEHOLDER.findall(words)) for words in (text, translation))
            if len({tuple(each) for each in names}) > 1 or text.count("%@") != translation.count("%@"):
                raise TemplateInvalid(f"{place}: A23: {translation!r} has other placeholders than {text!r}")
    return strings


def _read_json(style: str, name: str, sources: Mapping[str, bytes]) -> dict[str, Json]:
    if name not in sources:
        return {}
    try:
        return parse_exact(sources[name])
    except ValueError as error:
        raise TemplateInvalid(f"{style}.pass/{name}: A11: {error}") from error
