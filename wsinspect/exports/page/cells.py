"""What the charts draw, counted for a whole recording in constant memory: cells of time, kind and size.

Time is cut into at most `BINS` parts of equal length. How long it will be is not known beforehand: when it runs out,
parts are joined two by two. Sizes are told apart by their number of binary digits.
"""

BINS = 1024
SHORTEST_US = 1000
"""The length of a part at the beginning, in microseconds."""


class Cells:
    """Counts rows by when they came, what they are and how large."""

    def __init__(self) -> None:
        self.width = SHORTEST_US
        self._cells: dict[tuple[int, int, int], list[int]] = {}
        self._end = BINS * SHORTEST_US

    def add(self, at: int, kind: int, size: int, wire: int) -> None:
        """Count a row; ``at`` is in microseconds."""
        while at >= self._end:
            self._fold()
        key = (at // self.width, kind, size.bit_length())
        cell = self._cells.get(key)
        if cell is None:
            self._cells[key] = [1, size, wire]
        else:
            cell[0] += 1
            cell[1] += size
            cell[2] += wire

    def _fold(self) -> None:
        self.width *= 2
        self._end *= 2
        folded: dict[tuple[int, int, int], list[int]] = {}
        for (bin, kind, bits), counts in self._cells.items():
            key = (bin // 2, kind, bits)
            there = folded.get(key)
            folded[key] = counts if there is None else [one + other for one, other in zip(there, counts, strict=True)]
        self._cells = folded

    def columns(self) -> dict[str, list[int]]:
        """Return the cells as columns: part of time, kind, binary digits, and what was counted."""
        rows = [(*key, *counts) for key, counts in sorted(self._cells.items())]
        names = ("bin", "kind", "bits", "count", "size", "wire")
        return {name: [row[place] for row in rows] for place, name in enumerate(names)}
