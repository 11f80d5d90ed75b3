"""Bytes of a recording as they are on the disk or come through a pipe: read when they are there, unpacked, followed.

Each stream is asked for bytes, returns what there is, and waits only where there is nothing; it has ended where it
returns none. Knows no form of recordings.
"""

import io
import os
import time
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from wsinspect.errors import Exit, InspectError, Unreadable

Read = Callable[[int], bytes]
"""Returns at most so many bytes: none at the end only."""

POLL_S = 0.05
"""Time between two looks at a file that is followed."""

PIECE = 1 << 16
"""Compressed bytes that are taken at a time."""

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
SURE = 24
"""Bytes, white space not counted, by which a stream is known."""

SMALL = 2048
"""Bytes of zstd that are taken at a time where what they bring cannot be bounded: at most 64 MiB."""


class Stream(io.RawIOBase):
    """What is read by ``read``, of which the first bytes can be looked at."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._held = b""

    def head(self) -> bytes:
        """Return the first bytes: as many as tell what it is, fewer where it ends before."""
        while len(b"".join(self._held.split())) < SURE and (piece := self._read(PIECE)):
            self._held += piece
        return self._held

    def readable(self) -> bool:
        """It is."""
        return True

    def take(self, size: int) -> bytes:
        """Return at most so many bytes: what there is."""
        if not self._held:
            return self._read(size)
        data, self._held = self._held[:size], self._held[size:]
        return data

    def readinto(self, buffer: Any) -> int:
        """Take what there is."""
        data = self.take(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def patient(raw: Any, waits: Callable[[], None]) -> Read:
    """Return what reads from a raw file; ``waits`` is called before each time that it may have to wait."""
    taken = 0

    def read(size: int) -> bytes:
        nonlocal taken
        waits()
        try:
            # It is None where another program that shares the pipe has set it not to block.
            while (data := raw(size)) is None:
                time.sleep(POLL_S)
        except OSError as fault:
            why = (fault.strerror or str(fault)).lower()
            raise Unreadable(f"cannot read the recording beyond byte {taken:,}: {why}", exit=Exit.OUTPUT) from None
        taken += len(data)
        return bytes(data)

    return read


class Tail:
    """A file read as it grows, until another one stands in its place or it was cut: then it has ended.

    ``waits`` is called before each time that it waits.
    """

    def __init__(self, path: str, file: Any, waits: Callable[[], None]) -> None:
        self._path = path
        self._file = file
        self._read = patient(file.read, waits)
        self._is_over = False
        self.why = ""
        """Why it has ended."""

    def read(self, size: int) -> bytes:
        """Return what there is, and wait for it to come."""
        while not (data := self._read(size)):
            if self._is_over:
                return b""
            # What was still written to it before is read first.
            self._is_over = self._ended()
            if not self._is_over:
                time.sleep(POLL_S)
        return data

    def _ended(self) -> bool:
        own = os.fstat(self._file.fileno())
        try:
            there = os.stat(self._path)
        except OSError:
            return False  # what comes in its place is to come yet
        if (own.st_dev, own.st_ino) != (there.st_dev, there.st_ino):
            self.why = "was replaced"
        elif own.st_size < self._file.tell():
            self.why = "was cut"
        return bool(self.why)


class Packing(NamedTuple):
    """A way of packing: how it begins, what it is called, what makes a decoder, and what that raises.

    A decoder has ``decompress(data, most)``, ``needs_input``, ``eof`` and ``unused_data``, as zstd's in Python has.
    """

    sign: bytes
    name: str
    decoder: Callable[[], Any]
    faults: tuple[type[Exception], ...]


def packing_of(head: bytes) -> Packing | None:
    """Tell how a stream is packed by its first bytes; None where it is not.

    Raises:
        InspectError: what unpacks it is not installed.
    """
    if _begins(head, GZIP):
        return Packing(GZIP, "gzip", _Gzip, (zlib.error,))
    return _zstd() if _begins(head, ZSTD) else None


def _begins(head: bytes, sign: bytes) -> bool:
    """Tell whether a stream begins with a sign, or was cut off in it."""
    return head.startswith(sign) or (bool(head) and sign.startswith(head))


def _zstd() -> Packing:
    try:
        # Part of Python from 3.14 on.
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        pass
    else:
        return Packing(ZSTD, "zstd", zstd.ZstdDecompressor, (zstd.ZstdError,))
    try:
        import zstandard
    except ImportError:
        raise InspectError(
            "the recording is packed with Zstandard, which this Python does not have",
            hint="install it: pip install 'wsinspect[zstd]'",
        ) from None
    unpacker = zstandard.ZstdDecompressor()
    return Packing(ZSTD, "zstd", lambda: _Zstandard(unpacker.decompressobj()), (zstandard.ZstdError,))


class _Gzip:
    """zlib's, with the input that it has not taken yet kept within."""

    def __init__(self, inner: Any = None) -> None:
        self._inner = inner or zlib.decompressobj(wbits=31)
        self._left = b""
        self._is_full = False
        """As much came as was asked for: there may be more, even if all input is taken."""

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        return not self._left and not self._is_full

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        made = self._inner.decompress(self._left + data, max_length)
        self._left = self._inner.unconsumed_tail
        self._is_full = len(made) >= max_length
        return bytes(made)

    def copy(self) -> "tuple[Any, bytes]":
        """Return another one in the same state, and what it has not taken yet."""
        return _Gzip(self._inner.copy()), self._left


class _Zstandard:
    """The extra's, given little at a time."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._left = b""

    @property
    def ahead(self) -> int:
        """So many bytes of what it was given were not looked at."""
        return len(self._left)

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        return not self._left

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data) + self._left

    def decompress(self, data: bytes, max_length: int) -> bytes:
        given = self._left + data
        self._left = given[SMALL:]
        return bytes(self._inner.decompress(given[:SMALL]))


class Unpacked:
    """What a packed stream holds, one member after the other. All that can be unpacked is, before damage is told."""

    def __init__(self, read: Read, packing: Packing, noted: Callable[[str], None]) -> None:
        self._source = read
        self._packing = packing
        self._noted = noted
        self._decoder: Any = packing.decoder()
        self._input = b""
        self._taken = 0
        """Packed bytes that came so far."""

        self._made = memoryview(b"")
        """What is unpacked and was not asked for yet."""

        self._damage: InspectError | None = None
        self._is_over = False

    def read(self, size: int) -> bytes:
        """Return at most so many bytes."""
        while not self._made and not self._is_over:
            if self._damage is not None:
                raise self._damage
            self._made = memoryview(self._unpacked(size))
        data, self._made = self._made[:size], self._made[size:]
        return bytes(data)

    def _more(self) -> bytes:
        piece = self._source(PIECE)
        self._taken += len(piece)
        return piece

    def _unpacked(self, size: int) -> bytes:
        """Go on by a step; it may bring nothing."""
        decoder = self._decoder
        if decoder.eof:
            self._next_member()
            return b""
        piece, self._input = self._input, b""
        if not piece and decoder.needs_input and not (piece := self._more()):
            self._noted(f"the {self._packing.name} data was cut off at byte {self._taken:,}")
            self._is_over = True
            return b""
        before = decoder.copy() if hasattr(decoder, "copy") else (None, b"")
        try:
            return bytes(decoder.decompress(piece, size))
        except self._packing.faults:
            return self._salvaged(before[0], before[1] + piece, size)

    def _next_member(self) -> None:
        """Behind a member another one may follow, or zeros that fill a block of a tape."""
        rest: bytes = self._decoder.unused_data.lstrip(b"\0")
        sign = self._packing.sign
        while len(rest) < len(sign) and (piece := self._more()):
            rest = (rest + piece).lstrip(b"\0")
        if rest.startswith(sign):
            self._decoder, self._input = self._packing.decoder(), rest
            return
        if rest:
            self._noted(f"what stands behind the {self._packing.name} data is left out")
        self._is_over = True

    def _salvaged(self, decoder: Any, piece: bytes, size: int) -> bytes:
        """Unpack byte by byte up to the damage: less than what was asked for, or it would not have been met."""
        data, at = b"", 0
        if decoder is not None:
            try:
                for at in range(len(piece)):
                    data += decoder.decompress(piece[at : at + 1], size)
            except self._packing.faults:
                pass
        if decoder is not None:
            place = f"at byte {self._taken - len(piece) + at:,}"
        else:
            # It cannot be tried again byte by byte, and damage of a block shows at its end.
            place = f"before byte {self._taken - getattr(self._decoder, 'ahead', 0):,}"
        told = f"the recording is damaged {place} of its {self._packing.name} data"
        self._damage = Unreadable(told, exit=Exit.OUTPUT)
        return data
