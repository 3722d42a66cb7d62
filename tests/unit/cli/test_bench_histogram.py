"""Latency percentiles out of counts."""

import random

from hypersim.bench.histogram import Histogram


def test_nothing_recorded_has_percentile_zero() -> None:
    assert Histogram().percentile(99) == 0


def test_short_durations_are_exact() -> None:
    histogram = Histogram()
    for duration_us in range(1, 101):
        histogram.record(duration_us)
    assert [histogram.percentile(percent) for percent in (0, 1, 50, 99, 100)] == [1, 1, 50, 99, 100]


def test_long_durations_are_within_one_percent_and_never_too_short() -> None:
    dice = random.Random(5)
    durations = sorted(dice.randrange(1, 2 ** dice.randrange(1, 36)) for _ in range(5_000))
    histogram = Histogram()
    for duration_us in durations:
        histogram.record(duration_us)
    for percent in (10, 50, 90, 99, 99.9):
        exact = durations[-(-int(len(durations) * percent * 10) // 1000) - 1]
        assert exact <= histogram.percentile(percent) <= exact * 1.008


def test_the_longest_duration_is_never_exceeded() -> None:
    histogram = Histogram()
    histogram.record(1_000_003)
    assert histogram.percentile(100) == histogram.percentile(50) == 1_000_003


def test_a_clock_that_went_back_counts_as_no_time() -> None:
    histogram = Histogram()
    histogram.record(-3)
    assert (histogram.total, histogram.percentile(100)) == (1, 0)


def test_an_absurd_duration_does_not_break_it() -> None:
    histogram = Histogram()
    histogram.record(2**60)
    histogram.record(1)
    assert (histogram.percentile(50), histogram.total) == (1, 2)
    assert histogram.percentile(100) > 2**39
