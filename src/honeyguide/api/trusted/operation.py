"""One operation with the fragments it uses: its text, and the id that is the hash of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import DocumentNode

from honeyguide.api.trusted.naming import document_id


class OperationsInvalid(Exception):
    """A trusted document that is none: where (file and line) and why; the server does not start with it."""


@dataclass(frozen=True, slots=True)
class TrustedOperation:
    name: str
    kind: str  # query, mutation, subscription
    body: str  # what the id is the hash of
    where: str  # file and line, for who has to mend it
    source: DocumentNode | None = field(default=None, repr=False, compare=False)  # as it stands in its files

    @property
    def id(self) -> str:
        return document_id(self.body)
