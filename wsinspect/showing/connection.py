"""One connection of a recording as it is shown: what is said of it, what is seen, its end. Writes nothing itself."""

from collections.abc import Callable
from typing import Any, NamedTuple

from wsinspect.close_codes import Tongue
from wsinspect.conversation.last_words import first_words, last_words
from wsinspect.conversation.view import View
from wsinspect.conversation.wishes import Wishes
from wsinspect.counting import gate_of
from wsinspect.events import CLOSED, GAP, HANDSHAKE, Batch, Closed, Handshake, Step, Tally
from wsinspect.render.pieces import Shown
from wsinspect.render.summary import unended, unopened
from wsinspect.timeline import Timeline

REFUSED = 200
"""The status of HTTP from which on an answer opens no connection."""


class Stage(NamedTuple):
    """Where connections are shown: ``put`` takes data, ``say`` talk; ``tongue_of`` chooses by the subprotocol how close
    codes are read."""

    wishes: Wishes
    tongue_of: Callable[[str | None], Tongue]
    put: Callable[[Shown], None]
    say: Callable[[str], None]


class Answer(NamedTuple):
    """What is recorded of an answer that refuses: its head."""

    status: int
    reason: str
    version: str = "HTTP/1.1"
    body: bytes = b""
    whole: bool = True

    def header(self, name: str) -> str:
        """Nothing is asked for where there is no body."""
        return ""


class Connection:
    """Shows a connection, and those that follow it under its number: opened again, or recorded later."""

    def __init__(self, stage: Stage, number: int = 0) -> None:
        self._stage = stage
        self._number = number
        self.gate = gate_of(stage.wishes.looking)
        """Judges what came over it; how many are still wanted is common to all."""

        self._view = View(stage.wishes)
        self._gap: Batch | None = None
        """What stands before a handshake that tells of a connection opened again."""

        self._forget()

    def _forget(self) -> None:
        self.handshake: Handshake | None = None
        self._tongue = self._stage.tongue_of(None)
        self._tally = Tally()
        self._timeline: Timeline | None = None
        self._last = 0.0

    @property
    def url(self) -> str:
        """Where it leads, as far as that is known."""
        return self.handshake.url if self.handshake is not None else ""

    def show(self, batch: Batch) -> None:
        """Show a batch."""
        if batch.uniform:
            self._pass(batch)
            return
        first: tuple[int, Any, int] = batch.rows[0] if batch.rows else (0, None, 0)
        type, payload, _ = first
        if type == GAP:
            self.end()
            self._gap = batch
        elif type == HANDSHAKE:
            self._begin(payload, batch)
        elif type == CLOSED:
            self._close(payload, batch)
        else:
            self._pass(batch)

    def end(self) -> None:
        """Nothing more is recorded: say so where the connection is not closed."""
        self._show_gap()
        wishes, handshake, timeline = self._stage.wishes, self.handshake, self._timeline
        if timeline is not None and (handshake is None or handshake.status < REFUSED):
            seconds = self._last - timeline.opened
            if wishes.json_summary:
                from wsinspect.render.ndjson import summary_line

                line = summary_line(None, self._tally, seconds, timeline=timeline, connection=self._number)
                self._stage.say(line)
            elif not wishes.quiet:
                self._stage.say(unended(self._tally, seconds, wishes.talk) + "\n")
        self._forget()

    def _begin(self, handshake: Handshake, batch: Batch) -> None:
        gap, self._gap = self._gap, None
        self.end()
        stage, wishes = self._stage, self._stage.wishes
        self.handshake = handshake
        self._timeline = Timeline(handshake.at.mono)
        self._last = handshake.at.mono
        if handshake.status >= REFUSED:
            self._refused(handshake)
        else:
            self._tongue = stage.tongue_of(handshake.subprotocol)
            self._view.read_codes_in(self._tongue)
            first_words(handshake, self._tongue, wishes, stage.say)
        self._gap = gap
        self._show_gap()
        self._put(batch)

    def _refused(self, handshake: Handshake) -> None:
        # What failures need is loaded when there is one.
        from wsinspect.render.handshake import phases, request
        from wsinspect.render.refusal import refusal

        say, wishes = self._stage.say, self._stage.wishes
        if wishes.verbose:
            say(request(handshake, wishes.talk))
        say(refusal(handshake, Answer(handshake.status, handshake.reason), wishes.talk))
        if wishes.verbose:
            steps = handshake.steps
            failed = Step("upgrade", max(handshake.seconds - sum([step.seconds for step in steps]), 0.0))
            say(phases(steps, wishes.talk, failed=failed, tls=handshake.tls, wall=handshake.at.wall))

    def _pass(self, batch: Batch) -> None:
        self._show_gap()
        if self._timeline is None:
            # Its beginning is not recorded.
            self._timeline = Timeline(batch.at.mono)
        self._tally.add(batch)
        self._timeline.see(batch)
        self._last = batch.at.mono
        self._put(batch)

    def _close(self, closed: Closed, batch: Batch) -> None:
        self._show_gap()
        stage, wishes, handshake = self._stage, self._stage.wishes, self.handshake
        timeline = self._timeline
        if timeline is None or (handshake is not None and handshake.status >= REFUSED):
            self._unopened(closed, batch)
        else:
            timeline.see(batch)
            self._put(batch)
            seconds = batch.at.mono - timeline.opened
            last_words(
                closed, handshake, self._tally, seconds, self._tongue, timeline, wishes, stage.say, self._number
            )  # what it leaves to be told as an error is none here
        self._forget()

    def _unopened(self, closed: Closed, batch: Batch) -> None:
        stage, wishes = self._stage, self._stage.wishes
        if wishes.format == "ndjson":
            # The other formats have nothing to end.
            self._put(batch)
        if wishes.json_summary:
            from wsinspect.render.ndjson import summary_line

            stage.say(summary_line(closed, Tally(), 0.0, connection=self._number))
        elif not wishes.quiet:
            stage.say(unopened(closed, wishes.talk) + "\n")

    def _show_gap(self) -> None:
        gap, self._gap = self._gap, None
        if gap is not None:
            self._put(gap)

    def _put(self, batch: Batch) -> None:
        self._view.see(batch)
        self._stage.put(self._view.shown(batch))
