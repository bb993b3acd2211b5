"""What a program file says about itself must hold: the units, tiers, partners, categories and languages that it names exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from honeyguide.programs.cashback import BASE
from honeyguide.programs.document import Document, Path
from honeyguide.programs.earning.caps import Cap
from honeyguide.programs.earning.lines import LineFilter
from honeyguide.programs.findings import Finding
from honeyguide.programs.limits import PROOFS
from honeyguide.programs.localised import ANY, ByLanguage
from honeyguide.programs.pass_checks import check_pass_messages, check_passes
from honeyguide.programs.wrong import Wrong
from honeyguide.programs.wrong import keys as _keys
from honeyguide.programs.wrong import unknown as _unknown
from honeyguide.programs.wrong import values as _values

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


def wrong_references(program: Program, document: Document) -> tuple[Finding, ...]:
    """Every name that leads nowhere, every amount that is too fine and every contradiction, in the order of the file."""
    checks = (
        _languages,
        _units,
        _earning,
        _cashback,
        _tiers,
        _partners,
        _limits,
        _approvals,
        _earn_limits,
        _returns,
        check_passes,
        check_pass_messages,
        _people,
    )
    found = {
        Finding(*document.place(wrong.path, key=wrong.at_key), wrong.message, wrong.suggestion)
        for check in checks
        for wrong in check(program)
    }
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.column, finding.message)))


def settle_languages(program: Program) -> None:
    """A text that was written once is in the default language; done by `load` before anybody reads the program."""
    for _, texts in _texts((), program):
        if ANY in texts:
            texts[program.default_locale] = texts.pop(ANY)


def _languages(program: Program) -> Iterator[Wrong]:
    locales = program.locales
    if program.default_locale not in locales:
        yield _unknown(("default_locale",), "language", program.default_locale, locales)
    for path, texts in _texts((), program):
        yield from (_unknown((*path, key), "language", key, locales, at_key=True) for key in texts if key not in locales)
        if program.default_locale not in texts:
            yield Wrong(path, f"the text in the default language `{program.default_locale}` is missing", at_key=True)


def _texts(path: Path, value: Any) -> Iterator[tuple[Path, ByLanguage[Any]]]:
    """Every mapping by language in the program."""
    if isinstance(value, ByLanguage):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _texts((*path, field.alias or name), getattr(value, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts((*path, key), item)


def _units(program: Program) -> Iterator[Wrong]:
    for code, unit in program.units.items():
        path: Path = ("units", code)
        if unit.expiry:
            yield from _keys((*path, "expiry", "tiers"), "tier", unit.expiry.tiers, _levels(program))
        if unit.currency and unit.kind != "money":
            yield Wrong((*path, "currency"), f"only a money unit has a currency, `{code}` is of kind {unit.kind}", at_key=True)
        if unit.returned_to_expired.grace_days is not None and unit.returned_to_expired.until is not None:
            yield Wrong((*path, "returned_to_expired"), "say either grace_days or until", at_key=True)
        if unit.on_closing == "pay_out" and unit.worth is None and program.unit_currency(code) != program.currency:
            yield Wrong((*path, "on_closing"), f"to pay out `{code}` its `worth` must be known: what is one in {program.currency}?")
        rules = [rule for rule in program.earning.values() if rule.unit == code]
        if len(rules) > 1 and unit.stacking is None:
            yield Wrong(path, f"{len(rules)} rules earn `{code}`: declare `stacking`: best, sum or first", at_key=True)


def _earning(program: Program) -> Iterator[Wrong]:
    for code, rule in program.earning.items():
        path: Path = ("earning", code)
        if code == BASE:
            yield Wrong(path, f"`{BASE}` is the name of the base rate of cashback: choose another", at_key=True)
        yield from _earner(program, path, rule.unit, rule.partners, rule.tiers)
        yield from _filter(program, (*path, "lines"), rule.lines)
        yield from _caps(program, (*path, "caps"), rule.caps, rule.unit)
        yield from _keys((*path, "multipliers", "tiers"), "tier", rule.multipliers.tiers, _levels(program))
        if rule.kind == "spend":
            yield from _categories(program, (*path, "multipliers", "categories"), rule.multipliers.categories, at_key=True)
        for name in ("per", "every", "minimum"):
            yield from _too_fine((*path, name), getattr(rule, name, None), program.currency_decimals)


def _cashback(program: Program) -> Iterator[Wrong]:
    table = program.cashback
    if table is None:
        return
    unit = program.units.get(table.unit)
    if unit is not None and program.unit_currency(table.unit) != program.currency:
        yield Wrong(("cashback", "unit"), f"cashback needs a money unit in {program.currency}, `{table.unit}` is none")
    yield from _earner(program, ("cashback",), table.unit, (), ())
    yield from _filter(program, ("cashback", "lines"), table.lines)
    for code, row in table.rows.items():
        path: Path = ("cashback", "rows", code)
        if code in program.earning or code == BASE:
            yield Wrong(path, f"`{code}` is the name of another rule: choose another", at_key=True)
        yield from _earner(program, path, table.unit, row.partners, row.tiers)
        yield from _categories(program, (*path, "categories"), row.categories)
        yield from _caps(program, (*path, "caps"), row.caps, table.unit)
        if row.spend_cap:
            yield from _too_fine((*path, "spend_cap", "amount"), row.spend_cap.amount, program.currency_decimals)


def _earner(program: Program, path: Path, unit: str, partners: tuple[str, ...], tiers: tuple[str, ...]) -> Iterator[Wrong]:
    """What any earning part names: its unit, and the partners and tiers that it is limited to."""
    if unit not in program.units:
        yield _unknown((*path, "unit"), "unit", unit, program.units)
        return
    yield from _values((*path, "partners"), "partner", partners, program.partners)
    yield from _values((*path, "tiers"), "tier", tiers, _levels(program))
    for index, partner in enumerate(partners):
        if partner in program.partners and unit not in program.partners[partner].issues:
            yield Wrong((*path, "partners", index), f"`{partner}` does not issue `{unit}`: see partners.{partner}.issues")
    if not partners and not any(unit in terms.issues for terms in program.partners.values()):
        yield Wrong((*path, "unit"), f"no partner issues `{unit}`: see partners.<code>.issues")


def _filter(program: Program, path: Path, lines: LineFilter) -> Iterator[Wrong]:
    yield from _categories(program, (*path, "categories"), lines.categories)
    yield from _categories(program, (*path, "except", "categories"), lines.exceptions.categories)


def _categories(program: Program, path: Path, names: Iterable[str], at_key: bool = False) -> Iterator[Wrong]:
    """Categories are checked as soon as one partner declares what it sends."""
    known = {category for terms in program.partners.values() for category in terms.categories}
    if known:
        yield from _keys(path, "category", names, known) if at_key else _values(path, "category", tuple(names), known)


def _caps(program: Program, path: Path, caps: tuple[Cap, ...], unit: str) -> Iterator[Wrong]:
    for index, cap in enumerate(caps):
        if any(earlier.per is cap.per for earlier in caps[:index]):
            yield Wrong((*path, index, "per"), f"a second cap per {cap.per.value}: keep one")
        if unit in program.units:
            yield from _too_fine((*path, index, "at_most"), cap.at_most, program.decimals(unit))


def _tiers(program: Program) -> Iterator[Wrong]:
    ladder = program.tiers
    if ladder is None:
        return
    for name, metric in ladder.metrics.items():
        path: Path = ("tiers", "metrics", name)
        if (metric.counts == "points") != (metric.unit is not None):
            yield Wrong(path, "`unit` is needed with `counts: points`, and only with it", at_key=True)
        elif metric.unit is not None and metric.unit not in program.units:
            yield _unknown((*path, "unit"), "unit", metric.unit, program.units)
        yield from _values((*path, "partners"), "partner", metric.partners, program.partners)
        yield from _filter(program, (*path, "lines"), metric.lines)
    if ladder.upgrade == "next_period" and ladder.period.kind == "rolling":
        yield Wrong(("tiers", "upgrade"), "a rolling period has no next one: `next_period` needs a year")
    if ladder.grace and ladder.grace.after(date(2027, 1, 1)) >= date(2028, 1, 1):
        yield Wrong(("tiers", "grace"), "a grace is shorter than a year")
    below: dict[str, Decimal] = {}
    for rank, (code, level) in enumerate(ladder.levels.items()):
        path = ("tiers", "levels", code, "needs")
        yield from _keys(path, "metric", level.needs, ladder.metrics)
        if bool(level.needs) != bool(rank):
            message = "the first tier is everybody's: it needs nothing" if rank == 0 else f"`needs` is missing: what leads to `{code}`?"
            yield Wrong(path, message, at_key=True)
        for metric_name, amount in level.needs.items():
            if amount <= below.get(metric_name, Decimal(0)):
                yield Wrong((*path, metric_name), "a tier needs more than the one below it")
            yield from _too_fine((*path, metric_name), amount, _metric_decimals(program, metric_name))
        below |= level.needs


def _metric_decimals(program: Program, name: str) -> int:
    metric = program.tiers.metrics.get(name) if program.tiers else None
    known = metric is not None and (metric.unit is None or metric.unit in program.units)
    return program.metric_decimals(name) if known and (metric is None or metric.counts != "points" or metric.unit) else 6


def _partners(program: Program) -> Iterator[Wrong]:
    for code, terms in program.partners.items():
        yield from _values(("partners", code, "issues"), "unit", terms.issues, program.units)
        yield from _values(("partners", code, "accepts"), "unit", terms.accepts, program.units)


def _limits(program: Program) -> Iterator[Wrong]:
    burns = {"burn_per_day": program.limits.burn_per_day, "burn_per_post": program.limits.burn_per_post}
    for (name, part), proof in product(burns.items(), PROOFS):
        path: Path = ("limits", name, proof)
        limits: Mapping[str, Decimal | str] = getattr(part, proof)
        yield from _keys(path, "unit", limits, program.units)
        for unit, limit in limits.items():
            if isinstance(limit, Decimal) and unit in program.units:
                yield from _too_fine((*path, unit), limit, program.decimals(unit))


def _earn_limits(program: Program) -> Iterator[Wrong]:
    earn = program.limits.earn
    yield from _too_fine(("limits", "earn", "per_post", "amount"), earn.per_post.amount, program.currency_decimals)
    for name, caps in earn.per_day:
        yield from _too_fine(("limits", "earn", "per_day", name, "amount"), caps.amount, program.currency_decimals)
    units: dict[Path, Mapping[str, Decimal]] = {("per_post",): earn.per_post.points, ("per_day", "member"): earn.per_day.member.points}
    for below, points in units.items():
        path: Path = ("limits", "earn", *below, "points")
        yield from _keys(path, "unit", points, program.units)
        for unit, most in points.items():
            if unit in program.units:
                yield from _too_fine((*path, unit), most, program.decimals(unit))


def _approvals(program: Program) -> Iterator[Wrong]:
    approvals = program.approvals
    limited: dict[Path, Mapping[str, Decimal]] = {("goodwill", name): limits for name, limits in approvals.goodwill}
    limited |= {("adjust",): approvals.adjust, ("transfer",): approvals.transfer}
    limited |= {("merge",): approvals.merge} if isinstance(approvals.merge, dict) else {}
    for below, limits in limited.items():
        path: Path = ("approvals", *below)
        yield from _keys(path, "unit", limits, program.units)
        for unit, limit in limits.items():
            if unit in program.units:
                yield from _too_fine((*path, unit), limit, program.decimals(unit))


def _returns(program: Program) -> Iterator[Wrong]:
    for name, limit in program.returns.unmatched_per_day:
        if isinstance(limit, Decimal):
            yield from _too_fine(("returns", "unmatched_per_day", name), limit, program.currency_decimals)


def _levels(program: Program) -> Iterable[str]:
    return program.tiers.levels if program.tiers else ()


def _too_fine(path: Path, amount: Decimal | None, decimals: int) -> Iterator[Wrong]:
    if amount is not None and amount != round(amount, decimals):
        yield Wrong(path, f"{amount} has more than {decimals} decimals")


def _people(program: Program) -> Iterator[Wrong]:
    defaults = [code for code, terms in program.consents.items() if terms.default]
    for code in defaults[1:]:
        yield Wrong(("consents", code, "default"), f"`{defaults[0]}` is the default purpose already")
    age = program.age
    if age is not None and 0 < age.guardian_until <= age.minimum:
        yield Wrong(("age", "guardian_until"), f"nobody below {age.minimum} joins: a guardian is needed up to a higher age or not at all")
