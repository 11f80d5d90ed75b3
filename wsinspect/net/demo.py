"""The embedded endpoint behind ``demo:`` and ``serve --demo``: a little of everything a WebSocket can carry.

The path chooses: ``/`` plays the script, ``/echo`` sends back what it gets, ``/CODE`` greets and closes with that code.
"""

import asyncio
import json
from typing import Literal, NamedTuple

from wsinspect.events import DATA
from wsinspect.net.server import ServerTap
from wsinspect.wire.frames import BINARY, CLOSE, PING, TEXT, write_frame
from wsinspect.wire.rules import sendable

QUIET_S = 3.0
"""The script's connection is closed so long after its end, or after the last message that came."""

PAUSE_S = 0.12


class Step(NamedTuple):
    """One thing that the script sends; ``fragments`` sends a text in three frames."""

    kind: Literal["text", "binary", "fragments", "ping"]
    payload: bytes


ROWS = b", ".join([b'{"price": 101.5, "size": 3}'] * 12)
GREETING = Step("text", b"Welcome to the wsinspect demo. Type a line, and it is answered.")
SCRIPT = (
    GREETING,
    Step("text", b'{"op": "hello", "seq": 1, "ratio": 0.75, "last": false}'),
    Step("binary", bytes.fromhex("82a3616765 18 2a a46e616d65 a3416461") + bytes(range(0x20, 0x60, 3))),
    Step("fragments", "This text came in three fragments — they are one message.".encode()),
    Step("text", b'{"op": "history", "note": "much of the same compresses well", "rows": [' + ROWS + b"]}"),
    Step("ping", b"beat"),
)


def is_path(path: str) -> bool:
    """Tell whether there is something at a path: nothing, ``echo``, or a close code."""
    return path in ("", "echo") or (path.isdecimal() and path.isascii() and len(path) < 6 and int(path) <= 0xFFFF)


def echoes(path: str) -> bool:
    """Tell whether this path echoes."""
    return path.partition("?")[0].strip("/") == "echo"


async def drain(tap: ServerTap) -> None:
    """Take what comes and leave it: for paths whose answers are given at the tap."""
    while await tap.inbox.get() is not None:
        pass


async def play(tap: ServerTap) -> None:
    """Serve one connection of the demo."""
    name = tap.path.partition("?")[0].strip("/")
    if name == "echo":
        await drain(tap)
    elif name and is_path(name):
        answering = asyncio.create_task(drain(tap))
        await _send(tap, GREETING)
        await asyncio.sleep(PAUSE_S)
        close_with(tap, int(name))
        await answering
    else:
        await _play_script(tap)


async def _play_script(tap: ServerTap) -> None:
    loop = asyncio.get_running_loop()
    quiet_since = loop.time()

    async def perform() -> None:
        nonlocal quiet_since
        for step in SCRIPT:
            await _send(tap, step)
            await asyncio.sleep(PAUSE_S)
        quiet_since = loop.time()
        while (left := quiet_since + QUIET_S - loop.time()) > 0:
            await asyncio.sleep(left)
        tap.close_now(1000, "the demo is over")

    performing = asyncio.create_task(perform())
    while (batch := await tap.inbox.get()) is not None:
        for type, payload, _ in batch.rows if batch.direction == "in" else ():
            if type in DATA:
                quiet_since = loop.time()
                await _send(tap, answer_to(type, payload))
    performing.cancel()


def answer_to(type: int, payload: bytes) -> Step:
    """Return what the demo answers to a message."""
    if type == BINARY:
        return Step("binary", payload)
    text = payload.decode()
    return Step("text", json.dumps({"you_said": text, "characters": len(text)}, ensure_ascii=False).encode())


async def _send(tap: ServerTap, step: Step) -> None:
    if not tap.is_open:
        return
    if step.kind == "fragments":
        third = len(step.payload) // 3
        tap.protocol.send_text(step.payload[:third], fin=False)
        tap.protocol.send_continuation(step.payload[third : 2 * third], fin=False)
        tap.protocol.send_continuation(step.payload[2 * third :], fin=True)
        tap.send_data()
    else:
        tap.send_now({"text": TEXT, "binary": BINARY, "ping": PING}[step.kind], step.payload)
    await tap.drain()


def close_with(tap: ServerTap, code: int) -> None:
    """Close with any code: 1005 is an empty close frame, 1006 none at all; forbidden ones are sent all the same."""
    if not tap.is_open:
        return
    if code == 1006:
        tap.abort()
    elif code == 1005:
        tap.protocol.send_close()
        tap.send_data()
    elif sendable(code):
        tap.close_now(code, "as you asked")
    else:
        tap.transport.write(write_frame(code.to_bytes(2, "big"), CLOSE))
        tap.transport.close()
