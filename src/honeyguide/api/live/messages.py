"""Messages of graphql-transport-ws, checked; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

LONGEST_ID = 128
_WRAPPED = "headers"  # Apollo Kotlin and Hasura's clients put what would be headers into an object of that name
_BARE = ("authtoken", "token")  # as Apollo's guides for iOS and the web have it


@dataclass(frozen=True, slots=True)
class Init:
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subscribe:
    id: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Pong:
    pass


Message = Init | Subscribe | Complete | Ping | Pong


def read_message(text: str) -> Message | None:
    """None for what is no message of a client."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict):
        return None
    payload = found.get("payload")
    match found.get("type"):
        case "connection_init" if payload is None or isinstance(payload, dict):
            return Init(payload or {})
        case "subscribe" if _is_id(found.get("id")) and isinstance(payload, dict):
            return Subscribe(found["id"], payload)
        case "complete" if _is_id(found.get("id")):
            return Complete(found["id"])
        case "ping" if payload is None or isinstance(payload, dict):
            return Ping()
        case "pong" if payload is None or isinstance(payload, dict):
            return Pong()
    return None


def token_in(payload: Mapping[str, Any]) -> str | None:
    """The token of a connection_init, wherever the usual clients put it; with or without Bearer."""
    wrapped = payload.get(_WRAPPED)
    for given in (payload, wrapped if isinstance(wrapped, dict) else {}):
        named = {name.lower(): value for name, value in given.items() if isinstance(value, str)}
        for name in ("authorization", *_BARE):
            if token := named.get(name, "").strip():
                scheme, _, rest = token.partition(" ")
                return rest.strip() if scheme.lower() == "bearer" else token
    return None


def languages_in(payload: Mapping[str, Any]) -> str | None:
    """What would be the header Accept-Language, for clients that cannot send headers."""
    return next((value for name, value in payload.items() if name.lower() == "accept-language" and isinstance(value, str)), None)


def ack() -> str:
    return '{"type":"connection_ack"}'


def pong() -> str:
    return '{"type":"pong"}'


def next_result(operation_id: str, payload: Mapping[str, Any]) -> str:
    return orjson.dumps({"id": operation_id, "type": "next", "payload": payload}).decode()


def error(operation_id: str, errors: object) -> str:
    return orjson.dumps({"id": operation_id, "type": "error", "payload": errors}).decode()


def complete(operation_id: str) -> str:
    return orjson.dumps({"id": operation_id, "type": "complete"}).decode()


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID
