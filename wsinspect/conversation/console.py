"""A conversation at a prompt: what comes is drawn above it, what is typed is sent or done. Loaded only where wanted.

Draws nothing itself (`board` does) and knows no connection beyond the session at hand; what is asked of the
conversation as a whole is `Helm`'s.
"""

import asyncio
import contextlib
import glob
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, Protocol

from wsinspect.compose import compose
from wsinspect.conversation.board import Board
from wsinspect.conversation.figures import Figures
from wsinspect.conversation.kept import Kept, lines
from wsinspect.conversation.script import SENDERS
from wsinspect.conversation.slash import Repeat, choices, help_text, json_objection, on_or_off, repeat_of, slash
from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import Exit, InspectError
from wsinspect.events import Batch, Moment
from wsinspect.net.session import Session
from wsinspect.outgoing import Close, Message, Outgoing
from wsinspect.payload_files import read_payload
from wsinspect.registry import FORMATS
from wsinspect.render.lines import size_text
from wsinspect.render.safe import neutral
from wsinspect.render.status import Status, status_line
from wsinspect.term.history import HistoryFile, history_path
from wsinspect.term.newfile import new_file, write_all
from wsinspect.term.prompt import Offer, Prompt, Refusal
from wsinspect.term.screen import is_terminal, reason_of
from wsinspect.term.sink import Sink
from wsinspect.vocabulary import WSMsgType

SIFTED = 256
"""Rows that a filter looks at before others get a turn."""
FILES = 200
"""Names of files that are offered."""
LONGEST = 2000
"""Characters of a line that are shown again where it was not sent."""


class Helm(Protocol):
    """What a prompt may ask of the conversation."""

    @property
    def session(self) -> Session | None:
        """The connection at hand, None between two."""

    def interrupted(self) -> None:
        """Ctrl-C: close, or leave at once if that was said already."""

    def stop(self, exit: Exit) -> None:
        """Close and leave."""

    def reopen(self) -> None:
        """Close the connection, and open it again."""

    def broken(self, fault: Exception) -> None:
        """A fault of ours."""


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
        self._kept = Kept()
        self._prompt = Prompt(self, HistoryFile(history_path(os.environ)), sink.push, sink.settled)
        self._board = Board(viewer, sink, clock, self._prompt.above, self._prompt.refresh)
        self._commands: dict[str, Callable[[str], None]] = {
            "help": self._help,
            "repeat": self._repeat,
            "filter": self._filter_by,
            "frames": self._show_frames,
            "pause": self._pause,
            "resume": self._resume,
            "save": self._save,
            "stats": self._stats,
            "reconnect": self._reconnect,
            "quit": self._quit,
        }
        self._outbox: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._last: Outgoing | None = None
        self._objected = ""
        """A text that was told to be no JSON: once more, and it is sent."""

        self._filter: tuple[str, Callable[[Batch], Batch]] | None = None
        self._frames: bool | None = None
        self._repeating: asyncio.Task[None] | None = None
        self._progress = ""
        self._leaving = False
        self._tasks: list[asyncio.Task[None]] = []
        self._saving: set[asyncio.Task[None]] = set()
        self._prompting: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Show the prompt, and take over what is shown and said."""
        self._viewer.instead = self.take
        if is_terminal(sys.stderr):
            self._voice.instead = self.say
        self._prompting = self._started(self._prompt.run())
        self._prompting.add_done_callback(self._gone)
        self._tasks = [self._started(self._board.run()), self._started(self._send())]

    def _started(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._fault_in)
        return task

    def _fault_in(self, task: "asyncio.Task[None]") -> None:
        fault = None if task.cancelled() else task.exception()
        if isinstance(fault, Exception):
            self._helm.broken(fault)

    def _gone(self, task: "asyncio.Task[None]") -> None:
        """The prompt ended; where nobody told it to, the terminal is gone."""
        if not self._leaving and not task.cancelled() and task.exception() is None:
            self._helm.stop(Exit.SIGHUP)

    async def drained(self) -> None:
        """Wait until all that came is drawn; after a pause that too, unless the user wants to leave."""
        if self._board.paused:
            if self._leaving:
                self._board.drop()
            self._board.resume()
        await self._board.drained()

    async def leave(self) -> None:
        """Draw what is left, take the prompt away, and give back what was taken over."""
        if self._repeating is not None:
            self._repeating.cancel()
        if self._saving:
            await asyncio.wait(self._saving)
        if self._prompting is not None and not self._prompting.done():
            await self.drained()
        self._leaving = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        typed = self._prompt.typed
        self._prompt.keep()
        self._prompt.leave()
        if self._prompting is not None:
            await asyncio.wait([self._prompting])
        # What is said next goes another way: it must not overtake.
        await self._sink.settled()
        self._viewer.instead = self._voice.instead = None
        if typed.strip():
            shown = neutral(typed.strip())
            shown = shown if len(shown) <= LONGEST else shown[:LONGEST] + "…"
            self._voice.notice(f"not sent: {shown}")

    # What comes.

    async def take(self, batch: Batch) -> None:
        """Count and keep a batch, and have it drawn."""
        self._figures.add(batch)
        self._kept.add(batch)
        sieves = [sieve for sieve in (self._viewer.sieve, self._filter and self._filter[1]) if sieve is not None]
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
        """Have a text of ours drawn."""
        if self._sink.failure is None:
            self._board.say(text)
        else:
            self._voice.instead = None
            self._voice.say(text)

    def _tell(self, text: str) -> None:
        style = self._viewer.look.palette
        self._board.say(f"{style.dim}● {text}{style.reset}\n")

    # What is typed.

    def entered(self, text: str) -> Refusal | None:
        """Do or send a line; what is not taken stays where it was typed."""
        text = text.rstrip("\n")
        try:
            command = slash(text)
            if command is not None:
                self._commands[command.name](command.rest)
                return None
            objection = json_objection(text)
            if objection is not None and (text != self._objected or self._wishes.sending.json):
                self._objected = text
                note, position = objection
                anyway = "" if self._wishes.sending.json else " (Enter again sends it anyway)"
                return Refusal(f"{note}{anyway}", position)
            self._post(self._composed(text))
        except InspectError as fault:
            sentences = [fault.message, *fault.excerpt, fault.hint]
            return Refusal("\n".join([neutral(sentence) for sentence in sentences if sentence]))
        self._objected = ""
        return None

    def _composed(self, text: str) -> Outgoing:
        outgoing = compose(text, reads=_read, dialect=self._viewer.look.tongue.dialect)
        if self._wishes.sending.binary and isinstance(outgoing, Message) and not text.startswith("/"):
            return outgoing._replace(type=WSMsgType.BINARY)
        return outgoing

    def _post(self, outgoing: Outgoing) -> None:
        session = self._helm.session
        if session is None or not session.open:
            raise InspectError("not sent: no connection is open", hint="/reconnect opens it again")
        if isinstance(outgoing, Close):
            self._leaving = True
        else:
            self._last = outgoing
        self._outbox.put_nowait(outgoing)

    async def _send(self) -> None:
        """Send what was typed, in order, each when the peer has room for it."""
        while True:
            outgoing = await self._outbox.get()
            session = self._helm.session
            if session is None or not session.open:
                self._tell("a message was not sent: the connection closed before")
            else:
                await SENDERS[type(outgoing)](session, outgoing)

    def interrupted(self) -> None:
        """Ctrl-C on an empty line."""
        if self._repeating is not None:
            self._stop_repeating()
        else:
            self._leaving = True
            self._helm.interrupted()

    def left(self) -> None:
        """Ctrl-D on an empty line."""
        self._leaving = True
        self._helm.stop(Exit.OK)

    def offers(self, before: str) -> Iterator[Offer]:
        """Return how what is typed can go on."""
        for choice in choices(before, _files):
            yield Offer(choice.text, -choice.typed, neutral(choice.shown), choice.help)

    def status(self, columns: int) -> str:
        """Return the bottom line."""
        session = self._helm.session
        state = "○ not connected" if session is None else "● open" if session.open else "○ closing"
        mono = self._clock().mono
        figures = self._figures
        tally = figures.tally
        remarks = [self._progress] if self._progress else []
        if self._filter is not None:
            remarks.append(f"filter {neutral(self._filter[0])}")
        status = Status(
            state,
            tally.messages["in"],
            tally.messages["out"],
            sum(tally.payload.values()),
            tuple(figures.pace.counts(mono)),
            figures.pace.rate(mono),
            figures.ping_s,
            self._board.waiting if self._board.paused else None,
            tuple(remarks),
        )
        return status_line(status, columns)

    # The commands of `slash.COMMANDS`, by name.

    def _help(self, rest: str) -> None:
        self._board.say(help_text(self._viewer.look))

    def _quit(self, rest: str) -> None:
        self.left()

    def _reconnect(self, rest: str) -> None:
        self._helm.reopen()

    def _pause(self, rest: str) -> None:
        if not self._board.paused:
            self._board.pause()

    def _resume(self, rest: str) -> None:
        if self._board.paused:
            self._board.resume()

    def _filter_by(self, rest: str) -> None:
        self._filter = (rest, _sieve_of(rest)) if rest else None
        self._tell(f"showing what matches {neutral(rest)}" if rest else "showing everything")

    def _show_frames(self, rest: str) -> None:
        self._frames = on_or_off(rest)
        self._viewer.change(frames=self._frames)
        self.meet(self._helm.session)

    def meet(self, session: Session | None) -> None:
        """A connection is at hand: it is told what was asked for by command."""
        if session is not None and self._frames is not None:
            session.show_frames(self._frames)
        self._prompt.refresh()

    def _stats(self, rest: str) -> None:
        style = self._viewer.look.palette
        rows = self._figures.report(self._clock().mono, self._board.missing)
        self._board.say("".join([f"  {style.bold}{name:<9}{style.reset}  {figures}\n" for name, figures in rows]))

    def _repeat(self, rest: str) -> None:
        repeat = repeat_of(rest)
        if self._repeating is not None:
            self._stop_repeating()
        if repeat is None:
            return
        if self._last is None:
            raise InspectError("nothing was sent yet that could be repeated")
        self._repeating = self._started(self._repeat_on(self._last, repeat))
        self._repeating.add_done_callback(self._repeated)

    async def _repeat_on(self, outgoing: Outgoing, repeat: Repeat) -> None:
        for number in range(1, repeat.times + 1):
            session = self._helm.session
            if session is None or not session.open:
                self._tell(f"stopped repeating after {number - 1} of {repeat.times}: no connection is open")
                return
            self._progress = f"repeating {number}/{repeat.times}"
            await SENDERS[type(outgoing)](session, outgoing)
            await asyncio.sleep(repeat.every_s if number < repeat.times else 0)

    def _repeated(self, task: "asyncio.Task[None]") -> None:
        if self._repeating is task:
            self._repeating, self._progress = None, ""

    def _stop_repeating(self) -> None:
        if self._repeating is not None:
            self._tell(f"stopped {self._progress}")
            self._repeating.cancel()
            self._repeating, self._progress = None, ""

    def _save(self, rest: str) -> None:
        if not rest:
            raise InspectError("/save takes the name of a file", hint="write /save seen.ndjson")
        descriptor = new_file(rest)
        task = self._started(self._write(descriptor, rest))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)

    async def _write(self, descriptor: int, path: str) -> None:
        batches, missing = self._kept.batches(), self._kept.missing
        look = self._viewer.look._replace(frames=True)
        render = FORMATS.load("ndjson")(look)
        messages = sum([batch.messages for batch in batches])
        try:
            size = await asyncio.to_thread(write_all, descriptor, lines(batches, render))
        except OSError as fault:
            self._tell(f"cannot write {neutral(path)}: {reason_of(fault)}")
            return
        older = f"; {missing:,} older ones were not kept" if missing else ""
        plural = "" if messages == 1 else "s"
        self._tell(f"saved {messages:,} message{plural}, {size_text(size)}, to {neutral(path)}{older}")


def _parts(batch: Batch) -> Iterable[Batch]:
    rows = batch.rows
    if len(rows) <= SIFTED:
        return [batch]
    parts = [rows[start : start + SIFTED] for start in range(0, len(rows), SIFTED)]
    return [Batch(batch.at, batch.direction, part, uniform=batch.uniform) for part in parts]


def _sieve_of(text: str) -> Callable[[Batch], Batch]:
    # JMESPath is loaded where somebody filters.
    from wsinspect.filters.expression import condition
    from wsinspect.filters.looking import Looking
    from wsinspect.filters.sieve import sieve

    sifting = sieve(Looking(where=(condition(text),)))
    assert sifting is not None
    return sifting


def _read(path: str) -> bytes:
    """Return what a file holds; one that might never end is not waited for here."""
    if os.path.exists(os.path.expanduser(path)) and not os.path.isfile(os.path.expanduser(path)):
        raise InspectError(f"cannot read `{path}`: it is no file", hint="@ names a file; @@ sends an @")
    return read_payload(path)


def _files(typed: str) -> list[str]:
    """Return the names of files that begin like this; folders end in a slash."""
    folder, _, name = typed.rpartition("/")
    base = os.path.expanduser(f"{folder}/") if "/" in typed else ""
    found = []
    with contextlib.suppress(OSError, ValueError):
        for path in sorted(glob.glob(f"{glob.escape(base + name)}*"))[:FILES]:
            shown = path[len(base) :] if base else path
            if shown.isprintable():
                found.append(f"{typed[: len(typed) - len(name)]}{shown}{'/' if os.path.isdir(path) else ''}")
    return found
