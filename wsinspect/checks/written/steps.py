"""The steps of a check, made of what was recorded: what was sent is sent again, what came is expected. As TOML.

What came between two things that we sent is a *run*; of a kind of which many came in a run, a stream, so many are
expected at once. Knows no handshake and no file.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from json import dumps
from math import ceil
from typing import Any, NamedTuple

from wsinspect.checks.plan import WITHIN_S
from wsinspect.checks.written.echoes import Echoes, Saved, leaves
from wsinspect.checks.written.likeness import STREAM, Kind, counting, kind_of, streams
from wsinspect.checks.written.session import Message, Session
from wsinspect.checks.written.templates import Templates, escaped, is_faithful, kinds
from wsinspect.checks.written.volatile import is_epoch, plain
from wsinspect.events import ABNORMAL, BINARY, NO_STATUS, PING, PONG, TEXT

MOST_STEPS = 200
MOST_COUNTED = 100
"""So many messages of a stream are expected at most."""

EXACT = 64
"""Bytes of a binary message that is expected byte by byte; of a longer one, its beginning."""

BEGINNING = 16
"""Bytes of the beginning of a long message."""

MOST_PINGS = 3
"""More pings of ours are a keepalive, which is no step."""

LONG = 200
MOST_NAMES = 40
"""Of a large object, so many names are expected, and values that are no longer than that."""

ROOM = 1.5
"""A size that may change is expected within this factor."""

LADDER_S = (10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600)
"""Times that people write."""

AFTER_SEVERAL = "Several messages had been sent by then, so the order of what comes is left open."
BY_THEMSELVES = "Some of these came between others, so their order is left open."

_NUMBERS = re.compile(r"(\d+)", re.ASCII)
_CLOCK_IN_BYTES = re.compile(rb"\d\d:\d\d:\d\d|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-|[0-9a-f]{16}")


class Step(NamedTuple):
    """A step as it is written: an action of the format, its value, and words above it."""

    action: str
    value: Any
    comment: str = ""
    any_order: bool = False


class Expected(NamedTuple):
    """Messages that are expected: the keys of `expect` but for times and numbers, when the last of them came, and how
    many there were of them; ``number`` are asked for."""

    keys: dict[str, Any]
    at: float
    came: int
    number: int
    comment: str = ""


class Steps:
    """The steps of a session, see `made`; ``cut`` tells that there were more than a check has."""

    def __init__(self, session: Session) -> None:
        self._session = session
        messages = session.messages
        pings = [message for message in messages if message.type == PING and message.direction == "out"]
        self._keeps_alive = len(pings) > MOST_PINGS
        self._blocks = [
            (way, list(block))
            for way, block in groupby(enumerate(messages), key=lambda pair: pair[1].direction)
            if block
        ]
        runs = [[message for _, message in block] for way, block in self._blocks if way == "in"]
        self._streams = streams(runs)
        unsaved = {index for index, message in enumerate(messages) if self._is_streamed(message)}
        self._echoes = Echoes(messages, unsaved)
        self._templates = Templates(self._echoes, counting(messages))
        self._received = "\n".join(_texts(messages))
        self._began = 0.0
        self._pinged: set[bytes] = set()
        self.cut = False

    @property
    def secrets(self) -> list[str]:
        """The names of the secrets that we sent."""
        return self._templates.secrets

    def made(self) -> list[Step]:
        """Return the steps, with that of the end as the last."""
        steps: list[Step] = []
        sent = 0
        for way, block in self._blocks:
            if way == "out":
                made = [step for _, message in block for step in self._send(message)]
                sent = len(made) + (0 if made else sent)
            else:
                made = list(self._run(block, several=sent > 1))
            steps += made
            if len(steps) > MOST_STEPS:
                self.cut = True
                return steps[:MOST_STEPS]
            self._began = block[-1][1].at
        self.cut = self._session.left > 0
        return steps if self.cut else [*steps, *self._end()]

    # What we sent.

    def _send(self, message: Message) -> Iterator[Step]:
        if message.type == PING:
            if not self._keeps_alive and _is_words(message.payload):
                self._pinged.add(message.payload)
                yield Step("send", {"ping": escaped(message.text)})
        elif not message.whole:
            words = f"A message of {message.size:,} bytes was sent here, too large to stand in this file: send it with"
            yield Step("send", {"file": "FILE"}, f'{words} send = {{ file = "FILE" }}.')
        elif message.type == BINARY:
            yield Step("send", {"binary": f"hex:{message.payload.hex()}"})
        elif isinstance(message.json, dict) and is_faithful(message.json) and not self._is_repeated(message):
            yield Step("send", {"json": self._templates.sent(message.json)})
        else:
            yield Step("send", self._templates.within(message.text))

    def _is_repeated(self, message: Message) -> bool:
        """Tell whether a text came back letter by letter, so that its spaces matter, too."""
        text = message.text
        return text != dumps(message.json, ensure_ascii=False, separators=(",", ":")) and text in self._received

    # What came.

    def _run(self, block: Sequence[tuple[int, Message]], *, several: bool) -> Iterator[Step]:
        """Yield the steps for messages that came in a row; ``several`` were sent before them."""
        expected, mixed = self._expected(block)
        groups = [[one] for one in _joined(expected)]
        why = ""
        if len(groups) > 1 and (mixed or several):
            groups = [_gathered(expected)]
            why = BY_THEMSELVES if mixed else AFTER_SEVERAL
        for group in groups:
            tables = [self._table(one) for one in group]
            comment = " ".join(one.comment for one in group if one.comment)
            if len(tables) > 1:
                yield Step("expect", tables, f"{why} {comment}".strip(), any_order=True)
            elif tables:
                yield Step("expect", tables[0], comment)
            self._began = max([one.at for one in group], default=self._began)
        for index, _ in block:
            for saved in self._echoes.saved.get(index, ()):
                self._templates.learn(saved.variable, saved.value)

    def _expected(self, block: Sequence[tuple[int, Message]]) -> tuple[list[Expected], bool]:
        """Return what is expected of a run in order, and whether the order is one of chance."""
        found: dict[int, Expected] = {}
        order: list[Kind] = []
        streamed: dict[Kind, list[tuple[int, Message]]] = {}
        for index, message in block:
            if message.type == PONG:
                if message.payload in self._pinged:
                    found[index] = Expected({"type": "pong", "text": escaped(message.text)}, message.at, 1, 1)
                continue
            kind = kind_of(message)
            order.append(kind)
            if kind in self._streams:
                streamed.setdefault(kind, []).append((index, message))
            else:
                found[index] = self._one(message, kind, self._echoes.saved.get(index, ()))
        for kind, pairs in streamed.items():
            stream = self._stream([message for _, message in pairs], kind)
            if stream is not None:
                found[pairs[0][0]] = stream
        # Messages of a kind with others between them: whoever sends them does not wait for each other.
        together = [kind for kind, _ in groupby(order)]
        mixed = len(together) > len(set(order)) and len(found) > 1
        return [found[index] for index in sorted(found)], mixed

    def _one(self, message: Message, kind: Kind, saved: Sequence[Saved]) -> Expected:
        keys = self._keys([message], kind)
        if saved:
            keys["save"] = {one.variable: one.expression for one in saved}
        comment = ""
        if not message.whole:
            comment = f"It had {message.size:,} bytes; only what stands here is looked at."
        return Expected(keys, message.at, 1, 1, comment)

    def _stream(self, several: Sequence[Message], kind: Kind) -> Expected | None:
        """Return what is expected of a stream; None where too few came for it in this run."""
        if len(several) <= STREAM:
            return None
        number = min(len(several), MOST_COUNTED)
        seconds = several[-1].at - several[0].at
        comment = f"{len(several):,} messages like this came, in {seconds:.1f} s."
        return Expected(self._keys(several, kind), several[number - 1].at, len(several), number, comment)

    def _keys(self, several: Sequence[Message], kind: Kind) -> dict[str, Any]:
        """Return what holds for all of several messages of a kind."""
        first = several[0]
        keys: dict[str, Any] = {"type": "binary"} if first.type == BINARY else {}
        if all(message.json is not None for message in several):
            values = [message.json for message in several]
            partial = self._templates.expected(values, first.wall, kind)
            return keys | {"partial": partial if first.whole else _shortened(partial)}
        if first.type == TEXT and all(message.whole for message in several):
            asked = {self._templates.text(message.text, message.wall) for message in several}
            if len(asked) == 1:
                name, value = asked.pop()
                return {name: value}
            numbered = _numbered([message.text for message in several])
            if numbered is not None:
                return {"regex": numbered}
        if len(several) == 1 and first.type == BINARY and self._is_steady(first):
            return {"binary": f"hex:{first.payload.hex()}"}
        return keys | _beginning(several)

    def _is_steady(self, message: Message) -> bool:
        """Tell whether a binary message may be expected byte by byte."""
        if not message.whole:
            return False
        payload = message.payload
        sent = any(other.payload == payload for other in self._session.messages if other.direction == "out")
        if sent:
            return True
        return len(payload) <= EXACT and not _CLOCK_IN_BYTES.search(payload) and not _holds_clock(message)

    def _table(self, one: Expected) -> dict[str, Any] | str:
        table = dict(one.keys)
        if one.number > 1:
            table["count"] = one.number
        within_s = generous(one.at - self._began)
        if within_s is not None:
            table["within"] = within_s
        return table

    def _is_streamed(self, message: Message) -> bool:
        return message.direction == "in" and kind_of(message) in self._streams

    # The end.

    def _end(self) -> Iterator[Step]:
        end = self._session.end
        if end is None:
            return
        if end.by == "us":
            close: Any = "none" if end.code == NO_STATUS else end.code
            yield Step("close", {"code": close, "reason": escaped(end.reason)} if end.reason else close)
            return
        within_s = generous(self._session.lasted - self._began)
        table: dict[str, Any] = {"code": end.code}
        if end.reason:
            table["reason"] = self._reason(end.reason)
        if within_s is not None:
            table["within"] = within_s
        lost = "The connection was lost here, without a close frame." if end.code == ABNORMAL else ""
        yield Step("expect_close", table if len(table) > 1 else end.code, lost)

    def _reason(self, reason: str) -> str:
        return self._templates.pattern(reason, self._session.handshake.at.wall + self._session.lasted)


def generous(seconds: float) -> str | None:
    """Return a time that is long beside the one that was recorded; None where the default is."""
    need = seconds * 3 + 1
    if need <= WITHIN_S:
        return None
    return f"{next((step for step in LADDER_S if step >= need), ceil(need))}s"


def _numbered(texts: Sequence[str]) -> str | None:
    """Return a regular expression for texts that differ in their numbers alone, None for others."""
    rows = [_NUMBERS.split(text) for text in texts]
    if len({len(row) for row in rows}) > 1:
        return None
    pieces = []
    for index, parts in enumerate(zip(*rows, strict=True)):
        if len(set(parts)) == 1:
            pieces.append(plain(parts[0]))
        elif index % 2:
            pieces.append(r"\d+")
        else:
            return None
    return f"^{''.join(pieces)}$"


def _shortened(partial: dict[str, Any]) -> dict[str, Any]:
    """Return what is expected of a large object: of what is large in it, the kind."""
    return {
        name: kinds([value]) if isinstance(value, dict | list) or len(str(value)) > LONG else value
        for name, value in islice(partial.items(), MOST_NAMES)
    }


def _beginning(several: Sequence[Message]) -> dict[str, Any]:
    """Return what holds for messages that are told by size and beginning."""
    sizes = [message.size for message in several]
    first = several[0].payload
    length = min([len(first), BEGINNING, *(_common(first, message.payload) for message in several[1:])])
    if several[0].type == TEXT:
        # Not within a character.
        length = len(first[:length].decode("utf-8", "ignore").encode())
    beginning = first[:length]
    asked: dict[str, Any] = {}
    if beginning and not _CLOCK_IN_BYTES.search(beginning):
        is_text = several[0].type == TEXT
        asked["prefix"] = f"text:{escaped(beginning.decode())}" if is_text else f"hex:{beginning.hex()}"
    asked["size"] = {"min": int(min(sizes) / ROOM), "max": ceil(max(sizes) * ROOM)}
    return asked


def _common(one: bytes, other: bytes) -> int:
    """Return the length of the beginning that two payloads share."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _holds_clock(message: Message) -> bool:
    """Tell whether a time of the session stands in a payload, as an integer of four or eight bytes."""
    payload, wall = message.payload, message.wall
    for size in (4, 8):
        for at in range(len(payload) - size + 1):
            part = payload[at : at + size]
            if is_epoch(int.from_bytes(part, "big"), wall) or is_epoch(int.from_bytes(part, "little"), wall):
                return True
    return False


def _joined(expected: Sequence[Expected]) -> Iterator[Expected]:
    """Make one of neighbours that ask for the same."""
    for _, group in groupby(expected, key=lambda one: repr(one.keys)):
        yield _sum(list(group))


def _gathered(expected: Sequence[Expected]) -> list[Expected]:
    """Make one of all that ask for the same, wherever they stand."""
    groups: dict[str, list[Expected]] = {}
    for one in expected:
        groups.setdefault(repr(one.keys), []).append(one)
    return [_sum(group) for group in groups.values()]


def _sum(group: Sequence[Expected]) -> Expected:
    if len(group) == 1:
        return group[0]
    number = min(sum(one.number for one in group), MOST_COUNTED)
    return group[-1]._replace(came=sum(one.came for one in group), number=number)


def _texts(messages: Sequence[Message]) -> Iterator[str]:
    """Yield the texts that came, and those within JSON."""
    for message in messages:
        if message.direction == "in" and message.type == TEXT:
            yield message.text
            yield from (leaf.value for leaf in leaves(message.json) if isinstance(leaf.value, str))


def _is_words(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
