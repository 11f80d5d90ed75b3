"""A server that drops who answers no ping: `python -m tests.soak.pinging EACH SECONDS RATE`.

Within EACH seconds a pong must come. It sends numbers for SECONDS, RATE a second, 0 for as many as are taken. Its port
is printed first, then how many were sent to a client that stayed to the end; it ends when its standard input does.
"""

import asyncio
import sys
import threading
import time

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.bench.sender import leave_in_time
from tests.soak.numbered import TAIL

AT_ONCE = 100


async def heartbeat(peer: ServerConnection, each_s: float) -> None:
    """Ping again and again, and drop the connection where no pong comes; as many a server does by hand."""
    while True:
        await asyncio.sleep(each_s)
        try:
            await asyncio.wait_for(_answered(peer), each_s)
        except TimeoutError:
            peer.transport.abort()
        except ConnectionClosed:
            return


async def _answered(peer: ServerConnection) -> None:
    await (await peer.ping())


async def main(each_s: float, seconds: float, rate: float) -> None:
    async def numbers(peer: ServerConnection) -> None:
        beating = asyncio.create_task(heartbeat(peer, each_s))
        number, until = 0, time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                await peer.send(b"%012d%b" % (number, TAIL), text=True)
                number += 1
                if rate or number % AT_ONCE == 0:
                    await asyncio.sleep(1 / rate if rate else 0)
            await peer.close()
            print(number, flush=True)
        except ConnectionClosed:
            print(-1, flush=True)
        finally:
            beating.cancel()

    async with serve(numbers, "127.0.0.1", 0, ping_interval=None, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    threading.Thread(target=leave_in_time, daemon=True).start()
    asyncio.run(main(*map(float, sys.argv[1:])))
