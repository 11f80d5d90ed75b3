"""What is fuzzed of what is made of recordings: every renderer, every exporter, and the figures."""

import io
import json
from collections.abc import Iterator

from wsinspect.close_codes import Tongue
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import InspectError
from wsinspect.events import Batch
from wsinspect.figures.account import Account
from wsinspect.figures.keys import told as key_told
from wsinspect.filters.expression import expression
from wsinspect.recordings import pcap, reading
from wsinspect.recordings.hiding import Hiding
from wsinspect.registry import EXPORTS
from wsinspect.render.charts import BLOCKS
from wsinspect.render.close_card import to_json
from wsinspect.render.look import Look
from wsinspect.render.palette import NO_COLOUR
from wsinspect.render.stats_card import stats_card
from wsinspect.render.stats_json import stats_dict
from wsinspect.showing.connection import Connection, Stage

LOOKS = (
    ("plain", Look(width=80, frames=True, time="utc")),
    ("plain", Look(width=24, time="epoch", json_indent=2)),
    ("pretty", Look(width=80, frames=True, time="delta", json_indent=2)),
    ("pretty", Look(width=30, time="clock", longest=10)),
    ("raw", Look(neutral=True)),
    ("ndjson", Look(frames=True)),
)
CAPTURE = b"\xd4\xc3\xb2\xa1"


def shown(data: bytes) -> None:
    """Show a recording in every format: nothing that a terminal obeys may come out."""
    batches = list(_batches(data))
    for format, look in LOOKS:
        lines: list[str] = []
        said: list[str] = []

        def put(text: str | bytes, lines: list[str] = lines) -> None:
            lines.append(text if isinstance(text, str) else text.decode())

        stage = Stage(Wishes(format, look, Look(), verbose=True), _no_tongue, put, said.append)
        connections: dict[int, Connection] = {}
        for batch in batches:
            connection = connections.get(batch.connection)
            if connection is None:
                connection = connections[batch.connection] = Connection(stage, batch.connection)
            connection.show(batch)
        for connection in connections.values():
            connection.end()
        for text in (*lines, *said):
            text.encode()
            assert all(line.isprintable() for line in text.split("\n")), f"{format} shows what is not safe"


def exported(data: bytes) -> None:
    """Export a recording in every form, and make figures of it."""
    batches = list(_batches(data))
    told: list[str] = []
    for form in EXPORTS:
        made = b"".join(EXPORTS.load(form)(iter(batches), told.append))
        if form in ("ndjson", "har"):
            for line in made.splitlines() if form == "ndjson" else [made]:
                json.loads(line)
    account = Account(key_told(expression("id")), expression("seq"), expression("op"))
    for batch in batches:
        account.add(batch)
    account.finish()
    card = stats_card(account, "a.ndjson", NO_COLOUR, 60, BLOCKS)
    assert all(line.isprintable() for line in card.split("\n")), "figures are not safe"
    json.loads(to_json(stats_dict(account, "a.ndjson")))


def _batches(data: bytes) -> Iterator[Batch]:
    read = pcap.read if data.startswith(CAPTURE) else reading.read
    hiding = Hiding()
    try:
        yield from hiding.every(read(io.BytesIO(data)))  # type: ignore[arg-type]
    except InspectError:
        pass


def _no_tongue(subprotocol: str | None) -> Tongue:
    return Tongue(None, None)
