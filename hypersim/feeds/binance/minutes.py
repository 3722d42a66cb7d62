"""The minutes of one symbol: what each was, told once, and what the running one was before the
streams began."""

import asyncio

import structlog

from hypersim.feeds.binance.api import BinanceApi
from hypersim.feeds.binance.rest import RestError
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.trades import BinanceTrades
from hypersim.feeds.binance.wire import KlineFrame
from hypersim.feeds.binance.words import candle
from hypersim.feeds.outbox import Outbox
from hypersim.feeds.venue_time import stamped
from hypersim.market.candle import MINUTE_MS, Candle, Interval
from hypersim.market.events import CandleClosed, CandleGrew
from hypersim.service.clock import Clock

_log = structlog.get_logger()


class Minutes:
    """What is known of them. With `asks_rest`, REST is asked for every minute that the streams did
    not tell; where there are too many symbols for that, only for those of which prints are missing.
    """

    def __init__(self, symbol: str, outbox: Outbox, clock: Clock, *, asks_rest: bool) -> None:
        self.symbol = symbol
        self.last_ms = Interval.M1.open_ms(clock.now_ms()) - MINUTE_MS
        """When the newest minute opened that is known to be closed: history ends with it."""
        self.wanted = asyncio.Event()
        """What the running one was is not known."""
        self.wanted.set()
        self._outbox = outbox
        self._clock = clock
        self._asks_rest = asks_rest
        self._printed_since_ms: int | None = None
        self._first_print_id: int | None = None

    def begin(self) -> None:
        """Streams start."""
        self._printed_since_ms = self._clock.now_ms()
        self._first_print_id = None
        self.wanted.set()

    def end(self) -> None:
        """Streams ended."""
        self._printed_since_ms = None

    def note_print(self, trade_id: int) -> None:
        """Two orders traded."""
        if self._first_print_id is None:
            self._first_print_id = trade_id

    def take_running(self, bar: Candle | None) -> bool:
        """What the running minute is made of so far; False where it does not reach up to the first
        trade that the streams brought, as REST is a little behind them."""
        last_id = None if bar is None else bar.last_trade_id
        if self._first_print_id is not None and (last_id or 0) < self._first_print_id - 1:
            return False
        self.wanted.clear()
        if bar is not None:
            self._outbox.put(CandleGrew(self.symbol, self._clock.now_ms(), Interval.M1, bar))
        return True

    def take_kline(self, frame: KlineFrame) -> None:
        """The running minute changed. Its end is told; what it was so far, where REST is not
        asked for that."""
        if frame.kline.is_closed:
            self.close(candle(frame.kline, Interval.M1), frame.time_ms)
        elif not self._asks_rest and self.wanted.is_set():
            self.take_running(candle(frame.kline, Interval.M1))

    def close(self, bar: Candle, time_ms: int | None = None) -> None:
        """A minute is over, and this is the venue's word on it. Each is told once."""
        if bar.open_ms <= self.last_ms:
            return
        self.last_ms = bar.open_ms
        at_ms = stamped(self._clock, time_ms)
        self._outbox.put(CandleClosed(self.symbol, at_ms, Interval.M1, bar))

    def missed_ms(self, grace_ms: int) -> int | None:
        """When the first minute opened that is over and was not told, and must be asked for."""
        open_ms = self.last_ms + MINUTE_MS
        if self._clock.now_ms() < open_ms + MINUTE_MS + grace_ms:
            return None
        since_ms = self._printed_since_ms
        if not self._asks_rest and since_ms is not None and open_ms >= since_ms:
            self.last_ms = open_ms
            return None
        return open_ms


async def keep_minute(
    minutes: Minutes, id_: str, api: BinanceApi, clock: Clock, timings: BinanceTimings
) -> None:
    """For ever: whenever streams begin, tell the part of the minute that they do not."""
    trades = BinanceTrades(api)
    while True:
        await minutes.wanted.wait()
        open_ms = Interval.M1.open_ms(clock.now_ms())
        try:
            if minutes.take_running(await trades.minute(id_, open_ms)):
                continue
        except (RestError, ValueError) as error:
            _log.debug("running minute not known", symbol=minutes.symbol, reason=str(error))
        await asyncio.sleep(max(timings.resync_pause_s, api.rest.wait_s()))
