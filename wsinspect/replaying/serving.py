"""The server's side of a recording, played to whoever connects: each client gets its own run, from the beginning.

A message leaves when the client has sent as many as it had by then, after its recorded pause. What the client sends is
taken as it is; where it is not as recorded, that is told. Knows no flag, and not how it is listened.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from math import isinf

from wsinspect.asked import repeatable, secrets_in
from wsinspect.checks.assertions.excerpts import payload_excerpt
from wsinspect.checks.written.session import Message
from wsinspect.comparing.cues import Hear, Over, Part, Say, message_of
from wsinspect.comparing.masks import Masks
from wsinspect.comparing.values import Values
from wsinspect.errors import InspectError
from wsinspect.events import DATA, PING, PONG, Batch, Closed, Handshake, close_parts
from wsinspect.filters.subject import Subject
from wsinspect.masking import Mask
from wsinspect.net.server import ServerTap
from wsinspect.redact import redact_subprotocols, redact_url
from wsinspect.replaying.feed import Feed, begun
from wsinspect.replaying.waiting import Bell
from wsinspect.reports.failure import LONGEST_EVENT, folded
from wsinspect.reports.inert import brief, inert_line
from wsinspect.wire.frames import CLOSE, write_frame
from wsinspect.wire.rules import sendable

TOLD_AFTER_S = 5.0
"""So long a client is waited for before that is told."""

MOST_TOLD = 10
"""So many differences of a client are told; the rest is counted."""

HELD = 1000
HELD_BYTES = 32 << 20
"""So many messages of a client, and so many bytes, wait for their turn; then no more is read from it."""

LOOKS_S = 0.5
"""So often it is looked whether a client that is not read from is still there."""

AT_THE_END = "the recording ends here"


class Stage:
    """Plays to one client after the other, and to several at once.

    ``batches`` opens the recording anew; ``say`` takes finished lines.
    """

    def __init__(self, batches: Callable[[], Iterator[Batch]], speed: float, say: Callable[[str], None]) -> None:
        self._batches = batches
        self._speed = speed
        self._say = say
        self._clients = 0

    async def play(self, tap: ServerTap) -> None:
        """Serve one client."""
        self._clients += 1
        await _Run(self._clients, tap, self._batches, self._speed, self._say).run()


class _Run:
    """One client."""

    def __init__(
        self,
        client: int,
        tap: ServerTap,
        batches: Callable[[], Iterator[Batch]],
        speed: float,
        say: Callable[[str], None],
    ) -> None:
        self._client = client
        self._tap = tap
        self._batches = batches
        self._speed = speed
        self._say = say
        self._values = Values()
        self._masks = Masks(self._values)
        self._bell = Bell()
        self._held: deque[Message] = deque()
        self._held_bytes = 0
        self._came = self._sent = self._differing = self._more = 0
        self._due = 0.0
        asked = [] if tap.request is None else list(tap.request.headers.raw_items())
        self._mask = Mask(repeatable(secrets_in(asked, tap.path)))
        self._silent = False
        """The end has begun: what comes now is no part of it."""

    async def run(self) -> None:
        self._tell(f"asks for {brief(redact_url(self._tap.path), LONGEST_EVENT)}")
        try:
            handshake, number, rest = begun(self._batches())
        except InspectError as fault:
            # It was there when we began to listen.
            self._tell(brief(fault.message, 400))
            self._tap.close_now(1011, "")
            return
        offered = [] if self._tap.request is None else self._tap.request.headers.get_all("Sec-WebSocket-Protocol")
        wanted = handshake.subprotocol
        if wanted and self._tap.subprotocol != wanted:
            said = brief(redact_subprotocols(", ".join(offered)), LONGEST_EVENT) or "none"
            self._tell(f"the subprotocol was {brief(wanted, LONGEST_EVENT)}, and it offers {said}")
        playing = asyncio.ensure_future(self._play(handshake, number, rest))
        try:
            while (batch := await self._tap.inbox.get()) is not None:
                await self._take(batch, playing)
            await self._until(lambda: not self._held, playing)
        finally:
            is_played = playing.done()
            playing.cancel()
            await asyncio.wait([playing])
        if not playing.cancelled() and playing.exception() is not None:
            broke = playing.exception()
            self._tell(brief(broke.message if isinstance(broke, InspectError) else f"a fault of ours: {broke}", 400))
        self._tell_end(self._tap.ending.closed(), is_played=is_played)

    async def _take(self, batch: Batch, playing: "asyncio.Task[None]") -> None:
        for type, payload, _ in batch.rows:
            if batch.direction == "in" and type in DATA and not self._silent:
                if not self._has_room():
                    await self._until(self._has_room, playing)
                if playing.done() or not self._has_room():
                    self._more += 1
                    continue
                began = self._tap.began
                self._held.append(message_of(batch, type, payload, began.mono if began else batch.at.mono))
                self._held_bytes += len(payload)
        self._bell.ring()

    def _has_room(self) -> bool:
        return len(self._held) < HELD and self._held_bytes <= HELD_BYTES

    async def _until(self, is_met: Callable[[], bool], playing: "asyncio.Task[None]") -> None:
        """Let the client wait for the recording: what it sends ahead of its time is no difference. Of one that has
        gone, what is left is looked at as long as that goes on."""
        loop = asyncio.get_running_loop()
        self._bell.ring()
        while not (playing.done() or self._silent or is_met()):
            came, looks_at = self._came, loop.time() + LOOKS_S
            await self._bell.until(lambda: self._silent or is_met(), lambda looks_at=looks_at: looks_at)  # type: ignore[misc]
            if self._came == came and not self._tap.is_open:
                return

    async def _play(self, handshake: Handshake, number: int, batches: Iterator[Batch]) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time()
        feed = Feed(batches)
        part = Part("in", handshake)
        while not part.is_over and (batch := await feed.next()) is not None:
            if batch.connection != number:
                continue
            for cue in part.cues(batch):
                if isinstance(cue, Hear):
                    await self._hear(cue.message)
                else:
                    assert isinstance(cue, Say)
                    await self._speak(cue)
        if part.violation is not None:
            self._tell(f"cannot break the protocol as the server did: {brief(part.violation.sentence, 300)}")
        await self._end(part.over(), broke=part.violation is not None)

    async def _hear(self, recorded: Message) -> None:
        """Wait until the client has sent what it sent then, and tell what differs."""
        loop = asyncio.get_running_loop()
        self._values.expect(recorded)
        self._masks.watch(recorded)
        number = self._came + 1
        began = loop.time()
        if not await self._bell.until(lambda: bool(self._held), lambda: began + TOLD_AFTER_S):
            subject = Subject(recorded.type, recorded.direction, recorded.payload)
            self._tell(f"waiting for its message {number}, as {brief(payload_excerpt(subject), LONGEST_EVENT)}")
            await self._bell.until(lambda: bool(self._held))
        was_full = not self._has_room()
        message = self._held.popleft()
        self._held_bytes -= message.size
        if was_full or not self._held:
            self._bell.ring()
        self._came = number
        self._values.came(message)
        lines = self._masks.difference(recorded, message)
        if lines:
            self._differing += 1
            if self._differing <= MOST_TOLD:
                self._tell(f"message {number} is not as recorded", lines)
            elif self._differing == MOST_TOLD + 1:
                self._tell("further differences are only counted")
        self._due = max(self._due, loop.time())

    async def _speak(self, say: Say) -> None:
        await self._pause(say.pause)
        self._values.repeated(say.message)
        if self._tap.is_open:
            self._tap.send_now(say.message.type, self._values.replaced(say.message))
            try:
                await self._tap.drain()
            except OSError:
                return  # its end is told
            self._sent += say.message.type not in (PING, PONG)

    async def _pause(self, seconds: float) -> None:
        if self._tap.is_open and not isinf(self._speed):
            self._due += seconds / self._speed
            await asyncio.sleep(max(self._due - asyncio.get_running_loop().time(), 0.0))

    async def _end(self, over: Over, *, broke: bool) -> None:
        """End as the server did; where the client did, it is waited for."""
        closed = over.closed
        if (closed is not None and closed.by == "us" and not broke) or not self._tap.is_open:
            return
        await self._pause(over.pause)
        self._silent = True
        if over.body is not None:
            code, reason = close_parts(over.body)
            if over.body and not sendable(code):
                self._tap.transport.write(write_frame(over.body, CLOSE))
                self._tap.transport.close()
            else:
                self._tap.close_now(code if over.body else None, reason)
        elif closed is not None and closed.by == "nobody":
            self._tap.abort()
        elif closed is not None and closed.by == "peer":
            code = closed.code if sendable(closed.code) else 1000
            self._tap.close_now(code, closed.reason)
        else:
            self._tap.close_now(1000, AT_THE_END)

    def _tell(self, words: str, lines: tuple[str, ...] = ()) -> None:
        shown = folded(tuple(map(self._mask.swift, lines)))
        below = [inert_line(f"    {sign}{text}".rstrip()) for sign, text in shown]
        self._say("".join(f"{line}\n" for line in [f"● client {self._client}: {self._mask.swift(words)}", *below]))

    def _tell_end(self, closed: Closed, *, is_played: bool) -> None:
        facts = [f"{self._sent:,} sent, {self._came:,} came"]
        if self._differing:
            facts.append(f"{self._differing:,} not as recorded")
        more = self._more + len(self._held)
        if more:
            facts.append(f"{more:,} {'more than recorded' if is_played else 'ahead of their time'}")
        how = {"peer": "closed by the client", "us": "closed by us", "nobody": "connection lost"}[closed.by]
        self._tell(f"{how}; {', '.join(facts)}")
