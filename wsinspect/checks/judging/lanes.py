"""One connection of a check, as far as it was seen: what is expected on it, what must not come, how it ended.

Data messages, pings and pongs have a place each in what is received. Knows no step but by its number, and no clock.
"""

import math
from collections import deque
from collections.abc import Iterator

from wsinspect.asked import redact_handshake
from wsinspect.checks.judging.cursors import Cursor, Fate
from wsinspect.checks.judging.evidence import Evidence
from wsinspect.checks.judging.wanted import Block, Wanted
from wsinspect.checks.plan import Expect, Link
from wsinspect.checks.variables import Scope
from wsinspect.close_codes import dialect_of
from wsinspect.events import BINARY, CLOSING, PING, PONG, TEXT, Batch, Closed, Handshake, Moment, close_parts
from wsinspect.filters.subject import Pulse, Subject
from wsinspect.outgoing import Message, Ping
from wsinspect.redact import redact_typed

SENT_TYPES = (TEXT, BINARY, PING)


class Watch:
    """What must not come: an expectation made ready."""

    __slots__ = ("types", "until", "wanted")

    def __init__(self, wanted: Wanted) -> None:
        self.until = math.inf
        """From then on it may come. What came before counts, even if it is looked at later."""

        self.wanted = wanted
        self.types = wanted.expectation.types

    def sees(self, subject: Subject) -> bool:
        """Tell whether a message is one too many."""
        matcher = self.wanted.matcher
        if subject.type not in self.types or matcher is None or not matcher.holds(subject):
            return False
        self.wanted.came += 1
        return self.wanted.came >= self.wanted.expectation.count


class Lane:
    """A connection of a check. ``scope`` holds variables; where it is ``open_ended``, more can be expected later, and
    what expectations take is kept."""

    def __init__(self, link: Link, scope: Scope, *, open_ended: bool) -> None:
        self.name = link.name
        self.wish = link.wish
        self._url = link.url
        self.handshake: Handshake | None = None
        self.is_refused = False
        """It was refused, as is wished."""

        self.closed: Closed | None = None
        self.close_came_at: float | None = None
        """When a close frame came."""

        self._closing: Closed | None = None
        self.close_ordered = False
        """We were told to close it."""

        self.close_left = False
        """A close frame of ours was sent, and with it all that was to be sent before."""

        self.close_expected = False
        """A step has taken the end as it was."""

        self.closes_to_expect = 0
        """So many steps, not done yet, expect its end."""

        self.watches: list[Watch] = []
        self.evidence = Evidence(link.name)
        self.received = self.sent = 0
        self._unsent: deque[tuple[int, int, bytes]] = deque()
        self._pulse = Pulse()
        self._keep = open_ended
        data, pings, pongs = [Cursor(scope, open_ended=open_ended) for _ in range(3)]
        self._cursors = {TEXT: data, BINARY: data, PING: pings, PONG: pongs}
        self._each = (data, pings, pongs)

    # What is expected.

    def expect(self, action: Expect, wanted: list[Wanted]) -> None:
        """Look for messages, behind all that is looked for already."""
        if not action.any_order:
            for one in wanted:
                self._cursor_of(one).add(Block((one,), keep=self._keep))
            return
        together: dict[int, list[Wanted]] = {}
        cursors = {}
        for one in wanted:
            cursor = self._cursor_of(one)
            cursors[id(cursor)] = cursor
            together.setdefault(id(cursor), []).append(one)
        for key, some in together.items():
            cursors[key].add(Block(tuple(some), keep=self._keep))

    def wanted(self, type: int) -> Wanted | None:
        """Return what is looked for now, among messages of this type."""
        return self._cursors[type].wanted

    def settle(self) -> None:
        """No more expectations are added."""
        for cursor in self._each:
            cursor.open_ended = False

    @property
    def dropped(self) -> int:
        """So many messages were forgotten that no expectation has looked at."""
        return sum(cursor.dropped for cursor in self._each)

    def _cursor_of(self, wanted: Wanted) -> Cursor:
        return next(cursor for type, cursor in self._cursors.items() if type in wanted.expectation.types)

    # What is seen.

    def opened(self, handshake: Handshake) -> None:
        """It is open."""
        self.handshake = handshake
        self.evidence.began = handshake.at.mono

    def subject(self, type: int, payload: bytes, at: Moment) -> Subject:
        """Return a received message as what can be asked about."""
        return Subject(type, "in", payload, self._pulse.gap(type, "in", at))

    def offer(self, subject: Subject, at: Moment) -> Fate:
        """Let expectations look at a received message; raises `Mistaken`."""
        return self._cursors[subject.type].offer(subject, at)

    def replay(self) -> Iterator[tuple[Fate, Subject]]:
        """Let expectations look at what was held; raises `Mistaken`."""
        for cursor in self._each:
            yield from cursor.replay()

    # What is sent.

    def ordered(self, number: int, what: Message | Ping) -> None:
        """Step ``number`` has had something sent."""
        type = PING if isinstance(what, Ping) else int(what.type)
        self._unsent.append((number, type, what.payload))

    def left(self, batch: Batch) -> None:
        """Take note of what was really sent."""
        at = batch.at.mono
        for type, payload, _ in batch.rows:
            if type in SENT_TYPES and self._unsent and self._unsent[0][1:] == (type, payload):
                self._unsent.popleft()
            self.sent += type in (TEXT, BINARY)
            self.close_left |= type == CLOSING
            self.evidence.note(at, "out", type, payload)

    @property
    def unsent(self) -> int | None:
        """The number of the first step whose message was not sent, or None."""
        return self._unsent[0][0] if self._unsent else None

    @property
    def is_open(self) -> bool:
        """Messages can be sent, as far as we know."""
        return (
            self.handshake is not None
            and not self.is_refused
            and self.closed is None
            and self.close_came_at is None
            and not self.close_ordered
        )

    def close_came(self, body: bytes, at: float) -> None:
        """The peer's close frame came; the connection is not gone yet."""
        if self.close_came_at is None:
            self.close_came_at = at
            self._closing = Closed("us" if self.close_ordered else "peer", False, *close_parts(body), None, "", 0)

    @property
    def end(self) -> Closed | None:
        """How it ended, or is about to."""
        return self.closed or self._closing

    @property
    def dialect(self) -> str | None:
        """In which dialect its close codes are read."""
        return dialect_of(self.handshake.subprotocol) if self.handshake is not None else None

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield what is known of it, for reports; secrets are hidden."""
        before = f"{self.name}." if self.name else ""
        if self.handshake is None:
            yield f"{before}url", redact_typed(self._url)
            return
        known = redact_handshake(self.handshake)
        yield f"{before}url", known.url
        yield f"{before}address", known.address
        yield f"{before}status", str(known.status)
        if known.subprotocol:
            yield f"{before}subprotocol", known.subprotocol
        if known.extensions:
            yield f"{before}extensions", known.extensions
        yield f"{before}handshake_s", f"{known.seconds:.6f}"
        if not self.is_refused:
            yield f"{before}received", str(self.received)
            yield f"{before}sent", str(self.sent)
