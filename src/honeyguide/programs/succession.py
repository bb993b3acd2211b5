"""What a new version may not do to the one before it: take away units, tiers or partners that members' books name; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from honeyguide.programs.document import Document, Path, read
from honeyguide.programs.findings import Finding, ProgramInvalid, nearest
from honeyguide.programs.program import Program


def wrong_succession(before: Program, after: Program, source: str) -> tuple[Finding, ...]:
    """Findings in the new source; every version names all that the one before named, so that any past transaction can be told."""
    document = read(source)
    if isinstance(document, ProgramInvalid):
        return document.findings
    found = (*_removed(before, after, document), *_changed(before, after, document))
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.column)))


def _removed(before: Program, after: Program, document: Document) -> Iterator[Finding]:
    levels_before = before.tiers.levels if before.tiers else {}
    levels_after = after.tiers.levels if after.tiers else {}
    named: tuple[tuple[str, Path, Iterable[str], Iterable[str]], ...] = (
        ("unit", ("units",), before.units, after.units),
        ("tier", ("tiers", "levels"), levels_before, levels_after),
        ("partner", ("partners",), before.partners, after.partners),
    )
    for what, path, old, new in named:
        for code in old:
            if code not in new:
                fresh = [name for name in new if name not in old]
                message = f"the {what} `{code}` is gone, but the version in force has it and members' books may name it: keep it"
                # A new name close to the lost one is most likely a rename, so its key is the place to look at.
                renamed = nearest(code, fresh)
                place = document.place((*path, renamed) if renamed else path, key=True)
                yield Finding(*place, message, f"{code} instead of {renamed}" if renamed else None)


def _changed(before: Program, after: Program, document: Document) -> Iterator[Finding]:
    if before.code != after.code:
        yield Finding(*document.place(("code",)), f"this program is `{before.code}`: a program's code never changes", before.code)
    if before.currency != after.currency:
        yield Finding(*document.place(("currency",)), f"the books are kept in {before.currency}: a program's currency never changes")
    if before.households and not after.households:
        message = "the program has households, and members may share one: keep `households`"
        yield Finding(*document.place(("households",), key=True), message)
    for code in before.units:
        if code in after.units:
            yield from _changed_unit(before, after, code, document)


def _changed_unit(before: Program, after: Program, code: str, document: Document) -> Iterator[Finding]:
    old, new = before.unit(code), after.unit(code)
    if old.kind is not new.kind:
        kind = before.units[code].kind
        yield Finding(*document.place(("units", code, "kind")), f"`{code}` is of kind {kind}: a unit's kind never changes")
    elif (currency := before.unit_currency(code)) != after.unit_currency(code):
        yield Finding(*document.place(("units", code, "currency")), f"`{code}` counts {currency}: a unit's currency never changes")
    elif old.decimals != new.decimals:
        yield Finding(*document.place(("units", code, "decimals")), f"`{code}` has {old.decimals} decimals: a unit's decimals never change")
