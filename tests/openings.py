"""Connections opened in this process, as the command line would have them: what came of it, and why nothing did."""

import asyncio
from typing import Any

import pytest

from wsinspect.clock import now
from wsinspect.commands.connect import connect
from wsinspect.connecting import Connecting
from wsinspect.errors import InspectError
from wsinspect.events import Handshake
from wsinspect.net.opening import open_session
from wsinspect.options.reaching import connecting_of
from wsinspect.target import parse_target


def connecting(url: str, *arguments: str) -> Connecting:
    """Return what a command line means."""
    return connecting_of(parse_target(url), connect.make_context("connect", [url, *arguments]).params)


def handshake(wanted: Connecting) -> Handshake:
    """Open a connection, and drop it."""

    async def attempt() -> Handshake:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        session = await open_session(wanted, now)
        session.abort()
        return session.handshake

    return asyncio.run(attempt())


def failure(url: str, **options: Any) -> InspectError:
    """Return the error that opening a connection ends with."""
    with pytest.raises(InspectError) as caught:
        handshake(Connecting(parse_target(url), **options))
    return caught.value


def refused(url: str, *arguments: str) -> InspectError:
    """Return the error that a command line ends with."""
    with pytest.raises(InspectError) as caught:
        handshake(connecting(url, *arguments))
    return caught.value
