"""A check as values: what is opened, what is done step by step, and what must be seen. Times are in seconds.

Texts may still hold `${NAME}` where NAME is saved by an earlier step; all else has been put in. Knows no file format.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from wsinspect.events import DATA

ONLY = ""
"""The name of the connection where a check has just one."""

SWITCHING = 101
"""The status of an answer that opens a WebSocket."""

WITHIN_S = 5.0
TIMEOUT_S = 30.0


class Place(NamedTuple):
    """Where something stands: a file as the user named it, empty for the command line, and a line from 1 on."""

    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Expectation(NamedTuple):
    """A message that is to come.

    ``wanted`` maps names of `ASSERTIONS` to the values that they take, ``types`` are the types of rows it may be;
    ``count`` messages must hold it, within ``within_s`` of its step's begin. ``save`` maps variables to expressions on
    the message. ``needs`` are variables that ``wanted`` refers to and a step saves. ``told`` is all of it in words.
    """

    wanted: Mapping[str, Any]
    told: str
    types: frozenset[int] = DATA
    count: int = 1  # type: ignore[assignment]  # a tuple has a method of this name
    within_s: float = WITHIN_S
    save: Mapping[str, str] = {}
    needs: frozenset[str] = frozenset()
    place: Place = Place()


class Send(NamedTuple):
    """What is sent: ``text``, ``json``, ``binary`` (a literal), ``ping``, or ``payload`` (bytes) with its ``type``."""

    what: Mapping[str, Any]
    needs: frozenset[str] = frozenset()


class Expect(NamedTuple):
    """Messages that must come: one after the other, or ``any_order``."""

    expectations: tuple[Expectation, ...]
    any_order: bool = False


class Reject(NamedTuple):
    """A message that must not be seen, from this step on: for ``for_s``, which the step then takes, or to the end."""

    expectation: Expectation
    for_s: float | None = None


class Wait(NamedTuple):
    """Wait, and go on looking."""

    seconds: float


class Close(NamedTuple):
    """Close: ``code`` None sends an empty close frame (RFC 6455 section 5.5.1)."""

    code: int | None = 1000
    reason: str = ""


class ExpectClose(NamedTuple):
    """The connection must end, in this way; what is None may be anything.

    ``codes`` are those of the peer's close frame, 1005 for an empty one, 1006 for none; ``reason`` is a pattern that is
    searched for; ``by`` is who began.
    """

    codes: frozenset[int] | None = None
    reason: str | None = None
    clean: bool | None = None
    by: Literal["peer", "us"] | None = None
    within_s: float = WITHIN_S


Action: TypeAlias = Send | Expect | Reject | Wait | Close | ExpectClose


class Step(NamedTuple):
    """One step: ``number`` counts from 1, ``on`` names its connection, ``told`` is its action in words."""

    number: int
    action: Action
    told: str
    on: str = ONLY
    place: Place = Place()


class HandshakeWish(NamedTuple):
    """What the opening handshake must be like; what is None may be anything.

    ``status`` other than 101 wants to be refused. ``headers`` map names to patterns that are searched for in the value,
    None where the header must be absent; ``extensions`` are names that must have been agreed on (and no others);
    ``subprotocol`` is the one agreed on, an empty text for none; ``body`` must stand in a refusal's body.
    """

    status: frozenset[int] | None = None
    subprotocol: str | None = None
    extensions: tuple[str, ...] | None = None
    headers: Mapping[str, str | None] = {}
    body: str | None = None
    within_s: float | None = None
    place: Place = Place()

    @property
    def refusal(self) -> bool:
        """To be refused is what is wanted."""
        return self.status is not None and SWITCHING not in self.status

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Yield the field, the sentence and the hint of what no handshake can be."""
        if self.status is not None and SWITCHING in self.status and len(self.status) > 1:
            yield "status", "101 and a refusal cannot both be wanted", "write two checks, one for each"
        elif not self.refusal and self.body is not None:
            yield "body", "only a refusal has a body", "say which is wanted:  status = 401"
        elif self.refusal and self.subprotocol is not None:
            yield "subprotocol", "a refusal agrees on no subprotocol", "leave it out, or want status 101"
        elif self.refusal and self.extensions is not None:
            yield "extensions", "a refusal agrees on no extensions", "leave them out, or want status 101"


class Link(NamedTuple):
    """A connection of a check: ``url`` as the file says it, and options by the long names of `connect`'s.

    ``keys`` say where each option stands in the file, for errors. The command makes a `Connecting` of it.
    """

    name: str
    url: str
    options: Mapping[str, Any] = {}
    keys: Mapping[str, tuple[str | int, ...]] = {}
    wish: HandshakeWish = HandshakeWish()
    place: Place = Place()


class Retry(NamedTuple):
    """Try a check that is not passed again, at most ``times`` more, ``delay_s`` later."""

    times: int = 0
    delay_s: float = 1.0


class Check(NamedTuple):
    """A check, one for each row of a file's cases.

    ``links`` are its connections, by name; ``copies`` of it run side by side, ``repeat`` times one after the other.
    ``variables`` are those that are known before it runs. ``secrets`` are hidden in all that is told. ``origin`` is the
    file's text, for places.
    """

    name: str
    links: tuple[Link, ...]
    steps: tuple[Step, ...] = ()
    timeout_s: float = TIMEOUT_S
    strict: bool = False
    allow_violations: bool = False
    repeat: int = 1
    retry: Retry = Retry()
    copies: int = 1
    variables: Mapping[str, Any] = {}
    secrets: frozenset[str] = frozenset()
    place: Place = Place()
    origin: str = ""
