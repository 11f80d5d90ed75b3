"""A recording as one page that needs nothing else: charts, a list to search, and every message to look into.

The page holds at most `MOST_ROWS` events and `MOST_BYTES` of payload, from the beginning and the end of the recording;
the charts cover all of it. Style, scripts and the page's skeleton stand in the folder `page`. Knows no file.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from wsinspect.close_codes import CloseExplanation, Tongue
from wsinspect.events import BINARY, CLOSED, DATA, FRAME, HANDSHAKE, PING, PONG, Batch, Moment, Tally
from wsinspect.exports import Told
from wsinspect.exports.page.blocks import block, rows_of
from wsinspect.exports.page.cards import clock_words, connection_card, tone
from wsinspect.exports.page.cells import Cells
from wsinspect.exports.page.clock import PageClock
from wsinspect.exports.page.connection import Connection, Connections
from wsinspect.exports.page.content import facts_of
from wsinspect.exports.page.keeping import LONGEST, MOST_ROWS, Keeping, Kept
from wsinspect.exports.page.kinds import TYPES, kind_of
from wsinspect.exports.page.thinning import Span, Spans
from wsinspect.figures.pairs import Pairing
from wsinspect.pages.frame import closing, opening, resource
from wsinspect.pages.markup import NOTHING, Markup, joined, raw, tag
from wsinspect.render.lines import ARROWS, duration_text, size_text
from wsinspect.render.safe import clipped, neutral_bytes
from wsinspect.render.summary import how_it_ended

FOLDER = "wsinspect.exports.page"
STYLES = ("uPlot.min.css", "page.css")
SCRIPTS = (
    *("uPlot.iife.min.js", "words.js", "log.js", "search.js"),
    *("lists.js", "json.js", "details.js", "charts.js", "page.js"),
)

WITHOUT_SCRIPT = 50
"""Rows that are shown where scripts are off."""

SHORT = 200
"""Characters of each."""

SHORT_BYTES = 32

_PLAIN = frozenset({*DATA, PING, PONG})


def html(batches: Iterable[Batch], told: Told, *, most_rows: int = MOST_ROWS) -> Iterator[bytes]:
    """Yield the page of a recording; what it leaves out is told."""
    seen = _Recording(most_rows)
    for batch in batches:
        seen.take(batch)
    for note in seen.notes():
        told(note)
    yield from _page(seen)


class _Recording:
    """All that the page needs to know of a recording, in bounded memory."""

    def __init__(self, most_rows: int) -> None:
        self.kept = Keeping(most_rows)
        self.cells = Cells()
        self.clock = PageClock()
        self.connections = Connections()
        self.tally = Tally()
        self.pairs, self.trips = Spans(), Spans()
        self.rows = 0
        self.ends = 0
        self.cut = 0
        self._pairing = Pairing()
        self.explanations: dict[CloseExplanation, int] = {}

    def take(self, batch: Batch) -> None:
        """Take a batch, in the order of the stream."""
        self.tally.add(batch)
        connection: Connection | None = None
        for type, payload, wire in batch.rows:
            if connection is None or type == HANDSHAKE:
                connection = self.connections.of(batch.connection, type, payload)
                connection.see(batch)
                at = self.clock.at(batch.at, begins=type == HANDSHAKE)
                self.ends = max(self.ends, at)
            self._row(batch, connection, at, type, payload, wire)
        for pair in self._pairing.add(batch):
            took, way = round(pair.seconds * 1e6), int(pair.direction == "out")
            asked, answered = pair.asked, pair.answered
            self.pairs.add(Span(asked.number, answered.number, self.clock.at(asked.at), took, way))

    def _row(self, batch: Batch, connection: Connection, at: int, type: int, payload: Any, wire: int) -> None:
        direction, number = batch.direction, self.rows
        self.rows += 1
        kind = kind_of(type, direction)
        content: Any
        if type in _PLAIN:
            size = len(payload)
            content = payload if size <= LONGEST else payload[:LONGEST]
            self.cut += size > LONGEST
            if type not in DATA:
                trip = connection.round_trip(direction, type, payload, number, at)
                if trip is not None:
                    self.trips.add(Span(trip[0], number, trip[1], trip[2], 1))
        else:
            content = facts_of(type, payload, connection.tongue, self._explain, LONGEST)
            size = _size_of(type, payload)
            if type == CLOSED:
                connection.end(payload)
                content["why"] = connection.why
        if type != FRAME:
            self.cells.add(at, kind, size, wire)
        self.kept.add(Kept(number, at, type, kind, size, wire, connection.place, content))

    def _explain(self, code: int, tongue: Tongue) -> int:
        return self.explanations.setdefault(tongue.explain(code), len(self.explanations))

    def notes(self) -> Iterator[str]:
        """Yield what the page leaves out."""
        if self.kept.left_out:
            yield (
                f"a page holds {len(self.kept):,} of the {self.rows:,} events, from the beginning and the end: "
                f"{self.kept.left_out:,} are left out of its list; its charts cover all"
            )
        if self.cut:
            what = "1 payload is" if self.cut == 1 else f"{self.cut:,} payloads are"
            yield f"a page holds at most {LONGEST >> 20} MiB of a payload: {what} shortened"
        more = self.connections.count - len(self.connections.all)
        if more > 0:
            shown = len(self.connections.all)
            yield f"a page shows the handshakes of {shown} connections: those of {more:,} more are left out"


def _size_of(type: int, payload: Any) -> int:
    if type == FRAME:
        return len(payload.payload)
    return len(payload) if isinstance(payload, bytes) else 0


def _page(seen: _Recording) -> Iterator[bytes]:
    styles = [resource(FOLDER, name) for name in STYLES]
    scripts = [resource(FOLDER, name) for name in SCRIPTS]
    all, alone = seen.connections.all, seen.connections.count == 1
    first = next((one.handshake for one in all if one.handshake), None)
    title = "Recording of nothing" if first is None and not seen.rows else first.url if first else "Recording"
    yield opening(f"{clipped(title, SHORT)} · wsinspect", styles=styles, scripts=scripts, workers=True).encode()
    cards = [connection_card(one, alone=alone) for one in all]
    licence = resource(FOLDER, "uPlot.LICENSE")
    body = [
        _header(seen, title),
        _without_script(seen),
        raw(resource(FOLDER, "page.html")),
        tag("section", *cards, id="connections", aria_label="Handshakes and ends"),
        tag(
            "footer",
            tag("p", "Written by ", tag("code", "wsinspect export --to html"), "; the charts are drawn by uPlot."),
            tag("details", tag("summary", "uPlot's licence"), tag("pre", raw(licence))),
        ),
    ]
    yield joined(*body, between="\n").encode("utf-8", "backslashreplace")
    yield block("facts", _facts(seen))
    for rows in rows_of(seen.kept, LONGEST):
        yield block("rows", rows)
    yield closing(scripts).encode()


def _header(seen: _Recording, title: str) -> Markup:
    connections, tally = seen.connections, seen.tally
    about = [clock_words(seen.clock.began.wall)] if seen.clock.began else []
    about += [
        tag("span", duration_text(seen.ends / 1e6)),
        tag("span", f"{tally.messages['in']:,} received, {tally.messages['out']:,} sent"),
        tag("span", f"{size_text(sum(tally.payload.values()))} ({size_text(sum(tally.wire.values()))} on the wire)"),
    ]
    if connections.count > 1:
        about.insert(1, tag("span", f"{connections.count:,} connections"))
    last = connections.last
    end = NOTHING
    if last and last.closed:
        end = tag("p", how_it_ended(last.closed, tongue=last.tongue), style=f"end {tone(last.closed)}")
    notes = [tag("p", tag("b", "Note: "), f"{note}.", style="note") for note in seen.notes()]
    about_line = [joined(raw(" ") if place else NOTHING, one) for place, one in enumerate(about)]
    return tag("header", tag("h1", title), tag("p", *about_line, style="about"), end, *notes)


def _without_script(seen: _Recording) -> Markup:
    """Return what is there to read where scripts are off: the first rows."""
    rows: list[Markup] = []
    for row in seen.kept:
        if len(rows) == WITHOUT_SCRIPT:
            break
        content = row.content
        if isinstance(content, dict):
            text = content["text"]
        else:
            text = content[:SHORT_BYTES].hex(" ") if row.type == BINARY else neutral_bytes(content[: 4 * SHORT])
        shown = f"{text[:SHORT]}…" if len(text) > SHORT else text
        way = ARROWS["out" if row.kind % 2 else "in"]
        cells = [f"{row.at / 1e6:.6f}", way, TYPES[row.type], size_text(row.size), shown]
        rows.append(tag("tr", *[tag("td", cell) for cell in cells]))
    heads = [tag("th", head, scope="col") for head in ("Seconds", "Way", "Type", "Size", "Payload")]
    return tag(
        "noscript",
        tag(
            "p", f"The list, the charts and the search need JavaScript. The first {len(rows)} of {seen.rows:,} events:"
        ),
        tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows)),
    )


def _facts(seen: _Recording) -> dict[str, Any]:
    began = seen.clock.began or Moment(0.0, 0.0)
    complete = seen.kept.left_out == 0
    return {
        "began": began.wall,
        "ends": seen.ends,
        "rows": seen.rows,
        "kept": len(seen.kept),
        "longest": LONGEST,
        "types": list(TYPES.values()),
        "connections": [
            {"number": one.number, "url": one.handshake.url if one.handshake else ""} for one in seen.connections.all
        ],
        "explanations": [known._asdict() for known in seen.explanations],
        "pairs": seen.pairs.columns(),
        "trips": seen.trips.columns(),
        # Where every row is there, the page counts them itself, as finely as it is zoomed.
        "cells": None if complete else {"width": seen.cells.width, **seen.cells.columns()},
    }
