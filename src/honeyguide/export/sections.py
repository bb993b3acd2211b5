"""What goes onto the pages of a PDF, read before it is drawn: the newest rows of each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from honeyguide.export.parts import Part, Row
from honeyguide.export.reading import Reading

# A hundred pages or two; what is older stands in the JSON.
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Section:
    """A part as read: at most MOST_ROWS of it, the newest of transactions."""

    part: Part
    rows: Sequence[Row]
    has_more: bool


async def read_sections(reading: Reading) -> list[Section]:
    """What goes onto pages; the rest of a long history is not read."""
    sections = []
    async for part, rows in reading.parts():
        taken: list[Row] = []
        async for row in rows:
            if len(taken) == MOST_ROWS:
                sections.append(Section(part, taken, has_more=True))
                break
            taken.append(row)
        else:
            sections.append(Section(part, taken, has_more=False))
    return sections
