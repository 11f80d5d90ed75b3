"""How a recording is packed, chosen by the ending of its name. Knows no file."""

import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeAlias

from wsinspect.errors import InspectError

GZIP_LEVEL = 2
"""It keeps up with a fast feed; NDJSON shrinks to about a tenth by it, and higher levels take several times as long."""

ZSTD_LEVEL = 3
GZIP_FORMAT = 31
"""What zlib calls a window of 32 KiB with the head and tail of gzip (RFC 1952)."""


class Packing(Protocol):
    """Packs the bytes of one file."""

    def pack(self, data: bytes) -> bytes:
        """Return what is to be written; some may stay inside until `sync`."""

    def sync(self) -> bytes:
        """Return what is to be written so that all that was packed can be read."""

    def end(self) -> bytes:
        """Return the end of the file."""


class Gzip:
    """gzip, which every system reads."""

    def __init__(self, level: int = GZIP_LEVEL) -> None:
        self._packer = zlib.compressobj(level, zlib.DEFLATED, GZIP_FORMAT)

    def pack(self, data: bytes) -> bytes:
        return self._packer.compress(data)

    def sync(self) -> bytes:
        return self._packer.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        return self._packer.flush()


class Zstd:
    """Zstandard (RFC 8878), of Python itself from 3.14 on, else of the extra."""

    def __init__(self, packer: Any, block: int, frame: int) -> None:
        self._packer = packer
        self._block = block
        self._frame = frame

    def pack(self, data: bytes) -> bytes:
        packed: bytes = self._packer.compress(data)
        return packed

    def sync(self) -> bytes:
        packed: bytes = self._packer.flush(self._block)
        return packed

    def end(self) -> bytes:
        packed: bytes = self._packer.flush(self._frame)
        return packed


Packer: TypeAlias = Callable[[], Packing]
"""Begins a file."""


def packer_for(path: str, level: int = GZIP_LEVEL) -> Packer | None:
    """Return what packs a file of this name, None where it stays as it is; ``level`` is that of gzip.

    Raises:
        InspectError: what it takes is not installed.
    """
    if path.endswith(".gz"):
        return partial(Gzip, level)
    return _zstd() if path.endswith(".zst") else None


def _zstd() -> Packer:
    try:
        # Only a file of this name pays for the import.
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        pass
    else:
        packer = zstd.ZstdCompressor
        return lambda: Zstd(packer(ZSTD_LEVEL), packer.FLUSH_BLOCK, packer.FLUSH_FRAME)
    try:
        import zstandard
    except ImportError:
        raise InspectError(
            "a file called .zst needs Zstandard, which this Python does not have",
            hint="install it: pip install 'wsinspect[zstd]'; or call it .gz",
        ) from None
    block, frame = zstandard.COMPRESSOBJ_FLUSH_BLOCK, zstandard.COMPRESSOBJ_FLUSH_FINISH
    return lambda: Zstd(zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj(), block, frame)
