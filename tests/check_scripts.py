"""A player of scripts for the machine of checks: what happens when, what it must order, and what comes of it.

A script has a line for each thing, ``[CONNECTION] SECONDS WHAT``, where WHAT is

====================  ==================================================================================
``opened``            the connection is open; ``opened sub.protocol`` with a subprotocol
``refused 401 BODY``  the server answers, but opens nothing
``<- TYPE PAYLOAD``   it came: TEXT, BINARY (hex), PING, PONG, CLOSE (code, reason), ERROR (rule)
``-> TYPE PAYLOAD``   it must have been ordered, next in order; and it leaves: TEXT, BINARY, PING, CLOSE
``-! TYPE PAYLOAD``   the same, but it does not leave
``gone``              the connection is gone, and ends as the close frames before say
``lost CAUSE``        the connection is gone all of a sudden
``limit``             a limit of ours ended it
``tick``              that is all that came until now
====================  ==================================================================================
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from wsinspect.checks.judging.machine import Machine, Order
from wsinspect.checks.plan import (
    ONLY,
    Action,
    Check,
    Close,
    Expect,
    Expectation,
    HandshakeWish,
    Link,
    Place,
    Send,
    Step,
)
from wsinspect.checks.result import RunResult
from wsinspect.ending import Ending
from wsinspect.errors import Exit
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    DATA,
    ERROR,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Direction,
    Handshake,
    Moment,
    Row,
    Violation,
)
from wsinspect.outgoing import Close as Closing
from wsinspect.outgoing import Message, Ping

BEGAN = 1000.0
TYPES = {"TEXT": TEXT, "BINARY": BINARY, "PING": PING, "PONG": PONG, "CLOSE": CLOSE, "ERROR": ERROR}


class Line(NamedTuple):
    """A line of a script."""

    on: str
    at: float
    what: str
    type: int
    payload: Any


def wanted(
    where: str = "",
    *,
    types: frozenset[int] = DATA,
    count: int = 1,
    within: float = 5.0,
    save: Mapping[str, str] | None = None,
    **asked: Any,
) -> Expectation:
    asked |= {"where": where} if where else {}
    needs = frozenset(name for name in ("ID", "N") if f"${{{name}}}" in repr(asked))
    return Expectation(asked, where or repr(asked), types, count, within, save or {}, needs)


def expect(where: str = "", **rest: Any) -> Expect:
    return Expect((wanted(where, **rest),))


def send(text: str) -> Send:
    return Send({"text": text})


def checked(
    *actions: Action | tuple[str, Action], on: Iterable[str] = (ONLY,), wish: HandshakeWish | None = None, **rest: Any
) -> Check:
    """Make a check of actions; one of a named connection stands beside the name."""
    links = tuple(Link(name, f"ws://example.test/{name}?token=s3cret", wish=wish or HandshakeWish()) for name in on)
    pairs = [action if type(action) is tuple else (ONLY, action) for action in actions]
    steps = tuple(
        Step(number, action, f"step of {type(action).__name__}", name, Place("it.toml", 10 + number))
        for number, (name, action) in enumerate(pairs, 1)
    )
    return Check("it", links, steps, **rest)


def lines_of(script: str) -> Iterator[Line]:
    for text in script.strip().splitlines():
        words = text.split("#")[0].split()
        if not words:
            continue
        on = ONLY if words[0][0].isdigit() else words.pop(0)
        at = BEGAN + float(words.pop(0))
        what = words.pop(0)
        rest = text.split("#")[0].split(what, 1)[1].strip()
        if what not in ("<-", "->", "-!"):
            yield Line(on, at, what, 0, rest)
            continue
        kind, _, payload = rest.partition(" ")
        yield Line(on, at, what, TYPES[kind], _payload(TYPES[kind], payload))


def _payload(type: int, text: str) -> Any:
    if type == BINARY:
        return bytes.fromhex(text)
    if type == ERROR:
        return Violation(text, "RFC 6455 §5.2", f"a breach of {text}", 0, b"", 1002)
    if type == CLOSE:
        code, _, reason = text.partition(" ")
        return int(code).to_bytes(2, "big") + reason.encode() if code else b""
    return text.encode()


def handshake(at: float, on: str = ONLY, subprotocol: str | None = None, **rest: Any) -> Handshake:
    answer = {"status": 101, "seconds": 0.25, "extensions": "", "response": [("Server", "nginx")]} | rest
    return Handshake(
        Moment(0.0, at),
        f"ws://example.test/{on}?token=s3cret",
        "127.0.0.1:8080",
        subprotocol=subprotocol,
        request=[("Authorization", "Bearer abcdefghijk")],
        **answer,
    )


class Player:
    """Plays a script to a machine; ``together`` puts what comes at one moment into one batch."""

    def __init__(self, machine: Machine, *, together: bool = False) -> None:
        self.machine = machine
        self.orders: list[Order] = []
        self._endings: dict[str, Ending] = {}
        self._together = together
        self._came: list[Line] = []

    def play(self, script: str) -> None:
        for line in lines_of(script):
            if self._came and (line.what != "<-" or not self._together or line[:2] != self._came[0][:2]):
                self._flush()
            self._play(line)
        self._flush()

    def _play(self, line: Line) -> None:
        machine, at, on = self.machine, line.at, line.on
        ending = self._endings.setdefault(on, Ending())
        if line.what == "opened":
            self.orders += machine.opened(on, handshake(at, on, line.payload or None), at)
        elif line.what == "refused":
            status, _, body = line.payload.partition(" ")
            answer = handshake(at, on, status=int(status), reason="No")
            self.orders += machine.refused(on, answer, body, at)
        elif line.what == "<-":
            self._came.append(line)
            if line.type == CLOSE:
                ending.close_received(line.payload)
            elif line.type == ERROR:
                ending.violated(line.payload)
        elif line.what in ("->", "-!"):
            self._ordered(line, ending)
        elif line.what == "tick":
            self.orders += machine.tick(at)
        else:
            self._see(line, [(CLOSED, self._closed(line, ending), 0)])

    def _ordered(self, line: Line, ending: Ending) -> None:
        assert self.orders, f"nothing was ordered, but {line}"
        order = self.orders.pop(0)
        assert (order.on, *_row(order)[:2]) == (line.on, line.type, line.payload)
        if line.what == "->":
            type, payload, _ = _row(order)
            if type == CLOSE:
                ending.close_sent(payload)
                type = CLOSING
            self._see(line, [(type, payload, 0)], "out")

    def _closed(self, line: Line, ending: Ending) -> Closed:
        if line.what == "limit":
            ending.wish(Exit.TIMEOUT, "no pong came in 5 s")
        elif line.what == "lost":
            ending.lost(line.payload)
        return ending.closed()

    def _see(self, line: Line, rows: list[Row], direction: Direction = "in") -> None:
        self.orders += self.machine.saw(line.on, Batch(Moment(0.0, line.at), direction, rows))

    def _flush(self) -> None:
        came, self._came = self._came, []
        if came:
            self._see(came[0], [(line.type, line.payload, 0) for line in came])


def _row(order: Order) -> Row:
    what = order.what
    if isinstance(what, Message):
        return int(what.type), what.payload, 0
    if isinstance(what, Ping):
        return PING, what.payload, 0
    assert isinstance(what, Closing)
    return CLOSE, _payload(CLOSE, f"{what.code or ''} {what.reason}".strip()), 0


def played(check: Check, script: str, *, together: bool = False) -> RunResult:
    """Play a script to its end; where it passes, it must be over, and nothing else be ordered."""
    machine = Machine(check, BEGAN)
    player = Player(machine, together=together)
    player.play(script)
    result = machine.result()
    assert machine.done, (result, player.orders)
    assert machine.deadline is None
    if result.fault is None:
        assert not player.orders
    return result


__all__ = ["BEGAN", "Close", "Player", "checked", "expect", "handshake", "lines_of", "played", "send", "wanted"]
