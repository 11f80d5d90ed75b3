"""Requests and their replies, found by an id that both carry at the top of a JSON object. Bounded in memory.

JSON-RPC, graphql-ws, and what many services call ``request_id`` or the like. The first message that comes the other way
with the same id is the reply.
"""

import json
from typing import NamedTuple

from wsinspect.events import Direction

KEYS = ("id", "request_id", "requestId", "req_id", "reqId", "correlation_id", "correlationId", "msg_id", "ref")
"""Names of ids, the likelier first."""

MARKS = (b'd"', b'ref"')
"""What stands in every payload with such a key, one or the other."""

MOST_WAITING = 10_000
"""Requests of a connection that are remembered, the last ones."""

LONGEST = 1 << 16
"""Bytes of a payload in which an id is looked for."""

MOST_PAIRS = 20_000


class Pair(NamedTuple):
    """A request and its reply: the numbers of the events, when the request went, and how long it took, in
    microseconds; ``way`` is 1 where the request went out, and 0 where it came in.
    """

    request: int
    reply: int
    at: int
    took: int
    way: int


class Pairing:
    """Matches replies to requests in the order of the stream."""

    def __init__(self) -> None:
        self._waiting: dict[int, dict[tuple[str, str, Direction], tuple[int, int]]] = {}

    def see(self, number: int, at: int, connection: int, direction: Direction, payload: bytes) -> Pair | None:
        """Take a text message; return the pair that it completes."""
        key = id_of(payload)
        if key is None:
            return None
        waiting = self._waiting.setdefault(connection, {})
        asked = waiting.pop((*key, "in" if direction == "out" else "out"), None)
        if asked is not None:
            return Pair(asked[0], number, asked[1], max(at - asked[1], 0), int(direction == "in"))
        waiting.setdefault((*key, direction), (number, at))
        if len(waiting) > MOST_WAITING:
            del waiting[next(iter(waiting))]
        return None


def id_of(payload: bytes) -> tuple[str, str] | None:
    """Return the name and the value of a message's id, or None."""
    if len(payload) > LONGEST or payload.lstrip()[:1] != b"{" or not any(mark in payload for mark in MARKS):
        return None
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    for key in KEYS:
        value = message.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return key, f"{type(value).__name__}:{value}" if len(str(value)) < 200 else ""
    return None


class Thinned:
    """Pairs, thinned out where there are very many: then every second, every fourth and so on stands for all.

    ``count`` and ``slowest`` are of all that were seen.
    """

    def __init__(self, most: int = MOST_PAIRS) -> None:
        self._most = most
        self.every = 1
        self.count = 0
        self.slowest = 0
        self.pairs: list[Pair] = []

    def add(self, pair: Pair) -> None:
        """Take a pair."""
        if self.count % self.every == 0:
            self.pairs.append(pair)
            if len(self.pairs) > self._most:
                self.pairs = self.pairs[::2]
                self.every *= 2
        self.count += 1
        self.slowest = max(self.slowest, pair.took)

    def columns(self) -> dict[str, object]:
        """Return them as columns."""
        columns = {name: [pair[place] for pair in self.pairs] for place, name in enumerate(Pair._fields)}
        return {"count": self.count, "every": self.every, "slowest": self.slowest, **columns}
