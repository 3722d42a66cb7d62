"""The mean price of a market's latest trades, weighted by their volume.

Kept by whole seconds: adding a trade costs the same however many there are. A second counts as long
as it began within the window.
"""

from collections import deque
from decimal import Decimal

from hypersim.market.candle import SECOND_MS
from hypersim.market.number import ZERO


class RollingAverage:
    """Trades of the last `window_ms`, as they are added; times come from the caller."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, Decimal, Decimal]] = deque()
        self._base = self._quote = ZERO

    def add(self, time_ms: int, price: Decimal, quantity: Decimal, window_ms: int) -> None:
        """Take in a trade; one that comes late counts with the second before it."""
        seconds, notional = self._seconds, price * quantity
        while seconds and seconds[0][0] <= time_ms - window_ms:
            _, base, quote = seconds.popleft()
            self._base -= base
            self._quote -= quote
        self._base += quantity
        self._quote += notional
        start_ms = time_ms - time_ms % SECOND_MS
        if seconds and start_ms <= seconds[-1][0]:
            start_ms, base, quote = seconds.pop()
            quantity, notional = base + quantity, quote + notional
        seconds.append((start_ms, quantity, notional))

    def mean(self, now_ms: int, window_ms: int) -> Decimal | None:
        """In quote; None when nothing traded in the window that ends now."""
        seconds, oldest_ms = self._seconds, now_ms - window_ms
        if not seconds or seconds[-1][0] <= oldest_ms:
            return None
        base, quote = self._base, self._quote
        for start_ms, gone_base, gone_quote in seconds:
            if start_ms > oldest_ms:
                break
            base -= gone_base
            quote -= gone_quote
        return quote / base

    def clear(self) -> None:
        """Begin anew."""
        self._seconds.clear()
        self._base = self._quote = ZERO
