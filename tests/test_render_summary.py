"""The lines of talk: every end is told in words, and as JSON."""

import json

import pytest

from tests.common_events import ENDS, HANDSHAKE, tally
from wsinspect.events import Closed
from wsinspect.render.lines import duration_text
from wsinspect.render.look import Look
from wsinspect.render.ndjson import summary_line
from wsinspect.render.summary import connected, ended


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 ms"),
        (0.0031, "3.1 ms"),
        (0.3121, "312 ms"),
        (0.9999, "1.0 s"),
        (62.0, "62.0 s"),
        (119.96, "2 min 0 s"),
        (725.0, "12 min 5 s"),
        (12000.0, "3 h 20 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_an_opening_of_unknown_length_has_no_time() -> None:
    """As in a HAR or a capture whose maker did not measure it."""
    assert " 101 · " in connected(HANDSHAKE._replace(seconds=0.0), Look())


def test_connected() -> None:
    assert (
        connected(HANDSHAKE, Look())
        == "● connected  ws://127.0.0.1:40123/  101 in 3.1 ms · permessage-deflate · subprotocol chat.v2"
    )


def test_what_the_peer_says_is_neutral_and_bounded() -> None:
    hostile = HANDSHAKE._replace(subprotocol="\x1b[2J" + "a" * 9000, extensions="\u202e" * 9000, url="ws://a/\x07")
    line = connected(hostile, Look())
    assert line.isprintable()
    assert len(line) < 1200


@pytest.mark.parametrize(("name", "closed"), ENDS)
def test_every_end(name: str, closed: Closed) -> None:
    line = ended(closed, tally(), 62.0, Look())
    assert line.isprintable()
    assert line.endswith(" · 62.0 s · 41 received, 7 sent · 12.3 kB (3.1 kB on the wire)")
    read = json.loads(summary_line(closed, tally(), 62.0))
    assert {key: read[key] for key in Closed._fields} == closed._asdict()
    assert read["traffic"]["received"] == {"messages": 41, "payload": 12000, "wire": 2700}
    assert read["traffic"]["sent"] == {"messages": 7, "payload": 300, "wire": 400}
