"""Answers of the native API: CCXT's unified structures, with exact JSON numbers.

Source: section 4 of the source design; docs.ccxt.com, "Order structure", "Trade structure",
"Ticker structure", "Market structure".
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from hypersim.account.ledger import Balance
from hypersim.market.candle import Candle
from hypersim.market.events import Level
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.market.number import ONE, ZERO, plain, truncate
from hypersim.market.tape import PublicTrade
from hypersim.market.ticker import Ticker
from hypersim.service.changes import LedgerRow
from hypersim.trading.order import Fill, Order, OrderStatus

encode = msgspec.json.Encoder().encode

AVERAGE_PLACES = 18
"""An average price may have endless decimals; it is cut here."""

_STATUS_WORDS = {
    OrderStatus.NEW: "open",
    OrderStatus.OPEN: "open",
    OrderStatus.PARTIALLY_FILLED: "open",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.REJECTED: "rejected",
}


class FeeBody(msgspec.Struct):
    """What was charged, and in what."""

    currency: str
    cost: Raw
    rate: Raw | None = None


class TradeBody(msgspec.Struct):
    """One fill of one of the account's orders."""

    id: str
    order: str
    clientOrderId: str | None  # noqa: N815 - CCXT's name
    timestamp: int
    datetime: str
    symbol: str
    side: str
    takerOrMaker: str  # noqa: N815 - CCXT's name
    price: Raw
    amount: Raw
    cost: Raw
    fee: FeeBody
    info: dict[str, Any] = {}


class OrderBody(msgspec.Struct):
    """One order. `cost` is what was traded, in quote; of an order that has not traded, what it is
    worth at its price. Where fees were paid in more than one asset, `fee` is null and `fees` has an
    entry for each."""

    id: str
    clientOrderId: str | None  # noqa: N815 - CCXT's name
    timestamp: int
    datetime: str
    lastTradeTimestamp: int | None  # noqa: N815 - CCXT's name
    lastUpdateTimestamp: int  # noqa: N815 - CCXT's name
    symbol: str
    type: str
    timeInForce: str  # noqa: N815 - CCXT's name
    postOnly: bool  # noqa: N815 - CCXT's name
    side: str
    price: Raw | None
    average: Raw | None
    amount: Raw
    cost: Raw
    filled: Raw
    remaining: Raw
    status: str
    fee: FeeBody | None
    trades: list[TradeBody]
    expiresAt: int | None = None  # noqa: N815 - in the style of CCXT's names
    info: dict[str, Any] = {}
    fees: list[FeeBody] | UnsetType = UNSET


def number(value: Decimal) -> Raw:
    """An exact JSON number in plain digits."""
    return Raw(plain(value).encode())


def optional_number(value: Decimal | None) -> Raw | None:
    """null for what is not known."""
    return None if value is None else number(value)


@lru_cache(maxsize=1024)
def _seconds_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def iso(time_ms: int) -> str:
    """2024-11-01T00:00:00.000Z"""
    return f"{_seconds_text(time_ms // 1000)}.{time_ms % 1000:03}Z"


def trade_body(fill: Fill) -> TradeBody:
    """A fill."""
    return TradeBody(
        str(fill.id),
        str(fill.order_id),
        fill.client_order_id,
        fill.time_ms,
        iso(fill.time_ms),
        fill.symbol,
        fill.side,
        fill.liquidity,
        number(fill.price),
        number(fill.quantity),
        number(fill.notional),
        FeeBody(fill.fee_asset, number(fill.fee), number(fill.fee_rate)),
    )


def order_body(order: Order, fills: Iterable[Fill]) -> OrderBody:
    """An order with its fills, all of them."""
    cost, fills = order.notional, list(fills)
    if not order.filled and order.price is not None:
        cost = order.price * order.quantity
    fees = _fees(fills)
    average = order.average
    return OrderBody(
        str(order.id),
        order.client_order_id,
        order.created_ms,
        iso(order.created_ms),
        order.last_fill_ms,
        order.updated_ms,
        order.symbol,
        order.type,
        order.time_in_force,
        order.post_only,
        order.side,
        optional_number(order.price),
        None if average is None else number(truncate(average, AVERAGE_PLACES)),
        number(order.quantity),
        number(cost),
        number(order.filled),
        number(order.quantity - order.filled),
        _STATUS_WORDS[order.status],
        fees[0] if len(fees) == 1 else None,
        [trade_body(fill) for fill in fills],
        order.expires_ms,
        fees=fees if len(fees) > 1 else UNSET,
    )


def _fees(fills: Iterable[Fill]) -> list[FeeBody]:
    sums: dict[str, Decimal] = {}
    for fill in fills:
        sums[fill.fee_asset] = sums.get(fill.fee_asset, ZERO) + fill.fee
    return [FeeBody(asset, number(cost)) for asset, cost in sums.items()]


def balance_body(balances: dict[str, Balance], now_ms: int) -> dict[str, Any]:
    """One entry per asset, beside the maps by kind."""
    entries = {
        asset: {
            "free": number(balance.available),
            "used": number(balance.locked),
            "total": number(balance.total),
        }
        for asset, balance in sorted(balances.items())
    }
    maps = {
        kind: {asset: entry[kind] for asset, entry in entries.items()}
        for kind in ("free", "used", "total")
    }
    return {"timestamp": now_ms, "datetime": iso(now_ms), **entries, **maps, "info": {}}


def ticker_body(ticker: Ticker) -> dict[str, Any]:
    """The last 24 hours and the best quote; `stale` says that the feed is silent."""
    change = percentage = average = vwap = None
    if ticker.open is not None and ticker.last is not None:
        change = ticker.last - ticker.open
        percentage = truncate(change / ticker.open * 100, 8) if ticker.open else None
        average = truncate((ticker.last + ticker.open) / 2, AVERAGE_PLACES)
    if ticker.base_volume:
        vwap = truncate(ticker.quote_volume / ticker.base_volume, AVERAGE_PLACES)
    return {
        "symbol": ticker.symbol,
        "timestamp": ticker.time_ms,
        "datetime": iso(ticker.time_ms),
        "high": optional_number(ticker.high),
        "low": optional_number(ticker.low),
        "bid": optional_number(ticker.bid),
        "bidVolume": optional_number(ticker.bid_size),
        "ask": optional_number(ticker.ask),
        "askVolume": optional_number(ticker.ask_size),
        "vwap": optional_number(vwap),
        "open": optional_number(ticker.open),
        "close": optional_number(ticker.last),
        "last": optional_number(ticker.last),
        "change": optional_number(change),
        "percentage": optional_number(percentage),
        "average": optional_number(average),
        "baseVolume": number(ticker.base_volume),
        "quoteVolume": number(ticker.quote_volume),
        "stale": ticker.is_stale,
        "info": {},
    }


def public_trade_body(symbol: str, trade: PublicTrade) -> dict[str, Any]:
    """A trade between others; the side is the taker's."""
    return {
        "id": str(trade.id),
        "timestamp": trade.time_ms,
        "datetime": iso(trade.time_ms),
        "symbol": symbol,
        "side": "sell" if trade.buyer_is_maker else "buy",
        "price": number(trade.price),
        "amount": number(trade.quantity),
        "cost": number(trade.price * trade.quantity),
        "info": {},
    }


def depth_body(
    symbol: str, bids: Sequence[Level], asks: Sequence[Level], *, time_ms: int, nonce: int
) -> dict[str, Any]:
    """[price, amount] pairs, best first."""
    return {
        "symbol": symbol,
        "timestamp": time_ms,
        "datetime": iso(time_ms),
        "nonce": nonce,
        "bids": [[number(price), number(size)] for price, size in bids],
        "asks": [[number(price), number(size)] for price, size in asks],
    }


def candle_body(candle: Candle) -> list[Any]:
    """[open time ms, open, high, low, close, base volume]"""
    prices = (candle.open, candle.high, candle.low, candle.close, candle.volume)
    return [candle.open_ms, *map(number, prices)]


def market_body(instrument: Instrument) -> dict[str, Any]:
    """CCXT's market structure; precisions are step sizes."""
    largest = instrument.market_max_quantity or instrument.max_quantity
    return {
        "id": instrument.id,
        "symbol": instrument.symbol,
        "base": instrument.base,
        "quote": instrument.quote,
        "baseId": instrument.base,
        "quoteId": instrument.quote,
        "type": "spot",
        "spot": True,
        "active": instrument.status is TradingStatus.TRADING,
        "taker": number(instrument.taker_fee_rate),
        "maker": number(instrument.maker_fee_rate),
        "precision": {
            "amount": number(instrument.step_size),
            "price": number(instrument.tick_size),
            "base": number(ONE.scaleb(-instrument.base_places)),
            "quote": number(ONE.scaleb(-instrument.quote_places)),
        },
        "limits": {
            "amount": _range(instrument.min_quantity, instrument.max_quantity),
            "price": _range(instrument.min_price, instrument.max_price),
            "cost": _range(instrument.min_notional, instrument.max_notional),
            "market": _range(instrument.min_quantity, largest),
        },
        "info": {},
    }


def ledger_body(row: LedgerRow) -> dict[str, Any]:
    """A change of one balance: `amount` of the total, `availableChange` and `lockedChange` of its
    parts."""
    change = row.available_change + row.locked_change
    after = row.available_after + row.locked_after
    return {
        "id": f"{row.seq}.{row.leg}",
        "timestamp": row.time_ms,
        "datetime": iso(row.time_ms),
        "direction": "out" if change < 0 else "in",
        "type": row.kind,
        "referenceId": row.reference,
        "currency": row.asset,
        "amount": number(abs(change)),
        "before": number(after - change),
        "after": number(after),
        "availableChange": number(row.available_change),
        "lockedChange": number(row.locked_change),
        "available": number(row.available_after),
        "locked": number(row.locked_after),
        "status": "ok",
        "info": {},
    }


def _range(low: Decimal, high: Decimal) -> dict[str, Raw]:
    return {"min": number(low), "max": number(high)}
