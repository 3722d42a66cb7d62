"""Latencies as counts per bucket: recording one costs the load client next to nothing."""

import math

_PRECISE_BITS = 8
_HALF = 1 << (_PRECISE_BITS - 1)
_LONGEST_BITS = 40
"""Above 2^40 µs, twelve days, everything counts as that."""


class Histogram:
    """Durations in whole microseconds, exact below 256 µs and within 0.8 % above."""

    def __init__(self) -> None:
        self.total = 0
        self._counts = [0] * (_HALF * (_LONGEST_BITS - _PRECISE_BITS + 2))
        self._longest = 0

    def record(self, duration_us: int) -> None:
        """Count one duration; the clock's jitter below zero counts as zero."""
        duration_us = max(duration_us, 0)
        self.total += 1
        self._longest = max(self._longest, duration_us)
        self._counts[_bucket(duration_us)] += 1

    def percentile(self, percent: float) -> int:
        """The duration, in µs, that `percent` % of all do not exceed: the nearest rank, so at
        least one duration is counted. 0 when there is none."""
        if not self.total:
            return 0
        rank = max(1, math.ceil(self.total * percent / 100))
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen >= rank:
                return min(_highest(bucket), self._longest)
        return self._longest


def _bucket(duration_us: int) -> int:
    shift = max(0, min(duration_us.bit_length(), _LONGEST_BITS) - _PRECISE_BITS)
    if duration_us >> shift >= 2 * _HALF:
        return _HALF * (shift + 2) - 1
    return _HALF * shift + (duration_us >> shift)


def _highest(bucket: int) -> int:
    """The longest duration that falls into the bucket."""
    if bucket < 2 * _HALF:
        return bucket
    shift = bucket // _HALF - 1
    return ((bucket - _HALF * shift + 1) << shift) - 1
