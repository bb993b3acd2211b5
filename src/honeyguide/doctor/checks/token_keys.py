"""The keys that sign access tokens are there and fit: without them production does not start."""

from __future__ import annotations

from collections.abc import Sequence

from honeyguide.doctor.finding import Examined, Finding, failure, good
from honeyguide.identity.keys import KeysMissing, KeysUnusable, open_key_ring


async def check(examined: Examined) -> Sequence[Finding]:
    folder = examined.settings.keys_dir / "tokens"
    if examined.settings.environment == "development" and not any(folder.glob("*.pem")):
        return [good("the key of access tokens is made at the first start")]
    try:
        open_key_ring(folder, create=False)
    except (KeysMissing, KeysUnusable) as error:
        return [failure(str(error), f"openssl genpkey -algorithm ed25519 -out {folder}/1.pem, as the user that serves; chmod 600")]
    return [good("access tokens can be signed")]
