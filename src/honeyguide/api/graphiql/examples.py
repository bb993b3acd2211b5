"""What the page opens with: operations of schema/operations, so that they cannot rot, with variables that fit any program."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from honeyguide.api.trusted.folder import read_operations, shipped_folder
from honeyguide.caller import Audience


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    query: str
    variables: dict[str, Any]


def examples(audience: Audience, now: datetime, currency: str) -> list[Example]:
    """In the order of the tabs; the first is the one that is open."""
    bodies = {one.name: one.body for one in read_operations(shipped_folder(), audience, manifests=False)}
    return [Example(name, bodies[name], variables) for name, variables in _variables(audience, now, currency).items()]


def _variables(audience: Audience, now: datetime, currency: str) -> dict[str, dict[str, Any]]:
    match audience:
        case Audience.MEMBER:
            return _of_members()
        case Audience.PARTNER:
            return _of_partners(now, currency)
        case Audience.OPERATOR:
            return _of_operators(now)


def _of_members() -> dict[str, dict[str, Any]]:
    return {"Dashboard": {"activity": 5}, "HowToEarn": {}, "Purchases": {"first": 10}, "Card": {}, "Accounts": {}}


def _of_partners(now: datetime, currency: str) -> dict[str, dict[str, Any]]:
    amount = {"amount": "12.00", "currency": currency}
    line = {"lineId": "1", "sku": "4006381333931", "category": "GROCERY", "quantity": "2", "amount": "12.00"}
    name = f"graphiql-{secrets.token_hex(6)}"  # a page opened again posts another purchase
    purchase = {"idempotencyKey": name, "reference": name, "occurredAt": now.isoformat(), "amount": amount, "lines": [line]}
    return {
        "Quote": {"input": {"amount": amount, "lines": [line]}},
        "PostPurchase": {"input": purchase},
        "Receipt": {"reference": name},
        "Day": _last_day(now),
        "Credentials": {"first": 10},
    }


def _of_operators(now: datetime) -> dict[str, dict[str, Any]]:
    return {
        "Approvals": {"first": 10},
        "ReviewQueue": {"first": 10},
        "OddTills": {**_last_day(now), "first": 10},
        "Freezes": {},
        "AuditTrail": {"first": 10},
    }


def _last_day(now: datetime) -> dict[str, str]:
    return {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(minutes=5)).isoformat()}
