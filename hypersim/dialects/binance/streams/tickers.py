"""The streams of statistics: 24 hours, rolling windows, and the average price."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from hypersim.api.streams.sources import Source, StateSource, mark_of
from hypersim.dialects.binance.numbers import TimeUnit, first_id, last_id, percent
from hypersim.dialects.binance.streams.sources import Market, Payload
from hypersim.market.candle import DAY_MS, Candle, Interval, merged
from hypersim.market.number import ZERO


class Window(NamedTuple):
    """What happened between two moments."""

    bar: Candle
    open_ms: int
    close_ms: int


class MiniTickerSource(StateSource[Payload]):
    """<symbol>@miniTicker"""

    def __init__(self, market: Market) -> None:
        self._market = market
        super().__init__()

    def mark(self) -> object:
        """See `StateSource`."""
        return mark_of(self._market.data)

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        window = _day(self._market, now_ms)
        return () if window is None else (self._payload(window),)

    def _payload(self, window: Window) -> Payload:
        market, bar = self._market, window.bar
        head = {"e": "24hrMiniTicker", "E": 0, "s": market.id}
        body = {
            "c": market.price(bar.close),
            "o": market.price(bar.open),
            "h": market.price(bar.high),
            "l": market.price(bar.low),
            "v": market.quantity(bar.volume),
            "q": market.quote(bar.quote_volume),
        }
        return lambda unit: head | {"E": window.close_ms * unit} | body


class TickerSource(MiniTickerSource):
    """<symbol>@ticker"""

    def _payload(self, window: Window) -> Payload:
        market, bar = self._market, window.bar
        data = market.data
        bid, bid_size = data.bids[0] if data.bids else (None, None)
        ask, ask_size = data.asks[0] if data.asks else (None, None)
        last = data.last_trade.quantity if data.last_trade else None
        head = {"e": "24hrTicker", "E": 0, "s": market.id, **_changes(market, bar)}
        body = {
            "w": market.price(_average(bar)),
            # What was paid last before the window is where it opened.
            "x": market.price(bar.open),
            "c": market.price(bar.close),
            "Q": market.quantity(last),
            "b": market.price(bid),
            "B": market.quantity(bid_size),
            "a": market.price(ask),
            "A": market.quantity(ask_size),
            "o": market.price(bar.open),
            "h": market.price(bar.high),
            "l": market.price(bar.low),
            "v": market.quantity(bar.volume),
            "q": market.quote(bar.quote_volume),
        }
        ids = _ids(bar)
        return lambda unit: head | {"E": window.close_ms * unit} | body | _times(window, unit) | ids


class WindowTickerSource(StateSource[Payload]):
    """<symbol>@ticker_1h"""

    def __init__(self, market: Market, name: str, window_ms: int) -> None:
        self._market = market
        self._name = name
        self._window_ms = window_ms
        self._over: Candle | None = None
        self._over_key = (0, 0)
        super().__init__()

    def mark(self) -> object:
        """See `StateSource`."""
        data = self._market.data
        running = data.running_minute
        return (data.last_trade_id, 0 if running is None else running.open_ms)

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        window = self._window(now_ms)
        if window is None:
            return ()
        market, bar = self._market, window.bar
        head = {"e": f"{self._name}Ticker", "E": 0, "s": market.id, **_changes(market, bar)}
        body = {
            "o": market.price(bar.open),
            "h": market.price(bar.high),
            "l": market.price(bar.low),
            "c": market.price(bar.close),
            "w": market.price(_average(bar)),
            "v": market.quantity(bar.volume),
            "q": market.quote(bar.quote_volume),
        }
        ids = _ids(bar)
        return (
            lambda unit: head | {"E": window.close_ms * unit} | body | _times(window, unit) | ids,
        )

    def _window(self, now_ms: int) -> Window | None:
        running = self._market.data.running_minute
        if running is None:
            return None
        start_ms = Interval.M1.open_ms(now_ms - self._window_ms)
        key = (start_ms, running.open_ms)
        if key != self._over_key:
            over = self._market.data.candles(Interval.M1, start_ms)[:-1]
            self._over = merged(over) if over else None
            self._over_key = key
        bar = running if self._over is None else self._over.followed_by(running)
        return Window(bar, start_ms, now_ms)


class AveragePriceSource(StateSource[Payload]):
    """<symbol>@avgPrice"""

    def __init__(self, market: Market) -> None:
        self._market = market
        super().__init__()

    def mark(self) -> object:
        """See `StateSource`."""
        return mark_of(self._market.data)

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        market, data = self._market, self._market.data
        if data.last_price is None:
            return ()
        price = market.price(market.average_price(now_ms))
        last_ms = data.trades[-1].time_ms if data.trades else data.time_ms

        def payload(unit: TimeUnit) -> object:
            return {
                "e": "avgPrice",
                "E": now_ms * unit,
                "s": market.id,
                "i": "5m",
                "w": price,
                "T": last_ms * unit,
            }

        return (payload,)


class AllMarketsSource(Source[Payload]):
    """!miniTicker@arr and the like: those that changed, in one array."""

    def __init__(
        self,
        markets: Callable[[], Iterable[Market]],
        source_of: Callable[[Market], Source[Payload]],
    ) -> None:
        self._markets = markets
        self._source_of = source_of
        self._sources: dict[str, Source[Payload]] = {}
        self._find_markets()

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        known = [one.poll(now_ms) for one in self._sources.values()]
        # A market that was listed since then is new as it stands.
        return _together([*known, *(one.current(now_ms) for one in self._find_markets())])

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        return _together([one.current(now_ms) for one in self._sources.values()])

    def _find_markets(self) -> list[Source[Payload]]:
        found = [market for market in self._markets() if market.id not in self._sources]
        sources = {market.id: self._source_of(market) for market in found}
        self._sources.update(sources)
        return list(sources.values())


def _together(found: Iterable[Sequence[Payload]]) -> Sequence[Payload]:
    payloads = [payload for one in found for payload in one]
    if not payloads:
        return ()
    return (lambda unit: [payload(unit) for payload in payloads],)


def _day(market: Market, now_ms: int) -> Window | None:
    ticker = market.data.ticker()
    if ticker.last is None or ticker.open is None or ticker.high is None or ticker.low is None:
        return None
    start_ms = now_ms - DAY_MS
    bar = Candle(
        start_ms,
        ticker.open,
        ticker.high,
        ticker.low,
        ticker.last,
        ticker.base_volume,
        ticker.quote_volume,
        ticker.trade_count,
        first_trade_id=ticker.first_trade_id,
    )
    return Window(bar, start_ms, now_ms)


def _changes(market: Market, bar: Candle) -> dict[str, Any]:
    change = bar.close - bar.open
    return {
        "p": market.price(change),
        "P": percent(change, bar.open),
    }


def _times(window: Window, unit: TimeUnit) -> dict[str, Any]:
    return {"O": window.open_ms * unit, "C": window.close_ms * unit}


def _ids(bar: Candle) -> dict[str, Any]:
    return {"F": first_id(bar), "L": last_id(bar), "n": bar.trade_count}


def _average(bar: Candle) -> Decimal:
    return bar.quote_volume / bar.volume if bar.volume else ZERO
