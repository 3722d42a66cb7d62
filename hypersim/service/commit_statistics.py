"""What the committer did, counted: for whoever watches the exchange, at the price of a few
additions per commit."""

from bisect import bisect_left
from collections.abc import Sequence

LATENCY_BOUNDS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
BATCH_BOUNDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class Histogram:
    """How often a value fell into each bucket; `counts` has one more than `bounds`, for what is
    above the last. A bound belongs to its own bucket."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0


class CommitStatistics:
    """Commits since the start: how many, of how many events each, and how long each took."""

    __slots__ = ("commits", "events", "events_per_commit", "latency_s")

    def __init__(self) -> None:
        self.commits = 0
        self.events = 0
        self.latency_s = Histogram(LATENCY_BOUNDS_S)
        self.events_per_commit = Histogram(BATCH_BOUNDS)

    def committed(self, events: int, elapsed_s: float) -> None:
        """Called by the committer after each commit."""
        self.commits += 1
        self.events += events
        for histogram, value in ((self.latency_s, elapsed_s), (self.events_per_commit, events)):
            histogram.counts[bisect_left(histogram.bounds, value)] += 1
            histogram.total += value
