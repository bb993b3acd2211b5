"""What uploads of images and of templates have in common: a style is changed, or it is said why not."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from honeyguide.api import refusal
from honeyguide.api.context import RequestContext
from honeyguide.api.input_refused import InputRefused
from honeyguide.api.refusal import said
from honeyguide.api.types.errors import ErrorCode, IdempotencyConflict
from honeyguide.api.types.pass_style import ImageSize, PassStyleChanged, PassStyleInvalid, pass_findings
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.till.outcomes import KeyConflict
from honeyguide.transactions import outcomes
from honeyguide.wallet.checks.finding import Finding
from honeyguide.wallet.style_files.change_style import ChangeStyle, NoSuchStyle, StyleBroken, StyleChanged, change_style
from honeyguide.wallet.style_files.uploads import Prepared

Changed = PassStyleChanged | PassStyleInvalid | IdempotencyConflict | TransactionRejected


async def change_pass_style(context: RequestContext, request: ChangeStyle, prepared: Prepared, path: str) -> Changed:
    outcome = await change_style(context.call, context.services.wallet.styles, request)
    match outcome:
        case StyleChanged():
            return PassStyleChanged(
                style=outcome.style,
                revision=outcome.revision,
                sizes=[ImageSize(scale=scale, width=width, height=height) for scale, width, height in prepared.sizes],
                warnings=pass_findings((*prepared.warnings, *outcome.warnings)),
                replayed=outcome.replayed,
            )
        case StyleBroken(findings=findings):
            return invalid_style(context, findings, path)
        case NoSuchStyle():
            return refusal.rejected(context, outcomes.Rejected("NOT_FOUND", ("style",)))
        case KeyConflict():
            return refusal.idempotency_conflict(context)


def invalid_style(context: RequestContext, findings: Sequence[Finding], path: str) -> PassStyleInvalid:
    return PassStyleInvalid(**said(context, ErrorCode.INVALID_STYLE, (path,)), broken=pass_findings(findings))


def from_base64(text: str, name: str) -> bytes:
    """Raises InputRefused."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputRefused((name,)) from None
