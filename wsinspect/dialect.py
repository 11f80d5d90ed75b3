"""The form in which a dialect is written down. Knows no dialect by name."""

from typing import NamedTuple

from wsinspect.close_explanation import Reconnect


class Note(NamedTuple):
    """What a dialect says of one code; without ``name``, the standard's meaning stays and this is added to it."""

    name: str
    summary: str
    reconnect: Reconnect
    checks: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    advice: str = ""
    sender: str = "the server"


class Dialect(NamedTuple):
    """``subprotocols`` are the values of Sec-WebSocket-Protocol that select it; ``spans`` hold for codes without a
    note of their own, first and last included."""

    title: str
    subprotocols: tuple[str, ...]
    source: str
    notes: dict[int, Note]
    spans: tuple[tuple[int, int, Note], ...] = ()
