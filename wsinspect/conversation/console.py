"""A conversation at a prompt: what comes is drawn above it, what is typed is sent or done. Loaded only where wanted.

Draws nothing itself, `board` does, and does no command, `deeds` does. Knows no connection beyond the one at hand.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Iterator

from wsinspect.asked import repeatable, secrets_asked
from wsinspect.compose import compose
from wsinspect.conversation.board import Board
from wsinspect.conversation.deeds import Deeds, Helm
from wsinspect.conversation.figures import Figures
from wsinspect.conversation.script import SENDERS
from wsinspect.conversation.slash import choices, json_objection, slash
from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import Exit, InspectError
from wsinspect.events import Batch, Moment
from wsinspect.files import state_path
from wsinspect.net.session import Session
from wsinspect.outgoing import Close, Message, Outgoing
from wsinspect.render.safe import neutral
from wsinspect.render.status import Status, status_line
from wsinspect.term.history import HISTORY, HistoryFile
from wsinspect.term.modes import GIVEN_BACK
from wsinspect.term.named_files import files_like, read_whole
from wsinspect.term.prompt import Offer, Prompt, Refusal
from wsinspect.term.screen import on_one_terminal
from wsinspect.term.sink import Sink
from wsinspect.vocabulary import WSMsgType

SIFTED = 256
"""Rows that a filter looks at before others get a turn."""
REST_S = 0.5
"""So long a terminal may take for what is under way to it when the rest is given up."""
LONGEST = 2000
"""Characters of a line that are shown again where it was not sent."""


class Console:
    """Owns the terminal from `begin` to `leave`."""

    def __init__(
        self, wishes: Wishes, viewer: Viewer, voice: Voice, sink: Sink, clock: Callable[[], Moment], helm: Helm
    ) -> None:
        self._wishes = wishes
        self._viewer = viewer
        self._voice = voice
        self._sink = sink
        self._clock = clock
        self._helm = helm
        self._figures = Figures(clock().mono)
        self._history = HistoryFile(state_path(os.environ, HISTORY))
        self._prompt = Prompt(self, self._history, sink.push, sink.settled)
        self._board = Board(viewer, sink, clock, self._prompt.above, self._prompt.refresh, self._prompt.clear)
        keeps_frames = wishes.recorded is not None and wishes.recorded.frames
        self._deeds = Deeds(
            viewer, self._board, self._figures, clock, helm, keeps_frames=keeps_frames, hides=not wishes.show_secrets
        )
        self._outbox: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._objected = ""
        """A text that was told to be no JSON: once more, and it is sent."""

        self._tasks: list[asyncio.Task[None]] = []
        self._prompting: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Show the prompt, and take over what is shown and said."""
        self._viewer.instead = self.take
        if on_one_terminal(sys.stdout, sys.stderr):
            self._voice.instead = self.say
        self._prompting = self._deeds.start(self._prompt.run())
        self._prompting.add_done_callback(self._gone)
        self._tasks = [self._deeds.start(self._board.run()), self._deeds.start(self._send())]

    def _gone(self, task: "asyncio.Task[None]") -> None:
        """The prompt ended; where nobody told it to, the terminal is gone."""
        if not self._deeds.leaving and not task.cancelled() and task.exception() is None:
            self._helm.stop(Exit.SIGHUP)

    def meet(self, session: Session) -> None:
        """Another connection is open."""
        self.know(session)
        self._deeds.meet(session)
        self._prompt.refresh()

    def know(self, session: Session) -> None:
        """Learn what must not be saved of a connection."""
        self._deeds.know(session)
        handshake = session.handshake
        self._history.know(repeatable(secrets_asked(handshake) | handshake.secrets))

    async def drained(self) -> None:
        """Wait until all that came is drawn; what a pause held back too, unless the user wants to leave."""
        if self._board.paused and self._deeds.leaving:
            self._board.drop()
        self._board.resume()
        await self._board.drained()

    async def leave(self) -> None:
        """Draw what is left, take the prompt away, and give back what was taken over."""
        assert self._prompting is not None
        await self._deeds.end()
        if not self._prompting.done():
            await self.drained()
        self._deeds.leaving = True
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        typed = self._prompt.typed.strip()
        self._prompt.keep()
        self._prompt.leave()
        await asyncio.wait([self._prompting])
        # What is said next goes another way: it must not overtake.
        await self._sink.settled()
        self._viewer.instead = self._voice.instead = None
        if self._sink.given_up:
            # What the prompt wrote at its end went nowhere.
            await self._sink.rested(REST_S)
            self._voice.say(GIVEN_BACK)
        if typed:
            shown = neutral(typed)
            self._voice.notice(f"not sent: {shown if len(shown) <= LONGEST else f'{shown[:LONGEST]}…'}")

    # What comes.

    async def take(self, batch: Batch) -> None:
        """Count and keep a batch, and have it drawn."""
        self._figures.add(batch)
        self._deeds.kept.add(batch)
        filter = self._deeds.filter
        sieves = [sieve for sieve in (self._viewer.sieve, filter and filter[1]) if sieve is not None]
        if not sieves:
            self._board.put(batch)
            return
        # Judging is slow: keys get a turn in between, and the connection waits.
        for part in _parts(batch):
            for sieve in sieves:
                part = sieve(part)
            self._board.put(part)
            await asyncio.sleep(0)

    def say(self, text: str) -> None:
        """Have a text of ours drawn; where nothing can be drawn any more, it goes the usual way."""
        if self._sink.failure is None:
            self._board.say(text)
        else:
            self._voice.instead = None
            self._voice.say(text)

    # What is typed.

    def entered(self, text: str) -> Refusal | None:
        """Do or send a line; what is not taken stays where it was typed."""
        text = text.rstrip("\n")
        try:
            command = slash(text)
            if command is not None:
                self._deeds.do(command.name, command.rest)
                return None
            objection = json_objection(text)
            only_json = self._wishes.sending.json
            if objection is not None and (only_json or text != self._objected):
                self._objected = text
                note, position = objection
                return Refusal(note if only_json else f"{note} (Enter again sends it anyway)", position)
            self._post(self._composed(text))
        except InspectError as fault:
            told = [fault.message, *fault.excerpt, fault.hint]
            return Refusal("\n".join([neutral(sentence) for sentence in told if sentence]))
        self._objected = ""
        return None

    def _composed(self, text: str) -> Outgoing:
        outgoing = compose(text, reads=read_whole, dialect=self._viewer.look.tongue.dialect)
        if self._wishes.sending.binary and isinstance(outgoing, Message) and not text.startswith("/"):
            return outgoing._replace(type=WSMsgType.BINARY)
        return outgoing

    def _post(self, outgoing: Outgoing) -> None:
        session = self._helm.session
        if session is None or not session.open:
            raise InspectError("not sent: no connection is open", hint="/reconnect opens it again")
        if isinstance(outgoing, Close):
            self._deeds.leaving = True
        else:
            self._deeds.last = outgoing
        self._outbox.put_nowait(outgoing)

    async def _send(self) -> None:
        """Send what was typed, in order, each when the peer has room for it."""
        while True:
            outgoing = await self._outbox.get()
            session = self._helm.session
            if session is None or not session.open:
                self._deeds.tell("a message was not sent: the connection closed before")
            else:
                await SENDERS[type(outgoing)](session, outgoing)

    def interrupted(self) -> None:
        """Ctrl-C on an empty line."""
        self._deeds.interrupt()

    def left(self) -> None:
        """Ctrl-D on an empty line."""
        self._deeds.leave()

    def offers(self, before: str) -> Iterator[Offer]:
        """Return how what is typed can go on."""
        for choice in choices(before, files_like):
            yield Offer(choice.text, -choice.typed, neutral(choice.shown), choice.help)

    def status(self, columns: int) -> str:
        """Return the bottom line."""
        session = self._helm.session
        state = "○ not connected" if session is None else "● open" if session.open else "○ closing"
        mono = self._clock().mono
        figures, deeds = self._figures, self._deeds
        tally = figures.tally
        filtered = f"filter {neutral(deeds.filter[0])}" if deeds.filter is not None else ""
        status = Status(
            state,
            tally.messages["in"],
            tally.messages["out"],
            sum(tally.payload.values()),
            tuple(figures.pace.counts(mono)),
            figures.pace.rate(mono),
            figures.ping_s,
            self._board.waiting if self._board.paused else None,
            tuple(filter(None, (self._helm.recording, deeds.progress, filtered))),
        )
        return status_line(status, columns)


def _parts(batch: Batch) -> Iterable[Batch]:
    rows = batch.rows
    if len(rows) <= SIFTED:
        return [batch]
    parts = [rows[start : start + SIFTED] for start in range(0, len(rows), SIFTED)]
    return [Batch(batch.at, batch.direction, part, uniform=batch.uniform) for part in parts]
