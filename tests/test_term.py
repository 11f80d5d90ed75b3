"""The sink and the source, on real pipes and devices."""

import asyncio
import contextlib
import os
import pty
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import BOUND_S
from wsinspect.render.pieces import Pieces as InPieces
from wsinspect.term.sink import HIGH, Descriptor, Sink
from wsinspect.term.source import AHEAD, CHUNK, Chunks, Pieces


def bounded(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, BOUND_S))


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end of a pipe; a test may close either."""
    reader, writer = os.pipe()
    yield reader, writer
    with contextlib.suppress(OSError):
        os.close(reader)
    # A sink that was abandoned must not write into whatever gets the number next.
    for thread in threading.enumerate():
        if thread.name == "sink":
            thread.join(BOUND_S)
    with contextlib.suppress(OSError):
        os.close(writer)


def quietly() -> None:
    """For sinks whose end is not looked at."""


class Reading(threading.Thread):
    """Reads a pipe to its end in a thread."""

    def __init__(self, reader: int) -> None:
        super().__init__(daemon=True)
        self._reader = reader
        self.data = b""
        self.start()

    def run(self) -> None:
        with open(self._reader, "rb", closefd=False) as file:
            self.data = file.read()


# The sink.


def test_sink_keeps_order(pipe: tuple[int, int]) -> None:
    reading = Reading(pipe[0])

    async def write() -> None:
        sink = Sink(pipe[1], quietly)
        for number in range(20_000):
            await sink.write(f"{number}\n" if number % 2 else b"%d\n" % number)
        await sink.write("")
        await sink.finish()

    bounded(write())
    os.close(pipe[1])
    reading.join(BOUND_S)
    assert reading.data == b"".join(b"%d\n" % number for number in range(20_000))


def test_what_is_pushed_comes_behind_all_pieces_of_what_is_written(pipe: tuple[int, int]) -> None:
    async def write() -> None:
        sink = Sink(pipe[1], quietly)
        await asyncio.gather(sink.write(InPieces(lambda: "line")), say(sink))
        sink.push("then\n")
        await sink.finish()

    async def say(sink: Sink) -> None:
        sink.push("\nsaid\n")

    bounded(write())
    assert os.read(pipe[0], 100) == b"line\nsaid\nthen\n"


def test_of_what_nobody_takes_no_further_piece_is_made(pipe: tuple[int, int]) -> None:
    made = []

    async def write() -> None:
        def pieces() -> Iterator[bytes]:
            for number in range(1000):
                made.append(number)
                yield bytes(HIGH // 4)

        sink = Sink(pipe[1], quietly)
        writing = asyncio.create_task(sink.write(InPieces(pieces)))
        await asyncio.sleep(0.05)
        sink.abandon()
        with pytest.raises(TimeoutError):
            await writing

    bounded(write())
    assert len(made) < 10


def test_a_fault_of_ours_in_a_destination_ends_the_wait_for_it() -> None:
    class Faulty(Descriptor):
        def write(self, data: bytes) -> None:
            raise ValueError("ours")

    async def write() -> list[Any]:
        heard: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context["exception"]))
        sink = Sink(Faulty(-1), quietly)
        sink.push("x")
        with pytest.raises(OSError, match="internal fault: ours"):
            await sink.finish()
        await asyncio.sleep(0)
        return heard

    (fault,) = bounded(write())
    assert isinstance(fault, ValueError)


def test_sink_writes_what_is_no_utf8(pipe: tuple[int, int]) -> None:
    async def write() -> None:
        sink = Sink(pipe[1], quietly)
        await sink.write("✓ \udcff\n")
        await sink.finish()

    bounded(write())
    assert os.read(pipe[0], 100) == "✓ \\udcff\n".encode()


def test_sink_waits_for_a_reader_that_stops_and_loses_nothing(pipe: tuple[int, int]) -> None:
    piece = bytes(range(256)) * 256

    async def write() -> int:
        sink = Sink(pipe[1], quietly)
        written = 0

        async def feed() -> None:
            nonlocal written
            for _ in range(100):
                await sink.write(piece)
                written += 1

        feeding = asyncio.create_task(feed())
        await asyncio.sleep(0.1)
        assert not feeding.done()
        held = written
        reading.append(Reading(pipe[0]))
        await feeding
        await sink.finish()
        return held

    reading: list[Reading] = []
    held = bounded(write())
    # Its own limit, one piece beyond, and what the pipe holds.
    assert HIGH // len(piece) <= held <= HIGH // len(piece) + 2
    os.close(pipe[1])
    reading[0].join(BOUND_S)
    assert reading[0].data == piece * 100


def test_sink_finish_waits_for_everything(pipe: tuple[int, int]) -> None:
    async def write() -> bool:
        sink = Sink(pipe[1], quietly)
        await sink.write(bytes(HIGH))
        finishing = asyncio.create_task(sink.finish())
        await asyncio.sleep(0.05)
        early = finishing.done()
        reading.append(Reading(pipe[0]))
        await finishing
        return early

    reading: list[Reading] = []
    assert not bounded(write())
    os.close(pipe[1])
    reading[0].join(BOUND_S)
    assert len(reading[0].data) == HIGH


def test_sink_tells_that_the_reader_left(pipe: tuple[int, int]) -> None:
    """Though there is nothing to write."""

    async def idle() -> tuple[int, Sink]:
        gone = asyncio.Event()
        calls = []
        sink = Sink(pipe[1], lambda: (calls.append(1), gone.set()))  # type: ignore[func-returns-value]
        await sink.write("first\n")
        await asyncio.sleep(0.02)
        assert not calls
        os.close(pipe[0])
        await gone.wait()
        with pytest.raises(BrokenPipeError):
            await sink.write("second\n")
        with pytest.raises(BrokenPipeError):
            await sink.finish()
        return len(calls), sink

    calls, sink = bounded(idle())
    assert calls == 1
    assert isinstance(sink.failure, BrokenPipeError)


def test_sink_reader_leaves_while_a_write_waits(pipe: tuple[int, int]) -> None:
    async def write() -> int:
        calls: list[int] = []
        sink = Sink(pipe[1], lambda: calls.append(1))
        writing = asyncio.create_task(sink.write(bytes(2 * HIGH)))
        await asyncio.sleep(0.05)
        assert not writing.done()
        os.close(pipe[0])
        await writing
        with pytest.raises(BrokenPipeError):
            await sink.finish()
        return len(calls)

    assert bounded(write()) == 1


def test_sink_into_a_fifo_that_is_open_both_ways(tmp_path: Path) -> None:
    """What we wrote makes it readable, which is no sign that the reader left."""
    os.mkfifo(tmp_path / "fifo")
    descriptor = os.open(tmp_path / "fifo", os.O_RDWR)

    async def write() -> None:
        sink = Sink(descriptor, quietly)
        for _ in range(5):
            await sink.write("line\n")
            await asyncio.sleep(0.01)
        await sink.finish()

    bounded(write())
    assert os.read(descriptor, 100) == b"line\n" * 5
    os.close(descriptor)


def test_sink_full_disk() -> None:
    async def write(*, at_once: bool) -> int:
        calls: list[int] = []
        with open("/dev/full", "wb", buffering=0) as full:
            sink = Sink(full.fileno(), lambda: calls.append(1))
            await sink.write("lost\n")
            if at_once:
                # Time for the thread to fail, none for the loop to hear of it.
                time.sleep(0.1)
            else:
                while sink.failure is None:
                    await asyncio.sleep(0.005)
                with pytest.raises(OSError, match="No space left"):
                    await sink.write("next\n")
            with pytest.raises(OSError, match="No space left"):
                await sink.finish()
        return len(calls)

    assert bounded(write(at_once=False)) == 1
    assert bounded(write(at_once=True)) == 1


def test_sink_on_a_closed_descriptor() -> None:
    async def write() -> None:
        sink = Sink(-1, quietly)
        await sink.write("lost\n")
        with pytest.raises(OSError, match="Bad file descriptor"):
            await sink.finish()

    bounded(write())


def test_sink_abandoned(pipe: tuple[int, int]) -> None:
    async def write() -> list[BaseException | None]:
        sink = Sink(pipe[1], quietly)
        waiting = asyncio.gather(sink.write(bytes(2 * HIGH)), return_exceptions=True)
        await asyncio.sleep(0.02)
        sink.abandon()
        sink.abandon()
        await waiting
        with pytest.raises(TimeoutError):
            await sink.write("more")
        with pytest.raises(TimeoutError):
            await sink.finish()
        other = Sink(pipe[1], quietly)
        await other.write(bytes(HIGH))
        finishing = asyncio.gather(other.finish(), return_exceptions=True)
        await asyncio.sleep(0.02)
        other.abandon()
        return await finishing

    assert [type(fault) for fault in bounded(write())] == [TimeoutError]


def test_sink_and_a_descriptor_that_does_not_block(pipe: tuple[int, int]) -> None:
    """As one is that is shared with a program that set it so."""
    os.set_blocking(pipe[1], False)

    async def write() -> None:
        sink = Sink(pipe[1], quietly)
        await sink.write(bytes(300_000))
        await asyncio.sleep(0.05)
        assert sink.failure is None
        reading.append(Reading(pipe[0]))
        await sink.finish()

    reading: list[Reading] = []
    bounded(write())
    os.close(pipe[1])
    reading[0].join(BOUND_S)
    assert len(reading[0].data) == 300_000


def test_sink_outlives_its_loop(pipe: tuple[int, int]) -> None:
    async def write() -> Sink:
        sink = Sink(pipe[1], quietly)
        await sink.write(bytes(HIGH))
        return sink

    sink = bounded(write())
    with open(pipe[0], "rb", closefd=False) as file:
        assert file.read(HIGH) == bytes(HIGH)
    # So that its thread ends; the loop of which it tells is gone.
    with contextlib.suppress(RuntimeError):
        bounded(sink.finish())


# Where it leads.


class Kept:
    """A destination that keeps what it is told; it wants to settle a moment after each write."""

    def __init__(self, fails_at: str = "") -> None:
        self.told: list[str | bytes] = []
        self.settled = threading.Event()
        self.closed = threading.Event()
        self._fails_at = fails_at
        self._due_s: float | None = None

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if what == self._fails_at:
            raise OSError(28, "No space left on device")

    def write(self, data: bytes) -> None:
        self.told.append(data)
        self._tell("write")
        self._due_s = 0.001

    def due_s(self) -> float | None:
        return self._due_s

    def settle(self) -> None:
        self._due_s = None
        self._tell("settle")
        self.settled.set()

    def close(self) -> None:
        try:
            self._tell("close")
        finally:
            self.closed.set()


def test_sink_lets_its_destination_settle_and_closes_it() -> None:
    kept = Kept()

    async def write() -> None:
        sink = Sink(kept, quietly)
        await sink.write("a")
        await asyncio.to_thread(kept.settled.wait, BOUND_S)
        await sink.write(b"b")
        await sink.finish()

    bounded(write())
    assert kept.told[:3] == [b"a", "write", "settle"]
    assert kept.told[3:5] == [b"b", "write"]
    assert kept.told[-1] == "close"


@pytest.mark.parametrize("at", ["write", "settle", "close"])
def test_sink_tells_what_its_destination_could_not_do(at: str) -> None:
    kept, calls = Kept(at), []

    async def write() -> None:
        sink = Sink(kept, lambda: calls.append(1))
        await sink.write("a")
        if at == "settle":
            while sink.failure is None:
                await asyncio.sleep(0.001)
            with pytest.raises(OSError, match="No space"):
                await sink.write("b")
        with pytest.raises(OSError, match="No space"):
            await sink.finish()

    bounded(write())
    assert calls == [1]
    # It is told before the destination is closed.
    assert kept.closed.wait(BOUND_S)
    assert kept.told[-1] == "close"


# The source.


async def all_of(source: Pieces) -> list[bytes]:
    got = []
    while (piece := await source.next()) is not None:
        got.append(piece)
    return got


def read_of(*pieces: bytes, by: Callable[[int], Pieces] = Pieces, pause_s: float = 0.01) -> list[bytes]:
    """Write pieces to a pipe, slowly, and return what is read of it."""
    reader, writer = os.pipe()

    def write() -> None:
        with open(writer, "wb", buffering=0) as file:
            for piece in pieces:
                file.write(piece)
                time.sleep(pause_s)

    threading.Thread(target=write, daemon=True).start()
    try:
        got: list[bytes] = bounded(all_of(by(reader)))
    finally:
        os.close(reader)
    return got


@pytest.mark.parametrize(
    ("pieces", "got"),
    [
        ([b"one\ntwo\n"], [b"one", b"two"]),
        ([b"one\ntwo"], [b"one", b"two"]),
        ([b"o", b"n", b"e", b"\n", b"two\nth", b"ree"], [b"one", b"two", b"three"]),
        ([b"\n\n", b"\n"], [b"", b"", b""]),
        ([b"windows\r\n", b"\xff\x00\n"], [b"windows\r", b"\xff\x00"]),
        ([b""], []),
        ([b"x" * 300_000, b"y" * 300_000 + b"\n", b"end"], [b"x" * 300_000 + b"y" * 300_000, b"end"]),
    ],
)
def test_lines(pieces: list[bytes], got: list[bytes]) -> None:
    assert read_of(*pieces) == got


def test_many_lines() -> None:
    wanted = [b"%d" % number for number in range(100_000)]
    assert read_of(b"\n".join(wanted)) == wanted


def test_a_line_beyond_measure(tmp_path: Path) -> None:
    """It is not gathered to its end, wherever that may be; short ones before it do not count."""
    (tmp_path / "lines").write_bytes(b"short\n" * 100_000 + b"x" * 100 * CHUNK)
    # It stays open, for the thread goes on reading ahead, and the number must not become another test's.
    descriptor = os.open(tmp_path / "lines", os.O_RDONLY)
    got = bounded(all_of(Pieces(descriptor, longest=3 * CHUNK)))
    assert got[:-1] == [b"short"] * 100_000
    assert 3 * CHUNK < len(got[-1]) <= 6 * CHUNK
    assert read_of(b"y" * 3 * CHUNK, by=lambda pipe: Pieces(pipe, longest=3 * CHUNK)) == [b"y" * 3 * CHUNK]


def test_chunks(pipe: tuple[int, int]) -> None:
    """What is read is given as it comes; after the end, there is nothing more."""

    async def take() -> list[bytes | None]:
        chunks = Chunks(pipe[0])
        taken = [chunks.next_now()]
        for sent in (b"one", b"two"):
            os.write(pipe[1], sent)
            taken.append(await chunks.next())
        os.close(pipe[1])
        return [*taken, await chunks.next(), await chunks.next(), chunks.next_now()]

    assert bounded(take()) == [None, b"one", b"two", b"", b"", b""]


@pytest.mark.parametrize(
    ("delimiter", "pieces", "got"),
    [
        (b"\0", [b"a\nb\0c\0"], [b"a\nb", b"c"]),
        (b"\r\n", [b"a\r", b"\nb\n\r", b"c\r\n"], [b"a", b"b\n\rc"]),
        (b"\r\n", [b"a\r"], [b"a\r"]),
        (b"--x", [b"a-", b"-", b"-", b"xb--", b"y--x--x"], [b"a-", b"b--y", b""]),
        (None, [b"a\n", b"b\n"], [b"a\nb\n"]),
        (None, [b"x" * 200_000], [b"x" * 200_000]),
        (None, [b""], []),
    ],
)
def test_other_delimiters(delimiter: bytes | None, pieces: list[bytes], got: list[bytes]) -> None:
    assert read_of(*pieces, by=lambda pipe: Pieces(pipe, delimiter)) == got


@given(
    st.lists(st.binary(max_size=4) | st.text("ab-", max_size=6).map(str.encode)),
    st.sampled_from([b"a", b"ab", b"aa", b"aab", b"abab", b"---", b"\0\0"]),
)
def test_delimiters_are_found_wherever_chunks_end(chunks: list[bytes], delimiter: bytes) -> None:
    pieces = Pieces(-1, delimiter)
    for chunk in filter(None, chunks):
        pieces._feed(chunk)
    pieces._feed(b"")
    wanted = b"".join(chunks).split(delimiter)
    assert [*pieces._ready] == (wanted if wanted[-1] else wanted[:-1])


def test_what_is_held(pipe: tuple[int, int]) -> None:
    """What was read ahead can be counted, and what was asked for in vain is not lost."""

    async def take() -> None:
        source = Pieces(pipe[0])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(source.next(), 0.02)
        assert source.held() == 0
        os.write(pipe[1], b"one\ntwo\nthree")
        assert await source.next() == b"one"
        assert source.held() == 1
        os.close(pipe[1])
        while source.held() < 2:
            await asyncio.sleep(0.01)
        assert [await source.next(), await source.next(), await source.next()] == [b"two", b"three", None]

    bounded(take())


def test_no_input(tmp_path: Path) -> None:
    with open("/dev/null", "rb") as nothing:
        assert bounded(all_of(Pieces(nothing.fileno()))) == []
    closed = os.open("/dev/null", os.O_RDONLY)
    os.close(closed)
    for descriptor in (closed, -1):
        assert bounded(all_of(Pieces(descriptor))) == []
    directory = os.open(tmp_path, os.O_RDONLY)
    assert bounded(all_of(Pieces(directory))) == []
    os.close(directory)


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"one\n" * 100_000)
    with open(tmp_path / "lines", "rb") as file:
        assert bounded(all_of(Pieces(file.fileno()))) == [b"one"] * 100_000


def test_a_terminal() -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"one\ntwo\n\x04")
    try:
        assert bounded(all_of(Pieces(theirs))) == [b"one", b"two"]
    finally:
        os.close(ours)
        os.close(theirs)


def test_input_that_does_not_block(pipe: tuple[int, int]) -> None:
    """Nothing there yet is not the end."""
    os.set_blocking(pipe[0], False)
    threading.Timer(0.05, lambda: (os.write(pipe[1], b"late\n"), os.close(pipe[1]))).start()
    assert bounded(all_of(Pieces(pipe[0]))) == [b"late"]


def test_reads_ahead_only_so_far(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(100 * CHUNK))
    with open(tmp_path / "big", "rb") as file:

        async def take_one() -> int:
            await Chunks(file.fileno()).next()
            await asyncio.sleep(0.1)
            return file.tell()

        assert CHUNK < bounded(take_one()) <= (AHEAD + 1) * CHUNK


def test_source_outlives_its_loop(pipe: tuple[int, int]) -> None:
    async def peek() -> None:
        await asyncio.wait_for(Pieces(pipe[0]).next(), 0.02)

    others = threading.enumerate()
    with pytest.raises(TimeoutError):
        bounded(peek())
    (reading,) = [thread for thread in threading.enumerate() if thread not in others]
    os.write(pipe[1], b"late\n")
    reading.join(BOUND_S)
    assert not reading.is_alive()
