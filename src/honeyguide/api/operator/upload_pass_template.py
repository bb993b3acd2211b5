"""The operator gives a pass style a template of his own: layout, texts and images out of one zip."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_text
from honeyguide.api.operator.pass_style import Changed, change_pass_style, from_base64, invalid_style
from honeyguide.api.types.converted import converted
from honeyguide.wallet.checks.finding import Finding
from honeyguide.wallet.style_files.change_style import ChangeStyle
from honeyguide.wallet.style_files.uploads import prepare_template


@dataclass(frozen=True, slots=True)
class _Upload:
    key: str
    style: str
    content: bytes


def _upload(value: Mapping[str, Any]) -> _Upload:
    return _Upload(checked_key(value["idempotencyKey"]), checked_text(value["style"], "style"), from_base64(value["zip"], "zip"))


@converted(_upload)
@strawberry.input(description="Another template for a pass style.")
class UploadPassTemplateInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    style: str = strawberry.field(description="The style, by its key in the program file.")
    zip: str = strawberry.field(
        description="A zip of a folder as in `passes/`, as base64; its files stand in the place of the folder's own, and of all uploaded before."
    )


Input = Annotated[UploadPassTemplateInput, strawberry.argument(description="The template.")]

UploadPassTemplateResult = Annotated[Changed, strawberry.union("UploadPassTemplateResult", description="What became of the template.")]


async def upload_pass_template(info: Info, input: Input) -> UploadPassTemplateResult:
    context, asked = info.context, cast(_Upload, input)
    prepared = await asyncio.to_thread(prepare_template, f"{asked.style}.zip", asked.content)
    if isinstance(prepared, Finding):
        return invalid_style(context, [prepared], "zip")
    request = ChangeStyle(asked.key, "uploadPassTemplate", asked.style, prepared.files, whole=True)
    return await change_pass_style(context, request, prepared, "zip")
