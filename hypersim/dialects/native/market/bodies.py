"""Answers of the native API about markets: CCXT's unified structures.

Source: section 4 of the source design; docs.ccxt.com, "Ticker structure", "Market structure".
"""

from decimal import Decimal
from typing import Any

from msgspec import Raw

from hypersim.api.plain_json import Object, iso, number, optional_number, quotient
from hypersim.api.services import Services
from hypersim.market.candle import Candle
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.market.number import ONE, truncate
from hypersim.market.tape import PublicTrade
from hypersim.market.ticker import Ticker
from hypersim.trading.fees import FeeSide

_FEE_SIDES = {FeeSide.RECEIVED: "get", FeeSide.QUOTE: "quote"}


def ticker_body(ticker: Ticker) -> Object:
    """The last 24 hours and the best quote; `stale` says that the feed is silent."""
    change = percentage = average = vwap = None
    if ticker.open is not None and ticker.last is not None:
        change = ticker.last - ticker.open
        percentage = truncate(change / ticker.open * 100, 8) if ticker.open else None
        average = quotient(ticker.last + ticker.open, Decimal(2))
    if ticker.base_volume:
        vwap = quotient(ticker.quote_volume, ticker.base_volume)
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
        "vwap": vwap,
        "open": optional_number(ticker.open),
        "close": optional_number(ticker.last),
        "last": optional_number(ticker.last),
        "change": optional_number(change),
        "percentage": optional_number(percentage),
        "average": average,
        "baseVolume": number(ticker.base_volume),
        "quoteVolume": number(ticker.quote_volume),
        "stale": ticker.is_stale,
        "info": {},
    }


def public_trade_body(symbol: str, trade: PublicTrade) -> Object:
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


def book_body(services: Services, symbol: str, limit: int | None) -> Object:
    """The book as it stands: [price, amount] pairs, best first."""
    data = services.engine.view.markets[symbol]
    bids, asks = services.markets.depth(symbol, limit)
    return {
        "symbol": symbol,
        "timestamp": data.time_ms,
        "datetime": iso(data.time_ms),
        "nonce": data.update_id,
        "bids": [[number(price), number(size)] for price, size in bids],
        "asks": [[number(price), number(size)] for price, size in asks],
    }


def candle_body(candle: Candle) -> list[Any]:
    """[open time ms, open, high, low, close, base volume]"""
    prices = (candle.open, candle.high, candle.low, candle.close, candle.volume)
    return [candle.open_ms, *map(number, prices)]


def market_body(instrument: Instrument, fee_side: FeeSide) -> Object:
    """CCXT's market structure; precisions are step sizes, and `feeSide` is what fees are paid in:
    what an order gets, or quote."""
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
        "feeSide": _FEE_SIDES[fee_side],
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


def _range(low: Decimal, high: Decimal) -> dict[str, Raw]:
    return {"min": number(low), "max": number(high)}
