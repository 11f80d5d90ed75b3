"""What a row that is no plain payload says on the page, as facts for JSON, in the words of the other views."""

from binascii import b2a_base64
from collections.abc import Callable
from typing import Any

from wsinspect.autopsy import autopsy
from wsinspect.close_codes import Tongue
from wsinspect.events import CLOSE, CLOSED, CLOSING, ERROR, FRAME, GAP, HANDSHAKE, Closed, Handshake, close_parts
from wsinspect.render.lines import frame_words, gap_words
from wsinspect.render.summary import how_it_ended
from wsinspect.timeline import Timeline

Explain = Callable[[int, Tongue], int]
"""Returns where on the page the explanation of a code stands."""


def base64(data: bytes) -> list[str]:
    """Return bytes as the page knows them from text: in a list, in base64."""
    return [b2a_base64(data, newline=False).decode("ascii")]


def facts_of(type: int, payload: Any, tongue: Tongue, explain: Explain, longest: int) -> dict[str, Any]:
    """Return the facts of a row; ``text`` is its line in the list. What `ended` tells comes on top."""
    if type in (CLOSE, CLOSING):
        code, reason = close_parts(payload)
        name = tongue.explain(code).name or ""
        said = f' "{reason}"' if reason else ""
        text = f"{code} {name}".rstrip() + said
        return {"text": text, "code": code, "reason": reason, "explained": explain(code, tongue), "hex": payload.hex()}
    if type == ERROR:
        facts = payload._asdict() | {"data": base64(payload.data), "explained": explain(payload.code, tongue)}
        return {"text": f"{payload.sentence} ({payload.section})", **facts}
    if type == FRAME:
        mask = None if payload.mask is None else payload.mask.hex(" ")
        facts = payload._asdict() | {"mask": mask, "payload": base64(payload.payload[:longest])}
        return {"text": " ".join(frame_words(payload, None).split()), **facts}
    if type == GAP:
        words = gap_words(payload)
        return {"text": ". ".join(words), **payload._asdict(), "explained": explain(payload.code, tongue)}
    if type == HANDSHAKE:
        return {"text": f"{payload.status} {payload.reason} · {payload.url}"}
    assert type == CLOSED
    facts = payload._asdict() | {"exit": int(payload.exit)}
    return {"text": how_it_ended(payload, tongue=tongue), **facts, "explained": explain(payload.code, tongue)}


def why(closed: Closed, timeline: Timeline | None, handshake: Handshake | None, tongue: Tongue) -> list[str]:
    """Return what an end's circumstances tell of it."""
    if timeline is None or handshake is None:
        return []
    return autopsy(closed, timeline, handshake, tongue)
