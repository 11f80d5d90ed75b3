"""A replay from opening to outcome: the client's side of a recording is sent, what comes back is compared.

Three things go on at once: the recording is read ahead, what our side said is sent when its time has come, and what
comes is compared. Knows no flag and no form of telling the outcome.
"""

import asyncio
from collections.abc import Callable
from math import isinf
from typing import NamedTuple

from wsinspect.asked import mask_of
from wsinspect.comparing.comparison import Comparison, Replies
from wsinspect.comparing.cues import Over, Say, message_of
from wsinspect.comparing.facts import asked_facts, end_fact, status_fact
from wsinspect.comparing.outcome import Outcome
from wsinspect.comparing.values import Values
from wsinspect.connecting import Connecting
from wsinspect.conversation.opening import Opening, hear_faults, hear_of
from wsinspect.conversation.voice import Voice
from wsinspect.errors import Exit, InspectError
from wsinspect.events import CLOSE, CLOSING, DATA, Batch, Closed, Handshake, Moment, close_parts
from wsinspect.net.opening import open_session
from wsinspect.net.session import Session
from wsinspect.net.unopened import HandshakeRefused
from wsinspect.redact import HIDDEN
from wsinspect.replaying.ahead import Ahead
from wsinspect.replaying.feed import Feed
from wsinspect.replaying.waiting import Bell
from wsinspect.replaying.wishes import Playing
from wsinspect.term.signals import heeding
from wsinspect.vocabulary import WSMsgType
from wsinspect.wire.rules import sendable

SWITCHING = 101
GRACE_S = 0.3
"""Where as much came as had come, but not the same, so long it is waited for more."""

SHORT_S = 0.001

VAIN = 3
"""After so many vain waits, with nothing coming in between, it is given up."""

GRAVE = (Exit.LOST, Exit.VIOLATION, Exit.TIMEOUT, Exit.TOO_BIG)
"""Ends that tell more by their own exit code than that there is a difference."""


class Played(NamedTuple):
    """What a replay came to; ``outcome`` is None where it was stopped."""

    exit: int
    outcome: Outcome | None
    told: str = ""


class Replay:
    """Plays one connection of a recording, which began with ``handshake``; ``shown`` is given what goes over ours."""

    def __init__(
        self,
        handshake: Handshake,
        feed: Callable[[], Feed],
        connecting: Connecting,
        playing: Playing,
        clock: Callable[[], Moment],
        voice: Voice,
        shown: Callable[[Batch], None] = lambda batch: None,
        connected: Callable[[Handshake], None] = lambda handshake: None,
    ) -> None:
        self._handshake = handshake
        self._make_feed = feed
        self._connecting = connecting
        self._playing = playing
        self._clock = clock
        self._voice = voice
        self._shown = shown
        self._connected = connected
        self._values = Values()
        self._comparison = Comparison(self._values, playing.ignored, guesses=playing.guesses, shown=playing.shown)
        self._times = Replies()
        self._session: Session | None = None
        self._opening = Opening()
        self._stopped: Exit | None = None
        self._fault: Exception | None = None
        self._closing = False
        self._active = 0.0
        self._began = 0.0
        self._short = 0
        self._vain = 0
        self._sent = self._repeated = self._hidden = 0
        self._notes: list[str] = []

    async def run(self) -> Played:
        """Play it; raises `InspectError` where no connection came about, or the recording is damaged."""
        hear_faults(self._broken)
        self._bell = Bell()
        self._ahead = Ahead(self._handshake, self._values, self._comparison, self._bell, self._late)
        with heeding(self._signalled):
            if self._handshake.status not in (SWITCHING, 0):
                return await self._refused()
            session = await self._open()
            if session is None:
                assert self._stopped is not None
                return Played(self._stopped, None, "stopped before the connection was open")
            return await self._follow(session)

    # Opening.

    async def _open(self) -> Session | None:
        try:
            return await self._opening.open(open_session(self._connecting, self._clock, None, self._redirected))
        except InspectError as error:
            if not self._voice.shows_secrets:
                # What failures need is loaded when there is one.
                from wsinspect.conversation.failure import hush

                hush(error, self._connecting.secrets)
            raise

    def _redirected(self, handshake: Handshake, wanted: Connecting, following: Connecting) -> None:
        mask = mask_of(None) if self._voice.shows_secrets else mask_of(handshake, wanted.secrets)
        self._voice.notice(f"{handshake.status} redirects to {mask.swift(following.target.host)}")

    async def _refused(self) -> Played:
        """Ask again for what was refused in the recording."""
        now = 0
        try:
            session = await self._open()
        except HandshakeRefused as refusal:
            now = refusal.handshake.status
        else:
            if session is None:
                return Played(self._stopped or Exit.SIGINT, None, "stopped before the connection was open")
            now = session.handshake.status
            session.close(Exit.OK)
            async for _ in session.batches():
                pass
        outcome = self._outcome(None)._replace(handshake=(status_fact(self._handshake.status, now),))
        return Played(Exit.UNMET if outcome.differs else Exit.OK, outcome)

    # An open connection.

    async def _follow(self, session: Session) -> Played:
        self._session = session
        now = session.handshake
        self._connected(now)
        loop = asyncio.get_running_loop()
        self._began = self._active = loop.time()
        if self._stopped is not None:
            session.close(self._stopped)
        reading = asyncio.ensure_future(self._ahead.read(self._make_feed()))
        tasks = [reading, asyncio.ensure_future(self._play(session))]
        for task in tasks:
            hear_of(task, self._broken)
        try:
            async for batch in session.batches():
                self._shown(batch)
                await self._hear(batch, now)
        finally:
            self._ahead.is_over = True
            self._bell.ring()
            tasks[1].cancel()
            if self._stopped is not None or not self._playing.drains or self._fault is not None:
                reading.cancel()
            await asyncio.wait(tasks)
        if self._fault is not None:
            raise self._fault
        closed = session.closed
        assert closed is not None
        if self._stopped is not None:
            told = f"stopped: {self._sent:,} sent, {self._comparison.heard:,} came; nothing is compared"
            return Played(self._stopped, None, told)
        if self._sent < self._ahead.said:
            self._notes.append("the connection ended before all was sent")
        self._comparison.settle()
        outcome = self._outcome(closed)._replace(
            handshake=asked_facts(
                self._handshake,
                now,
                same_subprotocol=self._playing.same_subprotocol,
                same_extensions=self._playing.same_extensions,
            )
        )
        return Played(self._exit(outcome, closed), outcome)

    def _exit(self, outcome: Outcome, closed: Closed) -> int:
        if not outcome.differs:
            return Exit.OK
        if closed.exit in GRAVE and not all(fact.same for fact in outcome.end):
            return closed.exit
        return Exit.UNMET

    async def _let_read(self) -> None:
        """Let the recording be read on before more is taken: what comes faster than that is no difference."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._playing.within_s
        self._bell.ring()  # there may be room now
        while self._comparison.is_ahead and self._ahead.is_reading and loop.time() < deadline:
            await asyncio.sleep(SHORT_S)

    async def _hear(self, batch: Batch, now: Handshake) -> None:
        """Compare what came."""
        for type, payload, _ in batch.rows:
            if type in (CLOSE, CLOSING):
                self._closing = True
            elif type in DATA and batch.direction == "out":
                self._times.asked(batch.at.mono)
            elif type in DATA and not self._closing:
                self._times.answered(batch.at.mono)
                self._comparison.came(message_of(batch, type, payload, now.at.mono))
                self._active = asyncio.get_running_loop().time()
                self._vain = 0
                # A chunk that was compressed may hold thousands.
                if self._comparison.is_ahead:
                    await self._let_read()
        self._bell.ring()

    # Our part.

    async def _play(self, session: Session) -> None:
        """Send what our side said, each in its time, and end as it ended."""
        while isinstance(say := await self._ahead.next(), Say):
            await self._until_due(say.message.at, say.pause)
            if self._playing.in_step and not await self._until_heard(say.heard, say.quiet):
                self._give_up(session)
                return
            await self._send(session, say)
        await self._finish(session, say)

    async def _send(self, session: Session, say: Say) -> None:
        message = say.message
        payload = message.payload
        if self._playing.substitutes:
            if self._values.missing(message):
                await self._bell.until(
                    lambda: not self._values.missing(message), lambda: self._active + say.quiet + self._playing.within_s
                )
                if self._values.missing(message):
                    self._note_once("a value that the server makes anew did not come again: the recorded one was sent")
            payload = self._values.replaced(message)
        if not session.open:
            return
        await session.send(WSMsgType(message.type), payload)
        self._active = asyncio.get_running_loop().time()
        if message.type in DATA:
            self._sent += 1
            self._repeated += payload != message.payload
            if HIDDEN.encode() in message.payload:
                self._hidden += 1
                if self._hidden == 1:
                    self._voice.notice("a message holds *** where a secret was hidden: it is sent so")

    async def _until_due(self, at: float, pause: float) -> None:
        """Wait for the recorded time; in step, for the recorded pause."""
        due = self._active + self._scaled(pause) if self._playing.in_step else self._began + self._scaled(at)
        await asyncio.sleep(max(due - asyncio.get_running_loop().time(), 0.0))

    def _late(self, at: float) -> float:
        """Return until when what was heard at a time is waited for."""
        return max(self._active, self._began + self._scaled(at)) + self._playing.within_s

    def _scaled(self, seconds: float) -> float:
        return 0.0 if isinf(self._playing.speed) else seconds / self._playing.speed

    async def _until_heard(self, number: int, quiet: float) -> bool:
        """Wait until so many messages came; False where nothing comes any more."""
        loop = asyncio.get_running_loop()
        comparison, within_s = self._comparison, self._playing.within_s
        met = await self._bell.until(
            lambda: comparison.heard + self._short >= number, lambda: self._active + quiet + within_s
        )
        if not met:
            lacking = number - comparison.heard - self._short
            self._short += lacking
            self._vain += 1
            heard = f"{comparison.heard:,} message{'' if comparison.heard == 1 else 's'}"
            self._note_once(
                f"after {heard} the next did not come within {within_s:g} s more than it had taken: went on without"
            )
            # Whoever waits next has its own patience.
            self._active = loop.time()
            return self._vain < VAIN
        if comparison.recorded - comparison.waiting < number:
            # As many came, but not the same: what belongs to it may be under way.
            began = loop.time()
            await self._bell.until(
                lambda: comparison.recorded - comparison.waiting >= number,
                lambda: max(self._active, began - GRACE_S) + GRACE_S,
            )
        return True

    async def _finish(self, session: Session, over: Over) -> None:
        """Hear what is still to come, and end as it ended."""
        await self._until_heard(over.heard, over.quiet)
        closed = over.closed
        ends_ourselves = closed is None or (closed.by == "us" and self._ahead.part.violation is None)
        if ends_ourselves:
            if over.body is not None:
                await self._until_due(over.at, over.pause)
            code, reason = close_parts(over.body) if over.body is not None else (1000, "")
            empty = over.body == b""
            if not empty and not sendable(code):
                self._note_once(f"the close code {code} must not be sent: 1000 was, instead")
                code = 1000
            session.close(Exit.OK, "", None if empty else code, reason)
            return
        within_s = over.pause + self._playing.within_s
        if not await self._bell.until(lambda: self._closing, lambda: self._active + within_s):
            self._note_once(f"the server did not end the connection within {within_s:.1f} s")
            session.close(Exit.OK)

    def _give_up(self, session: Session) -> None:
        self._note_once("the server does not answer any more: stopped")
        session.close(Exit.OK)

    def _note_once(self, note: str) -> None:
        if note not in self._notes and len(self._notes) < 20:
            self._notes.append(note)

    # What it came to.

    def _outcome(self, closed: Closed | None) -> Outcome:
        comparison = self._comparison
        over = self._ahead.end
        recorded = over.closed if over is not None else None
        took = self._clock().mono - self._session.handshake.at.mono if self._session is not None else 0.0
        notes = list(self._notes)
        if self._ahead.part.reopened:
            notes.append("the recording goes on with a connection that was opened again; that is not played")
        if self._ahead.part.violation is not None:
            notes.append(f"in the recording the server broke the protocol: {self._ahead.part.violation.sentence}")
        ends = () if recorded is None or closed is None else (end_fact(recorded, closed, self._handshake.at.wall),)
        return Outcome(
            self._connecting.target.url,
            (),
            comparison.recorded,
            comparison.heard,
            comparison.same,
            {kind: number for kind, number in comparison.counts.items() if number},
            tuple(comparison.differences),
            ends,
            (recorded, closed),
            comparison.masked,
            (comparison.ignored[0], comparison.ignored[1]),
            (self._ahead.times.median, self._times.median),
            len(self._times.times),
            self._sent,
            self._ahead.said,
            self._repeated,
            self._hidden,
            (over.at if over is not None else 0.0, took),
            tuple(notes),
            self._playing.any_order,
        )

    # What ends it from outside.

    def _signalled(self, exit: Exit) -> None:
        """Close on the first signal, leave on the second."""
        again = self._stopped is not None
        self._stopped = self._stopped or exit
        self._opening.give_up()
        if self._session is not None:
            self._session.close(exit)
            if again:
                self._session.abort()

    def _broken(self, fault: Exception) -> None:
        """A fault of ours, or of the recording: close, and raise it at the end."""
        self._fault = self._fault or fault
        if self._session is not None:
            if isinstance(fault, InspectError):
                self._session.close(fault.exit)
            else:
                self._session.broken(fault)
