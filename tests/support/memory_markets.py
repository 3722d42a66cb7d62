"""What a record without a database keeps of the markets: candles, tickers and public trades."""

from hypersim.market.candle import Candle
from hypersim.market.numbering import TapeEnd
from hypersim.market.tape import RecordedTrade
from hypersim.market.ticker import Ticker
from hypersim.service.record import Entry, LastMinute, LastQuote


class MemoryMarkets:
    """The half of `Archive` that nobody owns anything of. Durable as long as the test."""

    def __init__(self) -> None:
        self.minutes: dict[tuple[str, int], Candle] = {}
        self.ends: dict[str, TapeEnd] = {}
        self.tickers: dict[str, Ticker] = {}
        self.printed: dict[tuple[str, int], RecordedTrade] = {}

    def keep_markets(self, entry: Entry) -> None:
        """What is committed of them."""
        for symbol, candle in entry.candles:
            self.minutes[symbol, candle.open_ms] = candle
        for ticker in entry.tickers:
            self.ends[ticker.symbol] = ticker.end
            self.tickers[ticker.symbol] = ticker
        for trade in entry.public_trades:
            self.printed[trade.symbol, trade.id] = trade

    async def last_minutes(self) -> list[LastMinute]:
        """See `Archive`."""
        return [
            LastMinute(
                symbol,
                end,
                max(
                    (candle for (name, _), candle in self.minutes.items() if name == symbol),
                    key=lambda candle: candle.open_ms,
                    default=None,
                ),
            )
            for symbol, end in self.ends.items()
        ]

    async def last_quotes(self) -> list[LastQuote]:
        """See `Archive`."""
        return [
            LastQuote(
                one.symbol, one.last, one.bid, one.bid_size, one.ask, one.ask_size, one.trades_at
            )
            for one in self.tickers.values()
            if one.last and one.bid and one.bid_size and one.ask and one.ask_size
        ]

    async def first_minute_ms(self, symbol: str) -> int | None:
        """See `Archive`."""
        return min((open_ms for name, open_ms in self.minutes if name == symbol), default=None)

    async def public_trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[RecordedTrade]:
        """See `Archive`."""
        found = [
            trade
            for (name, id_), trade in sorted(self.printed.items())
            if name == symbol
            and id_ >= (from_id or 0)
            and (start_ms or 0) <= trade.time_ms < end_ms
        ]
        is_latest = from_id is None and start_ms is None
        return found[-limit:] if is_latest else found[:limit]

    async def public_trade_before(
        self, symbol: str, *, trade_id: int | None = None, aggregate_id: int | None = None
    ) -> RecordedTrade | None:
        """See `Archive`."""
        found = [
            trade
            for (name, id_), trade in sorted(self.printed.items())
            if name == symbol
            and (trade_id is None or id_ < trade_id)
            and (aggregate_id is None or trade.aggregate_id < aggregate_id)
        ]
        return found[-1] if found else None

    async def candles(self, symbol: str, start_ms: int, end_ms: int) -> list[Candle]:
        """See `Archive`."""
        return [
            candle
            for (name, open_ms), candle in sorted(self.minutes.items())
            if name == symbol and start_ms <= open_ms < end_ms
        ]
