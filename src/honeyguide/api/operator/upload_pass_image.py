"""The operator gives a pass style another image, checked, cleaned and scaled (A24)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.input_refused import InputRefused
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_text
from honeyguide.api.operator.pass_style import Changed, change_pass_style, from_base64, invalid_style
from honeyguide.api.types.converted import converted
from honeyguide.api.types.described import described
from honeyguide.wallet.checks.finding import Finding
from honeyguide.wallet.style_files import image_sizes
from honeyguide.wallet.style_files.change_style import ChangeStyle
from honeyguide.wallet.style_files.uploads import prepare_image, without_image


@described(
    "An image of a pass.",
    ICON="Square, shown in notifications; 29 points.",
    LOGO="At the top left, at most 160x50 points.",
    STRIP="Behind the primary field, 375x123 points; what does not fit is cut off. The only image that a tier can have of its own.",
    THUMBNAIL="Beside the fields of a generic pass, at most 90x90 points.",
    SIGN_UP_LOGO="Above the form of an anonymous card, at most 150x40 points.",
)
class PassImage(StrEnum):
    ICON = "ICON"
    LOGO = "LOGO"
    STRIP = "STRIP"
    THUMBNAIL = "THUMBNAIL"
    SIGN_UP_LOGO = "SIGN_UP_LOGO"


@dataclass(frozen=True, slots=True)
class _Upload:
    key: str
    style: str
    kind: image_sizes.ImageKind
    language: str | None
    tier: str | None
    png: bytes | None


def _upload(value: Mapping[str, Any]) -> _Upload:
    png = value.get("png")
    return _Upload(
        key=checked_key(value["idempotencyKey"]),
        style=checked_text(value["style"], "style"),
        kind=getattr(image_sizes, PassImage(value["image"]).value),
        language=checked_text(value.get("language"), "language"),
        tier=checked_text(value.get("tier"), "tier"),
        png=None if png is None else from_base64(png, "png"),
    )


@converted(_upload)
@strawberry.input(description="Another image for a pass style.")
class UploadPassImageInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    style: str = strawberry.field(description="The style, by its key in the program file.")
    image: PassImage = strawberry.field(description="Which image.")
    language: str | None = strawberry.field(
        default=strawberry.UNSET, description="For phones in this language of the program; default for all."
    )
    tier: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="For cards of this tier, by its code: a strip in the place of the style's, and of the one that the program file names.",
    )
    png: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The PNG as base64, at most 1 MB and 4096 pixels a side, best three times as large as in points; left out: the template's own again.",
    )


Input = Annotated[UploadPassImageInput, strawberry.argument(description="The image.")]

UploadPassImageResult = Annotated[Changed, strawberry.union("UploadPassImageResult", description="What became of the image.")]


async def upload_pass_image(info: Info, input: Input) -> UploadPassImageResult:
    context, asked = info.context, cast(_Upload, input)
    program = context.program
    if asked.language is not None and asked.language not in (program.default_locale, *program.locales):
        raise InputRefused(("language",))
    levels = program.tiers.levels if program.tiers else {}
    if asked.tier is not None and (asked.tier not in levels or asked.kind is not image_sizes.STRIP):
        raise InputRefused(("tier",))
    if asked.png is None:
        prepared = without_image(asked.kind, asked.language, asked.tier)
    else:
        made = await asyncio.to_thread(prepare_image, asked.kind, asked.png, asked.language, asked.tier)
        if isinstance(made, Finding):
            return invalid_style(context, [made], "png")
        prepared = made
    request = ChangeStyle(asked.key, "uploadPassImage", asked.style, prepared.files)
    return await change_pass_style(context, request, prepared, "png")
