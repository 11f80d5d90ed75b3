"""A small Python script, on the library websockets, that does again what the client did. Knows no file.

All that comes from a recording stands in it as a literal of Python in ASCII, or as one line of a comment. Connections
begin as far apart as they did, each with its steps at their times.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from time import gmtime, strftime

from wsinspect.close_codes import explain_close
from wsinspect.compose import REASON_LIMIT
from wsinspect.events import BINARY, CLOSE, CLOSING, DATA, PING, PONG, TEXT, Batch, close_parts
from wsinspect.exports import Told
from wsinspect.exports.client_side import Side, Step, client_sides, seconds
from wsinspect.exports.leftovers import Leftovers
from wsinspect.render.pieces import LARGE, SLICE, texts
from wsinspect.render.safe import neutral

KINDS = {TEXT: "text", BINARY: "binary", PING: "ping", PONG: "pong", CLOSE: "close", CLOSING: "close"}

HEAD = '''#!/usr/bin/env python3
"""Does again what the client did in a recording. Needs the library websockets: pip install websockets"""

import asyncio

from websockets.asyncio.client import connect
from websockets.exceptions import ConcurrencyError, ConnectionClosed

WIDEST = 100

# For each connection when it begins, its URL, headers and options, and its steps, each with the seconds before it.
CONNECTIONS = []
'''

TAIL = '''

async def show(websocket):
    """Print what comes, until the connection is closed."""
    try:
        async for message in websocket:
            print("<", ascii(message)[:WIDEST])
    except ConnectionClosed:
        pass
    print("closed", websocket.close_code, ascii(websocket.close_reason))


async def take(websocket, steps):
    """Do one step after the other."""
    for pause, kind, payload in steps:
        await asyncio.sleep(pause)
        print(">", kind, ascii(payload)[:WIDEST])
        if kind == "ping":
            try:
                await websocket.ping(payload)
            except ConcurrencyError:
                print("a ping of the same payload is not answered yet")
        elif kind == "pong":
            await websocket.pong(payload)
        elif kind == "close":
            await websocket.close(*payload)
        else:
            await websocket.send(payload)


async def run(after, url, headers, options, steps):
    """Open a connection, and do what was done in it; close it a second after the last step."""
    await asyncio.sleep(after)
    options = {"max_size": None, "ping_interval": None, **options}
    async with connect(url, additional_headers=headers, **options) as websocket:
        showing = asyncio.create_task(show(websocket))
        try:
            await take(websocket, steps)
            await asyncio.wait([showing], timeout=1)
        except ConnectionClosed:
            print("the connection ended before all was sent")
    await showing


async def main():
    """Begin all connections, each at its time."""
    await asyncio.gather(*[run(*connection) for connection in CONNECTIONS])


if __name__ == "__main__":
    asyncio.run(main())
'''


def python(batches: Iterable[Batch], told: Told) -> Iterator[bytes]:
    """Yield a script."""
    left = Leftovers("python")
    yield HEAD.encode()
    for side, pieces in client_sides(batches, left, partial(_step, left)):
        if any(name.lower() == "host" for name, _ in side.headers):
            left.add("Host headers other than the URL's")
        yield _head(side).encode()
        yield from pieces("steps")
        yield b"]\nCONNECTIONS.append((AFTER, URL, HEADERS, OPTIONS, STEPS))\n"
    yield TAIL.encode()
    left.tell(told)


def _step(left: Leftovers, side: Side, step: Step) -> Iterator[tuple[str, bytes]]:
    kind = KINDS[step.type]
    payload: object = step.payload
    if step.type in DATA and len(step.payload) > LARGE:
        yield "steps", f'    ({seconds(step.pause)}, "{kind}",'.encode()
        # Literals one behind the other are one.
        for part in texts(step.payload) if step.type == TEXT else _slices(step.payload):
            yield "steps", f"\n        {part!a}".encode()
        yield "steps", b"),\n"
        return
    if step.type == TEXT:
        payload = step.payload.decode()
    elif kind == "close":
        code, reason = close_parts(step.payload)
        if not explain_close(code).on_wire or len(step.payload) > REASON_LIMIT + 2:
            left.add("close frames that the library does not send")
            return
        payload = code, reason
    yield "steps", f'    ({seconds(step.pause)}, "{kind}", {payload!a}),\n'.encode()


def _slices(payload: bytes) -> Iterator[bytes]:
    return (payload[start : start + SLICE] for start in range(0, len(payload), SLICE))


def _head(side: Side) -> str:
    handshake = side.handshake
    if handshake is None:
        about, url = "no handshake was recorded: put the URL here", '""'
    else:
        at = strftime("%Y-%m-%d %H:%M:%S", gmtime(handshake.at.wall))
        about, url = f"{neutral(handshake.url)} at {at} UTC", ascii(side.url)
    hidden = "# Secrets are not in it: put them in place of each ***.\n" if side.hides else ""
    # The library sends the URL's, and would send another one beside it.
    headers = [(name, value) for name, value in side.headers if name.lower() != "host"]
    options: dict[str, object] = {"compression": "deflate" if side.compression else None}
    if side.subprotocols:
        options["subprotocols"] = side.subprotocols
    if side.user_agent is not None:
        options["user_agent_header"] = side.user_agent or None
    return (
        f"\n# Connection {side.number}: {about}\n{hidden}AFTER = {seconds(side.after)}\nURL = {url}\n"
        f"HEADERS = {headers!a}\nOPTIONS = {options!a}\nSTEPS = [\n"
    )
