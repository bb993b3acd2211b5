"""Random attacks on signing in: forms, tokens, assertions, codes and links that are wrong in every way somebody may think of."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

ODD = [
    "", " ", "\x00", "%00", "\r\nBcc: eve@example.test", "'; DROP TABLE member; --", "../../etc/passwd", "🦜" * 50, "A" * 300, "A" * 7_000, "null",
    "-1", "1e400", "\u202eabc", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "0x7f", "\ufeff", "ä\u0308",
]  # fmt: skip
GRANTS = ["client_credentials", "refresh_token", "urn:honeyguide:grant-type:one-time-code", "password", "authorization_code", "", "x"]
IDENTIFY = """
mutation ($input: IdentifyInput!) { identify(input: $input) { __typename ... on UserError { code } } }
"""


@dataclass(frozen=True)
class Attack:
    """`guess` marks those that name a known or an unknown address and are otherwise the same."""

    method: str
    path: str
    sent: dict[str, Any] = field(default_factory=dict)
    guess: str | None = None


@dataclass
class Attacker:
    """Knows what an attacker may: addresses, a client id, a leaked old token's shape, a partner's token for identify."""

    random: Random
    addresses: list[str]
    client_id: str
    shapes: list[str]  # good tokens, changed before they are used
    partner_token: str

    def attack(self) -> Attack:
        kinds: list[Callable[[], Attack]] = [
            self._form, self._form, self._refresh, self._code, self._code, self._client, self._assertion, self._ask, self._ask, self._revoke,
            self._page, self._link, self._identify, self._identify,
        ]  # fmt: skip
        return self.random.choice(kinds)()

    def _value(self) -> str:
        draw = self.random.random()
        if draw < 0.5:
            return self.random.choice(ODD)
        if draw < 0.8:
            return self._changed(self.random.choice(self.shapes))
        return "".join(
            chr(self.random.choice((self.random.randint(32, 126), self.random.randint(0, 0x2FFF))))
            for _ in range(self.random.randint(0, 60))
        )

    def _changed(self, text: str) -> str:
        """Never what it was: a copy of a good token is another test's."""
        place, letter = self.random.randrange(len(text)), self.random.choice("ABCabc019-_.=\x00é")
        changed = self.random.choice((text[:place] + letter + text[place + 1 :], text[:place], text + letter, text[::-1], text.swapcase()))
        return changed if changed != text else text + "x"

    def _body(self, fields: dict[str, str]) -> dict[str, Any]:
        for name in list(fields):
            if self.random.random() < 0.1:
                del fields[name]
        if self.random.random() < 0.2:
            fields[self.random.choice(("scope", "locale", "device", "program", "birth_date", "guardian", "consents", "x"))] = self._value()
        headers = {}
        if self.random.random() < 0.1:
            headers["Authorization"] = self.random.choice(("Basic", "Basic !!", "Bearer x", "Basic " + "A" * 4_000, "Basic w6TDpA=="))
        return {"data": fields, "headers": headers}

    def _form(self) -> Attack:
        if self.random.random() < 0.3:
            raw = bytes(self.random.randrange(256) for _ in range(self.random.choice((0, 5, 100, 9_000))))
            return Attack("POST", "/oauth/token", {"content": raw, "headers": {"Content-Type": "application/x-www-form-urlencoded"}})
        return Attack(
            "POST",
            "/oauth/token",
            self._body({"grant_type": self.random.choice(GRANTS), "client_id": self._value(), "code": self._value()}),
        )

    def _refresh(self) -> Attack:
        return Attack("POST", "/oauth/token", self._body({"grant_type": "refresh_token", "refresh_token": self._value()}))

    def _code(self) -> Attack:
        email = self.random.choice(self.addresses)
        code = self.random.choice((f"{self.random.randrange(10**8):08}", self._value()))
        if len(code) == 8 and code.isdigit():
            sent = {"data": {"grant_type": GRANTS[2], "email": email, "code": code}}
            return Attack("POST", "/oauth/token", sent, guess=email)
        return Attack("POST", "/oauth/token", self._body({"grant_type": GRANTS[2], "email": email, "code": code}))

    def _client(self) -> Attack:
        return Attack(
            "POST",
            "/oauth/token",
            self._body({"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self._value()}),
        )

    def _assertion(self) -> Attack:
        header = {
            "alg": self.random.choice(("none", "HS256", "EdDSA", "RS256", "x")),
            "kid": self._value()[:50],
            "jku": "http://127.0.0.1:1/",
        }
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self._value()[:50],
            "exp": self.random.choice((0, 10**12, -1)),
            "jti": "x",
        }
        parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        given = {"grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": ".".join((*parts, "c2ln"))}
        return Attack("POST", "/oauth/token", self._body(given))

    def _ask(self) -> Attack:
        if self.random.random() < 0.5:
            email = self.random.choice(self.addresses)
            return Attack("POST", "/member/sign-in", {"json": {"email": email}}, guess=email)
        return Attack("POST", "/member/sign-in", {"json": {"email": self._value(), "locale": self._value()}})

    def _revoke(self) -> Attack:
        return Attack("POST", "/oauth/revoke", self._body({"token": self._value()}))

    def _page(self) -> Attack:
        step = self.random.choice(("email", "code", "details", "x", ""))
        form = {"step": step, "email": self._value(), "code": self._value(), "claim": self._value(), "birth_date": self._value()}
        return Attack("POST", "/join/grocer-and-fuel", {"data": form})

    def _link(self) -> Attack:
        path = self.random.choice(("identify", "guardian", "claim", "add", "join"))
        token = urlsafe_b64encode(self.random.randbytes(self.random.choice((0, 1, 57, 80, 200, 2_000)))).decode()
        return Attack(self.random.choice(("GET", "POST")), f"/{path}/{token or 'x'}", {})

    def _identify(self) -> Attack:
        by = {self.random.choice(("barcode", "memberNumber", "handle", "phone", "email")): self._value()[:250]}
        given = {"by": by, "pin": self.random.choice((None, "1234", self._value()[:50]))}
        token = self.partner_token if self.random.random() < 0.8 else self._changed(self.partner_token)
        headers = {
            "Authorization": f"Bearer {token}".encode("utf-8", "replace").replace(b"\x00", b""),
            "Accept": "application/graphql-response+json",
        }
        return Attack("POST", "/partner/graphql", {"json": {"query": IDENTIFY, "variables": {"input": given}}, "headers": headers})
