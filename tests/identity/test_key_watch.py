"""Our own keys rotate while the server runs, step by step as the README says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.identity.key_watch import KeyWatch
from honeyguide.identity.keys import KeyRing, open_key_ring, thumbprint
from honeyguide.identity.refusal import Refusal, TokenRefused
from honeyguide.identity.revocations import Revocations
from honeyguide.identity.token_door import TokenDoor
from honeyguide.identity.tokens import issue_token

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = "https://loyalty.example"
CALLER = Caller(Audience.OPERATOR, UUID(int=1), "olivia", frozenset({"adjust"}))


def put_private(folder: Path, name: str, key: Ed25519PrivateKey, mode: int = 0o600) -> None:
    (folder / name).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / name).chmod(mode)


def put_public(folder: Path, name: str, key: Ed25519PrivateKey) -> None:
    (folder / name).write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def token(ring: KeyRing) -> str:
    return issue_token(ring, issuer=ISSUER, caller=CALLER, now=NOW, lifetime=timedelta(minutes=30))


async def test_a_rotation_reaches_every_process_without_a_restart_and_no_token_ends_by_it(tmp_path: Path, database: Database) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    for folder in folders:
        folder.mkdir()
        put_private(folder, "token-0001.pem", old)
    rings = [open_key_ring(folder, create=False) for folder in folders]
    watches = [KeyWatch(*pair) for pair in zip(rings, folders, strict=True)]
    doors = [TokenDoor(ring, ISSUER, Revocations(database)) for ring in rings]

    async def both_take(text: str) -> bool:
        return all([await door.verify(text, Audience.OPERATOR, NOW) == CALLER for door in doors])

    before = token(rings[0])
    assert await both_take(before)
    for folder in folders:  # the public key first, everywhere
        put_public(folder, "token-0002.pub.pem", new)
    for watch in watches:
        watch.look()
    for folder, watch, ring in zip(folders, watches, rings, strict=True):  # then the private key, one process after the other
        (folder / "token-0002.pub.pem").unlink()
        put_private(folder, "token-0002.pem", new)
        watch.look()
        assert ring.signing.kid == thumbprint(new.public_key())
        assert await both_take(token(ring)) and await both_take(before)
    for folder, watch in zip(folders, watches, strict=True):  # then the old private key goes, its public key stays
        put_public(folder, "token-0001.pem", old)
        watch.look()
    assert await both_take(before)

    for folder, watch in zip(folders, watches, strict=True):
        (folder / "token-0001.pem").unlink()
        watch.look()

    for door in doors:  # kept or not
        assert await door.verify(before, Audience.OPERATOR, NOW) == TokenRefused(Refusal.UNKNOWN_KEY)
    assert await both_take(token(rings[1]))
    assert [key["kid"] for key in rings[0].jwks()["keys"]] == [thumbprint(new.public_key())]


def test_what_cannot_be_used_changes_nothing_and_is_taken_once_it_can(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ring = open_key_ring(tmp_path, create=True)
    watch, first, new = KeyWatch(ring, tmp_path), ring.signing.kid, Ed25519PrivateKey.generate()

    (tmp_path / "token-0002.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nMC4CAQ")
    watch.look()
    watch.look()
    assert (ring.signing.kid, ring.epoch) == (first, 0)
    assert len(caplog.records) == 1

    put_private(tmp_path, "token-0002.pem", new, mode=0o644)
    watch.look()
    assert ring.signing.kid == first

    (tmp_path / "token-0002.pem").chmod(0o600)
    watch.look()
    assert (ring.signing.kid, ring.epoch) == (thumbprint(new.public_key()), 1)

    for path in tmp_path.glob("*.pem"):
        path.unlink()
    watch.look()
    assert ring.signing.kid == thumbprint(new.public_key())
    assert "no private key" in caplog.text
