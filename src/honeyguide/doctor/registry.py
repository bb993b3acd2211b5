"""All checks by name, in the order in which they are told; a new one is a file in checks/ and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from honeyguide.doctor.checks import (
    addresses,
    apple_push,
    approvals,
    certificates,
    clocks,
    data_folder,
    database,
    database_rights,
    destinations,
    egress,
    embedded_database,
    exposure,
    google_wallet,
    identity_providers,
    keys,
    mail,
    passes,
    restored,
    token_keys,
    variables,
)
from honeyguide.doctor.finding import Check

CHECKS: Mapping[str, Check] = {
    "exposure": exposure.check,
    "addresses": addresses.check,
    "variables": variables.check,
    "keys": keys.check,
    "token keys": token_keys.check,
    "data folder": data_folder.check,
    "certificates": certificates.check,
    "passes": passes.check,
    "database": database.check,
    "database rights": database_rights.check,
    "restored": restored.check,
    "embedded database": embedded_database.check,
    "egress": egress.check,
    "destinations": destinations.check,
    "clocks": clocks.check,
    "apple push": apple_push.check,
    "google wallet": google_wallet.check,
    "identity providers": identity_providers.check,
    "mail": mail.check,
    "approvals": approvals.check,
}
