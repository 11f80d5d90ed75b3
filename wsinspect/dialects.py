"""The dialects: subprotocols and services that give close codes a meaning of their own.

Loaded only when a dialect is asked for. A dialect of a service that negotiates no subprotocol is chosen by name alone.
"""

from wsinspect.close_explanation import ADVICE, CloseExplanation
from wsinspect.dialect import Dialect, Note
from wsinspect.dialects_protocols import CENTRIFUGO, GRAPHQL, LEGACY_GRAPHQL, PHOENIX, PUSHER
from wsinspect.dialects_services import DISCORD, DISCORD_VOICE, TWITCH

DIALECTS: dict[str, Dialect] = {
    "graphql-transport-ws": GRAPHQL,
    "graphql-ws": LEGACY_GRAPHQL,
    "centrifugo": CENTRIFUGO,
    "discord": DISCORD,
    "discord-voice": DISCORD_VOICE,
    "phoenix": PHOENIX,
    "pusher": PUSHER,
    "twitch-eventsub": TWITCH,
}

SUBPROTOCOLS: dict[str, str] = {
    subprotocol: name for name, dialect in DIALECTS.items() for subprotocol in dialect.subprotocols
}
"""Values of Sec-WebSocket-Protocol to the names of the dialects they select."""


def note_of(dialect: str, code: int) -> Note | None:
    """Return what ``dialect`` says of ``code``, by its own row or by a range; raises KeyError on an unknown dialect."""
    known = DIALECTS[dialect]
    note = known.notes.get(code)
    if note is not None:
        return note
    return next((note for first, last, note in known.spans if first <= code <= last), None)


def retold(plain: CloseExplanation, dialect: str) -> CloseExplanation:
    """Return the standard's explanation of a code as ``dialect`` has it; raises KeyError on an unknown dialect."""
    note = note_of(dialect, plain.code)
    if note is None:
        if plain.kind not in ("library", "private"):
            return plain
        return plain._replace(meaning=f"{dialect} gives this code no meaning of its own. {plain.meaning}")
    source = DIALECTS[dialect].source
    # A note with a name gives the code another meaning; one without adds to the standard's, where that has one.
    added = not note.name and bool(plain.name)
    return plain._replace(
        name=note.name or plain.name,
        summary=note.summary,
        meaning=f"{note.summary} {plain.meaning}" if added else note.summary,
        sender=note.sender,
        reconnect=note.reconnect,
        advice=note.advice or ADVICE[note.reconnect],
        causes=note.causes + plain.causes if added else note.causes,
        checks=note.checks + plain.checks if added else note.checks,
        source=f"{source}; {plain.source}" if added else source,
        dialect=dialect,
    )
