"""Why a WebSocket is closed: the codes of graphql-transport-ws, those of RFC 6455 that clients come again after, and three of our own."""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """Each with the reason that the client reads; published clients do not come again after 4400, 4401, 4406, 4409 and 4429."""

    reason: str

    def __new__(cls, code: int, reason: str) -> CloseCode:
        member = int.__new__(cls, code)
        member._value_, member.reason = code, reason
        return member

    INTERNAL = 1011, "Something failed on our side."
    RESTART = 1012, "The server stops; come again."
    TRY_AGAIN_LATER = 1013, "Not available now; come again."
    BAD_REQUEST = 4400, "That is no message of graphql-transport-ws."
    UNAUTHORIZED = 4401, "A token is needed: in connection_init, or as header Authorization."
    # Clients fetch a new token after it, and come again.
    FORBIDDEN = 4403, "The token is not valid here."
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406, "Only graphql-transport-ws is spoken here."
    INIT_TIMEOUT = 4408, "connection_init did not come within 10 seconds."
    SUBSCRIBER_EXISTS = 4409, "An operation of that id is running."
    TOO_MANY_MESSAGES = 4420, "Too many messages a second."
    TOO_MANY_CONNECTIONS = 4421, "You have as many connections as you may."
    TOO_MANY_INITS = 4429, "connection_init came twice."
