"""From a host's name to a TCP connection: families take turns, and the next address is tried."""

import asyncio
import socket
import time
from typing import Any

import pytest

from wsinspect.net.dial import dial, resolve


def address(host: str, port: int) -> tuple[Any, ...]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]


def test_families_take_turns() -> None:
    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        assert host == "host.example"
        return [(10, 1, 6, "", ("::1", port)), (10, 1, 6, "", ("::2", port)), (2, 1, 6, "", ("127.0.0.1", port))]

    found = asyncio.run(resolve("host.example", 80, lookup))
    assert [address[4][0] for address in found] == ["::1", "127.0.0.1", "::2"]
    assert [address[4] for address in asyncio.run(resolve("127.0.0.1", 81, lookup))] == [("127.0.0.1", 81)]


def test_lookup_that_fails() -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "x")

    def odd(*_: Any, **__: Any) -> list[Any]:
        raise UnicodeError("label too long")

    for lookup in (unknown, odd):
        with pytest.raises(socket.gaierror):
            asyncio.run(resolve("host.example", 80, lookup))


def test_slow_lookup_holds_nobody() -> None:
    """A resolver cannot be stopped, but neither the time limit nor the end of the process waits for it."""

    def slow(*_: Any, **__: Any) -> list[Any]:
        time.sleep(5)
        return []

    async def limited() -> None:
        async with asyncio.timeout(0.1):
            await resolve("host.example", 80, slow)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(limited())
    assert time.monotonic() - began < 4


def test_next_address_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refusing = address("127.0.0.1", closed.getsockname()[1])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listening = address("127.0.0.1", listener.getsockname()[1])
        connected = asyncio.run(dial([refusing, listening]))  # type: ignore[list-item]
        assert connected.getpeername() == listener.getsockname()
        connected.close()
    no_route = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("255.255.255.255", 9))
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(dial([no_route, refusing]))  # type: ignore[list-item]
