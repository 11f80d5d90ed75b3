"""The figures of a stream, each for itself: rows in, numbers out."""

from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.golden.stats import Script, account_of, scripted, side_by_side
from wsinspect.events import (
    BINARY,
    CLOSED,
    ERROR,
    FRAME,
    GAP,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Frame,
    Gap,
    Moment,
    Row,
    Violation,
    alone,
)
from wsinspect.figures import connections, gaps, pings, rates, replies, sequences
from wsinspect.figures.axis import Axis
from wsinspect.figures.connections import Connections
from wsinspect.figures.edges import MOST, edges_of
from wsinspect.figures.gaps import Gaps
from wsinspect.figures.histogram import QUANTILES, Histogram
from wsinspect.figures.latencies import SLOWEST, Kind
from wsinspect.figures.pings import Pings
from wsinspect.figures.rates import BINS, Busiest, Series
from wsinspect.figures.replies import Replies
from wsinspect.figures.sequences import Sequences
from wsinspect.figures.traffic import Traffic, ratio
from wsinspect.filters.expression import expression

END = (CLOSED, Closed("us", True, 1000, "", 1000, "", 0), 0)


def text(at: float, payload: bytes = b"x", way: str = "in", connection: int = 0, times: int = 1) -> Batch:
    rows: list[Row] = [(TEXT, payload, len(payload) + 2)] * times
    return Batch(
        Moment(1000 + at, at),
        "out" if way == "out" else "in",
        rows,
        messages=times,
        payload=times * len(payload),
        uniform=True,
        connection=connection,
    )


# The histogram.

VALUES = st.lists(st.one_of(st.integers(0, 300), st.integers(0, 10**12)), min_size=1, max_size=200)


def histogram_of(values: list[int]) -> Histogram:
    made = Histogram()
    for value in values:
        made.add(value)
    return made


@given(VALUES)
def test_quantiles_are_within_what_is_promised(values: list[int]) -> None:
    histogram = histogram_of(values)
    ranked = sorted(values)
    for share in [0.0, *QUANTILES.values(), 1.0]:
        true = ranked[max(ceil(share * len(values)), 1) - 1]
        assert histogram.quantiles([share]) == [pytest.approx(true, rel=0.004, abs=0)]
    assert (histogram.least, histogram.most, histogram.total) == (min(values), max(values), sum(values))
    assert histogram.count == len(values)
    assert histogram.mean == pytest.approx(sum(values) / len(values))


@given(VALUES)
def test_values_counted_together_are_as_those_one_by_one(values: list[int]) -> None:
    one_by_one, together, repeated = histogram_of(values), Histogram(), Histogram()
    together.add_all(values[:20])
    together.add_all(values[20:])
    for value in set(values):
        repeated.add(value, values.count(value))
    assert one_by_one.spread() == together.spread() == repeated.spread()


def test_of_nothing_there_is_no_spread() -> None:
    assert set(Histogram().spread().values()) == {0}


def test_what_is_negative_counts_as_zero() -> None:
    histogram = histogram_of([-5, 3])
    histogram.add_all([-1])
    assert (histogram.least, histogram.most, histogram.total) == (0, 3, 3)


@given(VALUES)
def test_bars_hold_every_value(values: list[int]) -> None:
    histogram = histogram_of(values)
    edges = edges_of([histogram, Histogram()])
    assert edges == sorted(set(edges))
    assert edges[0] <= min(values) <= max(values) < edges[-1]
    assert len(edges) - 1 <= max(MOST, len(str(max(values))) + 1)
    counts = histogram.between(edges)
    assert sum(counts) == len(values)
    # A bucket of less than 1 % may lie across an edge.
    for low, high, count in zip(edges, edges[1:], counts, strict=False):
        assert count <= sum(low * 0.99 <= value < high * 1.01 for value in values)


def test_of_nothing_there_are_no_bars() -> None:
    assert edges_of([Histogram()]) == []


def test_the_memory_of_a_histogram_is_bounded() -> None:
    histogram = Histogram()
    for power in range(64):
        histogram.add_all(range(1 << power, (1 << power) + 1000, 7))
    assert len(histogram._counts) < 64 * 128


# Time.


def test_an_axis_follows_the_clock_that_never_jumps() -> None:
    axis = Axis()
    assert [axis.seconds(batch) for batch in (text(5), text(6), text(6.5), text(6.25))] == [0, 1, 1.5, 1.25]
    axis = Axis()
    jumped = [alone(Moment(wall, mono), "in", (TEXT, b"", 2)) for wall, mono in ((1e9, 5.0), (-1e9, 6.0))]
    assert [axis.seconds(batch) for batch in jumped] == [0, 1]


@pytest.mark.parametrize(
    ("wall", "mono", "seconds"),
    [
        pytest.param(1010, 15.0, 10.0, id="the same process"),
        pytest.param(1010, 0.5, 10.0, id="another one"),
        pytest.param(900, 0.5, 0.0, id="another one, and the wall went back"),
        pytest.param(1010, 90000.0, 10.0, id="after a long uptime"),
    ],
)
def test_an_axis_goes_on_where_another_process_recorded(wall: float, mono: float, seconds: float) -> None:
    script = Script()
    script.opens()
    (opened,) = script.batches
    axis = Axis()
    axis.seconds(alone(Moment(1000, 5.0), "in", opened.rows[0]))
    assert axis.seconds(alone(Moment(wall, mono), "in", opened.rows[0])) == seconds
    assert axis.seconds(alone(Moment(wall + 1, mono + 1), "in", (TEXT, b"", 2))) == seconds + 1


# Counts, bytes, rates.


def test_traffic_by_direction_and_type() -> None:
    traffic = Traffic()
    frame = Frame(True, 0, 1, None, 2, b"Hel", None, 0)
    rows: list[Row] = [(TEXT, b"ab", 4), (BINARY, b"c", 3), (PING, b"", 2), (FRAME, frame, 5)]
    traffic.add(Batch(Moment(0, 0), "in", rows, messages=2))
    traffic.add(text(0, b"abc", times=2))
    traffic.add(text(0, b"abcd", "out"))
    shown = {key: (count.messages, count.payload, count.wire) for key, count in traffic.counts.items()}
    assert shown == {
        ("in", "text"): (3, 8, 14),
        ("in", "binary"): (1, 1, 3),
        ("in", "ping"): (1, 0, 2),
        ("in", "frame"): (1, 3, 5),
        ("out", "text"): (1, 4, 6),
    }
    assert traffic.data("in").messages == 4
    assert ratio(traffic.data("out")) == pytest.approx(4 / 6)
    assert ratio(Traffic().data("in")) is None
    assert traffic.sizes["in"].count == 4


@given(st.lists(st.tuples(st.floats(0, 1e5), st.integers(1, 9), st.sampled_from(["in", "out"])), max_size=60))
def test_a_series_keeps_every_message(told: list[tuple[float, int, str]]) -> None:
    series = Series()
    for seconds, times, way in told:
        series.add(text(seconds, way=way, times=times), seconds)
    number = sum(times for _, times, _ in told)
    assert sum(map(sum, series.messages.values())) == number
    assert len(series.messages["in"]) == len(series.messages["out"]) <= BINS
    lasting = max([seconds for seconds, _, _ in told], default=0.0)
    rates_ = series.spread(40, lasting)
    assert len(rates_) == 40
    assert sum(rates_) * max(lasting, series.interval_s) / 40 == pytest.approx(number)


def test_a_series_shows_when_it_was() -> None:
    series = Series()
    for seconds in (0.1, 0.2, 9.9):
        series.add(text(seconds), seconds)
    series.add(alone(Moment(5, 5), "in", (PING, b"", 2)), 5.0)
    rising = series.spread(10, 10.0)
    assert [round(rate) for rate in rising] == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_the_busiest_second(monkeypatch: pytest.MonkeyPatch) -> None:
    busiest = Busiest()
    for seconds in (0.5, 1.1, 1.9, 1.95, 2.0):
        busiest.add(text(seconds), seconds)
    busiest.add(alone(Moment(1, 1), "in", (PING, b"", 2)), 1.0)
    count, at = busiest.most["in"]
    assert (count, at.mono) == (3, 1.1)
    assert "out" not in busiest.most
    monkeypatch.setattr(rates, "KEPT_SECONDS", 2)
    for second in range(9):
        busiest.add(text(second), float(second))
    assert len(busiest._counts["in"]) == 2


# Gaps.


def test_gaps_between_messages() -> None:
    made = Gaps()
    for batch, connection in [
        (text(0.0), 1),
        (text(0.5, way="out"), 1),
        (text(1.0, times=3), 1),
        (text(1.25, connection=2), 2),
        (text(4.0, way="out"), 1),
        (alone(Moment(9, 9), "in", END), 1),
    ]:
        made.add(batch, batch.at.mono, connection)
    assert (made.arrivals["in"].count, made.arrivals["in"].most, made.arrivals["in"].least) == (3, 1_000_000, 0)
    assert made.arrivals["out"].most == 3_500_000
    assert [(one.seconds, one.began.mono) for one in made.longest()] == [(5, 4), (3, 1), (0.5, 0.5), (0.5, 0.0)]


def test_the_time_without_a_connection_is_no_silence() -> None:
    made = Gaps()
    for batch in [text(0.0), alone(Moment(50, 50), "in", (GAP, Gap(50.0, 1, 1006), 0)), text(51.0)]:
        made.add(batch, batch.at.mono, 1)
    assert [one.seconds for one in made.longest()] == [1.0]
    assert not made.arrivals["in"].count


@given(st.lists(st.floats(0, 100), min_size=2, max_size=40))
def test_the_longest_silences_are_the_longest(waits: list[float]) -> None:
    made, at = Gaps(), 0.0
    moments = []
    for wait in waits:
        at += wait
        moments.append(at)
        made.add(text(at), at, 1)
    true = sorted([after - before for before, after in pairwise(moments)], reverse=True)
    assert [one.seconds for one in made.longest()] == [one for one in true if one >= gaps.LEAST_S][: gaps.LONGEST]


def test_connections_side_by_side_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "CONNECTIONS", 3)
    made = Gaps()
    for number in range(9):
        made.add(text(number), number, number)
    assert len(made._heard) == len(made._last["in"]) == 3


# Pings.


def test_pings_of_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Pings()
    rows: list[tuple[float, str, Row]] = [
        (0.0, "out", (PING, b"a", 7)),
        (0.5, "in", (PONG, b"a", 3)),
        (1.0, "in", (PING, b"b", 3)),
        (1.25, "out", (PONG, b"b", 7)),
        (2.0, "in", (PONG, b"unasked", 3)),
        (3.0, "out", (PING, b"lost", 7)),
    ]
    for at, way, row in rows:
        made.add(alone(Moment(at, at), "out" if way == "out" else "in", row))
    assert (made.times["out"].most, made.times["in"].most) == (500_000, 250_000)
    assert made.last_s == 0.5
    assert (made.waiting("out"), made.waiting("in")) == (1, 0)
    made.add(alone(Moment(4, 4), "in", END))
    made.add(alone(Moment(5, 5), "in", (PONG, b"lost", 3)))
    assert (made.waiting("out"), made.times["out"].count) == (1, 1)
    monkeypatch.setattr(pings, "CONNECTIONS", 2)
    for number in range(1, 9):
        made.add(alone(Moment(6, 6), "out", (PING, b"x", 7), number))
    assert made.waiting("out") == 9
    assert len(made._trips) == 4


# Answers.


def test_latencies_tell_the_slowest_and_what_strayed() -> None:
    latencies = account_of(scripted()).latencies
    kind = Kind("JSON-RPC", "out")
    assert list(latencies.times) == [kind]
    assert [pair.key for pair in latencies.slowest(kind)] == [99, 50, 1]
    assert [pair.connection for pair in latencies.slowest(kind)] == [2, 1, 1]
    told = [(fault, kind.direction, one.number, one.first[0].connection) for fault, kind, one in latencies.faults()]
    assert told == [("asked again", "out", 1, 1), ("no request", "in", 1, 1), ("no answer", "out", 2, 1)]


def test_of_many_the_slowest_are_kept_and_the_first_of_two_alike() -> None:
    script = Script()
    for number in range(50):
        script.says("out", {"id": number}, 0.1)
        script.says("in", {"id": number}, 0.25 if number in (10, 20, 30, 40) else 0.125)
    latencies = account_of(script.batches).latencies
    slowest = latencies.slowest(Kind("id", "out"))
    assert [pair.key for pair in slowest] == [10, 20, 30]
    assert len(slowest) == SLOWEST


def test_ids_repeat_on_several_connections() -> None:
    latencies = account_of(side_by_side()).latencies
    assert latencies.times[Kind("id", "out")].count == 6
    ((fault, _, faults),) = latencies.faults()
    assert (fault, faults.number) == ("no answer", 3)
    assert [(stray.connection, stray.key) for stray in faults.first] == [(1, 1), (1, 2), (2, 2)]


def test_a_guessed_key_that_nothing_has_in_common_is_none() -> None:
    feed = [text(number, b'{"id": %d}' % number) for number in range(9)]
    assert not account_of(feed).latencies.faults()
    ((fault, kind, faults),) = account_of(feed, key="id").latencies.faults()
    assert (fault, kind, faults.number) == ("no partner", Kind("id", "in"), 9)


def test_where_requests_are_sent_what_is_received_without_one_is_an_answer() -> None:
    stream = [text(0, b'{"id": 1}', "out"), text(1, b'{"id": 1}'), text(2, b'{"id": 2}'), text(3, b'{"id": 3}', "out")]
    told = {fault: faults.number for fault, _, faults in account_of(stream).latencies.faults()}
    assert told == {"no request": 1, "no answer": 1}


def test_requests_that_were_let_go_are_counted() -> None:
    feed = [text(number, b'{"id": %d}' % number, "out") for number in range(10_050)]
    assert account_of(feed).latencies.let_go == 50


# Live.


def test_live_answers_are_timed() -> None:
    made = Replies()
    made.add(text(0, b'{"id": 1}', "out"))
    assert made.waiting == 1
    made.add(text(0.5, b'{"id": 2}'))
    made.add(text(1, b'{"id": 1}'))
    made.add(text(2, b'{"id": 7}'))
    assert (made.times.count, made.last_s, made.waiting) == (1, 1.0, 0)


@pytest.mark.parametrize(
    "between",
    [
        pytest.param([text(replies.PATIENT_S + 1)], id="after a while"),
        pytest.param([text(1, times=100)] * (replies.PATIENT_ROWS // 100 + 1), id="after many messages"),
    ],
)
def test_live_no_answer_is_looked_for_any_more(between: list[Batch]) -> None:
    made = Replies()
    made.add(text(0, b'{"id": 1}', "out"))
    for batch in between:
        made.add(batch)
    assert made.waiting == 0
    made.add(text(100, b'{"id": 1}'))
    assert not made.times.count
    made.add(text(101, b'{"id": 2}', "out"))
    made.add(text(102, b'{"id": 2}'))
    assert made.times.count == 1


def test_live_what_is_received_is_not_looked_at_while_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Replies()
    monkeypatch.setattr(made._pairing, "add", lambda batch: pytest.fail("looked at"))
    made.add(text(0, b'{"id": 1}', times=50))


# Sequences.


def numbered(numbers: list[object], **more: object) -> Sequences:
    made = Sequences(expression("n"), expression("c"))
    for at, number in enumerate(numbers):
        payload = b'{"n": %s}' % str(number).replace("'", '"').encode()
        made.add(text(at, payload), 1)
    return made


@pytest.mark.parametrize(
    ("numbers", "faults"),
    [
        ([], []),
        ([5, 6, 7], []),
        ([1, 2, 5], [("missing", 5, 3, 2)]),
        ([1, 2, 2, 3], [("twice", 2, 3, 0)]),
        ([1, 3, 2, 4], [("missing", 3, 2, 1), ("back", 2, 4, 0)]),
        ([7, 8, 0, 1, 2], [("back", 0, 9, 0)]),
        ([7, 8, 3, 4, 5], [("back", 3, 9, 0)]),
        (['"7"', '"8"', 9.0, '"10"'], []),
        ([1, "null", "true", 1.5, '"x"', "[1]", 1e300, 2], []),
    ],
)
def test_sequences(numbers: list[object], faults: list[tuple[str, int, int, int]]) -> None:
    made = numbered(numbers)
    assert [(one.kind, one.number, one.expected, one.missing) for one in made.first] == faults
    assert made.missing == sum(missing for *_, missing in faults)
    assert made.seen + made.without == len(numbers)


def test_each_direction_connection_and_channel_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Sequences(expression("n"), expression("c"))
    for way in ("in", "out"):
        for connection in (1, 2):
            for channel in (b"1", b'"1"', b"null"):
                made.add(text(0, b'{"n": 5, "c": %s}' % channel, way), connection)
    assert (made.counts, made.seen, made.faults) == (12, 12, {"missing": 0, "twice": 0, "back": 0})
    monkeypatch.setattr(sequences, "COUNTS", 12)
    made.add(text(0, b'{"n": 5, "c": 9}'), 1)
    assert (made.let_go, len(made._counts)) == (1, 12)
    assert Sequences(expression("n")).by_text is None


# Connections.


def facts(batches: list[Batch]) -> Connections:
    made = Connections()
    for batch in batches:
        made.number_of(batch, batch.at.mono)
    return made


def test_connections_in_turn() -> None:
    made = facts(scripted())
    assert [(one.number, one.closed and one.closed.code, one.gap and one.gap.seconds) for one in made.all] == [
        (1, 1006, None),
        (2, 1000, 2.5),
    ]
    assert (made.gaps, made.gap_s, made.compressed) == (1, 2.5, True)
    assert made.all[0].messages == {"in": 66, "out": 7}


def test_connections_side_by_side_in_their_numbers() -> None:
    made = facts(side_by_side())
    assert {one.number: one.messages["in"] for one in made.all} == {1: 1, 2: 2, 3: 3}
    assert made.all[2].handshake is None


def test_a_recording_may_begin_in_the_middle() -> None:
    error = (ERROR, Violation("utf8", "", "", 0, b"", 1007), 0)
    made = facts([text(1), alone(Moment(2, 2), "in", error), alone(Moment(3, 3), "in", END)])
    (one,) = made.all
    assert (one.errors, one.seconds, one.closed is not None, made.errors) == (1, 2.0, True, 1)


def test_the_table_of_connections_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LARGEST", 2)
    made = facts([text(1, connection=number) for number in (1, 2, 3, 4, 3)])
    assert (len(made.all), made.number) == (2, 4)
