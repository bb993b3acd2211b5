"""Pass styles as operators change them: what a phone would refuse, and what people would not see."""

from __future__ import annotations

from collections.abc import Iterable

import strawberry

from honeyguide.api.keys import LONGEST_TEXT
from honeyguide.api.types.errors import UserError
from honeyguide.api.types.lists import list_field
from honeyguide.wallet.checks import finding

MOST_FINDINGS = 200


@strawberry.type(description="One thing about a pass style.")
class PassFinding:
    file: str = strawberry.field(description="The style or the file.")
    rule: str = strawberry.field(description="A rule of Apple's (A1 to A51) or Google's (G1 to G21), as `honeyguide pass check` names it.")
    place: str = strawberry.field(description="Where: a key, a field, a file.")
    reason: str = strawberry.field(description="What is wrong with it.")
    remedy: str = strawberry.field(description="What to do.")
    is_error: bool = strawberry.field(description="Whether phones would refuse the pass; else people would see less than was meant.")

    @classmethod
    def of(cls, one: finding.Finding) -> PassFinding:
        short = (text[:LONGEST_TEXT] for text in (one.file, one.place, one.reason))
        file, place, reason = short
        return cls(file=file, rule=one.rule, place=place, reason=reason, remedy=one.remedy, is_error=one.is_error)


@strawberry.type(description="One scale of an image.")
class ImageSize:
    scale: int = strawberry.field(description="1, 2 or 3 pixels a point.")
    width: int = strawberry.field(description="In pixels.")
    height: int = strawberry.field(description="In pixels.")


@strawberry.type(description="The style has these files now; its passes are drawn anew, and phones are told.")
class PassStyleChanged:
    style: str = strawberry.field(description="The style, by its key in the program file.")
    revision: int = strawberry.field(description="How often the style's files were changed, this time included.")
    sizes: list[ImageSize] = list_field("The scales of an uploaded image.", 3)
    warnings: list[PassFinding] = list_field("What people will not see as it is meant.", MOST_FINDINGS)
    replayed: bool = strawberry.field(description="Whether this key had changed it before; then this is the first answer again.")


@strawberry.type(description="Phones would refuse its passes, so nothing was changed.")
class PassStyleInvalid(UserError):
    broken: list[PassFinding] = list_field("The rules that its passes would break.", MOST_FINDINGS)


def pass_findings(found: Iterable[finding.Finding]) -> list[PassFinding]:
    return [PassFinding.of(one) for one in found][:MOST_FINDINGS]
