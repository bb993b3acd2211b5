"""Callbacks of Google: only what Google signed, for us, now, is believed (G18, G19)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from builders.google_signing import GoogleSigner
from honeyguide.wallet.google.callback import CallbackInvalid, SavedOrDeleted, read_callback, root_keys, verified

ISSUER = "3388000000000000000"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SIGNER = GoogleSigner(ISSUER)
OBJECT, CLASS = f"{ISSUER}.o1", f"{ISSUER}.demo-membership"


def believed(content: Any, signer: GoogleSigner = SIGNER) -> SavedOrDeleted:
    raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return verified(read_callback(raw), root_keys(json.dumps(signer.keys()).encode()), ISSUER, NOW)


@pytest.mark.parametrize("event", ["save", "del"])
def test_g18_what_google_signed_for_us_is_believed(event: str) -> None:
    said = believed(SIGNER.callback(event, OBJECT, CLASS, nonce="n-7", count=1))

    assert (said.object_id, said.class_id, said.is_saved, said.nonce) == (OBJECT, CLASS, event == "save", "n-7")


def test_g18_lengths_are_those_of_bytes_so_that_words_of_any_alphabet_verify() -> None:
    assert believed(SIGNER.callback("save", OBJECT, CLASS, nonce="Größe-漢字-😀")).nonce == "Größe-漢字-😀"


FORGED: dict[str, tuple[GoogleSigner, Callable[[GoogleSigner], dict[str, Any]], str]] = {
    "another root": (SIGNER, lambda s: replace(s, root=ec.generate_private_key(ec.SECP256R1())).callback("save", OBJECT, CLASS), "intermediate signature"),
    "another key": (SIGNER, lambda s: {**s.callback("save", OBJECT, CLASS), "signature": s.callback("del", OBJECT, CLASS)["signature"]}, "signature"),
    "another issuer": (SIGNER, lambda s: replace(s, issuer_id="42").callback("save", OBJECT, CLASS), "signature"),
    "another sender": (SIGNER, lambda s: replace(s, sender="Mallory").callback("save", OBJECT, CLASS), "intermediate signature"),
    "a root that ended": (replace(SIGNER, root_expires=NOW_MS), lambda s: s.callback("save", OBJECT, CLASS), "intermediate signature"),
    "an intermediate that ended": (SIGNER, lambda s: replace(s, between_expires=NOW_MS).callback("save", OBJECT, CLASS), "intermediate key expired"),
    "a message that ended": (SIGNER, lambda s: s.callback("save", OBJECT, CLASS, at=NOW_MS), "expired"),
    "another's object": (SIGNER, lambda s: s.callback("save", "42.o1", CLASS), "issuer"),
    "another's class": (SIGNER, lambda s: s.callback("save", OBJECT, "42.demo"), "issuer"),
    "another event": (SIGNER, lambda s: s.callback("share", OBJECT, CLASS), "event type"),
    "a changed message": (SIGNER, lambda s: {**(c := s.callback("save", OBJECT, CLASS)), "signedMessage": c["signedMessage"].replace("o1", "o2")}, "signature"),
    "another protocol": (SIGNER, lambda s: {**s.callback("save", OBJECT, CLASS), "protocolVersion": "ECv1"}, "protocol"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_g18_g19_what_is_forged_or_over_is_refused_by_its_reason(name: str) -> None:
    signer, forge, reason = FORGED[name]

    with pytest.raises(CallbackInvalid, match=f"^{reason}$"):
        believed(forge(signer), signer)


def test_g19_any_spoilt_byte_null_or_cut_is_an_invalid_callback_and_no_other_error() -> None:
    chance, good = random.Random(19), json.dumps(SIGNER.callback("save", OBJECT, CLASS)).encode()
    spoilt = [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"protocolVersion":"ECv2SigningOnly"}', b"[" * 5_000]
    for name in ("signature", "signedMessage", "intermediateSigningKey"):
        spoilt += [
            json.dumps({**json.loads(good), name: value}).encode() for value in (None, "", "AAA", "é", "\ud800", 1, [], {}, "A" * 99_999)
        ]
    for _ in range(300):
        at = chance.randrange(len(good))
        spoilt.append(chance.choice((good[:at], good[:at] + bytes([chance.randrange(256)]) + good[at + 1 :], good[:at] + good[at + 1 :])))

    for raw in spoilt:
        try:
            said = believed(raw)
        except CallbackInvalid:
            continue
        assert said == believed(good), raw  # blanks of JSON, and bits of base64 that say nothing


def test_g18_a_list_of_keys_that_is_none_is_refused_and_an_unreadable_key_is_passed_over() -> None:
    assert len(root_keys(json.dumps(SIGNER.keys()).encode())) == 1
    for body in (b"", b"[]", b'{"keys": 1}'):
        with pytest.raises(CallbackInvalid):
            root_keys(body)
