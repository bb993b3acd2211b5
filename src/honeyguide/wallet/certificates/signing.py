"""The pass type of the settings, and signers that are checked for the pass type that they are to sign."""

from __future__ import annotations

import logging
from collections.abc import Callable

from honeyguide.caller import Clock
from honeyguide.sealed import purpose_key
from honeyguide.settings import Settings
from honeyguide.wallet.apple.pass_json import PassIdentity
from honeyguide.wallet.apple.signer import Signer, SigningMaterial, SigningRefused, read_material
from honeyguide.wallet.certificates.of_settings import AppleFiles, CertificateMissing, allows_development_ca, apple_files
from honeyguide.wallet.certificates.pass_types import PassType

_log = logging.getLogger(__name__)


def shared_pass_type(settings: Settings, clock: Clock, left_out: Callable[[SigningRefused], object] | None = None) -> PassType:
    """The pass type of the settings; without signers where no certificate is configured. Raises SigningRefused (A6, A7, A9).

    With `left_out` a file that does not fit is told to it, and the others sign. Dates alone refuse nothing here: when the
    certificate ends, passes wait for a new one, and tills go on.
    """
    identity = pass_identity(settings, settings.apple_pass_type_id, settings.apple_team_id)
    files = files_of(settings, clock)
    signers: list[Signer] = []
    for one in files.all_signing if files else ():
        try:
            signers.append(new_signer(settings, clock, identity, read_material(one)))
        except SigningRefused as refused:
            if left_out is None:
                raise
            left_out(refused)
    return PassType.of(identity, signers, clock())


def pass_identity(settings: Settings, pass_type_id: str, team_id: str) -> PassIdentity:
    """What passes of this pass type say of their issuer."""
    token_keys = purpose_key(settings.secrets, "pass tokens")
    return PassIdentity(
        pass_type_id=pass_type_id,
        team_id=team_id,
        web_service_url=f"{settings.url}/wallet/apple",
        token_key=token_keys.newest,
        former_token_keys=token_keys.former,
        loopback_allowed=settings.environment == "development",
    )


def new_signer(settings: Settings, clock: Clock, identity: PassIdentity, material: SigningMaterial) -> Signer:
    """Checked for this identity; raises SigningRefused."""
    return Signer.of(
        material,
        pass_type_id=identity.pass_type_id,
        team_id=identity.team_id,
        clock=clock,
        development=allows_development_ca(settings),
    )


def files_of(settings: Settings, clock: Clock) -> AppleFiles | None:
    """None, and said, where no certificate is configured."""
    try:
        return apple_files(settings, clock())
    except CertificateMissing as missing:
        _log.warning("no Apple passes: %s", missing)
        return None
