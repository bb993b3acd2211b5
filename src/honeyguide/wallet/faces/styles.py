"""The pass styles of a program: which template folder draws each, in the colours of the program file."""

from __future__ import annotations

from collections.abc import Mapping

from honeyguide.programs.program import Program
from honeyguide.wallet.apple.package import LARGEST_PASS
from honeyguide.wallet.faces.card_program import styled
from honeyguide.wallet.faces.template import Template


class StyleMissing(LookupError):
    """A pass was issued in a style that the program file or the folder of passes no longer has."""


class Styles:
    """The loaded folders of passes/ by their names, and the most bytes that a pass of them may have."""

    def __init__(self, templates: Mapping[str, Template], largest_pass: int = LARGEST_PASS) -> None:
        self.templates, self.largest_pass = templates, largest_pass

    def offered(self, program: Program) -> tuple[str, ...]:
        """Styles that passes can be issued in, the program's first one first."""
        return tuple(style for style, definition in program.passes.items() if (definition.template or style) in self.templates)

    def default(self, program: Program) -> str | None:
        """The style of the card that enrolment offers; None when the program has none."""
        return next(iter(self.offered(program)), None)

    def folder(self, program: Program, style: str) -> str:
        """The folder that draws a style; raises StyleMissing."""
        definition = program.passes.get(style)
        folder = (definition.template or style) if definition else style
        if folder not in self.templates:
            raise StyleMissing(style)
        return folder

    def template(self, program: Program, style: str, tier: str | None = None) -> Template:
        """The style's template as it looks for members of that tier; raises StyleMissing."""
        template, definition = self.templates[self.folder(program, style)], program.passes.get(style)
        return styled(template, definition, tier) if definition else template
