"""Golden files of stats: a scripted recording with something of everything, and the common events.

ESC is written as ``␛``, so that a difference can be read. The times of day are UTC.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from time import gmtime

from tests.common_events import ENDS, HANDSHAKE, START, batches
from wsinspect.events import BINARY, CLOSED, GAP, PING, PONG, TEXT, Batch, Direction, Gap, Moment, Row, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.figures.account import Account
from wsinspect.filters.expression import expression
from wsinspect.recordings.rows import resource_of
from wsinspect.render.charts import ASCII, BLOCKS, Glyphs
from wsinspect.render.close_card import to_json
from wsinspect.render.palette import COLOUR, NO_COLOUR, Palette
from wsinspect.render.stats_card import stats_card
from wsinspect.render.stats_json import stats_dict

FOLDER = Path(__file__).parent / "stats"
HOSTILE = "\x1b[31m\r\n\u202eevil\u200b\x9b"


class Script:
    """Rows of one connection, one after the other; ``at`` is the moment of the next."""

    def __init__(self, connection: int = 0, at: float = 0.0) -> None:
        self.at = at
        self.connection = connection
        self.batches: list[Batch] = []

    def row(self, way: Direction, row: Row, after: float = 0.0) -> None:
        self.at += after
        self.batches.append(alone(self.moment, way, row, self.connection))

    def opens(self, url: str = "wss://feed.example.com/v1", subprotocol: str | None = None, after: float = 0.0) -> None:
        self.at += after
        handshake = HANDSHAKE._replace(at=self.moment, url=url, resource=resource_of(url), subprotocol=subprotocol)
        self.row("in", (BEGINS, handshake, 0))

    def says(self, way: Direction, value: object, after: float = 0.0) -> None:
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.row(way, (TEXT, payload, len(payload) // 2 + 2), after)

    def ends(self, end: int = 0, after: float = 0.0) -> None:
        self.row("in", (CLOSED, ENDS[end][1], 0), after)

    @property
    def moment(self) -> Moment:
        return Moment(START.wall + self.at, START.mono + self.at)


def scripted() -> list[Batch]:
    """Return a recording with requests, a feed with sequence numbers, pings, a silence and a lost connection."""
    feed = Script()
    feed.opens(subprotocol="chat.v2")
    feed.says("out", {"jsonrpc": "2.0", "id": 1, "method": "login"}, 0.1)
    feed.says("in", {"jsonrpc": "2.0", "id": 1, "result": {}}, 0.025)
    for number in range(60):
        feed.says("in", {"seq": number // 2 + (number > 40) * 2, "channel": "ab"[number % 2], "px": 7 * number}, 0.05)
        if number % 20 == 0:
            feed.says("out", {"jsonrpc": "2.0", "id": number + 10, "method": "quote"}, 0.001)
            feed.says("in", {"jsonrpc": "2.0", "id": number + 10, "result": "x" * 300 * number}, 0.002 + number / 1e3)
            feed.row("out", (PING, b"%d" % number, 8))
            feed.row("in", (PONG, b"%d" % number, 4), 0.012)
    feed.says("out", {"jsonrpc": "2.0", "id": HOSTILE, "method": HOSTILE}, 12.5)
    feed.says("out", {"jsonrpc": "2.0", "id": 99, "method": "quote"})
    feed.says("out", {"jsonrpc": "2.0", "id": 99, "method": "quote"}, 0.5)
    feed.says("in", {"jsonrpc": "2.0", "id": 98, "result": None}, 0.5)
    feed.row("in", (BINARY, bytes(3000), 3004), 0.25)
    feed.row("out", (PING, b"lost", 8))
    feed.ends(9, 1.0)
    feed.row("in", (GAP, Gap(2.5, 3, 1006), 0), 2.5)
    feed.opens()
    feed.says("out", {"jsonrpc": "2.0", "id": 99, "method": "quote"}, 0.1)
    feed.says("in", {"jsonrpc": "2.0", "id": 99, "result": 1}, 0.75)
    feed.ends(0, 0.5)
    return feed.batches


def side_by_side() -> list[Batch]:
    """Return three connections at once, whose ids repeat; of the last, neither begin nor end is there."""
    scripts = [Script(number, number / 10) for number in (1, 2, 3)]
    for script in scripts[:2]:
        script.opens(f"ws://host/{script.connection}")
    for script in scripts:
        for number in range(3):
            script.says("out", {"id": number, "op": "get"}, 0.7)
        for number in range(script.connection):
            script.says("in", {"id": number}, 0.01 * script.connection)
    scripts[0].ends()
    scripts[1].ends(3)
    merged = [batch for script in scripts for batch in script.batches]
    return sorted(merged, key=lambda batch: batch.at)


def shop() -> list[Batch]:
    """Return the recording of the README: a feed of prices that has a rush, and a few questions."""
    feed = Script()
    feed.opens("wss://shop.example.com/feed")
    for number in range(4000):
        rush = 8 if 1500 < number < 2600 else 1
        wait = (0.02 + number * 7 % 11 / 1000) / rush + (4.2 if number == 3300 else 0.0)
        feed.says(
            "in", {"seq": number + (number > 2100) * 3, "price": number * 37 % 997, "item": "x" * (number % 61)}, wait
        )
        if number % 80 == 7:
            feed.says("out", {"jsonrpc": "2.0", "id": number, "method": "stock"}, 0.001)
            if number != 2007:
                late = 0.9 if number == 2087 else 0.011 + number % 13 / 1000
                feed.says("in", {"jsonrpc": "2.0", "id": number, "result": number}, late)
        if number % 900 == 0:
            feed.row("out", (PING, b"", 6))
            feed.row("in", (PONG, b"", 2), 0.0121)
    feed.ends(2, 0.3)
    return feed.batches


def account_of(
    batches: Iterable[Batch], *, sequence: str | None = None, by: str | None = None, key: str | None = None
) -> Account:
    """Return the finished figures."""
    from wsinspect.figures.keys import told

    account = Account(
        None if key is None else told(expression(key)),
        None if sequence is None else expression(sequence),
        None if by is None else expression(by),
    )
    for batch in batches:
        account.add(batch)
    account.finish()
    return account


def card(account: Account, palette: Palette = NO_COLOUR, width: int = 80, glyphs: Glyphs = BLOCKS) -> str:
    """Return the report."""
    return stats_card(account, "session.ndjson", palette, width, glyphs, gmtime)


def files() -> dict[Path, str]:
    """Return each file and the text it should hold."""
    common = [alone(START, "in", (BEGINS, HANDSHAKE, 0)), *(batch for _, batch in batches())]
    feed = account_of(scripted(), sequence="seq", by="channel")
    three = account_of(side_by_side())
    made = {
        "feed-80.txt": card(feed),
        "feed-100-colour.txt": card(feed, COLOUR, 100),
        "feed-40.txt": card(feed, width=40),
        "feed-ascii.txt": card(feed, glyphs=ASCII),
        "feed.json": to_json(stats_dict(feed, "session.ndjson")),
        "three-80.txt": card(three),
        "three.json": to_json(stats_dict(three, "session.ndjson")),
        "common-80.txt": card(account_of(common)),
        "empty.txt": card(account_of([])),
        "empty.json": to_json(stats_dict(account_of([]), "session.ndjson", complete=False)),
        "one.txt": card(account_of([alone(START, "in", (TEXT, b"Hello", 7))])),
    }
    return {FOLDER / name: text.replace("\x1b", "␛") for name, text in made.items()}
