"""The reader beside a model of it: somebody sends frames, keeps to the rules or breaks one, and bytes arrive in pieces.

The model knows no bytes: it tells, from what was said, which rows must have come once all of it has arrived.
"""

import os
import zlib
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.wire_peer import AT, BINARY, CLOSE, ERROR, PING, PONG, TEXT, Compressor, without_frames
from wsinspect.events import Row
from wsinspect.wire.frames import CONTINUATION, write_frame
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader

EXAMPLES = int(os.environ.get("WSINSPECT_EXAMPLES", "40"))
LIMIT = 200
ENOUGH = 60
"""Bytes that are sent before the end is near."""
FLUSHES = (zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_FINISH)
KEY = b"\x37\xfa\x21\x3d"
WORDS = st.sampled_from(["", "é", "ping ", "😀" * 5, "x" * 125, "z" * 126]) | st.text(max_size=12)
CODES = st.sampled_from([1000, 1001, 1003, 1011, 3000, 4999])

# What breaks which rule, wherever it stands between frames; the rest depends on what is going on.
BREACHES: dict[str, dict[str, Any]] = {
    "opcode": {"payload": b"", "opcode": 3},
    "rsv": {"payload": b"", "opcode": PING, "rsv": 2},
    "control-fragmented": {"payload": b"", "opcode": PING, "fin": False},
    "control-length": {"payload": bytes(126), "opcode": PONG},
    "close-length": {"payload": b"\x03", "opcode": CLOSE},
    "close-code": {"payload": b"\x03\xed", "opcode": CLOSE},
    "close-utf8": {"payload": b"\x03\xe8\xff", "opcode": CLOSE},
}
BETWEEN_MESSAGES: dict[str, dict[str, Any]] = {
    "continuation-stray": {"payload": b"", "opcode": CONTINUATION},
    "length-minimal": {"payload": b"short", "opcode": BINARY, "length_bits": 16},
    "length-top-bit": {"payload": b"", "opcode": TEXT, "length_bits": 64, "claimed": 1 << 63},
    "utf8": {"payload": b"a\xff", "opcode": TEXT},
    "too-big": {"payload": bytes(LIMIT + 1), "opcode": BINARY},
}
WITHIN_A_MESSAGE: dict[str, dict[str, Any]] = {
    "continuation-missing": {"payload": b"", "opcode": TEXT},
    "too-big": {"payload": bytes(LIMIT + 1), "opcode": CONTINUATION},
}


class Sender(RuleBasedStateMachine):
    """Somebody who sends, what is on its way, and who reads it."""

    @initialize(masked=st.booleans(), deflate=st.none() | st.builds(Deflate, st.integers(9, 15), st.booleans()))
    def connect(self, masked: bool, deflate: Deflate | None) -> None:
        self.reader = Reader(masked=masked, deflate=deflate, max_size=LIMIT)
        self.masked = masked
        self.compressor = Compressor(deflate) if deflate is not None else None
        self.on_its_way = b""
        self.sent = self.arrived = 0
        self.wanted: list[Row] = []
        self.breach = ""
        self.came: list[Row] = []
        self.message: tuple[int, bytes, int] | None = None  # type, payload and bytes on the wire so far
        self.closed = False

    def write(self, payload: bytes, opcode: int, **options: Any) -> int:
        frame = write_frame(payload, opcode, mask=KEY if self.masked else None, **options)
        self.on_its_way += frame
        self.sent += len(frame)
        return len(frame)

    @property
    def speaks(self) -> bool:
        """What is said counts."""
        return not self.breach and not self.closed

    def between(self) -> bool:
        return self.speaks and self.message is None

    # What is said.

    @precondition(between)
    @rule(type=st.sampled_from([TEXT, BINARY]), words=WORDS, flush=st.sampled_from([None, *FLUSHES]))
    def say(self, type: int, words: str, flush: int | None) -> None:
        plain = payload = words.encode()
        rsv = 0
        if flush is not None and self.compressor is not None:
            payload, rsv = self.compressor.message(plain, flush), 4
        wire = self.write(payload, type, rsv=rsv)
        self.wanted.append((type, plain, wire))

    @precondition(between)
    @rule(type=st.sampled_from([TEXT, BINARY]), words=WORDS)
    def begin(self, type: int, words: str) -> None:
        self.message = type, words.encode(), self.write(words.encode(), type, fin=False)

    @precondition(lambda self: self.speaks and self.message is not None)
    @rule(words=WORDS, ends=st.booleans())
    def go_on(self, words: str, ends: bool) -> None:
        assert self.message is not None
        type, payload, wire = self.message
        payload += words.encode()
        if len(payload) > LIMIT:
            self.write(words.encode(), CONTINUATION, fin=ends)
            self.breach = "too-big"
            return
        wire += self.write(words.encode(), CONTINUATION, fin=ends)
        self.message = None if ends else (type, payload, wire)
        if ends:
            self.wanted.append((type, payload, wire))

    @precondition(lambda self: self.speaks)
    @rule(opcode=st.sampled_from([PING, PONG]), payload=st.binary(max_size=5))
    def control(self, opcode: int, payload: bytes) -> None:
        self.wanted.append((opcode, payload, self.write(payload, opcode)))

    @precondition(lambda self: self.speaks and self.sent > ENOUGH)
    @rule(code=CODES, reason=st.text(max_size=5))
    def close(self, code: int, reason: str) -> None:
        body = code.to_bytes(2, "big") + reason.encode()
        self.wanted.append((CLOSE, body, self.write(body, CLOSE)))
        self.closed = True

    @precondition(lambda self: self.speaks and self.sent > ENOUGH)
    @rule(breach=st.sampled_from([*BREACHES, "masked"]))
    def break_a_rule(self, breach: str) -> None:
        if breach != "masked":
            self.breach = breach
            self.write(**BREACHES[breach])
            return
        self.breach = "unmasked" if self.masked else "masked"
        self.masked = not self.masked
        self.write(b"a", BINARY)
        self.masked = not self.masked

    @precondition(lambda self: self.between() and self.sent > ENOUGH)
    @rule(breach=st.sampled_from(list(BETWEEN_MESSAGES)))
    def break_a_rule_between_messages(self, breach: str) -> None:
        self.breach = breach
        self.write(**BETWEEN_MESSAGES[breach])

    @precondition(lambda self: self.speaks and self.message is not None)
    @rule(breach=st.sampled_from(list(WITHIN_A_MESSAGE)))
    def break_a_rule_within_a_message(self, breach: str) -> None:
        self.breach = breach
        self.write(**WITHIN_A_MESSAGE[breach])

    @precondition(lambda self: self.between() and self.compressor is not None)
    @rule()
    def compress_badly(self) -> None:
        self.breach = "deflate"
        self.write(b"\x07", BINARY, rsv=4)

    @precondition(lambda self: self.breach or self.closed)
    @rule(payload=st.binary(max_size=5))
    def go_on_all_the_same(self, payload: bytes) -> None:
        self.write(payload, BINARY)
        self.breach = self.breach or "after-close"

    # What arrives.

    @precondition(lambda self: self.on_its_way)
    @rule(size=st.integers(1, 40))
    def arrive(self, size: int) -> None:
        chunk, self.on_its_way = self.on_its_way[:size], self.on_its_way[size:]
        batch = self.reader.feed(chunk, AT)
        self.arrived += len(chunk)
        self.came += batch.rows
        assert batch.wire == len(chunk)
        assert batch.messages == sum(row[0] in (TEXT, BINARY) for row in batch.rows)

    @rule(frames=st.booleans())
    def show_frames(self, frames: bool) -> None:
        self.reader.show_frames(frames)

    @invariant()
    def nothing_comes_that_was_not_said(self) -> None:
        rows = without_frames(self.came)
        broken = [row for row in rows if row[0] == ERROR]
        good = rows[: len(rows) - len(broken)]
        assert good == self.wanted[: len(good)]
        assert self.reader.over is bool(broken)
        if broken:
            ((_, violation, _),) = broken
            assert violation.rule == self.breach
            assert len(good) == len(self.wanted)

    @invariant()
    def all_that_arrived_is_read(self) -> None:
        if self.on_its_way:
            return
        rows = without_frames(self.came)
        assert len(rows) == len(self.wanted) + bool(self.breach)
        if not self.breach:
            assert bool(self.reader.unfinished()) is (self.message is not None)
            assert self.reader.left == 0

    def teardown(self) -> None:
        while self.on_its_way:
            self.arrive(7)
        self.nothing_comes_that_was_not_said()
        self.all_that_arrived_is_read()


TestSender = Sender.TestCase
TestSender.settings = settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None)
