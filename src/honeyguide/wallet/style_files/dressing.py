"""The template of a style as the operator has dressed it: the folder's, with his own files in the place of some."""

from __future__ import annotations

import logging
from collections import OrderedDict
from uuid import UUID

from honeyguide.database import Database
from honeyguide.programs.program import Program
from honeyguide.wallet.faces.card_program import styled
from honeyguide.wallet.faces.styles import Styles
from honeyguide.wallet.faces.template import Template
from honeyguide.wallet.faces.template_files import TemplateInvalid
from honeyguide.wallet.style_files import store

_log = logging.getLogger(__name__)

_KEPT = 64


class Dressing:
    """Reads what is missing; a revision never changes, so nothing kept here grows old."""

    def __init__(self, database: Database, styles: Styles) -> None:
        self._database, self._styles = database, styles
        self._dressed: OrderedDict[tuple[UUID, str, str, int], Template] = OrderedDict()

    async def template(self, program_id: UUID, program: Program, style: str, revision: int, tier: str | None = None) -> Template:
        """In the colours of the program file for that tier, as of this revision of the style's own files; raises StyleMissing."""
        if revision == 0:
            return self._styles.template(program, style, tier)
        folder = self._styles.folder(program, style)
        key = (program_id, style, folder, revision)
        if (template := self._dressed.get(key)) is None:
            template = self._dressed[key] = await self._read(self._styles.templates[folder], program_id, style, revision)
            while len(self._dressed) > _KEPT:
                self._dressed.popitem(last=False)
        else:
            self._dressed.move_to_end(key)
        definition = program.passes.get(style)
        return styled(template, definition, tier) if definition else template

    async def _read(self, plain: Template, program_id: UUID, style: str, revision: int) -> Template:
        files = await store.files_at(self._database.pool, program_id, style, revision)
        try:
            return plain.dressed(files)
        except TemplateInvalid as error:
            # They fitted when they were uploaded; a release changed the folder since. A plain card is better than none.
            _log.error("the operator's files of style %s do not fit any more: %s", style, error)
            return plain
