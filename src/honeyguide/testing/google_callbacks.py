"""What Google sends when somebody saves or deletes a card: callbacks signed by ECv2SigningOnly, with the keys that verify them (G18, G19)."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PROTOCOL: Final = "ECv2SigningOnly"
SENDER: Final = "GooglePayPasses"
_AGENT: Final = "Googlebot/2.1 (Honeyguide simulator)"


@dataclass(frozen=True, slots=True)
class Key:
    """A P-256 key and when it ends."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)
    expires_at: datetime

    @property
    def value(self) -> str:
        return base64.b64encode(self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    @property
    def expiration(self) -> str:
        return milliseconds(self.expires_at)


class CallbackSigner:
    """Root and intermediate keys as Google has them; `rotate` takes new ones, `published` is the list that a verifier fetches."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.roots: list[Key] = []
        self.intermediate = self.root = self.rotate()

    def rotate(self, *, root_lives: timedelta = timedelta(days=365), key_lives: timedelta = timedelta(days=7)) -> Key:
        """A new root beside the former ones, and a new intermediate key under it; answers the root."""
        now = self._clock()
        self.root = Key(ec.generate_private_key(ec.SECP256R1()), now + root_lives)
        self.intermediate = Key(ec.generate_private_key(ec.SECP256R1()), now + key_lives)
        self.roots.append(self.root)
        return self.root

    def published(self) -> dict[str, Any]:
        """The newest root first; Google lists keys of other protocols too, which no pass callback uses."""
        keys = [{"keyValue": key.value, "protocolVersion": PROTOCOL, "keyExpiration": key.expiration} for key in reversed(self.roots)]
        return {"keys": [*keys, {"keyValue": self.root.value, "protocolVersion": "ECv1"}]}

    def sign(self, message: str, issuer_id: str, *, protocol: str = PROTOCOL, sender: str = SENDER) -> dict[str, Any]:
        """The callback around a message, sealed for this issuer."""
        signed_key = json.dumps({"keyValue": self.intermediate.value, "keyExpiration": self.intermediate.expiration})
        return {
            "protocolVersion": protocol,
            "intermediateSigningKey": {"signedKey": signed_key, "signatures": [_signature(self.root, sender, protocol, signed_key)]},
            "signature": _signature(self.intermediate, sender, issuer_id, protocol, message),
            "signedMessage": message,
        }


@dataclass(frozen=True, slots=True)
class Delivered:
    """One callback as it was sent, and the last status that answered it; None where nobody did."""

    url: str
    body: bytes = field(repr=False)
    status: int | None
    attempts: int


@dataclass(slots=True)
class Callbacks:
    """Sends what happened to saved cards to the class's `callbackOptions.url`; `script` what Google does oddly with the next ones.

    A callback that is not answered by 200 is sent again, as Google does: after each of `pauses` seconds.
    """

    clock: Callable[[], datetime]
    signer: CallbackSigner = field(init=False)
    pauses: tuple[float, ...] = (0.05, 0.2, 1.0, 3.0)
    log: deque[Delivered] = field(default_factory=lambda: deque(maxlen=1000))
    copies: deque[int] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.signer = CallbackSigner(self.clock)

    def script(self, *copies: int) -> None:
        """The next callbacks arrive so many times each: 0 loses one, 2 doubles it."""
        self.copies.extend(copies)

    def message(self, class_id: str, object_id: str, event: str, **changes: Any) -> str:
        """The signed words of a `save` or `del`; `changes` replace them."""
        expires_at = self.clock() + timedelta(hours=1)
        words = {
            "classId": class_id,
            "objectId": object_id,
            "expTimeMillis": int(expires_at.timestamp() * 1000),
            "eventType": event,
            "nonce": secrets.token_urlsafe(24),
        }
        return json.dumps({**words, **changes}, ensure_ascii=False)

    def body(self, class_id: str, object_id: str, event: str, *, issuer_id: str | None = None, **changes: Any) -> bytes:
        """A whole callback; by default for the issuer that the class's id begins with."""
        issuer = class_id.partition(".")[0] if issuer_id is None else issuer_id
        return json.dumps(self.signer.sign(self.message(class_id, object_id, event, **changes), issuer), ensure_ascii=False).encode()

    async def tell(self, url: str, class_id: str, object_id: str, event: str) -> list[Delivered]:
        """Sign and send one event, as often as scripted."""
        body = self.body(class_id, object_id, event)
        copies = self.copies.popleft() if self.copies else 1
        return [await self.send(url, body) for _ in range(copies)]

    async def replay(self) -> list[Delivered]:
        """Everything that was sent, once more, the newest first."""
        return [await self.send(one.url, one.body) for one in reversed(list(self.log))]

    async def send(self, url: str, body: bytes) -> Delivered:
        status, attempts = None, 0
        async with httpx.AsyncClient(trust_env=False, timeout=10, headers={"user-agent": _AGENT}) as http:
            for pause in (*self.pauses, None):
                attempts += 1
                try:
                    status = (await http.post(url, content=body, headers={"content-type": "application/json"})).status_code
                except httpx.HTTPError:
                    status = None
                if status == 200 or pause is None:
                    break
                await asyncio.sleep(pause)
        self.log.append(delivered := Delivered(url, body, status, attempts))
        return delivered


def lengths(*parts: str) -> bytes:
    """What is signed: each part after its length in bytes, four of them, little end first."""
    return b"".join(len(part.encode()).to_bytes(4, "little") + part.encode() for part in parts)


def milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def _signature(key: Key, *parts: str) -> str:
    return base64.b64encode(key.private.sign(lengths(*parts), ec.ECDSA(SHA256()))).decode()
