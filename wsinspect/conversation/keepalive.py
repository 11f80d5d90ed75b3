"""Pings of our own in a session, and its end when a pong is missing. Loaded only where that is wished."""

import asyncio
from collections.abc import Callable

from wsinspect.conversation.wishes import Pinging
from wsinspect.errors import Exit
from wsinspect.events import Moment
from wsinspect.keepalive import Keepalive
from wsinspect.net.session import Session

CODE = 1011
"""What we close with: something unexpected happened (RFC 6455 section 7.4.1), as servers are used to from others."""


async def keep_alive(session: Session, pinging: Pinging, clock: Callable[[], Moment]) -> None:
    """Ping until the session ends; end it with exit code 9 when a pong is overdue."""
    machine = Keepalive(pinging.interval_s, pinging.timeout_s, clock().mono)
    session.on_pong(machine.ponged)
    while session.open:
        payload = machine.ping(clock().mono, session.paused_s())
        if machine.overdue:
            within = f"no pong came within {pinging.timeout_s:g} s"
            session.close(Exit.TIMEOUT, f"{within} (see --ping-timeout)", CODE, within)
            return
        if payload is not None:
            session.beat(payload)
        await asyncio.sleep(machine.rest_s(clock().mono))
