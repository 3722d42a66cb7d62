"""Trades are told once each, oldest first; what was forgotten is noticed."""

from collections import deque

import pytest

from hypersim.dialects.binance.streams.sources import Missed
from hypersim.dialects.binance.streams.trades import newer


def test_what_is_newer_comes_oldest_first() -> None:
    trades = deque([3, 5, 6, 9], maxlen=10)
    assert newer(trades, 5, int) == [6, 9]
    assert newer(trades, 9, int) == []
    assert newer(trades, 0, int) == [3, 5, 6, 9]
    assert newer(deque[int](maxlen=2), 0, int) == []


def test_trades_that_were_forgotten_untold_are_missed() -> None:
    with pytest.raises(Missed):
        newer(deque([3, 5, 6], maxlen=3), 2, int)
    assert newer(deque([3, 5, 6], maxlen=3), 3, int) == [5, 6]
