"""A provider's token becomes a caller of one of our APIs, or is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from honeyguide.caller import Audience, Caller
from honeyguide.identity.checked_jwt import UnverifiedJwt, check_header
from honeyguide.identity.providers.claims import operator_of, provider_of, read_person
from honeyguide.identity.providers.directory import ProviderDirectory
from honeyguide.identity.providers.joining import Members
from honeyguide.identity.refusal import Refusal, TokenRefused
from honeyguide.identity.tokens import VerifiedToken

LOOK_AGAIN = timedelta(seconds=60)  # so long a member's token is taken without looking who the person is now: merged, closed, erased


class ProviderDoor:
    """Issuer and audience choose the provider, its keys prove the token, the person becomes a member or an operator."""

    def __init__(self, directory: ProviderDirectory, members: Members) -> None:
        self._directory, self._members = directory, members

    @property
    def epoch(self) -> int:
        return self._directory.epoch

    async def verify(self, token: UnverifiedJwt, audience: Audience, now: datetime) -> VerifiedToken | TokenRefused:
        """May wait for keys it does not know, a few seconds at most; raises what the database raises."""
        providers = self._directory.of_issuer(token.issuer)
        if not providers:
            return TokenRefused(Refusal.ISSUER)
        provider = provider_of(token, providers, audience)
        if isinstance(provider, Refusal):
            return TokenRefused(provider)
        types = frozenset(kind.lower() for kind in provider.options.token_types)
        refusal = check_header(token, algorithms=provider.algorithms, types=types)
        if refusal is None:
            refusal = await self._directory.keys_of(provider).check(token)
        if refusal is not None:
            return TokenRefused(refusal)
        read = read_person(provider, token.claims, now)
        if isinstance(read, Refusal):
            return TokenRefused(read)
        person, ends_at = read
        if audience is Audience.OPERATOR:
            operator = operator_of(provider, person, token.claims)
            return TokenRefused(operator) if isinstance(operator, Refusal) else VerifiedToken(operator, ends_at)
        member_id = await self._members.member_of(provider, person, now)
        if member_id is None:
            return TokenRefused(Refusal.NO_MEMBER)
        return VerifiedToken(Caller(Audience.MEMBER, provider.program_id, str(member_id)), min(ends_at, now + LOOK_AGAIN))
