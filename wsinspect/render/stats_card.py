"""The figures of a recording on paper: sections of tables and charts. Knows no terminal; whoever calls tells the width.

Sections without content are left out. Keys and names come from outside and are neutralised.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from time import localtime, strftime, struct_time

from wsinspect.events import Direction, Moment
from wsinspect.figures.account import Account
from wsinspect.figures.connections import Connection
from wsinspect.figures.edges import edges_of
from wsinspect.figures.histogram import QUANTILES, Histogram
from wsinspect.figures.keys import LONGEST as LONGEST_KEY
from wsinspect.figures.keys import Key
from wsinspect.figures.latencies import Kind
from wsinspect.figures.pairs import Fault
from wsinspect.figures.traffic import Count, ratio
from wsinspect.render.cells import cells, clipped
from wsinspect.render.charts import Glyphs, bar, column_chart
from wsinspect.render.lines import duration_text, size_text
from wsinspect.render.palette import Palette
from wsinspect.render.safe import neutral
from wsinspect.render.status import rate_text
from wsinspect.render.times import time_of_day

WIDEST = 100
NARROWEST = 40
CHART_ROWS = 5
LEAST_CHARTED_S = 1.0
"""Of less time, there is no rate a second to draw."""
CONNECTIONS = 10
"""So many connections stand in the table; of more it is told that there are more."""

WAYS: dict[Direction, str] = {"in": "received", "out": "sent"}
FAULTS: dict[Fault, str] = {
    "no answer": "request{s} without an answer",
    "no request": "answer{s} to no request",
    "asked again": "request{s} with a key that was still open",
    "answered again": "further answer{s}",
    "no partner": "message{s} without a partner",
}
BREAKS = {"missing": "missing", "twice": "came twice", "back": "went back"}

_NARROW = 60
"""Narrower cards put text below its label."""
_NAME = 20
_CELL = 10
_DROPPED = ("mean", "min", "p99.9", "p90")
"""Columns that a narrow terminal does without, the first ones first."""


class Card:
    """Lines in the making; each section adds some."""

    def __init__(self, palette: Palette, width: int, glyphs: Glyphs, clock: Callable[[float], struct_time]) -> None:
        self._palette = palette
        self._width = max(NARROWEST, min(width, WIDEST))
        self._glyphs = glyphs
        self._clock = clock
        self._time_of_day = time_of_day(clock)
        self._lines: list[str] = []

    def of(self, account: Account, name: str) -> str:
        """Return the whole card, ending with a newline."""
        self._head(account, name)
        if account.rows:
            self._traffic(account)
            self._rate(account)
            self._sizes(account)
            self._apart(account)
            self._pings(account)
            self._pairs(account)
            self._sequence(account)
            self._connections(account)
        text = "\n".join(self._lines) + "\n"
        return text.replace("…", self._glyphs.more)

    # The sections.

    def _head(self, account: Account, name: str) -> None:
        palette, dot = self._palette, self._glyphs.dot
        number = account.connections.number
        connections = f"{number:,} connection{'' if number == 1 else 's'}"
        facts = f"{_lasting(account.seconds)} {dot} {connections}" if account.rows else "empty"
        shown = clipped(neutral(name), max(self._width - len(facts) - 2, 8))
        room = max(self._width - cells(shown) - len(facts), 2)
        self._lines.append(f"{palette.bold}{shown}{palette.reset}{' ' * room}{palette.dim}{facts}{palette.reset}")
        known = account.connections.all
        if len(known) == 1:
            (one,) = known
            if one.handshake is not None:
                self._text(neutral(one.handshake.url))
                agreed = [part for part in (one.handshake.subprotocol, one.handshake.extensions) if part]
                if agreed:
                    self._text(neutral(f" {dot} ".join(agreed)), palette.dim)
            self._text(_ending(one))
        if account.rows:
            self._text(f"began {self._day(account.axis.began_wall)}", palette.dim)

    def _traffic(self, account: Account) -> None:
        self._section("Messages")
        both: tuple[Direction, ...] = ("in", "out")
        rows = []
        names = dict.fromkeys(name for _, name in account.traffic.counts)
        for name in names:
            counts = [account.traffic.counts.get((way, name), Count()) for way in both]
            rows.append((name, [self._counted(count) for count in counts]))
        data = [account.traffic.data(way) for way in both]
        if len([name for name in names if name in ("text", "binary")]) > 1:
            rows.append(("data in all", [self._counted(count) for count in data]))
        rows.append(("on the wire", [size_text(count.wire) if count.messages else "" for count in data]))
        if account.connections.compressed:
            ratios = [ratio(count) for count in data]
            rows.append(("payload : wire", ["" if one is None else f"{one:.2f}" for one in ratios]))
        self._table(["", *(WAYS[way] for way in both)], rows, min((self._width - _NAME) // 2, 26))

    def _counted(self, count: Count) -> str:
        if not count.messages:
            return ""
        size = f" {size_text(count.payload):>10}" if self._width >= _NARROW else ""
        return f"{count.messages:,}{size}"

    def _rate(self, account: Account) -> None:
        if not any(account.traffic.data(way).messages for way in WAYS):
            return
        seconds = account.seconds
        self._section("Rate")
        for way, name in WAYS.items():
            most = account.busiest.most.get(way)
            if most is not None:
                mean = account.traffic.data(way).messages / max(seconds, 1.0)
                self._field(name, f"{rate_text(mean)} mean, {most[0]:,} in the busiest second, {self._stamp(most[1])}")
        if seconds >= LEAST_CHARTED_S:
            self._chart(account, seconds)

    def _chart(self, account: Account, seconds: float) -> None:
        rates = account.series.spread(self._width - 14, seconds)
        palette, glyphs = self._palette, self._glyphs
        labels = [rate_text(max(rates)), *[""] * (CHART_ROWS - 2), ""]
        for label, row in zip(labels, column_chart(rates, CHART_ROWS, glyphs), strict=True):
            line = f"  {palette.dim}{label:>9} {glyphs.axis}{palette.reset}{palette.text}{row.rstrip()}{palette.reset}"
            self._lines.append(line.rstrip())
        self._lines.append(f"  {palette.dim}{'0':>9} {glyphs.corner}{glyphs.line * len(rates)}{palette.reset}")
        end = _lasting(seconds)
        self._lines.append(f"{' ' * 13}{palette.dim}0 s{end:>{len(rates) - 3}}{palette.reset}")

    def _sizes(self, account: Account) -> None:
        sizes = {WAYS[way]: histogram for way, histogram in account.traffic.sizes.items() if histogram.count}
        if not sizes:
            return
        self._section("Sizes")
        self._spreads(sizes, lambda size: size_text(round(size)))
        edges = edges_of(sizes.values())
        counts = [sum(row) for row in zip(*[histogram.between(edges) for histogram in sizes.values()], strict=True)]
        if len(counts) < 2:
            return
        self._lines.append("")
        palette, most = self._palette, max(counts)
        room = self._width - _NAME - 14
        for (low, high), count in zip(pairwise(edges), counts, strict=True):
            drawn = bar(count, most, room, self._glyphs)
            label = f"{_round_size(low)} {self._glyphs.dash} {_round_size(high)}"
            line = f"  {palette.dim}{label:>{_NAME - 2}}{palette.reset}  {palette.text}{drawn}{palette.reset}"
            self._lines.append(f"{line} {count:,}" if drawn else f"{line}{count:,}")

    def _apart(self, account: Account) -> None:
        arrivals = {WAYS[way]: one for way, one in account.gaps.arrivals.items() if one.count}
        silences = account.gaps.longest()
        if not arrivals and not silences:
            return
        self._section("Between messages")
        self._spreads(arrivals, self._micros)
        several = account.connections.number > 1
        for place, silence in enumerate(silences):
            where = f", connection {silence.connection}" if several else ""
            text = f"{duration_text(silence.seconds)} from {self._stamp(silence.began)}{where}"
            self._field("" if place else "silences", text)

    def _pings(self, account: Account) -> None:
        pings = account.pings
        times = {"of ours": pings.times["out"], "of the peer": pings.times["in"]}
        waiting = {"of ours": pings.waiting("out"), "of the peer": pings.waiting("in")}
        if not any(one.count for one in times.values()) and not any(waiting.values()):
            return
        self._section("Pings")
        self._spreads({name: one for name, one in times.items() if one.count}, self._micros)
        for name, number in waiting.items():
            if number:
                self._field("", f"{number:,} {name} unanswered", self._palette.warn)

    def _pairs(self, account: Account) -> None:
        latencies = account.latencies
        faults = latencies.faults()
        if not latencies.times and not faults and not latencies.let_go:
            return
        self._section("Requests and answers")
        self._spreads({_kind(kind): one for kind, one in latencies.times.items()}, self._micros)
        for kind in latencies.times:
            for place, pair in enumerate(latencies.slowest(kind)):
                took = self._micros(pair.seconds * 1e6)
                name = "" if place else "slowest" if len(latencies.times) == 1 else f"slowest {_kind(kind)}"
                self._field(name, f"{took}  {self._stamp(pair.asked.at)}  {_called(pair.key, pair.name)}")
        for fault, kind, one in faults:
            # Where only a field was guessed at, more answers than one are a subscription mostly.
            harmless = fault == "answered again" and kind.scheme not in ("JSON-RPC", "GraphQL")
            text = f"{one.number:,} {FAULTS[fault].format(s=_s(one.number))}"
            self._field(_kind(kind), text, self._palette.dim if harmless else self._palette.warn)
            for stray in [] if harmless else one.first:
                self._field("", f"{self._stamp(stray.place.at)}  {_called(stray.key, stray.name)}")
        if latencies.let_go:
            self._field("", f"{latencies.let_go:,} requests were given up: too many were open", self._palette.warn)

    def _sequence(self, account: Account) -> None:
        sequences = account.sequences
        if sequences is None:
            return
        by = f" by {sequences.by_text}" if sequences.by_text is not None else ""
        self._section(f"Sequence {neutral(sequences.text)}{neutral(by)}")
        self._field("numbers", f"{sequences.seen:,} in {sequences.counts:,} count{_s(sequences.counts)}")
        if sequences.without:
            self._field("without one", f"{sequences.without:,}")
        if sequences.let_go:
            self._field("", f"{sequences.let_go:,} counts were forgotten: too many at once", self._palette.warn)
        if not any(sequences.faults.values()):
            if sequences.seen:
                self._field("", "no number is missing, comes twice or goes back", self._palette.good)
            return
        gaps = sequences.faults["missing"]
        told = [f"{sequences.missing:,} missing in {gaps:,} gap{_s(gaps)}"] if gaps else []
        told += [f"{sequences.faults[kind]:,} {BREAKS[kind]}" for kind in ("twice", "back") if sequences.faults[kind]]
        self._field("", ", ".join(told), self._palette.warn)
        for place, fault in enumerate(sequences.first):
            where = "" if fault.by is None else f" of {_key(fault.by)}"
            what = f"{WAYS[fault.direction]} {fault.number}{where}, {fault.expected} was due"
            self._field("" if place else "first", f"{self._stamp(fault.at)}  {what}")

    def _connections(self, account: Account) -> None:
        connections = account.connections
        if connections.gaps:
            gaps = f"{connections.gaps:,} time{_s(connections.gaps)}, {duration_text(connections.gap_s)} in all"
            self._section("Reconnected")
            self._field("", gaps)
        if connections.number < 2:
            return
        self._section("Connections")
        for one in connections.all[:CONNECTIONS]:
            went = f"{one.messages['in']:,} received, {one.messages['out']:,} sent"
            end = _ending(one)
            self._field(f"{one.number}", f"{duration_text(one.seconds)} {self._glyphs.dot} {went}")
            if one.handshake is not None:
                self._field("", neutral(one.handshake.url), self._palette.dim)
            self._field("", end, self._palette.dim)
        more = connections.number - min(len(connections.all), CONNECTIONS)
        if more:
            self._field("", f"and {more:,} more; --connection N takes one, --json tells of them")

    # What sections are made of.

    def _stamp(self, at: Moment) -> str:
        # The clock of a file may stand anywhere.
        try:
            return self._time_of_day(at)
        except (OverflowError, ValueError, OSError):
            return "?"

    def _day(self, wall: float) -> str:
        try:
            return strftime("%Y-%m-%d %H:%M:%S", self._clock(wall))
        except (OverflowError, ValueError, OSError):
            return "?"

    def _section(self, title: str) -> None:
        self._lines += ["", f"{self._palette.bold}{clipped(title, self._width)}{self._palette.reset}"]

    def _text(self, text: str, hue: str = "") -> None:
        end = self._palette.reset if hue else ""
        self._lines.append(f"  {hue}{clipped(text, self._width - 2)}{end}")

    def _field(self, name: str, text: str, hue: str = "") -> None:
        palette = self._palette
        end = palette.reset if hue else ""
        narrow = self._width < _NARROW
        if name and (narrow or len(name) > _NAME - 4):
            self._lines.append(f"  {palette.dim}{clipped(name, self._width - 2)}{palette.reset}")
            name = ""
        margin = 4 if narrow else _NAME
        shown = clipped(text, self._width - margin)
        self._lines.append(f"  {palette.dim}{name:<{margin - 2}}{palette.reset}{hue}{shown}{end}")

    def _table(self, head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], cell: int) -> None:
        palette = self._palette
        titles = "".join([f"{title:>{cell}}" for title in head[1:]])
        self._lines.append(f"  {palette.dim}{head[0]:<{_NAME - 2}}{titles}{palette.reset}")
        for name, values in rows:
            shown = "".join([f" {value:>{cell - 1}}" for value in values]).rstrip()
            if len(name) > _NAME - 4:
                self._lines.append(f"  {palette.dim}{clipped(name, self._width - 2)}{palette.reset}")
                name = ""
            self._lines.append(f"  {palette.dim}{name:<{_NAME - 2}}{palette.reset}{shown}".rstrip())

    def _spreads(self, histograms: dict[str, Histogram], text: Callable[[float], str]) -> None:
        if not histograms:
            return
        columns = ["count", "min", "mean", *QUANTILES, "max"]
        room = (self._width - _NAME) // _CELL
        for name in _DROPPED:
            if len(columns) > room:
                columns.remove(name)
        columns = columns[: max(room, 1)]
        rows = []
        for name, histogram in histograms.items():
            spread = histogram.spread()
            values = [f"{histogram.count:,}" if one == "count" else text(spread[one]) for one in columns]
            rows.append((name, values))
        self._table(["", *columns], rows, _CELL)

    def _micros(self, micros: float) -> str:
        """Return a duration as a column has room for it."""
        seconds = micros / 1e6
        if micros < 999.5:
            return f"{micros:.0f} {self._glyphs.micro}" if micros else "0 s"
        if seconds < 119.95:
            return duration_text(seconds)
        if seconds < 7197:
            return f"{seconds / 60:.1f} min"
        return f"{seconds / 3600:,.1f} h" if seconds < 3.6e6 else f"{seconds / 86400:,.0f} d"


def stats_card(
    account: Account,
    name: str,
    palette: Palette,
    width: int,
    glyphs: Glyphs,
    clock: Callable[[float], struct_time] = localtime,
) -> str:
    """Return the report on ``account``, which must be finished, ending with a newline; ``clock`` reads times of day."""
    return Card(palette, width, glyphs, clock).of(account, name)


def _kind(kind: Kind) -> str:
    scheme = neutral(kind.scheme if len(kind.scheme) <= LONGEST_KEY else f"{kind.scheme[: LONGEST_KEY - 1]}…")
    return f"{scheme}, {WAYS[kind.direction]}"


def _called(key: Key, name: str) -> str:
    return f"{_key(key)} {neutral(name)}".rstrip()


def _key(key: Key) -> str:
    return neutral(str(key))


def _ending(one: Connection) -> str:
    closed = one.closed
    if closed is None:
        return "its end is not in the recording"
    who = {"peer": "closed by the server", "us": "closed by us", "nobody": "lost"}[closed.by]
    cause = f": {neutral(closed.cause)}" if closed.cause else ""
    reason = f' "{neutral(closed.reason)}"' if closed.reason else ""
    clean = "" if closed.by == "nobody" else ", cleanly" if closed.clean else ", not cleanly"
    return f"{who} with {closed.code}{reason}{clean}{cause}"


def _lasting(seconds: float) -> str:
    return duration_text(seconds) if seconds else "0 s"


def _round_size(size: int) -> str:
    """Return a round size to read."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (1000, "kB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size} B"


def _s(number: int) -> str:
    return "" if number == 1 else "s"
