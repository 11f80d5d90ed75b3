"""The figures of a recording as one JSON object, for scripts. Times of day are UTC in ISO 8601, durations seconds.

=================  ==================================================================================================
key                what it holds
=================  ==================================================================================================
``file``           the name as it was given
``complete``       false where the recording was damaged, or not read to its end
``began``          the first moment, null in an empty recording; ``seconds`` from it to the last; ``rows``: all events
``traffic``        ``received`` and ``sent``, each with ``messages``, bytes of ``payload`` and ``wire`` of data,
                   ``ratio`` of payload to wire (null where there were none), and ``types``: the same by type
``rates``          ``received`` and ``sent``, each with ``mean`` messages a second, and ``busiest``: ``messages`` of the
                   busiest second and its ``time``, or null
``sizes``          of data messages in bytes, ``received`` and ``sent``: each a spread
``arrivals``       seconds between two data messages ``received``, and two ``sent``: each a spread
``silences``       the longest: ``seconds`` without a data message, the ``time`` it began, ``connection``
``pings``          ``ours`` and ``theirs``: a spread of the round trips in seconds, and the number ``unanswered``
``pairs``          a list of kinds: ``key`` by which they were found, ``direction`` of the request (in, out), a spread
                   of the seconds to the answer, and the ``slowest``: ``value`` of the key, ``name`` of what was asked
                   for, ``seconds``, ``time``, ``connection``, and ``rows``: the numbers of both events, from 0
``strays``         messages that are in no pair: ``fault`` (no answer, no request, asked again, answered again, no
                   partner), ``key``, ``direction``, ``number``, and the ``first`` of them: ``value``, ``name``,
                   ``time``, ``connection``, ``row``
``let_go``         the number of requests that were given up, because too many were open
``sequence``       null, or ``number`` and ``by``: the expressions; ``seen``, ``without``, ``counts``, ``let_go``,
                   ``missing`` numbers, and of faults ``gaps``, ``twice`` and ``back``; the ``first`` of them: ``fault``
                   (missing, twice, back), ``number``, ``expected``, ``missing``, ``by``, ``direction``, ``time``,
                   ``connection``
``connections``    ``number``, ``reconnects``, ``gap_seconds``, ``errors``: breaches of the protocol; ``first``: up to
                   1,000 of them with ``number``, ``url``, ``began``, ``seconds``, ``subprotocol``, ``extensions``,
                   ``received`` and ``sent`` (``messages``, ``payload``, ``wire``), ``errors``, ``gap``: seconds without
                   a connection before it, or null; and ``closed``: ``by``, ``code``, ``reason``, ``clean``, ``cause``;
                   or null
``series``         ``interval`` in seconds, and the numbers of messages ``received`` and ``sent`` in each interval
=================  ==================================================================================================

A spread is ``count``, ``min``, ``mean``, ``p50``, ``p90``, ``p99``, ``p99.9`` and ``max``, all but the first null where
there is nothing to measure; percentiles are within 0.4 %.
"""

from typing import Any

from wsinspect.events import Direction, Moment
from wsinspect.figures.account import Account
from wsinspect.figures.connections import Connection
from wsinspect.figures.histogram import Histogram
from wsinspect.figures.latencies import Kind, Latencies
from wsinspect.figures.sequences import Sequences
from wsinspect.figures.traffic import Count, ratio
from wsinspect.render.times import iso

WAYS: dict[str, Direction] = {"received": "in", "sent": "out"}
MICROS = 1e-6


def stats_dict(account: Account, name: str, *, complete: bool = True) -> dict[str, Any]:
    """Return the figures in the shape above; ``account`` must be finished."""
    connections, traffic, pings = account.connections, account.traffic, account.pings
    return {
        "file": name,
        "complete": complete,
        "began": iso(account.axis.began_wall) if account.rows else None,
        "seconds": round(account.seconds, 6),
        "rows": account.rows,
        "traffic": {key: _traffic(account, way) for key, way in WAYS.items()},
        "rates": {key: _rates(account, way) for key, way in WAYS.items()},
        "sizes": {key: _spread(traffic.sizes[way], 1) for key, way in WAYS.items()},
        "arrivals": {key: _spread(account.gaps.arrivals[way], MICROS) for key, way in WAYS.items()},
        "silences": [
            {"seconds": round(one.seconds, 6), "time": _time(one.began), "connection": one.connection}
            for one in account.gaps.longest()
        ],
        "pings": {
            "ours": _spread(pings.times["out"], MICROS) | {"unanswered": pings.waiting("out")},
            "theirs": _spread(pings.times["in"], MICROS) | {"unanswered": pings.waiting("in")},
        },
        "pairs": [_pairs(account.latencies, kind) for kind in account.latencies.times],
        "strays": _strays(account.latencies),
        "let_go": account.latencies.let_go,
        "sequence": None if account.sequences is None else _sequence(account.sequences),
        "connections": {
            "number": connections.number,
            "reconnects": connections.gaps,
            "gap_seconds": round(connections.gap_s, 6),
            "errors": connections.errors,
            "first": [_connection(one) for one in connections.all],
        },
        "series": {
            "interval": account.series.interval_s,
            **{key: account.series.messages[way] for key, way in WAYS.items()},
        },
    }


def _traffic(account: Account, way: Direction) -> dict[str, Any]:
    types = {name: _count(count) for (of, name), count in account.traffic.counts.items() if of == way}
    return {**_count(account.traffic.data(way)), "types": types}


def _count(count: Count) -> dict[str, Any]:
    carried = ratio(count)
    return {
        "messages": count.messages,
        "payload": count.payload,
        "wire": count.wire,
        "ratio": None if carried is None else round(carried, 4),
    }


def _rates(account: Account, way: Direction) -> dict[str, Any]:
    mean = account.traffic.data(way).messages / max(account.seconds, 1.0)
    most = account.busiest.most.get(way)
    busiest = None if most is None else {"messages": most[0], "time": _time(most[1])}
    return {"mean": round(mean, 6), "busiest": busiest}


def _spread(histogram: Histogram, unit: float) -> dict[str, Any]:
    count = histogram.count
    told = {name: round(value * unit, 9) if count else None for name, value in histogram.spread().items()}
    return {"count": count, **told}


def _pairs(latencies: Latencies, kind: Kind) -> dict[str, Any]:
    slowest = [
        {
            "value": pair.key,
            "name": pair.name,
            "seconds": round(pair.seconds, 6),
            "time": _time(pair.asked.at),
            "connection": pair.connection,
            "rows": [pair.asked.number, pair.answered.number],
        }
        for pair in latencies.slowest(kind)
    ]
    spread = _spread(latencies.times[kind], MICROS)
    return {"key": kind.scheme, "direction": kind.direction, **spread, "slowest": slowest}


def _strays(latencies: Latencies) -> list[dict[str, Any]]:
    return [
        {
            "fault": fault,
            "key": kind.scheme,
            "direction": kind.direction,
            "number": faults.number,
            "first": [
                {
                    "value": stray.key,
                    "name": stray.name,
                    "time": _time(stray.place.at),
                    "connection": stray.connection,
                    "row": stray.place.number,
                }
                for stray in faults.first
            ],
        }
        for fault, kind, faults in latencies.faults()
    ]


def _sequence(sequences: Sequences) -> dict[str, Any]:
    return {
        "number": sequences.text,
        "by": sequences.by_text,
        "seen": sequences.seen,
        "without": sequences.without,
        "counts": sequences.counts,
        "let_go": sequences.let_go,
        "missing": sequences.missing,
        "gaps": sequences.faults["missing"],
        "twice": sequences.faults["twice"],
        "back": sequences.faults["back"],
        "first": [
            {
                "fault": fault.kind,
                "number": fault.number,
                "expected": fault.expected,
                "missing": fault.missing,
                "by": fault.by,
                "direction": fault.direction,
                "time": _time(fault.at),
                "connection": fault.connection,
            }
            for fault in sequences.first
        ],
    }


def _connection(one: Connection) -> dict[str, Any]:
    handshake, closed = one.handshake, one.closed
    went = {
        key: {"messages": one.messages[way], "payload": one.payload[way], "wire": one.wire[way]}
        for key, way in WAYS.items()
    }
    return {
        "number": one.number,
        "url": None if handshake is None else handshake.url,
        "began": round(one.began, 6),
        "seconds": round(one.seconds, 6),
        "subprotocol": None if handshake is None else handshake.subprotocol,
        "extensions": None if handshake is None else handshake.extensions,
        **went,
        "errors": one.errors,
        "gap": None if one.gap is None else round(one.gap.seconds, 6),
        "closed": None
        if closed is None
        else {
            "by": closed.by,
            "code": closed.code,
            "reason": closed.reason,
            "clean": closed.clean,
            "cause": closed.cause,
        },
    }


def _time(at: Moment) -> str | None:
    return iso(at.wall)
