"""The book and the trades: depth, trades.recent, trades.historical, trades.aggregate."""

from collections.abc import Iterable
from typing import Any

from hypersim.dialects.binance.errors.parameters import bad_combination
from hypersim.dialects.binance.market.selection import check_status, read_status
from hypersim.dialects.binance.numbers import digits_of, fixed, snapshot_id
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, public
from hypersim.market.events import Level
from hypersim.market.instrument import Instrument
from hypersim.market.roll import FOREVER_MS
from hypersim.market.tape import AggregateTrade, PublicTrade
from hypersim.service.contents import Data
from hypersim.service.past_trades import Wanted

DEPTH_DEFAULT, DEPTH_MAX = 100, 5_000
TRADES_DEFAULT, TRADES_MAX = 500, 1_000

DEPTH_WEIGHTS = ((100, 5), (500, 25), (1_000, 50), (DEPTH_MAX, 250))
"""(levels up to, weight)"""


async def depth(call: Call) -> object:
    """The book, best prices first. `lastUpdateId` says which updates are in it."""
    instrument = call.instrument()
    limit = call.params.limit(DEPTH_DEFAULT, DEPTH_MAX)
    status = read_status(call.params)
    call.params.done()
    check_status(instrument, status)
    await call.services.markets.whole_books(instrument.symbol)
    book = call.venue.books.snapshot(instrument.symbol, limit)
    return {
        "lastUpdateId": snapshot_id(book.changes),
        "bids": levels(book.bids, instrument),
        "asks": levels(book.asks, instrument),
    }


async def recent_trades(call: Call) -> object:
    """The latest trades, oldest first."""
    return await _trades(call, call.instrument(), None)


async def historical_trades(call: Call) -> object:
    """The trades from an id on, or else the latest; as far back as the market's beginning."""
    instrument = call.instrument()
    return await _trades(call, instrument, call.params.integer("fromId"))


async def block_trades(call: Call) -> object:
    """There are none."""
    call.instrument()
    call.params.need_integer("fromId")
    call.params.limit(TRADES_DEFAULT, TRADES_MAX)
    call.params.done()
    return []


async def aggregate_trades(call: Call) -> object:
    """From an id on, or within times (inclusive), the oldest first; else the latest."""
    params, instrument = call.params, call.instrument()
    from_id = params.integer("fromId")
    start_ms, end_ms = params.time_ms("startTime"), params.time_ms("endTime")
    limit = params.limit(TRADES_DEFAULT, TRADES_MAX)
    params.done()
    if from_id is not None and not (start_ms is None and end_ms is None):
        raise bad_combination()
    wanted = Wanted(from_id, start_ms, FOREVER_MS if end_ms is None else end_ms + 1, limit)
    rows = await call.services.markets.aggregates(instrument.symbol, wanted)
    return [_aggregate(call, instrument, one) for one in rows]


async def _trades(call: Call, instrument: Instrument, from_id: int | None) -> object:
    wanted = Wanted(from_id, limit=call.params.limit(TRADES_DEFAULT, TRADES_MAX))
    call.params.done()
    trades = await call.services.markets.trades(instrument.symbol, wanted)
    return [_trade(call, instrument, trade) for trade in trades]


def levels(side: Iterable[Level], instrument: Instrument) -> list[tuple[str, str]]:
    """(price, quantity) as texts."""
    digits = digits_of(instrument)
    return [(fixed(price, digits.price), fixed(size, digits.quantity)) for price, size in side]


def _trade(call: Call, instrument: Instrument, trade: PublicTrade) -> dict[str, Any]:
    digits = digits_of(instrument)
    return {
        "id": trade.id,
        "price": fixed(trade.price, digits.price),
        "qty": fixed(trade.quantity, digits.quantity),
        "quoteQty": fixed(trade.price * trade.quantity, digits.quote),
        "time": call.time(trade.time_ms),
        "isBuyerMaker": trade.buyer_is_maker,
        "isBestMatch": True,
    }


def _aggregate(call: Call, instrument: Instrument, one: AggregateTrade) -> dict[str, Any]:
    digits = digits_of(instrument)
    return {
        "a": one.id,
        "p": fixed(one.price, digits.price),
        "q": fixed(one.quantity, digits.quantity),
        "f": one.first_id,
        "l": one.last_id,
        "T": call.time(one.time_ms),
        "m": one.buyer_is_maker,
        "M": True,
    }


def _depth_weight(params: Params) -> int:
    text = params.peek("limit") or ""
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else DEPTH_DEFAULT
    return next((weight for most, weight in DEPTH_WEIGHTS if limit <= most), 250)


OPERATIONS = (
    public(
        depth,
        "GET /api/v3/depth",
        "depth",
        _depth_weight,
        "symbol limit symbolStatus",
        reads=Data.BOOK,
    ),
    public(
        recent_trades, "GET /api/v3/trades", "trades.recent", 25, "symbol limit", reads=Data.TRADES
    ),
    public(
        historical_trades,
        "GET /api/v3/historicalTrades",
        "trades.historical",
        25,
        "symbol fromId limit",
    ),
    public(
        block_trades,
        "GET /api/v3/historicalBlockTrades",
        "blockTrades.historical",
        25,
        "symbol fromId limit",
    ),
    public(
        aggregate_trades,
        "GET /api/v3/aggTrades",
        "trades.aggregate",
        4,
        "symbol fromId startTime endTime limit",
        reads=Data.TRADES,
    ),
)
