"""One schema for each audience, so that a token can never even name what it may not do."""

from __future__ import annotations

import strawberry

from honeyguide.api.member.schema import schema as member_schema
from honeyguide.api.operator.schema import schema as operator_schema
from honeyguide.api.partner.schema import schema as partner_schema
from honeyguide.caller import Audience

_SCHEMAS = {Audience.MEMBER: member_schema, Audience.PARTNER: partner_schema, Audience.OPERATOR: operator_schema}


def schema_for(audience: Audience) -> strawberry.Schema:
    return _SCHEMAS[audience]
