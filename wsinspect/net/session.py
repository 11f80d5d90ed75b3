"""A connection opened and followed to its end: batches in the order in which things happened, the last one CLOSED.

Knows no terminal, and no command beyond what is to be sent.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple
from urllib.parse import unquote

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from wsinspect import __version__
from wsinspect.counting import Countdown
from wsinspect.errors import Exit
from wsinspect.events import Batch, Closed, Handshake, Moment, Tally
from wsinspect.net.client import ClientTap
from wsinspect.net.dial import dial, resolve
from wsinspect.target import Target
from wsinspect.vocabulary import WSMsgType

CLOSED = int(WSMsgType.CLOSED)


class Connecting(NamedTuple):
    """How to open a connection; times in seconds, sizes in bytes."""

    target: Target
    headers: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()
    verify: bool = True
    open_timeout_s: float = 10.0
    max_size: int | None = 16 << 20
    frames: bool = False
    echo: bool = False
    enough: int | None = None


class Session:
    """An open connection."""

    def __init__(self, tap: ClientTap, handshake: Handshake, countdown: Countdown | None) -> None:
        self._tap = tap
        self.handshake = handshake
        self.tally = Tally()
        self.countdown = countdown
        self.closed: Closed | None = None

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield batches until the connection is gone; the last holds one CLOSED row."""
        tap, tally = self._tap, self.tally
        while (batch := await tap.inbox.get()) is not None:
            tally.add(batch)
            yield batch
        if tap.fault is not None:
            raise tap.fault
        self.closed = tap.ending.closed()
        countdown = self.countdown
        if countdown is not None and countdown.missing and self.closed.exit == Exit.OK:
            cause = f"{countdown.wanted} messages were wanted, but {countdown.missing} of them did not come"
            self.closed = self.closed._replace(exit=int(Exit.UNMET), cause=cause)
        yield Batch(tap.clock(), "in", [(CLOSED, self.closed, 0)])

    @property
    def open(self) -> bool:
        """Messages can be sent."""
        return self._tap.is_open

    def quiet_since(self) -> float:
        """Return when the last data message came, on the monotonic clock; now, while we read nothing ourselves."""
        return self._tap.clock().mono if self._tap.is_paused else self._tap.heard_at

    async def send(self, type: WSMsgType, payload: bytes) -> None:
        """Send a message or a ping, and wait while the transport is full; does nothing once the end has begun."""
        if self.open:
            self._tap.send_now(int(type), payload)
            try:
                await self._tap.drain()
            except OSError:
                pass  # the connection is lost, as its end tells

    def close(self, exit: Exit, cause: str = "") -> None:
        """Begin to close with 1000; ``exit`` and ``cause`` tell why, unless the end has begun already."""
        self._tap.ending.wish(exit, cause)
        self._tap.close_now(1000, "")

    def broken(self, fault: Exception) -> None:
        """A fault of ours: drop the connection, and raise the fault where its batches are taken."""
        self._tap.broken(fault)

    def abort(self) -> None:
        """Drop the connection at once."""
        self._tap.abort()


async def open_session(wanted: Connecting, clock: Callable[[], Moment]) -> Session:
    """Open a connection; raises `InspectError` with the cause, and exit codes 3, 4, 5 or 9."""
    began = clock()
    phase = "resolve"
    countdown = Countdown(wanted.enough) if wanted.enough is not None else None
    tap: ClientTap | None = None
    try:
        async with asyncio.timeout(wanted.open_timeout_s):
            addresses = await resolve(wanted.target.host, wanted.target.port)
            phase = "connect"
            sock = await dial(addresses)
            peer = sock.getpeername()
            phase = "tls" if wanted.target.secure else "upgrade"
            tap = made = _tap(wanted, clock, countdown)
            await asyncio.get_running_loop().create_connection(
                lambda: made,
                sock=sock,
                ssl=_tls(wanted) if wanted.target.secure else None,
                server_hostname=wanted.target.host if wanted.target.secure else None,
            )
            phase = "upgrade"
            await tap.handshake(_request(tap.protocol, wanted))
    except (OSError, asyncio.CancelledError) as fault:
        if tap is not None and phase == "upgrade":
            tap.abort()
        if isinstance(fault, asyncio.CancelledError):
            raise
        # What failures need is loaded when there is one.
        from wsinspect.net.failures import Phase, unreachable

        head = tap.head if tap is not None else b""
        raise unreachable(Phase(wanted.target, wanted.open_timeout_s, phase), fault, head) from fault
    handshake = _handshake(tap, wanted.target, tap.began or clock(), began, peer)
    if not tap.opened:
        from wsinspect.net.failures import Phase, refused

        tap.abort()
        if tap.fault is not None:
            raise tap.fault
        where = Phase(wanted.target, wanted.open_timeout_s, phase)
        raise refused(where, handshake, tap.head, tap.protocol.handshake_exc, tap.lost_by)
    return Session(tap, handshake, countdown)


def _tap(wanted: Connecting, clock: Callable[[], Moment], countdown: Countdown | None) -> ClientTap:
    target = wanted.target
    path, _, query = target.resource.partition("?")
    name, _, password = target.userinfo.partition(":")
    protocol = ClientProtocol(
        WebSocketURI(target.secure, target.host, target.port, path, query, unquote(name) or None, unquote(password)),
        # What browsers offer; the peer picks its windows.
        extensions=[ClientPerMessageDeflateFactory(client_max_window_bits=True)],
        subprotocols=[Subprotocol(name) for name in wanted.subprotocols] or None,
        max_size=None,
        logger=_silent(),
    )
    return ClientTap(
        protocol, clock=clock, max_size=wanted.max_size, frames=wanted.frames, echo=wanted.echo, countdown=countdown
    )


def _silent() -> logging.Logger:
    """Return a logger that no one hears: what the library has to say reaches a user through us or not at all."""
    logging.getLogger("asyncio").disabled = True
    logger = logging.getLogger("wsinspect.quiet")
    logger.disabled = True
    return logger


def _request(protocol: object, wanted: Connecting) -> Request:
    """Make the request; a user's header replaces ours of the same name, so that none stands twice."""
    assert isinstance(protocol, ClientProtocol)
    request = protocol.connect()
    ours = [*request.headers.raw_items(), ("User-Agent", f"wsinspect/{__version__}")]
    given = list(wanted.headers)
    headers = Headers()
    for name, value in ours:
        # In its place, since Host stands first (RFC 9110 section 7.2).
        replaced = [pair for pair in given if pair[0].lower() == name.lower()]
        for pair in replaced or [(name, value)]:
            headers[pair[0]] = pair[1]
        given = [pair for pair in given if pair not in replaced]
    for name, value in given:
        headers[name] = value
    return Request(request.path, headers)


def _tls(wanted: Connecting) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not wanted.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _handshake(tap: ClientTap, target: Target, at: Moment, began: Moment, peer: tuple[object, ...] | str) -> Handshake:
    asked = list(tap.request.headers.raw_items()) if tap.request else []
    answer = tap.response
    extensions = ", ".join(answer.headers.get_all("Sec-WebSocket-Extensions")) if answer else ""
    return Handshake(
        at,
        target.url,
        f"[{peer[0]}]:{peer[1]}" if ":" in str(peer[0]) else f"{peer[0]}:{peer[1]}",
        answer.status_code if answer else 0,
        at.mono - began.mono,
        tap.protocol.subprotocol,
        extensions,
        asked,
        list(answer.headers.raw_items()) if answer else [],
    )
