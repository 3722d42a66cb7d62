"""What the running minute was before the streams began: one task a symbol."""

import asyncio

import structlog

from hypersim.feeds.binance.api import BinanceApi
from hypersim.feeds.binance.market import SymbolMarket
from hypersim.feeds.binance.rest import RestError
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.trades import BinanceTrades
from hypersim.market.candle import Interval
from hypersim.service.clock import Clock

_log = structlog.get_logger()


async def keep_minute(
    market: SymbolMarket, api: BinanceApi, clock: Clock, timings: BinanceTimings
) -> None:
    """For ever: whenever streams begin, tell the part of the minute that they do not."""
    trades = BinanceTrades(api)
    while True:
        await market.minute_wanted.wait()
        open_ms = Interval.M1.open_ms(clock.now_ms())
        try:
            if market.take_running(await trades.minute(market.id, open_ms)):
                continue
        except (RestError, ValueError) as error:
            _log.debug("running minute not known", symbol=market.symbol, reason=str(error))
        await asyncio.sleep(max(timings.resync_pause_s, api.rest.wait_s()))
