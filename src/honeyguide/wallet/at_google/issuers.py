"""Which issuer at Google a program's objects are of: its own, else that of the settings, never another program's (X2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from uuid import UUID

from honeyguide.wallet.credentials.own import OwnAccount
from honeyguide.wallet.google.client import GoogleWallet


class GoogleIssuers:
    """Replaced while the process runs; a program whose own account is gone has none, rather than another's."""

    def __init__(self, shared: GoogleWallet | None, open_own: Callable[[OwnAccount], GoogleWallet | None] = lambda _: None) -> None:
        self._shared, self._open_own = shared, open_own
        self._accounts: dict[UUID, OwnAccount] = {}
        self._own: Mapping[UUID, GoogleWallet | None] = MappingProxyType({})
        self._is_read = True

    def of(self, program_id: UUID) -> GoogleWallet | None:
        """None where the program has no way to Google, or nobody knows yet whether it has its own."""
        if not self._is_read:
            return None
        return self._own.get(program_id, self._shared)

    @property
    def issuer_ids(self) -> tuple[str, ...] | None:
        """Every issuer that Google may speak to; None while nobody knows yet which accounts programs have of their own."""
        if not self._is_read:
            return None
        known = [one.issuer_id for one in (self._shared, *self._own.values()) if one is not None]
        return tuple(dict.fromkeys(known))

    def wait_for_own(self) -> None:
        """Send for no program until `replace` has told of the programs' own."""
        self._is_read = False

    def replace(self, accounts: Mapping[UUID, OwnAccount]) -> None:
        """What did not change keeps its tokens and its turn."""
        self._own = MappingProxyType(
            {
                program_id: self._own[program_id] if self._accounts.get(program_id) is account else self._open_own(account)
                for program_id, account in accounts.items()
            }
        )
        self._accounts, self._is_read = dict(accounts), True
