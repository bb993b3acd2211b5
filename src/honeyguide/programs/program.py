"""The program file's model: what a loyalty program is, as one frozen value; pure."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from pydantic import Field, ValidationError

from honeyguide.programs.age import AgeTerms
from honeyguide.programs.approvals import Approvals
from honeyguide.programs.basis import Basis
from honeyguide.programs.cashback import Cashback
from honeyguide.programs.consents import ConsentTerms
from honeyguide.programs.document import read
from honeyguide.programs.earn_limits import Caps, Pace, caps, paces, redemption_paces
from honeyguide.programs.earning.registry import AnyEarningRule
from honeyguide.programs.findings import ProgramInvalid
from honeyguide.programs.households import Households
from honeyguide.programs.joins import Joins
from honeyguide.programs.ladder import Ladder
from honeyguide.programs.limits import BurnLimits, Limits, burn_limits
from honeyguide.programs.localised import Texts
from honeyguide.programs.mistakes import findings_of
from honeyguide.programs.partners import PartnerTerms
from honeyguide.programs.pass_messages import PassMessages
from honeyguide.programs.passes import PassStyle
from honeyguide.programs.plan import Plan
from honeyguide.programs.quiet_hours import QuietHoursTerms
from honeyguide.programs.references import settle_languages, wrong_references
from honeyguide.programs.retention import Retention
from honeyguide.programs.returns import Returns
from honeyguide.programs.scalars import Code, CurrencyCode, Language, Part, TimeZone
from honeyguide.programs.staff import Staff
from honeyguide.programs.units import UnitDefinition
from honeyguide.quantities import Unit, UnitKind


class Program(Part):
    """A loyalty program: units, ways to earn, tiers, partners, limits, passes and texts."""

    code: Code = Field(description="The program's code; it never changes.")
    name: Texts = Field(description="The program's name.")
    default_locale: Language = Field(description="The language of a reader who wishes none of `locales`.")
    locales: tuple[Language, ...] = Field(description="The languages that texts are written in.", min_length=1)
    time_zone: TimeZone = Field(description="Where days begin and end: caps, expiry dates, tiers.")
    currency: CurrencyCode = Field(description="The currency of purchases, by ISO 4217.")
    units: dict[Code, UnitDefinition] = Field(description="Units by code.", min_length=1)
    basis: Basis = Field(Basis.NET, description="net (default): what was paid in points earns nothing; gross: it earns like money (R8).")
    earning: dict[Code, AnyEarningRule] = Field({}, description="Rules by code, in the order that `stacking: first` asks them.")
    cashback: Cashback | None = Field(None, description="Money back by category.")
    tiers: Ladder | None = Field(None, description="The ladder of tiers.")
    partners: dict[Code, PartnerTerms] = Field(description="Partners by code.", min_length=1)
    limits: Limits = Field(Limits(), description="Limits of posting and redeeming.")
    approvals: Approvals = Field(Approvals(), description="What waits for a second person, and the goodwill of agents; absent: nothing.")
    staff: Staff = Field(Staff(), description="What members who work at a partner may do there.")
    returns: Returns = Field(Returns(), description="Returns without a receipt, or at another store (R50).")
    households: Households | None = Field(None, description="Households share one pool of points; absent: the program has none.")
    passes: dict[Code, PassStyle] = Field({}, description="Pass styles by code.")
    pass_messages: PassMessages = Field(PassMessages(), description="What members are told on their passes.")
    consents: dict[Code, ConsentTerms] = Field({}, description="What members are asked to consent to, by purpose (R57).")
    quiet_hours: QuietHoursTerms | None = Field(None, description="When members are not written to; they may choose their own.")
    joins: Joins = Field(Joins(), description="How people join by themselves, beside the partners' tills.")
    age: AgeTerms | None = Field(None, description="From which age one joins; absent: birth dates are not asked for.")
    retention: Retention = Field(Retention(), description="How long what need not stay for ever is kept.")
    terms: Texts = Field(description="The program's terms in plain words.")

    @cached_property
    def plan(self) -> Plan:
        """The program compiled; made once, at the first purchase or by `load`."""
        return Plan(self)

    @cached_property
    def paces(self) -> tuple[Pace, ...]:
        """What is counted across members before a purchase goes through; empty where the program has no such limits."""
        return paces(self)

    @cached_property
    def caps(self) -> Caps:
        return caps(self)

    @cached_property
    def burn_limits(self) -> BurnLimits:
        return burn_limits(self)

    @cached_property
    def redemption_paces(self) -> tuple[Pace, ...]:
        return redemption_paces(self)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def currency_decimals(self) -> int:
        return _currency_decimals(self.currency)

    @property
    def ladder(self) -> Ladder:
        """The tiers of a program that has them; raises LookupError in one that has none."""
        if self.tiers is None:
            raise LookupError(f"the program {self.code} has no tiers")
        return self.tiers

    def local_day(self, moment: datetime) -> date:
        """The day of an aware moment in the program's time zone."""
        return moment.astimezone(self.zone).date()

    def unit(self, code: str) -> Unit:
        """The unit as the books know it; raises KeyError for a unit that the file does not name."""
        return self._units[code]

    def decimals(self, unit: str) -> int:
        return self._units[unit].decimals

    def unit_currency(self, unit: str) -> str | None:
        """The currency of a money unit, None of points and stamps."""
        definition = self.units[unit]
        return (definition.currency or self.currency) if definition.kind == "money" else None

    def metric_decimals(self, metric: str) -> int:
        """Decimal places of what a qualifying counter counts."""
        counted = self.tiers.metrics[metric] if self.tiers else None
        if counted is None or counted.counts == "visits":
            return 0
        return self.currency_decimals if counted.counts == "spend" else self.decimals(counted.unit or "")

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {code: Unit(code, UnitKind(definition.kind.upper()), self._decimals(code)) for code, definition in self.units.items()}

    def _decimals(self, code: str) -> int:
        definition = self.units[code]
        if definition.decimals is not None:
            return definition.decimals
        currency = self.unit_currency(code)
        return _currency_decimals(currency) if currency else 0


def load(source: str) -> Program | ProgramInvalid:
    """Read a program file: the program, compiled, or everything that is wrong with it."""
    document = read(source)
    if isinstance(document, ProgramInvalid):
        return document
    try:
        program = Program.model_validate(document.data)
    except ValidationError as error:
        return ProgramInvalid(findings_of(error, Program, document))
    settle_languages(program)
    if findings := wrong_references(program, document):
        return ProgramInvalid(findings)
    _ = program.plan
    return program


@lru_cache(maxsize=256)
def _currency_decimals(currency: str) -> int:
    return get_currency_precision(currency)
