"""The kinds of earning rules: a new kind is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from pydantic import Field

from honeyguide.programs.earning.rule import EarningRule
from honeyguide.programs.earning.spend import SpendRule
from honeyguide.programs.earning.step import StepRule
from honeyguide.programs.earning.visit import VisitRule

AnyEarningRule = Annotated[
    SpendRule  # M02, M31: in proportion to the amount
    | StepRule  # M03: by full steps of the amount
    | VisitRule,  # M06: by purchase
    Field(discriminator="kind"),
]

KINDS: Mapping[str, type[EarningRule]] = {
    get_args(rule.model_fields["kind"].annotation)[0]: rule for rule in get_args(get_args(AnyEarningRule)[0])
}
