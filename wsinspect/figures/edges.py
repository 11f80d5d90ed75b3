"""Where the bars of a histogram of sizes begin and end. Knows no bars."""

from collections.abc import Iterable

from wsinspect.figures.histogram import Histogram

MOST = 10
"""So many bars at most."""


def edges_of(histograms: Iterable[Histogram]) -> list[int]:
    """Return the least value of each bar, rising, for all histograms together: powers of 2, or of 4, or of more."""
    filled = [histogram for histogram in histograms if histogram.count]
    if not filled:
        return []
    least = min([histogram.least for histogram in filled])
    most = max([histogram.most for histogram in filled])
    low, high = max(least.bit_length() - 1, 0), max(most.bit_length() - 1, 0)
    step = -(-(high - low + 1) // MOST)
    low -= low % step
    edges = [1 << power for power in range(low, high + 1, step)]
    # What is smaller than the first edge, 0, belongs to the first bar.
    return [0 if least == 0 else edges[0], *edges[1:]]
