"""Opening a connection: the way to the server, TLS, the handshake, and redirects. Knows no terminal and no flag."""

import asyncio
import ssl
from collections.abc import Callable

from wsinspect.connecting import Connecting
from wsinspect.counting import Countdown
from wsinspect.events import Handshake, Moment
from wsinspect.net.client import ClientTap
from wsinspect.net.dial import reach
from wsinspect.net.progress import Progress
from wsinspect.net.request import client_protocol, request_of
from wsinspect.net.session import Session

Redirected = Callable[[Handshake, Connecting], None]
"""Is told of an answer that redirects, and what is tried next."""


async def open_session(
    wanted: Connecting,
    clock: Callable[[], Moment],
    countdown: Countdown | None = None,
    redirected: Redirected = lambda handshake, following: None,
) -> Session:
    """Open a connection, and follow redirects; raises `InspectError` with the cause, and exit codes 3, 4, 5 or 9.

    ``wanted.open_timeout_s`` holds for all hops together.
    """
    deadline = asyncio.get_running_loop().time() + wanted.open_timeout_s
    hops = 0
    while True:
        session = await _open_one(wanted, clock, countdown, deadline)
        if isinstance(session, Session):
            return session
        handshake, refusal = session
        # What a redirect needs is loaded when there is one.
        from wsinspect.redirects import following

        after = following(wanted, handshake.status, handshake.response, hops)
        if after is None:
            raise refusal
        hops += 1
        redirected(handshake, after)
        wanted = after


async def _open_one(
    wanted: Connecting, clock: Callable[[], Moment], countdown: Countdown | None, deadline: float
) -> Session | tuple[Handshake, Exception]:
    """Open one connection; return its session, or a refusal's handshake with the error that tells of it."""
    progress = Progress(clock)
    target, tls = wanted.target, wanted.tls
    tap: ClientTap | None = None
    facts = None
    try:
        async with asyncio.timeout_at(deadline):
            road = await reach(target, wanted.network, progress)
            protocol = client_protocol(wanted)
            tap = made = ClientTap(
                protocol,
                clock=clock,
                max_size=wanted.max_size,
                frames=wanted.frames,
                echo=wanted.echo,
                countdown=countdown,
            )
            if target.secure:
                from wsinspect.net.tls import tls_context, tls_facts

                progress.begin("tls")
                await road.carry(made, tls_context(tls), tls.server_name or target.host)
                shown = made.transport.get_extra_info("ssl_object")
                assert isinstance(shown, ssl.SSLObject)
                facts = tls_facts(shown, tls)
                progress.done()
            else:
                await road.carry(made, None, None)
            progress.begin("upgrade")
            await tap.handshake(request_of(protocol, wanted))
            progress.done()
    except (OSError, asyncio.CancelledError) as fault:
        if tap is not None and progress.name == "upgrade":
            tap.abort()
        if isinstance(fault, asyncio.CancelledError):
            raise
        # What failures need is loaded when there is one.
        from wsinspect.net.failures import Phase, unreachable

        head = tap.head if tap is not None else b""
        raise unreachable(Phase(target, wanted.open_timeout_s, progress.name), fault, head) from fault
    handshake = _handshake(tap, wanted, tap.began or clock(), progress, road.address)._replace(tls=facts)
    if tap.opened:
        return Session(tap, handshake, countdown, road.addresses)
    from wsinspect.net.failures import HandshakeRefused, Phase, refused

    tap.abort()
    if tap.fault is not None:
        raise tap.fault
    where = Phase(target, wanted.open_timeout_s, progress.name)
    error = refused(where, handshake, tap.head, tap.protocol.handshake_exc, tap.lost_by)
    if isinstance(error, HandshakeRefused):
        return error.handshake, error
    raise error


def _handshake(tap: ClientTap, wanted: Connecting, at: Moment, progress: Progress, address: str) -> Handshake:
    asked = tap.request
    answer = tap.response
    extensions = ", ".join(answer.headers.get_all("Sec-WebSocket-Extensions")) if answer else ""
    return Handshake(
        at,
        wanted.target.url,
        address,
        answer.status_code if answer else 0,
        at.mono - progress.began.mono,
        tap.protocol.subprotocol,
        extensions,
        list(asked.headers.raw_items()) if asked else [],
        list(answer.headers.raw_items()) if answer else [],
        resource=wanted.target.resource,
        reason=answer.reason_phrase if answer else "",
        steps=tuple(progress.steps),
    )
