"""Orders and trades in MEXC's fields: ids and numbers are texts, times are ints (ms)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypersim.dialects.mexc.words import PREVENTION_WORDS, SIDE_WORDS, status_word, type_word
from hypersim.market.number import ZERO, plain
from hypersim.service.contents import Named
from hypersim.trading.order import Fill, Liquidity, Order, Side

NO_LIST = -1

Body = dict[str, Any]


def placed_body(order: Order) -> Body:
    """A new order: neither whether it traded, nor how much of it."""
    return {
        "symbol": name_of(order.symbol),
        "orderId": str(order.id),
        "orderListId": NO_LIST,
        "price": plain(order.price or ZERO),
        "origQty": plain(order.quantity),
        "type": type_word(order),
        "side": SIDE_WORDS[order.side],
        "stpMode": PREVENTION_WORDS.get(order.self_trade_prevention, ""),
        "transactTime": order.created_ms,
    }


def queried_body(order: Order) -> Body:
    """An order as it stands."""
    of_cost = order.quote_quantity or (order.price or ZERO) * order.quantity
    return {
        **_standing(order),
        "clientOrderId": order.client_order_id,
        "stopPrice": None,
        "icebergQty": None,
        "isWorking": order.is_working,
        "origQuoteOrderQty": plain(of_cost),
    }


def canceled_body(order: Order, cancel_id: str | None) -> Body:
    """A canceled order; `cancel_id` is what the client calls the cancel."""
    names = {"origClientOrderId": order.client_order_id, "clientOrderId": cancel_id}
    return {**_standing(order), **names}


def _standing(order: Order) -> Body:
    return {
        "symbol": name_of(order.symbol),
        "orderId": str(order.id),
        "orderListId": NO_LIST,
        "price": plain(order.price or ZERO),
        "origQty": plain(order.quantity),
        "executedQty": plain(order.filled),
        "cummulativeQuoteQty": plain(order.notional),
        "status": status_word(order),
        "timeInForce": None,
        "type": type_word(order),
        "side": SIDE_WORDS[order.side],
        "time": order.created_ms,
        "updateTime": order.updated_ms,
    }


def trade_body(fill: Fill, *, is_self_trade: bool = False) -> Body:
    """One order's half of a trade."""
    return {
        "symbol": name_of(fill.symbol),
        "id": str(fill.id),
        "orderId": str(fill.order_id),
        "orderListId": NO_LIST,
        "price": plain(fill.price),
        "qty": plain(fill.quantity),
        "quoteQty": plain(fill.notional),
        "commission": plain(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time_ms,
        "isBuyer": fill.side is Side.BUY,
        "isMaker": fill.liquidity is Liquidity.MAKER,
        "isBestMatch": True,
        "isSelfTrade": is_self_trade,
        "clientOrderId": fill.client_order_id,
    }


def name_of(symbol: str) -> str:
    """BTCUSDT for BTC/USDT."""
    return symbol.replace("/", "")


def named(result: object) -> Iterator[Named]:
    """The orders that an answer names; the answer to a new one does not say how much is filled."""
    match result:
        case {"orderId": str(order_id), "id": str(trade_id)}:
            yield Named(int(order_id), None, int(trade_id))
        case {"orderId": str(order_id), "executedQty": str(filled)}:
            yield Named(int(order_id), Decimal(filled))
        case {"orderId": str(order_id)}:
            yield Named(int(order_id))
        case list():
            for part in result:
                yield from named(part)
        case _:
            pass
