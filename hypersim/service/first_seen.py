"""The first minute of each market here, from which a past can be told that leads up to it."""

from decimal import Decimal
from typing import NamedTuple

from hypersim.market.candle import MINUTE_MS, Interval
from hypersim.service.past_trades import TIME_MAX_MS
from hypersim.service.record import Archive, RecordUnavailable


class FirstMinute(NamedTuple):
    """When it opened, and at which price. `follows_a_past`: its trades go on with the numbers of a
    past; those of an older record, or of users who trade before there is a price, begin with 1."""

    open_ms: int
    price: Decimal
    follows_a_past: bool = True


class FirstSeen:
    """It does not change once a price is known, and outlives a restart."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._known: dict[str, FirstMinute] = {}

    async def begin(self, symbol: str, time_ms: int, price: Decimal) -> None:
        """This is about to be the first price of a market, if the record does not know another."""
        self._known.pop(symbol, None)
        if await self.minute(symbol) is None:
            self._known[symbol] = FirstMinute(Interval.M1.open_ms(time_ms), price)

    async def minute(self, symbol: str) -> FirstMinute | None:
        """None before a price is known."""
        if symbol not in self._known:
            try:
                first_ms = await self._archive.first_minute_ms(symbol)
                if first_ms is None:
                    return None
                found = await self._archive.candles(symbol, first_ms, first_ms + MINUTE_MS)
                trades = await self._archive.public_trades(
                    symbol, from_id=0, start_ms=None, end_ms=TIME_MAX_MS, limit=1
                )
            except RecordUnavailable:
                return None
            follows = not trades or trades[0].id > 1
            self._known[symbol] = FirstMinute(first_ms, found[0].open, follows)
        return self._known[symbol]
