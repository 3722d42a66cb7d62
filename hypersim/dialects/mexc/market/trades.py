"""The book and the trades (spot_v3_en, "Order Book", "Recent Trades List", "Compressed/Aggregate
Trades List"). The venue tells no ids of public trades: where they stand there is null."""

from typing import Any

from hypersim.dialects.mexc.errors import bad_combination
from hypersim.dialects.mexc.venue import Call, public
from hypersim.market.events import Levels
from hypersim.market.number import plain
from hypersim.market.tape import AggregateTrade, PublicTrade
from hypersim.service.contents import Data
from hypersim.service.heavy_reads import in_slices
from hypersim.service.past_trades import Wanted

DEPTH_DEFAULT, DEPTH_MAX = 100, 5_000
TRADES_DEFAULT, TRADES_MAX = 500, 1_000


async def depth(call: Call) -> object:
    """The book, best prices first."""
    instrument = call.instrument()
    limit = call.params.limit(DEPTH_DEFAULT, DEPTH_MAX)
    await call.services.markets.whole_books(instrument.symbol)
    book = call.venue.books.snapshot(instrument.symbol, limit)
    return {
        "lastUpdateId": book.changes,
        "bids": levels(book.bids),
        "asks": levels(book.asks),
        "timestamp": call.told_ms(),
    }


def levels(side: Levels) -> list[tuple[str, str]]:
    """Prices and sizes."""
    return [(plain(price), plain(size)) for price, size in side]


async def trades(call: Call) -> object:
    """The latest trades, the newest first."""
    instrument = call.instrument()
    wanted = Wanted(limit=call.params.limit(TRADES_DEFAULT, TRADES_MAX))
    found = await call.services.markets.trades(instrument.symbol, wanted)
    return await in_slices(_trade, found[::-1])


async def aggregate_trades(call: Call) -> object:
    """Within times (inclusive), else the latest; the newest first. Raises -1128 where only one of
    the two times is sent."""
    params, instrument = call.params, call.instrument()
    start_ms, end_ms = params.integer("startTime"), params.integer("endTime")
    limit = params.limit(TRADES_DEFAULT, TRADES_MAX)
    if start_ms is None or end_ms is None:
        if start_ms != end_ms:
            raise bad_combination()
        wanted = Wanted(limit=limit)
    else:
        wanted = Wanted(None, start_ms, end_ms + 1, limit)
    found = await call.services.markets.aggregates(instrument.symbol, wanted)
    return await in_slices(_aggregate, found[::-1])


def _trade(trade: PublicTrade) -> dict[str, Any]:
    return {
        "id": None,
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "quoteQty": plain(trade.price * trade.quantity),
        "time": trade.time_ms,
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": True,
    }


def _aggregate(one: AggregateTrade) -> dict[str, Any]:
    return {
        "a": None,
        "f": None,
        "l": None,
        "p": plain(one.price),
        "q": plain(one.quantity),
        "T": one.time_ms,
        "m": one.buyer_is_maker,
        "M": True,
    }


OPERATIONS = (
    public(depth, "GET /api/v3/depth", reads=Data.BOOK),
    public(trades, "GET /api/v3/trades", 5, reads=Data.TRADES),
    public(trades, "GET /api/v3/historicalTrades", reads=Data.TRADES),
    public(aggregate_trades, "GET /api/v3/aggTrades", reads=Data.TRADES),
)
