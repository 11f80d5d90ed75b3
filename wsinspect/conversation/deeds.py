"""What the commands of a prompt do, by the names of `slash.COMMANDS`. Draws nothing, and reads no key."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from wsinspect.asked import repeatable, secrets_asked
from wsinspect.conversation.board import Board
from wsinspect.conversation.figures import Figures
from wsinspect.conversation.kept import Kept, lines
from wsinspect.conversation.script import SENDERS
from wsinspect.conversation.slash import Repeat, help_text, on_or_off, repeat_of
from wsinspect.conversation.viewer import Viewer
from wsinspect.errors import Exit, InspectError
from wsinspect.events import Batch, Moment
from wsinspect.net.session import Session
from wsinspect.outgoing import Outgoing
from wsinspect.registry import FORMATS
from wsinspect.render.lines import size_text
from wsinspect.render.safe import neutral
from wsinspect.term.named_files import new_file, write_all
from wsinspect.term.screen import reason_of


class Helm(Protocol):
    """What a prompt may ask of the conversation."""

    @property
    def session(self) -> Session | None:
        """The connection at hand, None between two."""

    @property
    def recording(self) -> str:
        """What is to be said of a recording as it goes on; empty where there is none."""

    def interrupted(self) -> None:
        """Ctrl-C: close, or leave at once if that was said already."""

    def stop(self, exit: Exit) -> None:
        """Close and leave."""

    def reopen(self) -> None:
        """Close the connection, and open it again."""

    def broken(self, fault: Exception) -> None:
        """A fault of ours."""


class Deeds:
    """Does commands. ``last`` is what was sent last, and may be sent again; ``keeps_frames`` where others want frames,
    whether they are shown or not; ``hides`` tells to keep secrets of handshakes out of files.
    """

    def __init__(
        self,
        viewer: Viewer,
        board: Board,
        figures: Figures,
        clock: Callable[[], Moment],
        helm: Helm,
        *,
        keeps_frames: bool = False,
        hides: bool = True,
    ) -> None:
        self._viewer = viewer
        self._board = board
        self._figures = figures
        self._clock = clock
        self._helm = helm
        self._keeps_frames = keeps_frames
        self._hides = hides
        self._secrets: set[str] = set()
        """Those of all handshakes: what was kept of these does not hold them."""

        self.kept = Kept()
        self.last: Outgoing | None = None
        self.leaving = False
        """The user wants to leave."""

        self.filter: tuple[str, Callable[[Batch], Batch]] | None = None
        """A condition as it was typed, and what holds batches against it."""

        self.progress = ""
        """How far a repetition has come."""

        self._frames: bool | None = None
        self._repeating: asyncio.Task[None] | None = None
        self._saving: set[asyncio.Task[None]] = set()
        self._commands: dict[str, Callable[[str], None]] = {
            "help": lambda rest: board.say(help_text(viewer.look)),
            "repeat": self._repeat,
            "filter": self._show_only,
            "frames": self._show_frames,
            "pause": lambda rest: board.pause(),
            "resume": lambda rest: board.resume(),
            "save": self._save,
            "stats": self._stats,
            "reconnect": lambda rest: helm.reopen(),
            "quit": lambda rest: self.leave(),
        }

    def do(self, name: str, rest: str) -> None:
        """Do a command; raises `InspectError` where it cannot be done."""
        self._commands[name](rest)

    def leave(self) -> None:
        """Close with 1000, and leave with exit 0."""
        self.leaving = True
        self._helm.stop(Exit.OK)

    def interrupt(self) -> None:
        """Stop repeating; where nothing is repeated, close and leave."""
        if self._repeating is not None:
            self._stop_repeating()
        else:
            self.leaving = True
            self._helm.interrupted()

    def meet(self, session: Session) -> None:
        """Tell a new connection what was asked for by command."""
        self.leaving = False
        if self._frames is not None:
            session.show_frames(self._frames or self._keeps_frames)

    def know(self, session: Session) -> None:
        """Learn the secrets of a connection."""
        handshake = session.handshake
        if self._hides:
            self._secrets |= repeatable(secrets_asked(handshake) | handshake.secrets)

    async def end(self) -> None:
        """Stop what goes on by itself; what is being saved is saved."""
        self._stop_repeating()
        if self._saving:
            await asyncio.wait(self._saving)

    def tell(self, text: str) -> None:
        """Say a line of ours above the prompt."""
        style = self._viewer.look.palette
        self._board.say(f"{style.dim}● {text}{style.reset}\n")

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Have something done meanwhile; a fault in it is one of ours."""
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._fault_in)
        return task

    def _fault_in(self, task: "asyncio.Task[None]") -> None:
        fault = None if task.cancelled() else task.exception()
        if isinstance(fault, Exception):
            self._helm.broken(fault)

    # The commands that need more than a line.

    def _show_only(self, rest: str) -> None:
        self.filter = (rest, _sieve_of(rest)) if rest else None
        self.tell(f"showing only what matches {neutral(rest)}" if rest else "showing everything")

    def _show_frames(self, rest: str) -> None:
        self._frames = on_or_off(rest)
        self._viewer.change(frames=self._frames)
        if self._helm.session is not None:
            self._helm.session.show_frames(self._frames or self._keeps_frames)

    def _stats(self, rest: str) -> None:
        style = self._viewer.look.palette
        rows = self._figures.report(self._clock().mono, self._board.missing)
        self._board.say("".join([f"  {style.bold}{name:<9}{style.reset}  {figures}\n" for name, figures in rows]))

    def _repeat(self, rest: str) -> None:
        repeat = repeat_of(rest)
        self._stop_repeating()
        if repeat is None:
            return
        if self.last is None:
            raise InspectError("nothing was sent yet that could be repeated")
        task = self._repeating = self.start(self._repeat_on(self.last, repeat))
        task.add_done_callback(self._repeated)

    async def _repeat_on(self, outgoing: Outgoing, repeat: Repeat) -> None:
        for number in range(1, repeat.times + 1):
            session = self._helm.session
            if session is None or not session.open:
                self.tell(f"stopped repeating after {number - 1} of {repeat.times}: no connection is open")
                return
            self.progress = f"repeating {number:,}/{repeat.times:,}"
            await SENDERS[type(outgoing)](session, outgoing)
            if number < repeat.times:
                await asyncio.sleep(repeat.every_s)

    def _repeated(self, task: "asyncio.Task[None]") -> None:
        if self._repeating is task:
            self._repeating, self.progress = None, ""

    def _stop_repeating(self) -> None:
        if self._repeating is not None:
            self.tell(f"stopped {self.progress or 'repeating'}")
            self._repeating.cancel()
            self._repeating, self.progress = None, ""

    def _save(self, rest: str) -> None:
        if not rest:
            raise InspectError("/save takes the name of a file", hint="write /save seen.ndjson")
        task = self.start(self._write(new_file(rest), neutral(rest)))
        self._saving.add(task)
        task.add_done_callback(self._saving.discard)

    async def _write(self, descriptor: int, name: str) -> None:
        batches, missing = self.kept.batches(), self.kept.missing
        # What hides secrets is loaded where something is saved.
        from wsinspect.recordings.hiding import Hiding

        render = FORMATS.load("ndjson")(self._viewer.look._replace(frames=True))
        hidden = Hiding(self._secrets, shows_asked=not self._hides).every(batches)
        messages = sum([batch.messages for batch in batches])
        try:
            size = await asyncio.to_thread(write_all, descriptor, lines(hidden, render))
        except OSError as fault:
            self.tell(f"cannot write {name}: {reason_of(fault)}")
            return
        older = f"; {missing:,} older ones were not kept" if missing else ""
        self.tell(f"saved {messages:,} message{'' if messages == 1 else 's'} to {name}, {size_text(size)}{older}")


def _sieve_of(text: str) -> Callable[[Batch], Batch]:
    # JMESPath is loaded where somebody filters.
    from wsinspect.filters.expression import condition
    from wsinspect.filters.looking import Looking
    from wsinspect.filters.sieve import sieve

    sifting = sieve(Looking(where=(condition(text),)))
    assert sifting is not None
    return sifting
