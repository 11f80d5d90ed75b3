"""What we can do in a conversation, as values: messages, control frames and pauses. Knows no text and no connection."""

from typing import NamedTuple, TypeAlias

from wsinspect.vocabulary import WSMsgType


class Message(NamedTuple):
    """A data message; ``type`` is TEXT, whose payload is UTF-8, or BINARY."""

    type: WSMsgType
    payload: bytes


class Ping(NamedTuple):
    """A ping (RFC 6455 section 5.5.2)."""

    payload: bytes = b""


class Pong(NamedTuple):
    """A pong that nobody asked for (RFC 6455 section 5.5.3)."""

    payload: bytes = b""


class Close(NamedTuple):
    """A close frame, and with it the end of our side; ``code`` None sends an empty one (RFC 6455 section 5.5.1)."""

    code: int | None = 1000
    reason: str = ""


class Wait(NamedTuple):
    """Wait until a received message meets ``condition``, at most for ``timeout_s``, which may be infinite.

    The condition begins at character ``at`` of what the user wrote, from 0.
    """

    condition: str
    timeout_s: float
    at: int = 0


class Sleep(NamedTuple):
    """Send nothing for so long."""

    seconds: float


Outgoing: TypeAlias = Message | Ping | Pong | Close | Wait | Sleep
"""A step: something to send, or to do before the next is sent."""
