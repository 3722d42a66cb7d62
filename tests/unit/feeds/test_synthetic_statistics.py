"""Synthetic prices against a real month: bitcoin's minutes of January 2022."""

import csv
import zipfile
from io import TextIOWrapper
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hypersim.feeds.synthetic.feed import SyntheticFeed
from hypersim.market.candle import DAY_MS, Interval
from tests.support.real_data import MONTH, needs_data
from tests.support.timed_feeds import NOON_MS, options_at

DAYS = 62
SEEDS = (1, 2, 3, 4, 5)
LAGS = (1, 5, 15, 30, 60)

Bars = NDArray[Any]
"""(minutes, 5): open, high, low, close, volume"""


async def made_up(seed: int) -> Bars:
    feed = SyntheticFeed(options_at(seed=seed))
    end_ms = Interval.D1.open_ms(NOON_MS)
    candles = await feed.history("BTC/USDT", Interval.M1, end_ms - DAYS * DAY_MS, end_ms)
    rows = [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in candles]
    return np.array(rows, dtype=float)


def real() -> Bars:
    with zipfile.ZipFile(MONTH) as archive, archive.open(archive.namelist()[0]) as file:
        rows = list(csv.reader(TextIOWrapper(file)))
    return np.array([row[1:6] for row in rows], dtype=float)


def returns(bars: Bars) -> Bars:
    return np.diff(np.log(bars[:, 3]))


def excess_kurtosis(values: Bars) -> float:
    centred = values - values.mean()
    return float((centred**4).mean() / (centred**2).mean() ** 2 - 3)


def variance_ratio(bars: Bars, minutes: int) -> float:
    """The variance of returns over so many minutes against that of as many single ones."""
    closes = np.log(bars[:, 3])
    longer = closes[minutes:] - closes[:-minutes]
    return float(longer.var() / minutes / returns(bars).var())


def clusters(bars: Bars) -> list[float]:
    sizes = np.abs(returns(bars))
    return [float(np.corrcoef(sizes[lag:], sizes[:-lag])[0, 1]) for lag in LAGS]


def volume_follows_movement(bars: Bars) -> float:
    return float(np.corrcoef(bars[1:, 4], np.abs(returns(bars)))[0, 1])


def hours_at_the_days_high(bars: Bars) -> int:
    """In how many hours of a day its high was touched, at most."""
    highs = bars[:, 1].reshape(-1, 24, 60).max(axis=2)
    return int((highs == highs.max(axis=1)[:, None]).sum(axis=1).max())


@pytest.mark.parametrize(
    "seed", [pytest.param(one, marks=() if one <= 2 else pytest.mark.slow) for one in SEEDS]
)
async def test_minutes_are_like_a_real_months(seed: int) -> None:
    bars = await made_up(seed)
    assert len(bars) == DAYS * 1_440
    for minutes in (15, 60, 240, 1_440):
        assert 0.8 < variance_ratio(bars, minutes) < 1.2, minutes
    # The real month has a kurtosis of 23, a deviation of 10 basis points, correlations of 0.33,
    # 0.25, 0.23, 0.19 and 0.18 at these lags, 0.62 of volume and movement, and one hour a day that
    # touches its high.
    assert 8 < excess_kurtosis(returns(bars)) < 60
    assert 5e-4 < returns(bars).std() < 15e-4
    assert all(0.5 < ours / months < 1.5 for ours, months in zip(clusters(bars), REAL, strict=True))
    assert 0.5 < volume_follows_movement(bars) < 0.9
    assert hours_at_the_days_high(bars) <= 2


REAL = (0.33, 0.25, 0.23, 0.19, 0.18)
"""How the sizes of a real month's returns hang together at `LAGS`."""


@needs_data
def test_the_real_months_figures_are_those_we_compare_with() -> None:
    bars = real()
    assert excess_kurtosis(returns(bars)) == pytest.approx(23, abs=1)
    assert returns(bars).std() == pytest.approx(10e-4, abs=1e-4)
    assert clusters(bars) == pytest.approx(REAL, abs=0.01)
    assert volume_follows_movement(bars) == pytest.approx(0.62, abs=0.01)
    assert hours_at_the_days_high(bars) == 1


async def test_markets_in_dollars_move_together() -> None:
    feed = SyntheticFeed(options_at())
    end_ms = Interval.D1.open_ms(NOON_MS)

    async def moves(symbol: str) -> Bars:
        bars = await feed.history(symbol, Interval.H1, end_ms - 20 * DAY_MS, end_ms)
        return np.diff(np.log([float(bar.close) for bar in bars]))

    bitcoin = await moves("BTC/USDT")
    assert 0.5 < np.corrcoef(bitcoin, await moves("ETH/USDT"))[0, 1] < 0.95
    assert 0.4 < np.corrcoef(bitcoin, await moves("SOL/USDT"))[0, 1] < 0.95
