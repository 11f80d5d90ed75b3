"""Bytes to batches: the frames of one direction, read in one pass (RFC 6455 section 5, RFC 7692).

A reader is fed chunks as they come, however they are cut, and makes of each a batch of rows. It never raises on what
a peer sends: a breach becomes an ERROR row, the last one. It knows no socket and no clock; the moment is passed in.

Two paths read a chunk. `_run` takes whole, short, unmasked text frames, which is what fast feeds are made of, with
nothing but integer indexing. Everything else goes through `_head` and `_body`, frame by frame and piece by piece.
"""

import sys
import zlib
from typing import NoReturn

from wsinspect.events import ERROR, FRAME, Batch, Direction, Frame, Moment, Row, Violation
from wsinspect.wire.frames import CLOSE, CONTINUATION, OPCODE_NAMES, RSV_NAMES, TEXT, apply_mask
from wsinspect.wire.gather import Gather
from wsinspect.wire.inflate import Deflate, Inflate, TooBig
from wsinspect.wire.rules import SHOWN_BYTES, sendable, violation
from wsinspect.wire.utf8 import BadText, TextCheck, wrong_bytes

CONTROL = 0x8
"""The bit that tells control opcodes from data opcodes."""

MAX_CONTROL = 125


class _Breach(Exception):
    """Carries a violation from where it was seen to `feed`."""

    def __init__(self, violation: Violation) -> None:
        self.violation = violation


class Reader:
    """Reads one direction of one connection.

    ``masked`` says who sends: a client (True) or a server; ``deflate`` what was agreed for this direction;
    ``max_size`` limits a message, once inflated, in bytes; ``frames`` asks for a FRAME row before the row of its
    message; ``offset`` is that of the first byte. ``over`` turns true when nothing more is read: after a violation.
    """

    def __init__(
        self,
        direction: Direction = "in",
        *,
        masked: bool = False,
        deflate: Deflate | None = None,
        max_size: int | None = None,
        frames: bool = False,
        offset: int = 0,
    ) -> None:
        self.direction: Direction = direction
        self.over = False
        self._masked = masked
        self._inflate = Inflate(deflate) if deflate else None
        self._limit = sys.maxsize - 1 if max_size is None else max_size
        self._frames = self._wants_frames = frames
        self._closed = False
        self._offset = offset  # of the next byte after the chunks seen so far
        self._held = b""  # an unfinished header, or control frame

        # The frame that is being read.
        self._left = -1  # bytes of payload to come; -1 between frames
        self._fin = True
        self._opcode = 0
        self._rsv = 0
        self._key: bytes | None = None
        self._phase = 0
        self._size = 0
        self._head_size = 0
        self._start = 0  # absolute offset of its first byte
        self._first = b""  # its first bytes, to show
        self._as_sent = Gather()  # its payload, where frames are asked for
        self._plain_size = 0

        # The message that is being read; type 0 between messages.
        self._type = 0
        self._compressed = False
        self._sent = 0  # payload bytes of its frames so far, as they came
        self._wire = 0
        self._gather = Gather()
        self._check: TextCheck | None = None

    def feed(self, chunk: bytes, at: Moment) -> Batch:
        """Read a chunk and return what it brought."""
        batch = Batch(at, self.direction, [], wire=len(chunk), uniform=True)
        if self.over or not chunk:
            return batch
        base = self._offset - len(self._held)  # absolute offset of chunk[0]
        self._offset += len(chunk)
        if self._held:
            chunk, self._held = self._held + chunk, b""
        pos, end = 0, len(chunk)
        try:
            while pos < end:
                if self._left < 0:
                    if self._closed:
                        self._breach("after-close", base + pos, chunk[pos:])
                    if not self._masked and not self._type:
                        run = self._run_framed if self._wants_frames else self._run
                        pos = run(chunk, pos, end, base, batch)
                        if pos == end:
                            break
                    body = self._head(chunk, pos, end, base)
                    if body < 0:
                        self._held = chunk[pos:]
                        break
                    pos = body
                pos = self._body(chunk, pos, end, base, batch)
        except _Breach as breach:
            batch.rows.append((ERROR, breach.violation, 0))
            batch.uniform = False
            self.over = True
            self._forget()
        return batch

    def show_frames(self, wanted: bool) -> None:
        """From the next frame on, give FRAME rows, or give no more."""
        self._wants_frames = wanted

    @property
    def left(self) -> int:
        """So many bytes are missing of the payload that is being read; 0 between frames."""
        return max(0, self._left)

    def unfinished(self) -> str:
        """Tell where in a frame or message the bytes stopped; empty if between messages. For the end of a stream."""
        if self._left >= 0:
            return _inside(self._opcode, self._size - self._left, self._size)
        if self._held:
            opcode, came = self._held[0] & 0xF, len(self._held) - (6 if self._masked else 2)
            if opcode & CONTROL and came >= 0:
                return _inside(opcode, came, self._held[1] & 0x7F)
            return "inside the header of a frame"
        if self._type:
            return f"inside a fragmented message, {self._sent:,} payload bytes had come"
        return ""

    def _run(self, chunk: bytes, pos: int, end: int, base: int, batch: Batch) -> int:
        """Take whole text frames of less than 64 KiB; return where they end."""
        rows = batch.rows
        append = rows.append
        begin, before, wide = pos, len(rows), 0
        last = end - 1
        limit = self._limit
        while pos < last:
            size = chunk[pos + 1]
            if chunk[pos] != 0x81:
                break
            start = pos + 2
            if size > 125:
                start = pos + 4
                if size != 126 or start > end:
                    break
                size = chunk[pos + 2] << 8 | chunk[pos + 3]
                if size < 126:
                    break
            stop = start + size
            if stop > end or size > limit:
                break
            payload = chunk[start:stop]
            if not payload.isascii():
                try:
                    payload.decode()
                except UnicodeDecodeError as fault:
                    batch.messages += len(rows) - before
                    batch.payload += pos - begin - 2 * (len(rows) - before + wide)
                    self._breach("utf8", base + start + fault.start, wrong_bytes(fault))
            append((TEXT, payload, stop - pos))
            if size > 125:
                wide += 1
            pos = stop
        count = len(rows) - before
        batch.messages += count
        batch.payload += pos - begin - 2 * (count + wide)
        return pos

    def _run_framed(self, chunk: bytes, pos: int, end: int, base: int, batch: Batch) -> int:
        """Do as `_run`, and put the row of its frame before each message."""
        rows = batch.rows
        before, offset = len(rows), base + pos
        try:
            return self._run(chunk, pos, end, base, batch)
        finally:
            framed: list[Row] = []
            for row in rows[before:]:
                _, payload, wire = row
                frame = Frame(True, 0, TEXT, None, wire - len(payload), payload, None, offset)
                framed += (FRAME, frame, wire), row
                offset += wire
                batch.uniform = False
            rows[before:] = framed

    def _head(self, chunk: bytes, pos: int, end: int, base: int) -> int:
        """Read a frame's header; return where its payload starts, or -1 if more bytes are needed."""
        if end - pos < 2:
            return -1
        first, second = chunk[pos], chunk[pos + 1]
        opcode, fin, rsv, size = first & 0xF, first >= 0x80, first >> 4 & 7, second & 0x7F
        self._start = base + pos
        self._check_first_two(chunk[pos : pos + 2], opcode, fin, rsv, size)
        start = pos + 2
        if size > MAX_CONTROL:
            wide = 2 if size == 126 else 8
            if end - start < wide:
                return -1
            size = int.from_bytes(chunk[start : start + wide], "big")
            start += wide
            self._check_length(chunk[pos:start], size, wide)
        key = None
        if self._masked:
            if end - start < 4:
                return -1
            key = chunk[start : start + 4]
            start += 4
        if opcode & CONTROL:
            if end - start < size:
                return -1  # short, so it is read whole
        else:
            self._first = chunk[pos : min(start + size, pos + SHOWN_BYTES)]
            self._open(opcode, rsv, size)
        self._fin, self._opcode, self._rsv, self._key, self._phase = fin, opcode, rsv, key, 0
        self._size = self._left = size
        self._frames = self._wants_frames
        self._head_size = start - pos
        self._plain_size = 0
        return start

    def _check_first_two(self, two: bytes, opcode: int, fin: bool, rsv: int, size: int) -> None:
        """Hold the first two bytes of a frame against sections 5.1 to 5.5."""
        if opcode not in OPCODE_NAMES:
            self._breach("opcode", self._start, two, opcode=opcode)
        name = OPCODE_NAMES[opcode]
        if rsv:
            if strange := rsv & (7 if self._inflate is None else 3):
                bits = " and ".join(label for bit, label in RSV_NAMES.items() if strange & bit)
                self._breach("rsv", self._start, two, bits=bits)
            if opcode & CONTROL or opcode == CONTINUATION:
                self._breach("rsv1-place", self._start, two, frame=name)
        if (two[1] >= 0x80) is not self._masked:
            self._breach("unmasked" if self._masked else "masked", self._start, two)
        if opcode & CONTROL:
            if not fin:
                self._breach("control-fragmented", self._start, two, frame=name)
            if size > MAX_CONTROL:
                self._breach("control-length", self._start, two, frame=name)
        elif opcode == CONTINUATION:
            if not self._type:
                self._breach("continuation-stray", self._start, two)
        elif self._type:
            self._breach("continuation-missing", self._start, two, frame=name)

    def _check_length(self, header: bytes, size: int, wide: int) -> None:
        """Hold an extended length against section 5.2."""
        if size >= 1 << 63:
            self._breach("length-top-bit", self._start, header)
        if size < (126 if wide == 2 else 65536):
            self._breach("length-minimal", self._start, header, length=size, bits=8 * wide)

    def _open(self, opcode: int, rsv: int, size: int) -> None:
        """Begin a data frame, and with it perhaps a message."""
        if opcode != CONTINUATION:
            self._type, self._compressed = opcode, bool(rsv)
            self._check = TextCheck() if opcode == TEXT else None
        # Inflated bytes are counted as they appear; a compressed frame may be larger than they are, but not by much.
        if size > (2 * self._limit + 1024 if self._compressed else self._limit - self._sent):
            self._breach("too-big", self._start, self._first, limit=self._limit)

    def _body(self, chunk: bytes, pos: int, end: int, base: int, batch: Batch) -> int:
        """Read what the chunk holds of a frame's payload; return where it ends."""
        stop = min(pos + self._left, end)
        piece = chunk[pos:stop]
        self._left -= stop - pos
        if self._key is not None:
            piece = apply_mask(piece, self._key, self._phase)
            self._phase += stop - pos
        if self._frames:
            self._as_sent.add(piece)
        if self._opcode & CONTROL:
            self._control(piece, batch)
        else:
            self._data(piece, base + pos, batch)
        if not self._left:
            self._left = -1
        return stop

    def _data(self, piece: bytes, offset: int, batch: Batch) -> None:
        """Add a piece to the message, and end frame and message where it was the last."""
        ends_frame = not self._left
        ends = ends_frame and self._fin
        self._sent += len(piece)
        if self._compressed:
            piece = self._plain(piece, ends)
            self._plain_size += len(piece)
        if self._check is not None:
            try:
                self._check.check(piece, offset, final=ends)
            except BadText as fault:
                # In a compressed message no single byte on the wire is at fault: the frame is named.
                self._breach("utf8", self._start if self._compressed else fault.offset, fault.data)
        if ends_frame:
            self._wire += self._head_size + self._size
            if self._frames:
                self._frame_row(batch)
        if not ends:
            self._gather.add(piece)
            return
        if self._gather.size:
            self._gather.add(piece)
            piece = self._gather.take()
        batch.rows.append((self._type, piece, self._wire))
        batch.messages += 1
        batch.payload += len(piece)
        self._type = self._sent = self._wire = 0

    def _plain(self, piece: bytes, ends: bool) -> bytes:
        """Inflate a piece of a compressed message."""
        inflate = self._inflate
        assert inflate is not None
        try:
            plain = inflate.feed(piece, self._limit - self._gather.size)
            if ends:
                inflate.finish()
        except TooBig:
            self._breach("too-big", self._start, self._first, limit=self._limit)
        except zlib.error as fault:
            self._breach("deflate", self._start, self._first, fault=str(fault).rpartition(": ")[2])
        return plain

    def _control(self, payload: bytes, batch: Batch) -> None:
        """Take a control frame, which is always whole."""
        if self._frames:
            self._frame_row(batch)
        if self._opcode == CLOSE:
            self._check_close(payload)
            self._closed = True
        batch.rows.append((self._opcode, payload, self._head_size + self._size))
        batch.uniform = False

    def _check_close(self, body: bytes) -> None:
        """Hold the body of a close frame against sections 5.5.1 and 7.4."""
        offset = self._start + self._head_size
        if len(body) == 1:
            self._breach("close-length", offset, body)
        if body:
            code = int.from_bytes(body[:2], "big")
            if not sendable(code):
                self._breach("close-code", offset, body[:2], code=code)
            try:
                body[2:].decode()
            except UnicodeDecodeError as fault:
                self._breach("close-utf8", offset + 2 + fault.start, wrong_bytes(fault))

    def _frame_row(self, batch: Batch) -> None:
        """Add the row of the frame that just ended."""
        compressed = self._compressed and not self._opcode & CONTROL
        size = self._head_size + self._size
        frame = Frame(
            self._fin,
            self._rsv,
            self._opcode,
            self._key,
            self._head_size,
            self._as_sent.take(),
            self._plain_size if compressed else None,
            self._start,
        )
        batch.rows.append((FRAME, frame, size))
        batch.uniform = False

    def _breach(self, rule: str, offset: int, data: bytes, **seen: object) -> NoReturn:
        raise _Breach(violation(rule, offset, data, **seen))

    def _forget(self) -> None:
        """Let go of what was gathered, since nothing more will come of it."""
        self._held = b""
        self._left = -1
        self._type = 0
        self._gather = Gather()
        self._as_sent = Gather()


def _inside(opcode: int, came: int, size: int) -> str:
    return f"inside a {OPCODE_NAMES[opcode]} frame, {came:,} of {size:,} payload bytes had come"
