"""One connection of a recording as a part to be played: what its own side says, what it hears from the other, the end.

What answers by itself is no cue: pongs to pings, the second of two close frames. Cues carry what playing in step takes:
how much was heard before, and how long it had been quiet. Knows no connection and no clock.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from wsinspect.checks.written.session import Message
from wsinspect.events import (
    ABNORMAL,
    CLOSE,
    CLOSED,
    CLOSING,
    DATA,
    ERROR,
    GAP,
    HANDSHAKE,
    PING,
    PONG,
    Batch,
    Closed,
    Direction,
    Handshake,
    Violation,
    close_parts,
)
from wsinspect.filters.subject import parsed

READ_AS_JSON = 1 << 20
"""Bytes of a payload that is looked at as JSON; a larger one is compared byte by byte."""

PINGS_REMEMBERED = 1000


class Say(NamedTuple):
    """Our side sends a message, a ping, or a pong that nobody asked for.

    ``heard`` is how many messages had come before it; ``pause`` seconds after whatever was last it was sent; ``quiet``
    is the longest that nothing happened since we spoke last.
    """

    message: Message
    heard: int
    pause: float
    quiet: float


class Hear(NamedTuple):
    """The other side sends a data message."""

    message: Message


class Over(NamedTuple):
    """The last cue. ``closed`` is None where the end was not recorded; ``body`` is that of the close frame with which
    our side ended it, None where it did not; the rest is as in `Say`."""

    closed: Closed | None
    body: bytes | None
    at: float
    heard: int
    pause: float
    quiet: float


Cue: TypeAlias = Say | Hear | Over


class Part:
    """The part of one side: ``own`` is the direction of what it says. `cues` is fed the batches, `over` ends it."""

    def __init__(self, own: Direction, handshake: Handshake) -> None:
        self._own = own
        self._began = handshake.at.mono
        self._heard = 0
        self._last = 0.0
        self._quiet = 0.0
        self._pinged: deque[bytes] = deque(maxlen=PINGS_REMEMBERED)
        self._closing: tuple[Direction, bytes] | None = None
        self._answer: bytes | None = None
        self._closed: Closed | None = None
        self._end_pause = 0.0
        self.pings = 0
        """How often the other side pinged."""

        self.violation: Violation | None = None
        """The first that was recorded."""

        self.is_over = False
        """What follows belongs to another connection."""

        self.reopened = False
        """The connection was opened again, which is not played."""

    def cues(self, batch: Batch) -> Iterator[Cue]:
        """Yield what a batch holds for this part."""
        for type, payload, _ in batch.rows:
            if type in (HANDSHAKE, GAP):
                self.is_over, self.reopened = True, type == GAP
                return
            if type == CLOSED:
                if self._closing is None:
                    self._end_pause = self._pass(batch)
                self._closed = self._closed or payload
            elif type == ERROR:
                self.violation = self.violation or payload
            elif type in (CLOSE, CLOSING):
                self._close(batch, payload)
            elif self._closing is None and (type in DATA or type in (PING, PONG)):
                # What was under way when the end had begun may be missing another time.
                yield from self._message(batch, type, payload)

    def over(self) -> Over:
        """Return the last cue."""
        by = self._closing[0] if self._closing else None
        body = self._closing[1] if self._closing and by == self._own else None
        return Over(self._end(), body, self._last, self._heard, self._end_pause, self._quiet)

    def _end(self) -> Closed | None:
        if self._closed is not None or self._closing is None:
            return self._closed
        by, body = self._closing
        theirs = body if by == "in" else self._answer
        code, reason = (ABNORMAL, "") if theirs is None else close_parts(theirs)
        ours = body if by == "out" else self._answer
        sent = None if ours is None else close_parts(ours)[0]
        return Closed("peer" if by == "in" else "us", self._answer is not None, code, reason, sent, "", 0)

    def _close(self, batch: Batch, body: bytes) -> None:
        if self._closing is None:
            self._end_pause = self._pass(batch)
            self._closing = batch.direction, body
        elif self._answer is None and batch.direction != self._closing[0]:
            self._answer = body

    def _message(self, batch: Batch, type: int, payload: bytes) -> Iterator[Cue]:
        own = batch.direction == self._own
        if type == PING and not own:
            self.pings += 1
            self._pinged.append(payload)
        elif type == PONG:
            if own and payload in self._pinged:
                # It answers all pings up to this one (RFC 6455 section 5.5.3).
                while self._pinged.popleft() != payload:
                    pass
            elif own:
                yield self._say(batch, type, payload)
        elif own:
            yield self._say(batch, type, payload)
        else:
            self._pass(batch)
            self._heard += 1
            yield Hear(message_of(batch, type, payload, self._began))

    def _say(self, batch: Batch, type: int, payload: bytes) -> Say:
        pause = self._pass(batch)
        said = Say(message_of(batch, type, payload, self._began), self._heard, pause, self._quiet)
        self._quiet = 0.0
        return said

    def _pass(self, batch: Batch) -> float:
        """Time passes up to a batch; return how much."""
        at = max(batch.at.mono - self._began, self._last)
        pause, self._last = at - self._last, at
        self._quiet = max(self._quiet, pause)
        return pause


def message_of(batch: Batch, type: int, payload: bytes, began: float) -> Message:
    """Return a row as a message, with its JSON where it is an object or a list."""
    may_be_json = type in DATA and len(payload) <= READ_AS_JSON and payload[:64].lstrip()[:1] in (b"{", b"[")
    json = parsed(payload) if may_be_json else None
    at = max(batch.at.mono - began, 0.0)
    return Message(type, batch.direction, payload, len(payload), at, batch.at.wall, json)
