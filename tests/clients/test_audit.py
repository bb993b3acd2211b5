"""GraphQL over HTTP as graphql-http's audits judge it: all that MUST be is so at each endpoint (H1 to H5)."""

from __future__ import annotations

from builders.npm import Npm
from builders.on_socket import Served

# What SHOULD or MAY be and is not, by the audit's id, with our reason.
DECLINED: dict[str, str] = {}


async def test_each_endpoint_passes_the_published_audits(npm: Npm, served: Served) -> None:
    endpoints = {"member": served.member, "partner": served.partner, "operator": served.operator}

    found = await npm.run("audit.mjs", list(endpoints.values()))

    for audience, audits in zip(endpoints, found, strict=True):
        failed = [audit for audit in audits if audit["status"] != "ok"]
        assert len(audits) > 50, audience
        assert {audit["id"] for audit in failed} == DECLINED.keys(), (audience, failed)
        assert not [audit for audit in failed if audit["name"].startswith("MUST")]
