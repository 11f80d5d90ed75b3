"""Faults of our own in what the event loop calls: they are kept, and told by whoever follows the connection."""

import asyncio

import pytest

from tests.raw_client import TEXT, RawClient, masked
from tests.servers import BOUND_S, Peer, Step, open_, opened, serving, text
from wsinspect.clock import now
from wsinspect.connecting import Connecting
from wsinspect.events import Moment
from wsinspect.net.opening import open_session
from wsinspect.net.server import ServerTap, listening
from wsinspect.target import parse_target


class BrokenClock:
    """Fails when it is asked for the nth time."""

    def __init__(self, nth: int) -> None:
        self._left = nth

    def __call__(self) -> Moment:
        self._left -= 1
        if not self._left:
            raise ZeroDivisionError("the clock is broken")
        return now()


class Fuse:
    """A clock that breaks when it is told to."""

    broken = False

    def __call__(self) -> Moment:
        if self.broken:
            raise ZeroDivisionError("the clock is broken")
        return now()

    def blow(self, _: Peer) -> None:
        self.broken = True


@pytest.mark.parametrize("before", [(), (text("one"), 0.1)])
def test_a_fault_of_ours_reaches_whoever_follows(before: tuple[Step, ...]) -> None:
    clock = Fuse()

    async def follow(url: str) -> list[int]:
        session = await open_session(Connecting(parse_target(url)), clock)
        return [len(batch.rows) async for batch in session.batches()]

    with (
        serving(open_, 0.1, *before, clock.blow, text("two"), Peer.drain) as served,
        pytest.raises(ZeroDivisionError, match="the clock is broken"),
    ):
        asyncio.run(asyncio.wait_for(follow(served.url), BOUND_S))
    assert served.peers[0].gone


def test_what_a_fault_leaves_unread_does_not_hold_up_the_end() -> None:
    # Compressed, all of it is there at once and is read in steps, of which the second fails.
    clock = Fuse()
    data = text(b"x" * 60_000)

    async def follow(url: str) -> None:
        session = await open_session(Connecting(parse_target(url)), clock)
        async for batch in session.batches():
            clock.broken = clock.broken or batch.messages > 0

    agreed = opened("Sec-WebSocket-Extensions: permessage-deflate", glued=data * 40)
    with (
        serving(agreed, Peer.drain) as served,
        pytest.raises(ZeroDivisionError, match="the clock is broken"),
    ):
        asyncio.run(asyncio.wait_for(follow(served.url), BOUND_S))


def test_a_fault_of_ours_while_opening() -> None:
    clock = Fuse()
    with serving(Peer.ask, clock.blow, open_, Peer.drain) as served, pytest.raises(ZeroDivisionError):
        asyncio.run(open_session(Connecting(parse_target(served.url)), clock))


def test_a_server_goes_on_after_a_fault_with_one_client() -> None:
    async def handler(tap: ServerTap) -> None:
        while await tap.inbox.get() is not None:
            pass

    async def serve() -> None:
        async with listening(handler, BrokenClock(2), echoes=lambda _: True) as url:

            def talk() -> tuple[int, bytes] | None:
                with RawClient(url) as client:
                    client.send(masked("hi"))
                    return client.frame()

            assert await asyncio.to_thread(talk) is None
            assert await asyncio.to_thread(talk) == (TEXT, b"hi")

    asyncio.run(asyncio.wait_for(serve(), BOUND_S))
