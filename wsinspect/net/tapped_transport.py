"""A transport, with an ear at what leaves through it. Knows no frames."""

import asyncio
from collections.abc import Callable
from typing import Any


class TappedTransport:
    """The library's transport, with an ear at ``write``."""

    def __init__(self, transport: asyncio.Transport, heard: Callable[[bytes], None]) -> None:
        self._transport = transport
        self._heard = heard

    def write(self, data: bytes) -> None:
        """Hand on what leaves."""
        self._heard(data)
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
