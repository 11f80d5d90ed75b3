"""Flow control at the tap: what is held for a peer that does not read, or sends what swells, stays bounded."""

import asyncio
import contextlib
import itertools
import socket
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.client import ClientProtocol
from websockets.uri import parse_uri
from websockets.utils import accept_key

from tests.raw_client import BINARY, PING, PONG, TEXT, RawClient, masked
from tests.servers import BOUND_S
from wsinspect.clock import now
from wsinspect.events import Moment
from wsinspect.net.client import ClientTap
from wsinspect.net.inbox import HIGH
from wsinspect.net.server import ServerTap, listening
from wsinspect.net.tap import PONGS_AT_ONCE
from wsinspect.net.turns import TURNS
from wsinspect.wire.frames import CONTINUATION, write_frame

Client = Callable[[str], Any]


def served(handler: Callable[[ServerTap], Awaitable[None]], client: Client) -> Any:
    """Run a blocking client in a thread against a server in this loop."""

    async def serve() -> Any:
        async with listening(handler, now, echoes=lambda path: path == "/echo") as url:
            return await asyncio.to_thread(client, url)

    return asyncio.run(asyncio.wait_for(serve(), 2 * BOUND_S))


def flood(client: RawClient, data: bytes, limit: int) -> int:
    """Send until nobody takes any more, or the limit is reached; return how much was taken."""
    client.sock.settimeout(0.5)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < limit:
            sent += client.sock.send(data[sent % len(data) :])
    client.sock.settimeout(BOUND_S)
    return sent


def test_pongs_do_not_pile_up() -> None:
    """Once a peer has stopped reading, only its last ping is answered (RFC 6455 section 5.5.3)."""
    fills = 0
    pings = [write_frame(b"%0125d" % number, PING, mask=bytes(4)) for number in range(40_000)]
    held: list[int] = []

    async def handler(tap: ServerTap) -> None:
        nonlocal fills
        while not tap.paused:
            tap.send_now(BINARY, bytes(64 * 1024))
            fills += 1
        held.append(tap.transport.get_write_buffer_size())
        while await tap.inbox.get() is not None:
            held.append(tap.transport.get_write_buffer_size())

    def client(url: str) -> list[bytes]:
        with RawClient(url, buffer=8192) as peer:
            peer.send(b"".join(pings))
            pongs: list[bytes] = []
            binaries = 0
            while not pongs or pongs[-1] != b"%0125d" % (len(pings) - 1):
                frame = peer.frame()
                assert frame is not None
                if frame[0] == PONG:
                    pongs.append(frame[1])
                else:
                    binaries += 1
            assert binaries == fills
            # Paused no longer, it answers each.
            peer.send(masked(b"a", PING) + masked(b"b", PING))
            assert [peer.frame(), peer.frame()] == [(PONG, b"a"), (PONG, b"b")]
            return pongs

    pongs = served(handler, client)
    assert pongs == sorted(pongs)
    assert len(pongs) < len(pings)
    assert max(held) < held[0] + 100_000


def test_pings_beyond_measure() -> None:
    """A chunk of tens of thousands must not stop the program; the last is always answered, and the order kept."""
    count = 30_000

    def client(url: str) -> list[bytes]:
        with RawClient(url + "echo") as peer:
            peer.send(b"".join(write_frame(b"%06d" % number, PING, mask=bytes(4)) for number in range(count)))
            pongs = [b""]
            while pongs[-1] != b"%06d" % (count - 1):
                frame = peer.frame()
                assert frame is not None
                pongs.append(frame[1])
            return pongs

    async def handler(tap: ServerTap) -> None:
        while await tap.inbox.get() is not None:
            pass

    pongs = served(handler, client)
    assert pongs == sorted(pongs)
    assert PONGS_AT_ONCE < len(pongs) < count


def test_who_is_not_heard_is_not_read() -> None:
    """A full inbox stops reading, and nothing is lost when it goes on."""
    payload = bytes(10_000)
    frame = masked(payload, BINARY)
    heard = asyncio.Event()
    got: list[bytes] = []

    async def handler(tap: ServerTap) -> None:
        await heard.wait()
        while (batch := await tap.inbox.get()) is not None:
            got.extend(row[1] for row in batch.rows if row[0] == BINARY)

    def client(url: str) -> int:
        with RawClient(url) as peer:
            sent = flood(peer, frame, 100 << 20)
            loops[0].call_soon_threadsafe(heard.set)
            peer.send(frame[sent % len(frame) :] + masked(b"", 8))
            peer.frames()
            return sent // len(frame) + 1

    loops: list[asyncio.AbstractEventLoop] = []

    async def remember(tap: ServerTap) -> None:
        loops.append(asyncio.get_running_loop())
        await handler(tap)

    sent = served(remember, client)
    assert sent * len(payload) < 30 << 20
    assert len(got) == sent
    assert set(got) == {payload}


def test_what_swells_counts_inflated() -> None:
    """Small on the wire, large in memory: reading stops for what it became."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = deflate.compress(bytes(4 << 20)) + deflate.flush(zlib.Z_SYNC_FLUSH)
    frame = write_frame(bomb[:-4], BINARY, rsv=4, mask=b"mask")
    held: list[int] = []

    async def handler(tap: ServerTap) -> None:
        # Nothing is taken while the client sends.
        while not tap._reasons_to_pause:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        while not held or sum(held) < 20 * (4 << 20):
            batch = await tap.inbox.get()
            assert batch is not None
            held.append(batch.payload)

    def client(url: str) -> int:
        with RawClient(
            url, "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover", buffer=8192
        ) as peer:
            assert "permessage-deflate" in peer.head
            peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(20):
                peer.send(frame)
            peer.frames()
            return len(frame)

    assert served(handler, client) < HIGH // 100
    assert sum(held) == 20 * (4 << 20)


def test_echo_resumes() -> None:
    """Reading rests while the echo is not read, and each message comes back once."""

    async def handler(tap: ServerTap) -> None:
        while await tap.inbox.get() is not None:
            pass

    def client(url: str) -> None:
        frame = masked("x" * 50_000)
        with RawClient(url + "echo", buffer=8192) as peer:
            sent = flood(peer, frame, 60 << 20)
            assert sent < 30 << 20
            for _ in range(sent // len(frame)):
                assert peer.frame() == (TEXT, b"x" * 50_000)

    served(handler, client)


def test_a_connection_that_is_over_is_light() -> None:
    """What inflates and deflates weighs more than all else that is left, until the garbage is collected."""
    taps: list[ServerTap] = []

    async def handler(tap: ServerTap) -> None:
        taps.append(tap)
        assert tap.protocol.extensions
        while await tap.inbox.get() is not None:
            pass

    def client(url: str) -> None:
        with RawClient(url + "echo", "Sec-WebSocket-Extensions: permessage-deflate") as peer:
            peer.send(masked("x"))
            peer.frame()
            peer.send(masked(b"", 8))
            peer.frames()

    served(handler, client)
    (tap,) = taps
    assert tap._reader is None
    assert tap._sent_reader is None
    assert not tap.protocol.extensions


class Stage(asyncio.Transport):
    """What stands for the network: when a real one is full depends on the system. ``full`` is called after so many
    bytes."""

    def __init__(self, holds: int, full: Callable[[], None]) -> None:
        super().__init__()
        self._full = full
        self.room = holds
        self.written = 0

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        self.written += len(data)
        if self.room >= 0 > self.room - self.written:
            self.room = -1
            self._full()

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return False


def opened(holds: int = 1 << 30, *, echo: bool, clock: Callable[[], Moment] = now) -> tuple[ClientTap, Stage]:
    """Return an open connection."""
    protocol = ClientProtocol(parse_uri("ws://test/"))
    tap = ClientTap(protocol, clock=clock, max_size=None, echo=echo)
    stage = Stage(holds, tap.pause_writing)
    tap.connection_made(stage)
    protocol.send_request(protocol.connect())
    protocol.data_to_send()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Accept: {accept_key(protocol.key)}", "", ""]
    tap.data_received("\r\n".join(lines).encode())
    assert tap.opened
    return tap, stage


def test_an_echo_to_who_is_gone_ends() -> None:
    """What still waits to be echoed when the connection is lost is read, and the end told."""

    async def lose() -> int:
        tap, _ = opened(holds=50_000, echo=True)
        tap.data_received(write_frame(bytes(100), BINARY) * 2000)
        assert tap.is_paused
        tap.connection_lost(ConnectionResetError())
        messages = 0
        async with asyncio.timeout(BOUND_S):
            while (batch := await tap.inbox.get()) is not None:
                messages += batch.messages if batch.direction == "in" else 0
        assert tap.ending.closed().cause == "the connection was reset"
        return messages

    assert asyncio.run(lose()) == 2000


def ticking() -> Callable[[], Moment]:
    """Return a clock on which a second is over whenever somebody looks."""
    seconds = itertools.count()
    return lambda: Moment(0.0, float(next(seconds)))


def test_an_echo_of_many_leaves_others_their_turns() -> None:
    """A chunk can hold so many messages that a signal would wait for seconds."""
    count = 100_000
    whole = count * len(masked(b""))

    async def echo() -> int:
        tap, stage = opened(echo=True, clock=ticking())
        tap.data_received(write_frame(b"", TEXT) * count)
        first = stage.written
        async with asyncio.timeout(BOUND_S):
            while stage.written < whole:
                await tap.inbox.get()
        return first

    assert 0 < asyncio.run(echo()) < whole / 4


@pytest.mark.parametrize(("clock", "turns"), [(ticking(), TURNS), (lambda: Moment(0.0, 0.0), 0)], ids=["long", "short"])
def test_what_takes_long_to_read_leaves_others_their_turns(clock: Callable[[], Moment], turns: int) -> None:
    async def read() -> int:
        tap, _ = opened(echo=False, clock=clock)
        tap.data_received(write_frame(b"", BINARY, fin=False) + write_frame(b"", CONTINUATION, fin=False) * 20_000)
        passed = 0
        while tap.is_paused:
            await asyncio.sleep(0)
            passed += 1
        return passed

    assert asyncio.run(read()) == turns
