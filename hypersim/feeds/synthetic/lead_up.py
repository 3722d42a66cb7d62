"""A made-up past that leads up to the first price of a market that somebody else makes."""

import asyncio
from collections.abc import Sequence

import msgspec

from hypersim.feeds.options import FeedOptions
from hypersim.feeds.synthetic.market import SyntheticMarket
from hypersim.feeds.synthetic.pricing import pricing_of
from hypersim.feeds.synthetic.reading import trades_of
from hypersim.market.candle import Candle, Interval
from hypersim.market.instrument import Instrument
from hypersim.market.tape import PublicTrade
from hypersim.service.first_seen import FirstMinute


class LeadUp:
    """The past of one symbol, as a `Feed` tells it: the synthetic market at another level, so that
    its last trade before the first minute is at the first price. Nothing before a price is known,
    and nothing from that minute on. It has trades only where those that follow count on from them.
    """

    def __init__(self, options: FeedOptions) -> None:
        self._pricing = pricing_of(options)
        self._first_minute = options.first_minute
        self._markets: dict[str, tuple[FirstMinute, SyntheticMarket]] = {}

    def has(self, instrument: Instrument) -> bool:
        """Every market has one."""
        del instrument
        return True

    async def history(
        self, instrument: Instrument, interval: Interval, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """See `Feed`."""
        found = await self._market(instrument)
        if found is None:
            return []
        first, market = found
        end_ms = min(end_ms, interval.open_ms(first.open_ms))
        if start_ms >= end_ms:
            return []
        bars = await asyncio.to_thread(market.candles, interval, start_ms, end_ms)
        if first.follows_a_past:
            return bars
        return [msgspec.structs.replace(bar, first_trade_id=None) for bar in bars]

    async def trades(
        self,
        instrument: Instrument,
        *,
        from_id: int | None,
        start_ms: int | None,
        end_ms: int,
        limit: int,
    ) -> list[PublicTrade]:
        """See `Feed`."""
        found = await self._market(instrument)
        if found is None:
            return []
        first, market = found
        if not first.follows_a_past:
            return []
        end_ms = min(end_ms, first.open_ms)
        if start_ms is not None and start_ms >= end_ms:
            return []
        return await asyncio.to_thread(trades_of, market, from_id, start_ms, end_ms, limit)

    async def beginning_ms(self, instrument: Instrument) -> int | None:
        """See `Feed`."""
        found = await self._market(instrument)
        return None if found is None else min(found[1].listed_ms, found[0].open_ms)

    async def _market(self, instrument: Instrument) -> tuple[FirstMinute, SyntheticMarket] | None:
        symbol = instrument.symbol
        first = await self._first_minute(symbol)
        if first is None:
            return None
        if symbol not in self._markets or self._markets[symbol][0] != first:
            market = await asyncio.to_thread(
                self._pricing.market_through, instrument, first.price, first.open_ms
            )
            self._markets[symbol] = first, market
        return self._markets[symbol]
