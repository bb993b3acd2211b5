"""uvicorn's WebSocket protocol, whose connections an application can cut: what a reader does not take would wait in memory."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# uvicorn writes each handshake down with its query string, where nobody should but somebody may put a token.
_log = logging.getLogger(__name__)
_log.setLevel(logging.WARNING)
# And bytes that are no UTF-8 with the bytes; their sender is told by 1007.
_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError)))


class SocketProtocol(WebSocketsSansIOProtocol):
    """Puts `abort` into the scope's state."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = _log

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, "abort": self.transport.abort}
