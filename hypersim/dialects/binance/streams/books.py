"""The book's streams: diffs, the best levels, the best prices."""

from collections.abc import Sequence

from hypersim.api.streams.books import Books
from hypersim.api.streams.sources import Source, StateSource
from hypersim.dialects.binance.numbers import (
    TimeUnit,
    first_update_id,
    last_update_id,
    snapshot_id,
)
from hypersim.dialects.binance.streams.sources import Market, Payload, timeless
from hypersim.market.events import Level
from hypersim.market.number import ZERO


class DiffSource(Source[Payload]):
    """<symbol>@depth"""

    def __init__(self, market: Market, books: Books) -> None:
        self._market = market
        self._differences = books.follow(market.symbol)

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`. The state is what the REST API's depth is for."""
        market, changes = self._market, self._market.data.update_id
        if changes == self._differences.changes:
            return ()
        found = self._differences.advance(changes, *market.whole_book())
        if found is None:
            return ()
        bids, asks = market.levels(found.bids), market.levels(found.asks)

        def payload(unit: TimeUnit) -> object:
            return {
                "e": "depthUpdate",
                "E": now_ms * unit,
                "s": market.id,
                "U": first_update_id(found.before),
                "u": last_update_id(found.after),
                "b": bids,
                "a": asks,
            }

        return (payload,)


class PartialBookSource(StateSource[Payload]):
    """<symbol>@depth5"""

    def __init__(self, market: Market, levels: int) -> None:
        self._market = market
        self._levels = levels
        super().__init__()

    def mark(self) -> object:
        """See `StateSource`."""
        return self._market.data.update_id

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        del now_ms
        market = self._market
        bids, asks = market.book()
        body = {
            "lastUpdateId": snapshot_id(market.data.update_id),
            "bids": market.levels(bids[: self._levels]),
            "asks": market.levels(asks[: self._levels]),
        }
        return (timeless(body),) if bids or asks else ()


class BookTickerSource(StateSource[Payload]):
    """<symbol>@bookTicker"""

    def __init__(self, market: Market) -> None:
        self._market = market
        super().__init__()

    def mark(self) -> tuple[Level, Level]:
        """See `StateSource`."""
        bid, ask = self._market.best()
        return bid or _NOTHING, ask or _NOTHING

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        del now_ms
        market = self._market
        bid, ask = self.mark()
        body = {
            "u": last_update_id(market.data.update_id),
            "s": market.id,
            "b": market.price(bid[0]),
            "B": market.quantity(bid[1]),
            "a": market.price(ask[0]),
            "A": market.quantity(ask[1]),
        }
        return (timeless(body),) if bid[0] or ask[0] else ()


_NOTHING: Level = (ZERO, ZERO)
