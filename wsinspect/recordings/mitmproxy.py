"""mitmproxy's flow files read: each flow with a WebSocket is a connection, in the file's order. Knows no file.

They are read by mitmproxy itself, where it is installed beside us; their form is its own, and changes with it. A flow
is in memory as a whole. It holds messages with their times, and how it was closed, but no pings, no sizes on the wire
and no second clock: as in HAR, the clock that never jumps is the other one, and a message as large as a plain frame.
"""

from collections.abc import Callable, Iterator
from typing import Any

from wsinspect.ending import Ending
from wsinspect.errors import Exit, InspectError, Unreadable
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    HANDSHAKE,
    NO_STATUS,
    TEXT,
    Batch,
    Handshake,
    Moment,
    Step,
    alone,
)
from wsinspect.recordings.har_entries import LONE, time_of
from wsinspect.recordings.rows import resource_of
from wsinspect.wire.frames import plain_wire_size

SCHEMES = {"http": "ws", "https": "wss"}
ABNORMAL = 1006
OF_TEXT = 1
"""mitmproxy's type of a text message: the opcode."""

PIECE = 1 << 20
"""Bytes that are asked for at once."""

HINT = "`pip install mitmproxy` beside wsinspect, or convert it: mitmdump -nr FLOWS --set hardump=flows.har"


class _Counted:
    """A stream that knows how much was read of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.offset = 0

    def read(self, size: int) -> bytes:
        # What a damaged file claims to hold is not made room for before it is there.
        pieces: list[bytes] = []
        while size and (piece := self._stream.read(min(size, PIECE))):
            pieces.append(piece)
            size -= len(piece)
        data = b"".join(pieces)
        self.offset += len(data)
        return data

    def peek(self, size: int) -> bytes:
        data: bytes = self._stream.peek(size)
        return data


def read(stream: Any, noted: Callable[[str], None] = lambda note: None) -> Iterator[Batch]:
    """Yield the batches of a file of flows; ``noted`` is told in a sentence of what is passed over.

    Raises:
        InspectError: mitmproxy is not installed; or the file is damaged, with the byte behind the last whole flow.
    """
    try:
        # Few have it, and nobody else waits for it.
        from mitmproxy.exceptions import FlowReadException
        from mitmproxy.io import FlowReader
    except ImportError:
        raise InspectError("mitmproxy's flows are read by mitmproxy, which is not installed here", hint=HINT) from None
    counted = _Counted(stream)
    flows = iter(FlowReader(counted).stream())  # type: ignore[arg-type, unused-ignore]
    others = connections = dropped = whole = 0
    damage: InspectError | None = None
    while True:
        try:
            flow = next(flows, None)
            is_websocket = getattr(flow, "websocket", None) is not None
            batches = batches_of_flow(flow, connections + 1) if is_websocket else iter(())
            first = next(batches, None)
        except Unreadable as fault:
            damage = fault
            break
        except (InspectError, OSError):
            raise  # of who reads what we yield, or waits for us
        except Exception as fault:
            # Where a flow lacks something, mitmproxy, and who makes a handshake of it, may raise whatever there is.
            why = str(fault).rstrip(".").lower() if isinstance(fault, FlowReadException) else "invalid data format"
            told = f"the file of flows cannot be read behind byte {whole:,}: {why}"
            damage = InspectError(told, exit=Exit.OUTPUT)
            break
        if flow is None:
            break
        whole = counted.offset
        if first is None:
            others += 1
            continue
        connections += 1
        dropped += sum([message.dropped for message in flow.websocket.messages])
        yield first
        yield from batches
    if others:
        noted(f"the file holds {others:,} flow{' that is' if others == 1 else 's that are'} no WebSocket, passed over")
    if dropped:
        noted(f"the file holds {dropped:,} message{'' if dropped == 1 else 's'} that mitmproxy dropped, left out")
    if damage is not None:
        raise damage


def batches_of_flow(flow: Any, number: int) -> Iterator[Batch]:
    """Yield the batches of one flow."""
    handshake = _handshake(flow)
    yield alone(handshake.at, "in", (HANDSHAKE, handshake, 0), number)
    at = handshake.at
    for message in flow.websocket.messages:
        if message.dropped:
            continue
        type = TEXT if int(message.type) == OF_TEXT else BINARY
        content = message.content if type == BINARY else message.content.decode("utf-8", "replace").encode()
        row = type, content, plain_wire_size(len(content), masked=message.from_client)
        at = _at(message.timestamp, at)
        yield alone(at, "out" if message.from_client else "in", row, number)
    yield from _end(flow.websocket, number, at)


def _end(websocket: Any, number: int, last: Moment) -> Iterator[Batch]:
    """Yield how it ended, unless it was open still; both sides were told the code, for the proxy passes it on."""
    if websocket.timestamp_end is None:
        return
    at, ending = _at(websocket.timestamp_end, last), Ending()
    code = websocket.close_code
    if code is None or code == ABNORMAL:
        ending.lost("")
    else:
        reason = LONE.sub("\ufffd", websocket.close_reason or "")
        body = b"" if code == NO_STATUS else (code & 0xFFFF).to_bytes(2, "big") + reason.encode()
        if websocket.closed_by_client:
            yield alone(at, "out", (CLOSING, body, plain_wire_size(len(body), masked=True)), number)
            ending.close_sent(body)
            ending.close_received(body)
        else:
            yield alone(at, "in", (CLOSE, body, plain_wire_size(len(body), masked=False)), number)
            ending.close_received(body)
            ending.close_sent(body)
    yield alone(at, "in", (CLOSED, ending.closed(), 0), number)


def _handshake(flow: Any) -> Handshake:
    request, response, server = flow.request, flow.response, flow.server_conn
    scheme, colon, rest = request.url.partition(":")
    url = LONE.sub("\ufffd", f"{SCHEMES.get(scheme, scheme)}{colon}{rest}")
    steps = [
        Step("connect", _between(server.timestamp_start, server.timestamp_tcp_setup)),
        Step("tls", _between(server.timestamp_tcp_setup, server.timestamp_tls_setup)),
        Step("upgrade", _between(request.timestamp_start, response.timestamp_start)),
    ]
    host, port = (server.peername or server.address or ("", 0))[:2]
    return Handshake(
        _at(response.timestamp_end or response.timestamp_start or request.timestamp_start, Moment(0.0, 0.0)),
        url,
        (f"[{host}]:{port}" if ":" in host else f"{host}:{port}") if host else "",
        response.status_code,
        sum([step.seconds for step in steps]),
        response.headers.get("sec-websocket-protocol"),
        response.headers.get("sec-websocket-extensions", ""),
        _headers(request),
        _headers(response),
        resource=resource_of(url),
        reason=LONE.sub("\ufffd", response.reason or ""),
        steps=tuple([step for step in steps if step.seconds]),
    )


def _headers(message: Any) -> list[tuple[str, str]]:
    return [(LONE.sub("\ufffd", name), LONE.sub("\ufffd", value)) for name, value in message.headers.items(multi=True)]


def _between(start: float | None, end: float | None) -> float:
    begun, ended = time_of(start), time_of(end)
    return 0.0 if begun is None or ended is None else max(0.0, round(ended - begun, 6))


def _at(wall: float, before: Moment) -> Moment:
    """Return a moment; where it is none that a calendar holds, that of what came before it."""
    seconds = time_of(wall)
    return before if seconds is None else Moment(seconds, seconds)
