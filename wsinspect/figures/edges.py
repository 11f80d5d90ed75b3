"""Where the bars of a histogram of sizes begin and end: at round numbers. Knows no bars."""

from collections.abc import Iterable

from wsinspect.figures.histogram import Histogram

MOST = 10
"""So many bars at most."""

STEPS = ((1, 2, 5), (1, 3), (1,))
"""What each power of ten is divided at, the finest first."""


def edges_of(histograms: Iterable[Histogram]) -> list[int]:
    """Return the beginning of each bar, and the end of the last, rising, for all histograms together."""
    filled = [histogram for histogram in histograms if histogram.count]
    if not filled:
        return []
    least = min([histogram.least for histogram in filled])
    most = max([histogram.most for histogram in filled])
    edges: list[int] = []
    for steps in STEPS:
        edges = _between(least, most, steps)
        if len(edges) - 1 <= MOST:
            break
    return edges


def _between(least: int, most: int, steps: tuple[int, ...]) -> list[int]:
    edges, power = [0], 1
    while edges[-1] <= most:
        edges += [step * power for step in steps]
        power *= 10
    begin = max([place for place, edge in enumerate(edges) if edge <= least])
    end = min([place for place, edge in enumerate(edges) if edge > most])
    return edges[begin : end + 1]
