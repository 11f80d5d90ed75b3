"""Golden files of what a replay came to: the common messages against others like them, in each form.

ESC is written as ``␛``, so that a difference can be read.
"""

import json
from pathlib import Path

from tests.common_events import START, batches
from wsinspect.comparing.comparison import Comparison
from wsinspect.comparing.cues import message_of
from wsinspect.comparing.outcome import Fact, Outcome
from wsinspect.comparing.telling import outcome_json, outcome_text
from wsinspect.comparing.values import Values
from wsinspect.events import BINARY, TEXT, Closed
from wsinspect.render.palette import COLOUR

FOLDER = Path(__file__).parent / "replayed"

CHANGED: dict[str, bytes] = {
    "json": b'{"op": "hullo", "seq": 2, "ok": true, "tags": ["a", null]}',
    "text": b"CONNECTED version:1.3",
    "control characters": b"\x1b[2J\x1b]0;owned\x07b",
    "multi-line": b"CONNECTED\nversion:1.2\nheart-beat:0,5\nserver:RabbitMQ/3.12\n\n\x00",
    "1 MB": b"0123456789abcdef" * 65535 + b"0123456789abcdeF",
    "binary": bytes(range(127)) + b"\xff",
    "JSON odd": b"{}",
}
"""What came in the place of a common message."""

LEFT_OUT = ("wide", "empty binary")
GOOD, BAD = Closed("peer", True, 1000, "", 1000, "", 0), Closed("peer", True, 1011, "gone \x1b[31m", 1011, "", 6)


def outcome(*, same: bool) -> Outcome:
    """Return what comes of the common messages, against themselves or others."""
    comparison = Comparison(Values())
    rows = [
        (name, batch) for name, batch in batches() if batch.rows[0][0] in (TEXT, BINARY) and batch.direction == "in"
    ]
    for _, batch in rows:
        type, payload, _ = batch.rows[0]
        comparison.expect(message_of(batch, type, payload, START.mono))
    for name, batch in rows:
        type, payload, _ = batch.rows[0]
        if same or name not in LEFT_OUT:
            comparison.came(message_of(batch, type, payload if same else CHANGED.get(name, payload), START.mono))
        if not same and name == "emoji and CJK":
            comparison.came(message_of(batch, TEXT, "more \u202e::error::".encode(), START.mono))
    comparison.settle()
    return Outcome(
        "ws://127.0.0.1:8080/",
        (Fact("status", "101", "101"), Fact("subprotocol", "chat.v2", "chat.v2" if same else "no subprotocol")),
        comparison.recorded,
        comparison.heard,
        comparison.same,
        dict(comparison.counts),
        tuple(comparison.differences),
        (Fact("end", "closed by the server with 1000 OK", "closed by the server with 1000 OK"),)
        if same
        else (Fact("end", "closed by the server with 1000 OK", 'closed by the server with 1011 "gone \x1b[31m"'),),
        (GOOD, GOOD if same else BAD),
        (("items[*].ts", "time", 12), ("id\x1b", "uuid", 1)),
        (0, 0) if same else (3, 2),
        (0.0121, 0.014) if same else (None, None),
        3 if same else 0,
        5 if same else 4,
        5,
        2,
        0 if same else 1,
        (60.1, 3.2),
        () if same else ("the server does not answer any more: stopped",),
    )


def files() -> dict[Path, str]:
    """Return each file and the text it should hold."""
    differs, same = outcome(same=False), outcome(same=True)
    return {
        FOLDER / "differs.txt": outcome_text(differs),
        FOLDER / "differs-colour.txt": outcome_text(differs, COLOUR).replace("\x1b", "␛"),
        FOLDER / "differs.json": json.dumps(json.loads(outcome_json(differs, 1)), indent=2) + "\n",
        FOLDER / "same.txt": outcome_text(same),
        FOLDER / "quiet.txt": outcome_text(differs, quiet=True),
    }
