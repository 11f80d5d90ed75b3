"""How many messages there were over time: in intervals that fit the whole stream, and in the busiest second."""

from wsinspect.events import Batch, Direction, Moment

BINS = 512
"""So many intervals at most; where more are needed, two become one of twice the length."""
SHORTEST_S = 2.0**-10
KEPT_SECONDS = 4096
"""Seconds whose counts are kept side by side, the last ones: connections may stand one after the other in a file."""


class Series:
    """Data messages and their payload by interval, from the beginning of the stream on."""

    def __init__(self) -> None:
        self.interval_s = SHORTEST_S
        self.messages: dict[Direction, list[int]] = {"in": [0], "out": [0]}

    def add(self, batch: Batch, seconds: float) -> None:
        """Count a batch at its place on the axis."""
        if not batch.messages:
            return
        place = int(seconds / self.interval_s)
        while place >= BINS:
            self._fold()
            place = int(seconds / self.interval_s)
        for counts in self.messages.values():
            if place >= len(counts):
                counts.extend([0] * (place + 1 - len(counts)))
        self.messages[batch.direction][place] += batch.messages

    def _fold(self) -> None:
        self.interval_s *= 2
        for direction, counts in self.messages.items():
            counts.append(0)
            self.messages[direction] = [sum(counts[place : place + 2]) for place in range(0, len(counts) - 1, 2)]

    def spread(self, columns: int, seconds: float) -> list[float]:
        """Return messages a second in ``columns`` equal parts of the first ``seconds``, both directions together."""
        part_s = max(seconds, self.interval_s) / columns
        rates = [0.0] * columns
        for place in range(len(self.messages["in"])):
            count = self.messages["in"][place] + self.messages["out"][place]
            if not count:
                continue
            # What an interval holds is shared out among the parts that it covers.
            begin, end = place * self.interval_s / part_s, (place + 1) * self.interval_s / part_s
            last = min(int(end), columns - 1)
            for part in range(min(int(begin), last), last + 1):
                share = min(end, part + 1) - max(begin, part) if part < last else end - max(begin, part)
                rates[part] += count * share / (end - begin) / part_s
        return rates


class Busiest:
    """The second with the most data messages, by direction; seconds are whole ones from the beginning on."""

    def __init__(self) -> None:
        self.most: dict[Direction, tuple[int, Moment]] = {}
        """Messages, and when the first of them was."""

        self._counts: dict[Direction, dict[int, tuple[int, Moment]]] = {"in": {}, "out": {}}

    def add(self, batch: Batch, seconds: float) -> None:
        """Count a batch at its place on the axis."""
        if not batch.messages:
            return
        second = int(seconds)
        counts = self._counts[batch.direction]
        count, began = counts.get(second, (0, batch.at))
        counted = counts[second] = count + batch.messages, began
        most = self.most.get(batch.direction)
        if most is None or counted[0] > most[0]:
            self.most[batch.direction] = counted
        if len(counts) > KEPT_SECONDS:
            del counts[next(iter(counts))]
