"""The streams of candles."""

from collections.abc import Sequence

from hypersim.api.streams.sources import Source
from hypersim.dialects.binance.numbers import TimeUnit, first_id, last_id
from hypersim.dialects.binance.streams.names import SLOW_MS
from hypersim.dialects.binance.streams.sources import Market, Payload
from hypersim.market.candle import Candle, Interval, flat_candle
from hypersim.market.running_bar import RunningBar, Zoned

BARS_MS = 2_000
"""How often an unfinished bar is pushed; one that has ended is pushed at once."""


class Bars(Source[Payload]):
    """Bars of a market, as events."""

    def __init__(self, market: Market, zoned: Zoned) -> None:
        self._market = market
        self._zoned = zoned

    def _payload(self, bar: Candle, now_ms: int, *, is_closed: bool) -> Payload:
        """A kline event."""
        market, zoned = self._market, self._zoned
        end_ms = zoned.next_open_ms(bar.open_ms)

        def payload(unit: TimeUnit) -> object:
            return {
                "e": "kline",
                "E": now_ms * unit,
                "s": market.id,
                "k": {
                    "t": bar.open_ms * unit,
                    "T": end_ms * unit - 1,
                    "s": market.id,
                    "i": zoned.interval.value,
                    "f": first_id(bar),
                    "L": last_id(bar),
                    "o": market.price(bar.open),
                    "c": market.price(bar.close),
                    "h": market.price(bar.high),
                    "l": market.price(bar.low),
                    "v": market.quantity(bar.volume),
                    "n": bar.trade_count,
                    "x": is_closed,
                    "q": market.quote(bar.quote_volume),
                    "V": market.quantity(bar.taker_volume),
                    "Q": market.quote(bar.taker_quote_volume),
                    "B": "0",
                },
            }

        return payload


class BarSource(Bars):
    """<symbol>@kline_1m"""

    def __init__(self, market: Market, bar: RunningBar) -> None:
        super().__init__(market, bar.zoned)
        self._bar = bar
        self._looked_ms = 0
        self._shown = market.data.running_minute

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        ended = self._bar.ended(self._market.settled_ms())
        running = self._market.data.running_minute
        payloads = [self._payload(bar, now_ms, is_closed=True) for bar in ended]
        is_due = now_ms // BARS_MS != self._looked_ms // BARS_MS
        self._looked_ms = now_ms
        if is_due and running is not self._shown:
            self._shown = running
            payloads += self.current(now_ms)
        return payloads

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        bar = self._bar.current()
        return () if bar is None else (self._payload(bar, now_ms, is_closed=False),)


class SecondsSource(Bars):
    """<symbol>@kline_1s"""

    def __init__(self, market: Market) -> None:
        super().__init__(market, Zoned(Interval.S1))
        self._open_ms = Interval.S1.open_ms(market.settled_ms())

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`. Each second is told once it is whole, also if nothing traded in it."""
        open_ms = Interval.S1.open_ms(self._market.settled_ms())
        if open_ms == self._open_ms:
            return ()
        ended = self._seconds(self._open_ms, open_ms - 1)
        self._open_ms = open_ms
        payloads = [self._payload(bar, now_ms, is_closed=True) for bar in ended]
        return [*payloads, *self.current(now_ms)]

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        bars = self._seconds(self._open_ms, self._open_ms)
        return [self._payload(bar, now_ms, is_closed=False) for bar in bars[:1]]

    def _seconds(self, start_ms: int, last_ms: int) -> list[Candle]:
        data = self._market.data
        bars = [bar for bar in data.tape.seconds(start_ms, last_ms) if bar.open_ms <= last_ms]
        if not bars and not data.trades and data.last_price is not None:
            opens = range(start_ms, last_ms + 1, SLOW_MS)
            bars = [flat_candle(open_ms, data.last_price) for open_ms in opens]
        return bars
