"""The book's streams: diffs, the best levels, the best prices."""

from collections.abc import Sequence

from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.sources import Market, Payload, timeless
from hypersim.dialects.binance.user_data.diffs import Books, last_update_id, snapshot_id
from hypersim.market.events import Level
from hypersim.market.number import ZERO


class DiffSource:
    """<symbol>@depth"""

    def __init__(self, market: Market, books: Books) -> None:
        self._market = market
        self._diffs = books.follow(market.symbol)

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        changes = self._market.data.update_id
        if changes == self._diffs.changes:
            return ()
        diff = self._diffs.advance(changes, *self._market.whole_book())
        if diff is None:
            return ()
        market = self._market
        bids, asks = market.levels(diff.bids), market.levels(diff.asks)

        def payload(unit: TimeUnit) -> object:
            return {
                "e": "depthUpdate",
                "E": now_ms * unit,
                "s": market.id,
                "U": diff.first_id,
                "u": diff.last_id,
                "b": bids,
                "a": asks,
            }

        return (payload,)

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`: the state is what the REST API's depth is for."""
        del now_ms
        return ()


class PartialBookSource:
    """<symbol>@depth5"""

    def __init__(self, market: Market, levels: int) -> None:
        self._market = market
        self._levels = levels
        self._changes = market.data.update_id

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        if self._market.data.update_id == self._changes:
            return ()
        self._changes = self._market.data.update_id
        return self.current(now_ms)

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


class BookTickerSource:
    """<symbol>@bookTicker"""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._best = self._look()

    def poll(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        best = self._look()
        if best == self._best:
            return ()
        self._best = best
        return self.current(now_ms)

    def current(self, now_ms: int) -> Sequence[Payload]:
        """See `Source`."""
        del now_ms
        market = self._market
        bid, ask = self._best
        body = {
            "u": last_update_id(market.data.update_id),
            "s": market.id,
            "b": market.price(bid[0]),
            "B": market.quantity(bid[1]),
            "a": market.price(ask[0]),
            "A": market.quantity(ask[1]),
        }
        return (timeless(body),) if bid[0] or ask[0] else ()

    def _look(self) -> tuple[Level, Level]:
        bid, ask = self._market.best()
        return bid or _NOTHING, ask or _NOTHING


_NOTHING: Level = (ZERO, ZERO)
