"""The reader alone, fed with N and then 4 N of something, in turns: `python -m tests.bench.linear KIND N RUNS`.

Prints a line of JSON: the processor's seconds of all runs with N, and those with 4 N. Opens no socket.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from tests.bench.sender import head, payload

CHUNK = 256 * 1024  # what asyncio reads at most at once
FRAGMENT = b"0123456789"


def fragments(count: int) -> Iterator[bytes]:
    """Cut one text message into so many frames (RFC 6455 section 5.4)."""
    for index in range(count):
        yield head(len(FRAGMENT), int(index == 0), fin=index == count - 1) + FRAGMENT


def message(size: int) -> list[bytes]:
    """Write one message; its chunks are one and the same object, so the input costs no memory."""
    return [head(size), *[payload("text", CHUNK)] * (size // CHUNK)]


def in_chunks(data: bytes) -> Iterator[bytes]:
    return (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))


KINDS: dict[str, Callable[[int], Iterable[bytes]]] = {
    "message": message,
    "fragments": lambda count: in_chunks(b"".join(fragments(count))),
    "fragments-alone": fragments,
    "messages-in-a-chunk": lambda count: [b"\x81\x01a" * count],
}


def feed(kind: str, count: int) -> float:
    """Feed a new reader and give the seconds."""
    from wsinspect.events import Moment  # here, since other rows need no reader
    from wsinspect.wire.reader import Reader

    reader, at, found = Reader(max_size=1 << 30), Moment(0.0, 0.0), 0
    chunks = list(KINDS[kind](count))
    gc.collect()
    began = time.process_time()
    for chunk in chunks:
        found += reader.feed(chunk, at).messages
    seconds = time.process_time() - began
    if found != (count if kind == "messages-in-a-chunk" else 1):
        sys.exit(f"{found:,} messages found")
    return seconds


def main(kind: str, count: int, runs: int) -> None:
    feed(kind, count)
    pairs = [(feed(kind, count), feed(kind, 4 * count)) for _ in range(runs)]
    print(json.dumps(list(zip(*pairs, strict=True))))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
