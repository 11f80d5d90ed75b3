"""Opening a connection: the way to the server, TLS, the handshake, and redirects. Knows no terminal and no flag."""

import asyncio
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from wsinspect.connecting import Connecting
from wsinspect.counting import Gate
from wsinspect.errors import InspectError
from wsinspect.events import Handshake, Moment, TlsFacts
from wsinspect.net.client import ClientTap
from wsinspect.net.progress import Progress
from wsinspect.net.reach import reach
from wsinspect.net.request import client_protocol, request_of
from wsinspect.net.session import Session

if TYPE_CHECKING:
    from wsinspect.net.unopened import HandshakeRefused, Phase

Redirected = Callable[[Handshake, Connecting, Connecting], None]
"""Is told of an answer that redirects, what was wanted of it, and what is tried next."""


async def open_session(
    wanted: Connecting,
    clock: Callable[[], Moment],
    gate: Gate | None = None,
    redirected: Redirected = lambda handshake, wanted, following: None,
) -> Session:
    """Open a connection, and follow redirects; raises `InspectError` with the cause, and exit codes 3, 4, 5 or 9.

    ``wanted.open_timeout_s`` holds for all hops together.
    """
    deadline = asyncio.get_running_loop().time() + wanted.open_timeout_s
    hops = 0
    while True:
        session = await _open_one(wanted, clock, gate, deadline)
        if isinstance(session, Session):
            return session
        handshake, refusal = session
        # What a redirect needs is loaded when there is one.
        from wsinspect.redirects import following

        if wanted.keeps_cookies:
            from wsinspect.cookies import received

            wanted = received(wanted, handshake.response, clock().wall)
        try:
            after = following(wanted, handshake.status, handshake.response, hops)
        except InspectError as fault:
            # Where it leads nowhere, the answer is shown all the same.
            raise refusal.told_as(fault) from fault
        if after is None:
            raise refusal
        hops += 1
        redirected(handshake, wanted, after)
        wanted = after


async def _open_one(
    wanted: Connecting, clock: Callable[[], Moment], gate: Gate | None, deadline: float
) -> "Session | tuple[Handshake, HandshakeRefused]":
    """Open one connection; return its session, or a refusal's handshake with the error that tells of it."""
    progress = Progress(clock)
    target, tls = wanted.target, wanted.tls
    tap: ClientTap | None = None
    facts = None
    if target.secure:
        from wsinspect.net.tls import server_name, tls_context, tls_facts

        # Files that cannot be used are told before anybody is asked.
        context = tls_context(tls)
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
                gate=gate,
                pongs=wanted.pongs,
            )
            if target.secure:
                progress.begin("tls")
                await road.carry(made, context, server_name(tls, target.host))
                shown = made.transport.get_extra_info("ssl_object")
                assert isinstance(shown, ssl.SSLObject)
                facts = tls_facts(shown, tls)
                progress.done()
            else:
                await road.carry(made, None, None)
            progress.begin("upgrade")
            await tap.handshake(request_of(protocol, wanted, clock().wall))
            if tap.began is not None:
                # Messages that came with the answer have been read meanwhile.
                progress.done(at=tap.began)
    except (OSError, InspectError, asyncio.CancelledError) as fault:
        if tap is not None and progress.name == "upgrade":
            tap.abort()
        if isinstance(fault, asyncio.CancelledError):
            raise
        # What failures need is loaded when there is one.
        from wsinspect.net.failures import stopped, unreachable

        where = _phase(wanted, progress, facts)
        if tap is not None and progress.name == "upgrade":
            where = where._replace(handshake=_handshake(tap, wanted, clock(), progress, road.address))
        if isinstance(fault, InspectError):
            raise stopped(where, fault) from fault
        if isinstance(fault, ssl.SSLCertVerificationError):
            from wsinspect.net.unverified import shown_certificate

            where = where._replace(shown=await shown_certificate(wanted, clock, deadline))
        raise unreachable(where, fault, (tap.heard or tap.interim) if tap is not None else b"") from fault
    handshake = _handshake(tap, wanted, tap.began or clock(), progress, road.address)._replace(tls=facts)
    if tap.opened:
        return Session(tap, handshake, gate, road.addresses)
    from wsinspect.net.failures import HandshakeRefused, refused

    ended = tap.connection_lost_waiter.done() and tap.lost_by is None
    tap.abort()
    if tap.fault is not None:
        raise tap.fault
    where = _phase(wanted, progress, facts)
    error = refused(where, handshake, tap.head, tap.refused_by, tap.lost_by, ended=ended)
    if isinstance(error, HandshakeRefused):
        return error.handshake, error
    raise error


def _phase(wanted: Connecting, progress: Progress, shown: TlsFacts | None) -> "Phase":
    from wsinspect.net.failures import Phase

    return Phase(
        wanted.target,
        wanted.open_timeout_s,
        progress.name,
        wanted.tls,
        tuple(progress.steps),
        progress.under_way(),
        shown,
        progress.began.wall,
        progress.via,
    )


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
        secrets=wanted.secrets,
    )
