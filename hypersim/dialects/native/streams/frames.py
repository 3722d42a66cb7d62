"""The frames that `/v1/ws` pushes: the REST bodies, each under the topic that it belongs to."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from hypersim.account.ledger import Balance
from hypersim.api.services import Services
from hypersim.dialects.native.market.bodies import (
    candle_body,
    depth_body,
    public_trade_body,
    ticker_body,
)
from hypersim.dialects.native.numbers import encode
from hypersim.dialects.native.orders.bodies import balance_body, order_body, trade_body
from hypersim.dialects.native.streams.topics import Channel, Topic
from hypersim.market.candle import Candle
from hypersim.market.data import MarketData
from hypersim.market.number import ZERO
from hypersim.market.tape import PublicTrade
from hypersim.trading.order import Fill, Order


def frame(message: object) -> bytes:
    """A message as it goes over the wire."""
    return encode(message)


def ticker_frame(data: MarketData) -> bytes:
    """The last 24 hours and the best quote, now."""
    return _push(Channel.TICKER, data.symbol, ticker_body(data.ticker()))


def trade_frame(symbol: str, trade: PublicTrade) -> bytes:
    """One public trade."""
    return _push(Channel.TRADES, symbol, public_trade_body(symbol, trade))


def depth_frame(services: Services, topic: Topic) -> bytes:
    """The book now, cut where the topic says so."""
    assert topic.symbol is not None, topic
    data = services.engine.view.markets[topic.symbol]
    bids, asks = services.markets.depth(topic.symbol, topic.limit)
    body = depth_body(topic.symbol, bids, asks, time_ms=data.time_ms, nonce=data.update_id)
    if topic.limit is None:
        return _push(Channel.DEPTH, topic.symbol, body)
    return _push(Channel.DEPTH, topic.symbol, body, limit=topic.limit)


def candle_frame(topic: Topic, candle: Candle) -> bytes:
    """One bar, finished or not."""
    assert topic.symbol is not None and topic.interval is not None, topic
    interval = topic.interval.value
    return _push(Channel.CANDLES, topic.symbol, candle_body(candle), interval=interval)


def order_frame(order: Order, fills: Sequence[Fill]) -> bytes:
    """An order as an event left it; `fills` may hold later ones too."""
    body = order_body(order, _fills_up_to(order.filled, fills))
    return _push(Channel.ORDERS, order.symbol, body)


def fill_frame(fill: Fill) -> bytes:
    """One of the account's own trades."""
    return _push(Channel.FILLS, fill.symbol, trade_body(fill))


def balance_frame(balances: dict[str, Balance], time_ms: int) -> bytes:
    """Everything that the account has."""
    return frame({"channel": Channel.BALANCES, "data": balance_body(balances, time_ms)})


def _push(channel: Channel, symbol: str, data: object, **more: Any) -> bytes:
    return frame({"channel": channel, "symbol": symbol, **more, "data": data})


def _fills_up_to(filled: Decimal, fills: Iterable[Fill]) -> list[Fill]:
    before: list[Fill] = []
    total = ZERO
    for fill in fills:
        if total >= filled:
            break
        total += fill.quantity
        before.append(fill)
    return before
