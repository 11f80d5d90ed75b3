"""The words of a WebSocket: message types, close codes and messages.

Names and values follow aiohttp's public API, so that code written for it runs on these classes. Knows no bytes,
socket or terminal.
"""

import json
from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple


class WSCloseCode(IntEnum):
    """Close codes that have a name in aiohttp's API (RFC 6455 section 7.4.1, and the IANA registry)."""

    OK = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    ABNORMAL_CLOSURE = 1006
    INVALID_TEXT = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014


class WSMsgType(IntEnum):
    """What a message is: the opcodes of RFC 6455 section 5.2, and three states of the connection itself."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA

    CLOSING = 0x100
    CLOSED = 0x101
    ERROR = 0x102

    text = TEXT
    binary = BINARY
    ping = PING
    pong = PONG
    close = CLOSE
    closing = CLOSING
    closed = CLOSED
    error = ERROR


class WSMessage(NamedTuple):
    """One message.

    ``data`` is a str for TEXT; bytes for BINARY, PING and PONG; the close code for CLOSE and CLOSING (a
    `WSCloseCode`, or a plain int where the code has no member), with the reason in ``extra``; what is known of the
    end or of the fault for CLOSED and ERROR.
    """

    type: WSMsgType
    data: Any
    extra: str | None

    def json(self, *, loads: Callable[[Any], Any] = json.loads) -> Any:
        """Return the payload as decoded by ``loads``, which raises its own errors."""
        return loads(self.data)
