"""All figures of a stream at once. Each figure is a module of its own; this one only hands the batches round."""

from typing import TYPE_CHECKING

from wsinspect.events import Batch
from wsinspect.figures.axis import Axis
from wsinspect.figures.connections import Connections
from wsinspect.figures.gaps import Gaps
from wsinspect.figures.keys import Finder
from wsinspect.figures.latencies import Latencies
from wsinspect.figures.pings import Pings
from wsinspect.figures.rates import Busiest, Series
from wsinspect.figures.sequences import Sequences
from wsinspect.figures.traffic import Traffic

if TYPE_CHECKING:
    from wsinspect.filters.expression import Expression


class Account:
    """Takes batch after batch in the order of the stream, and `finish` at the end."""

    def __init__(
        self, find: Finder | None = None, sequence: "Expression | None" = None, by: "Expression | None" = None
    ) -> None:
        self.axis = Axis()
        self.connections = Connections()
        self.traffic = Traffic()
        self.series = Series()
        self.busiest = Busiest()
        self.gaps = Gaps()
        self.pings = Pings()
        self.latencies = Latencies(find)
        self.sequences = None if sequence is None else Sequences(sequence, by)
        self.seconds = 0.0
        """From the first row to the last."""

        self.rows = 0
        """Rows seen, of any type."""

    def add(self, batch: Batch) -> None:
        """Take a batch."""
        seconds = self.axis.seconds(batch)
        if seconds > self.seconds:
            self.seconds = seconds
        self.rows += len(batch.rows)
        connection = self.connections.number_of(batch, seconds)
        self.traffic.add(batch)
        self.series.add(batch, seconds)
        self.busiest.add(batch, seconds)
        self.gaps.add(batch, seconds, connection)
        if not batch.uniform:
            self.pings.add(batch)
        self.latencies.add(batch, connection)
        if self.sequences is not None:
            self.sequences.add(batch, connection)

    def finish(self) -> None:
        """The stream is over."""
        self.latencies.finish()
