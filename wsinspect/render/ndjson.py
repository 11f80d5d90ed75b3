r"""Every event as one JSON object on a line: for `jq`, for scripts, and for recordings, which are read back from it.

The shape, version 1. Every line has ``type``, ``time`` (UTC with microseconds, ends in Z) and ``mono`` (seconds on a
clock that never jumps); all but HANDSHAKE, GAP and CLOSED have ``dir`` (in or out). Where connections stand side by
side, ``conn`` follows ``mono``: the connection's number. The further keys, in their order, where ``?`` may be null:

=============  ======================================================================================================
``type``       further keys
=============  ======================================================================================================
``HANDSHAKE``  ``version`` 1 (before ``time``), ``url``, ``address`` host:port, ``status`` of HTTP, ``seconds``,
               ``subprotocol`` ?, ``extensions``, ``resource`` of the request line, ``reason`` of the status line,
               ``request`` and ``response``: lists of [name, value], in order; ``steps`` of opening: lists of [name,
               seconds, detail]; ``tls`` ?: ``version``, ``cipher``, ``alpn`` ?, ``verified``, ``sha256``, ``names``,
               ``issuer``, ``begins`` ?, ``expires`` ?, ``lowest``, ``highest``, ``offered_alpn``, ``server_name``
``TEXT``       ``size``, ``wire``, ``text``
``BINARY``     ``size``, ``wire``, ``base64``
``PING``       ``size``, ``wire``, and ``text``, or ``base64`` where it is not UTF-8
``PONG``       as PING, and ``rtt`` in seconds, the time since our ping of this payload, where there was one
``CLOSE``      ``size``, ``wire``, ``code`` (1005: the frame was empty), ``name`` ?, ``reason``
``CLOSING``    as CLOSE: a close frame of ours, as it leaves
``ERROR``      ``rule``, ``section``, ``message``, ``offset``, ``base64`` the bytes at fault, shortened, ``code`` to
               answer with
``FRAME``      ``fin``, ``rsv`` (RSV1 is 4), ``opcode``, ``mask`` ? in hex, ``header`` in bytes, ``size`` of the payload
               as sent, ``plain`` ? its size once inflated, ``wire``, ``offset``, ``base64`` the payload as sent,
               unmasked
``GAP``        ``seconds`` without a connection, ``attempts`` to open it again, ``code`` it broke with
``CLOSED``     ``by`` (peer, us, nobody), ``clean``, ``code``, ``name`` ?, ``reason``, ``sent`` ? the code of our close
               frame, ``cause``, ``exit``
=============  ======================================================================================================

A HANDSHAKE that is the same as the one before it, with no CLOSED in between, begins another part of a recording in
which the connection goes on.

``size`` is the payload in bytes, ``wire`` all its frames with headers; ``offset`` counts a direction's bytes after the
handshake. Whatever is not printable is escaped as ``\uXXXX``, so that a line is one line for every reader and safe to
show; other characters stand as they are, in UTF-8. Frames are written only if ``look.frames``.
"""

import re
from binascii import b2a_base64
from collections.abc import Callable, Iterable
from json import dumps
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

from wsinspect.close_codes import PLAIN_TONGUE, Tongue
from wsinspect.events import (
    BINARY,
    DATA,
    FRAME,
    TEXT,
    Batch,
    Closed,
    Direction,
    Event,
    Frame,
    Gap,
    Handshake,
    Moment,
    Row,
    Tally,
    TlsFacts,
    Violation,
    readable,
)
from wsinspect.render.lines import round_trip_seconds
from wsinspect.render.look import Look, Renderer
from wsinspect.render.pieces import LARGE, Pieces, Shown, base64, enclosed, has_large_frames, row_by_row, texts
from wsinspect.render.safe import OUTSIDE_ASCII, is_neutral
from wsinspect.render.times import utc
from wsinspect.timeline import Moments, Timeline
from wsinspect.vocabulary import WSMsgType

VERSION = 1


def ndjson(look: Look, large: int = LARGE) -> Renderer:
    """Return the renderer of the shape above; beyond ``large`` bytes of payload it makes pieces."""
    line = ndjson_line(look)
    plainly = True
    frames = look.frames

    def render(batch: Batch) -> Shown:
        if batch.payload > large or (frames and not batch.uniform and has_large_frames(batch, large)):
            return Pieces(lambda: row_by_row(batch, whole, _large_lines(batch, frames, large), large))
        return whole(batch)

    def whole(batch: Batch) -> str:
        nonlocal plainly
        at, direction = batch.at, batch.direction
        stamp = _stamp(at, batch.connection)
        head = f'{{"type":"TEXT",{stamp},"dir":"{direction}","size":'
        binary_head = f'{{"type":"BINARY",{stamp},"dir":"{direction}","size":'

        def other(type: int, payload: Any, wire: int) -> str:
            if type == BINARY:
                return f'{binary_head}{len(payload)},"wire":{wire},{_base64(payload)}}}\n'
            if type == FRAME:
                return _frame(stamp, direction, payload, wire) if look.frames else ""
            return line(Event(at, direction, readable(type, payload), wire), batch.connection)

        def lines(encode: Callable[[str], str]) -> str:
            return "".join(
                [
                    f'{head}{len(payload)},"wire":{wire},"text":{encode(payload.decode())}}}\n'
                    if type == TEXT
                    else other(type, payload, wire)
                    for type, payload, wire in batch.rows
                ]
            )

        # Other rows are told once: of a pong it is known only the first time how long it took.
        if plainly and batch.uniform:
            text = lines(encode_basestring)
            # The encoder escapes what stands below a space; of ASCII only DEL is left, found here for all at once.
            if text.isascii() and "\x7f" not in text:
                return text
        text = lines(string)
        # The next batch is likely to be of the same kind.
        plainly = text.isascii()
        return text

    return render


def _large_lines(batch: Batch, frames: bool, large: int) -> Callable[[Row], Iterable[str | bytes] | None]:
    """Return what makes pieces of a row of more than ``large`` bytes, and None of others."""
    size = max(large // 4, 1)

    def pieces(row: Row) -> Iterable[str | bytes] | None:
        type, payload, wire = row
        if type in DATA:
            if len(payload) <= large:
                return None
            name, key = ("TEXT", "text") if type == TEXT else ("BINARY", "base64")
            head = f'{{"type":"{name}",{_stamp(batch.at, batch.connection)},"dir":"{batch.direction}","size":'
            head += f'{len(payload)},"wire":{wire},"{key}":"'
            inside = (
                (string(text)[1:-1] for text in texts(payload, size=size)) if type == TEXT else base64(payload, size)
            )
            return enclosed(head, inside, _END)
        if type != FRAME or not frames or len(payload.payload) <= large:
            return None
        frame: Frame = payload._replace(payload=b"")
        stamp = _stamp(batch.at, batch.connection)
        empty = _frame(stamp, batch.direction, frame, wire, len(payload.payload))
        return enclosed(empty[: -len(_END)], base64(payload.payload, size), _END)

    return pieces


_END = '"}\n'
"""How a line ends whose last value is a string."""


def ndjson_line(look: Look) -> Callable[..., str]:
    """Return the plain twin: the line of one event, and perhaps its connection's number."""

    round_trip = round_trip_seconds(look)

    def line(event: Event, connection: int = 0) -> str:
        message = event.message
        if isinstance(message, Handshake):
            return handshake_line(message, connection)
        stamp = _stamp(event.at, connection)
        if isinstance(message, Frame):
            return _frame(stamp, event.direction, message, event.wire) if look.frames else ""
        if isinstance(message, Gap):
            return _gap(stamp, message)
        if message.type is WSMsgType.CLOSED:
            return _closed(stamp, message.data, look.tongue)
        head = f'{{"type":"{message.type.name}",{stamp},"dir":"{event.direction}"'
        if message.type is WSMsgType.ERROR:
            return f"{head},{_violation(message.data)}}}\n"
        if message.type is WSMsgType.CLOSE or message.type is WSMsgType.CLOSING:
            code, reason = int(message.data), message.extra or ""
            size = 0 if code == 1005 else 2 + len(reason.encode())
            name = _name(code, look.tongue)
            tail = f'"code":{code},"name":{name},"reason":{string(reason)}'
        else:
            payload = message.data.encode() if message.type is WSMsgType.TEXT else message.data
            size = len(payload)
            tail = _base64(payload) if message.type is WSMsgType.BINARY else _text_or_base64(payload)
            if message.type is WSMsgType.PING or message.type is WSMsgType.PONG:
                seconds = round_trip(event)
                if seconds is not None:
                    tail += f',"rtt":{seconds:.6f}'
        return f'{head},"size":{size},"wire":{event.wire},{tail}}}\n'

    return line


def handshake_line(handshake: Handshake, connection: int = 0) -> str:
    """Return the HANDSHAKE line, the first of a session."""
    steps = ",".join([f"[{string(step.name)},{step.seconds:.6f},{string(step.detail)}]" for step in handshake.steps])
    return (
        f'{{"type":"HANDSHAKE","version":{VERSION},{_stamp(handshake.at, connection)},"url":{string(handshake.url)},'
        f'"address":{string(handshake.address)},"status":{handshake.status},"seconds":{handshake.seconds:.6f},'
        f'"subprotocol":{_value(handshake.subprotocol)},"extensions":{string(handshake.extensions)},'
        f'"resource":{string(handshake.resource)},"reason":{string(handshake.reason)},'
        f'"request":{_headers(handshake.request)},"response":{_headers(handshake.response)},'
        f'"steps":[{steps}],"tls":{_tls(handshake.tls)}}}\n'
    )


def string(text: str) -> str:
    r"""Return ``text`` as a JSON string in which whatever is not printable is escaped as ``\uXXXX``."""
    encoded = encode_basestring(text)
    if is_neutral(encoded):
        return encoded
    return re.sub(OUTSIDE_ASCII, _escaped_run, encoded)


def summary_line(
    closed: Closed | None,
    tally: Tally,
    seconds: float,
    tongue: Tongue = PLAIN_TONGUE,
    *,
    timeline: Timeline | None = None,
    guess: str = "",
    connection: int = 0,
) -> str:
    """Return the summary as one line of JSON: how it ended, and what went over it.

    Keys: ``by``, ``clean``, ``code``, ``name``, ``reason``, ``sent``, ``cause``, ``exit`` as in the CLOSED line of
    NDJSON, ``seconds``, and ``traffic`` with ``received`` and ``sent``, each with ``messages``, ``payload`` and
    ``wire``; ``last_data`` and ``last_ping``, each with ``received`` and ``sent``: seconds before the first sign of the
    end, or null; ``guess``: what an autopsy takes for the cause, or null. Where connections stand side by side,
    ``conn`` comes first: the connection's number. Where a recording holds no end, what tells how it ended is null, and
    ``cause`` says so.
    """
    conn = f'"conn":{connection},' if connection else ""
    received, sent = _traffic(tally, "in"), _traffic(tally, "out")
    data = _lasts(timeline, timeline.last_data if timeline else {})
    pings = _lasts(timeline, timeline.last_ping if timeline else {})
    return (
        f'{{{conn}{UNENDED if closed is None else _closed_fields(closed, tongue)},"seconds":{seconds:.6f},'
        f'"traffic":{{"received":{received},"sent":{sent}}},'
        f'"last_data":{data},"last_ping":{pings},"guess":{string(guess) if guess else "null"}}}\n'
    )


UNENDED = (
    '"by":null,"clean":null,"code":null,"name":null,"reason":"","sent":null,'
    '"cause":"its end is not recorded","exit":null'
)


def _lasts(timeline: Timeline | None, moments: Moments) -> str:
    since = [timeline.since(moments[way]) if timeline else None for way in ("in", "out")]
    received, sent = ("null" if seconds is None else f"{seconds:.6f}" for seconds in since)
    return f'{{"received":{received},"sent":{sent}}}'


def _closed_fields(closed: Closed, tongue: Tongue = PLAIN_TONGUE) -> str:
    """Return the fields of an end, without braces."""
    return (
        f'"by":"{closed.by}","clean":{_bool(closed.clean)},"code":{closed.code},"name":{_name(closed.code, tongue)},'
        f'"reason":{string(closed.reason)},"sent":{"null" if closed.sent is None else int(closed.sent)},'
        f'"cause":{string(closed.cause)},"exit":{int(closed.exit)}'
    )


def _traffic(tally: Tally, way: Direction) -> str:
    return f'{{"messages":{tally.messages[way]},"payload":{tally.payload[way]},"wire":{tally.wire[way]}}}'


def _escaped_run(match: re.Match[str]) -> str:
    run = match[0]
    if is_neutral(run):
        return run
    return run.translate({ord(c): encode_basestring_ascii(c)[1:-1] for c in set(run) if not is_neutral(c)})


def _closed(stamp: str, closed: Closed, tongue: Tongue) -> str:
    return f'{{"type":"CLOSED",{stamp},{_closed_fields(closed, tongue)}}}\n'


def _gap(stamp: str, gap: Gap) -> str:
    return f'{{"type":"GAP",{stamp},"seconds":{gap.seconds:.6f},"attempts":{gap.attempts},"code":{gap.code}}}\n'


def _violation(violation: Violation) -> str:
    return (
        f'"rule":{string(violation.rule)},"section":{string(violation.section)},"message":{string(violation.sentence)},'
        f'"offset":{violation.offset},{_base64(violation.data)},"code":{violation.code}'
    )


def _frame(stamp: str, direction: Direction, frame: Frame, wire: int, size: int | None = None) -> str:
    fin, rsv, opcode, mask, header_size, payload, plain_size, offset = frame
    key = "null" if mask is None else f'"{mask.hex()}"'
    return (
        f'{{"type":"FRAME",{stamp},"dir":"{direction}","fin":{_bool(fin)},"rsv":{rsv},"opcode":{opcode},'
        f'"mask":{key},"header":{header_size},"size":{len(payload) if size is None else size},'
        f'"plain":{"null" if plain_size is None else plain_size},"wire":{wire},"offset":{offset},{_base64(payload)}}}\n'
    )


def _stamp(at: Moment, connection: int = 0) -> str:
    """Return both clocks' keys, and that of the connection where there are several."""
    conn = f',"conn":{connection}' if connection else ""
    return f'"time":"{utc(at.wall)}","mono":{at.mono:.6f}{conn}'


def _text_or_base64(payload: bytes) -> str:
    try:
        return f'"text":{string(payload.decode())}'
    except UnicodeDecodeError:
        return _base64(payload)


def _base64(data: bytes) -> str:
    return f'"base64":"{b2a_base64(data, newline=False).decode("ascii")}"'


def _headers(headers: list[tuple[str, str]]) -> str:
    return "[" + ",".join([f"[{string(name)},{string(value)}]" for name, value in headers]) + "]"


def _tls(tls: TlsFacts | None) -> str:
    if tls is None:
        return "null"
    return "{" + ",".join([f'"{key}":{_value(value)}' for key, value in tls._asdict().items()]) + "}"


def _value(value: "str | float | tuple[str, ...] | None") -> str:
    if isinstance(value, str):
        return string(value)
    if isinstance(value, tuple):
        return "[" + ",".join([string(part) for part in value]) + "]"
    # Booleans, numbers and nothing.
    return dumps(value)


def _name(code: int, tongue: Tongue) -> str:
    return _value(tongue.explain(code).name or None)


def _bool(value: bool) -> str:
    return "true" if value else "false"
