"""Charges callers for what they ask, gives back what it did not come to, and says so (C2, C3)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from honeyguide.api.cost import metrics
from honeyguide.api.cost.cost import Cost
from honeyguide.api.problems import Problem, ProblemCode, Throttled
from honeyguide.caller import Audience, Caller
from honeyguide.identity.rates import Bucket, Empty, Rate, Rates, bucket_of
from honeyguide.settings import Settings

POLICY = "cost"


@dataclass(frozen=True, slots=True)
class Charge:
    """What was taken of a caller's bucket before the work."""

    cost: Cost
    bucket: Bucket


@dataclass(frozen=True, slots=True)
class NotCharged:
    """Why nothing is executed; `status` None: that of other mistakes in a document."""

    problem: Problem
    status: int | None
    headers: Mapping[str, str]
    extensions: Mapping[str, Any] = field(default_factory=dict)


class Charging:
    def __init__(self, rates: Rates, by_audience: Mapping[Audience, Rate]) -> None:
        self._rates, self._by_audience = rates, by_audience

    @classmethod
    def of(cls, rates: Rates, settings: Settings) -> Charging:
        return cls(rates, {audience: Rate(*settings.cost(audience)) for audience in Audience})

    async def charge(self, cost: Cost, caller: Caller) -> Charge | NotCharged:
        rate = self._by_audience[caller.audience]
        bucket = bucket_of(caller, rate)
        if cost.requested > rate.largest:
            text = f"This operation may cost {cost.requested:,}; one request may cost {rate.largest:,}. Ask for smaller pages, or for less."
            told = self._told(cost.requested, None, bucket)
            return NotCharged(Problem(text, ProblemCode.COST_LIMIT), None, self.headers(bucket), told)
        empty = await self._rates.take(bucket, cost.requested)
        if empty is None:
            return Charge(cost, bucket)
        return self._throttled(cost, bucket, caller.audience, empty)

    def settle(self, charge: Charge, data: Mapping[str, Any] | None, caller: Caller, *, tell: bool) -> dict[str, Any] | None:
        """Give back what the answer did not come to; what to `tell` of it."""
        actual = charge.cost.actual(data)
        self._rates.give(charge.bucket, charge.cost.requested - actual)
        metrics.COST[caller.audience].observe(actual)
        return self._told(charge.cost.requested, actual, charge.bucket) if tell else None

    async def pay_for_event(self, charge: Charge) -> None:
        """Of a subscription, after the first, which was paid for when it began: who has nothing left waits for it."""
        while (empty := await self._rates.take(charge.bucket, charge.cost.requested)) is not None:  # noqa: ASYNC110 - time fills it, nobody sets an event
            await asyncio.sleep(empty.wait)

    def give_back(self, charge: Charge) -> None:
        """All of it: what was paid for does not come."""
        self._rates.give(charge.bucket, charge.cost.requested)

    @contextmanager
    def unless_it_fails(self, charge: Charge) -> Iterator[None]:
        """All of it comes back where we fail; who goes away meanwhile, which cancels the work, has it done at his cost."""
        try:
            yield
        except Exception:
            self.give_back(charge)
            raise

    def headers(self, bucket: Bucket) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers; the unit is ours, for the draft's own count requests and bytes."""
        rate, available = bucket.rate, self._rates.available(bucket)
        full_in = -(-(rate.capacity - available) // rate.restore)
        return {
            "RateLimit-Policy": f'"{POLICY}";q={rate.capacity};w={rate.window};qu="honeyguide-cost"',
            "RateLimit": f'"{POLICY}";r={available};t={full_in}',
        }

    def _throttled(self, cost: Cost, bucket: Bucket, audience: Audience, empty: Empty) -> NotCharged:
        metrics.THROTTLED[audience].inc()
        problem = Throttled(f"You have used up what you may cost for now; try again in {empty.wait} seconds.", empty.wait)
        headers = {"Retry-After": str(empty.wait), **self.headers(bucket)}
        return NotCharged(problem, 429, headers, self._told(cost.requested, None, bucket))

    def _told(self, requested: int, actual: int | None, bucket: Bucket) -> dict[str, Any]:
        """Shopify's shape; `actual` None where nothing was executed."""
        status = {
            "maximumAvailable": bucket.rate.capacity,
            "currentlyAvailable": self._rates.available(bucket),
            "restoreRate": bucket.rate.restore,
        }
        return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}
