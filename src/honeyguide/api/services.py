"""What a process has to answer with: built once at start-up, shared by all requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from honeyguide.api.cost.charging import Charging
from honeyguide.api.live.hub import Hub
from honeyguide.api.live.lives import Lives
from honeyguide.caller import Clock
from honeyguide.coalition.directory import Partners
from honeyguide.database import Database
from honeyguide.encryption import Cipher
from honeyguide.identity.buckets import Buckets
from honeyguide.identity.card_claims import CardClaims
from honeyguide.identity.credentials import CredentialMaker
from honeyguide.identity.misses import MissBudget
from honeyguide.identity.providers.erased import ErasedSignIns
from honeyguide.identity.revocations import Revocations
from honeyguide.identity.sessions.desk import SignInDesk
from honeyguide.identity.token_door import TokenDoor
from honeyguide.members.person import PersonVault
from honeyguide.members.pin import PinHasher
from honeyguide.programs.current import Programs
from honeyguide.sealed import SealKey
from honeyguide.settings import Settings
from honeyguide.till.claims import ClaimHasher
from honeyguide.till.till import Till
from honeyguide.transactions.watch import Watch
from honeyguide.wallet.assembly import Wallet


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    clock: Clock
    database: Database
    hub: Hub  # wakes subscriptions
    lives: Lives  # of connections
    till: Till
    watch: Watch  # limits and freezes, before the till
    programs: Programs
    partners: Partners
    door: TokenDoor
    revocations: Revocations
    erased_sign_ins: ErasedSignIns
    sign_in_desk: SignInDesk
    credentials: CredentialMaker
    wallet: Wallet
    offers_google: Callable[[UUID], bool]  # whether a program has passes for Android phones
    handle_key: SealKey
    claims: ClaimHasher
    vault: PersonVault
    export_key: SealKey
    misses: MissBudget
    look_budget: Buckets  # of agents: members looked at
    card_claims: CardClaims  # for tills without network
    cipher: Cipher  # what is sealed of members: keys of cards, hashes of PINs
    pin_hasher: PinHasher
    code_tries: Buckets  # by card: codes that were wrong
    export_wishes: Buckets  # by member: links to his data
    charging: Charging  # for what operations cost
    pin_tries: Buckets  # by credential: PINs that were wrong; by member: PINs that were set
