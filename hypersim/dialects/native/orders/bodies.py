"""Answers of the native API about accounts: CCXT's unified structures, with exact JSON numbers.

Source: section 4 of the source design; docs.ccxt.com, "Order structure", "Trade structure".
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from hypersim.account.entries import Balance
from hypersim.api.plain_json import Object, iso, number, quotient
from hypersim.market.number import ZERO
from hypersim.service.record import LedgerRow
from hypersim.trading.order import Fill, Order, OrderStatus, fees_of

_STATUS_WORDS = {
    OrderStatus.NEW: "open",
    OrderStatus.OPEN: "open",
    OrderStatus.PARTIALLY_FILLED: "open",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.REJECTED: "rejected",
}


_NOTHING = number(ZERO)


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
    amount = remaining = number(order.quantity)
    average, filled = None, _NOTHING
    if order.filled:
        filled, remaining = number(order.filled), number(order.quantity - order.filled)
        average = quotient(order.notional, order.filled)
    elif order.price is not None:
        cost = order.price * order.quantity
    fees = _fees(fills) if fills else []
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
        None if order.price is None else number(order.price),
        average,
        amount,
        number(cost),
        filled,
        remaining,
        _STATUS_WORDS[order.status],
        fees[0] if len(fees) == 1 else None,
        list(map(trade_body, fills)),
        order.expires_ms,
        fees=fees if len(fees) > 1 else UNSET,
    )


def _fees(fills: Iterable[Fill]) -> list[FeeBody]:
    return [FeeBody(asset, number(cost)) for asset, cost in fees_of(fills).items()]


def balance_body(balances: dict[str, Balance], now_ms: int) -> Object:
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


def ledger_body(row: LedgerRow) -> Object:
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
