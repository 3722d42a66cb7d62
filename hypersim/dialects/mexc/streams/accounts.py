"""What the private channels tell an account: its orders, its trades and its balances."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from hypersim.account.entries import Balance, EntryKind
from hypersim.api.streams.accounts import AccountWords
from hypersim.api.streams.push import Push
from hypersim.dialects.mexc.orders.bodies import name_of
from hypersim.dialects.mexc.streams.channels import Channel, Kind, private_name
from hypersim.dialects.mexc.streams.messages import frame
from hypersim.dialects.mexc.streams.sources import BUY, SELL, Body
from hypersim.dialects.mexc.words import status_word, type_word
from hypersim.market.number import ZERO, plain
from hypersim.service.transaction import Transaction, account_of, entries_of, legs_in
from hypersim.trading.events import Event, OrderFilled, orders_in
from hypersim.trading.order import Fill, Liquidity, Order, Side

_STATUSES = {
    "NEW": 1,
    "FILLED": 2,
    "PARTIALLY_FILLED": 3,
    "CANCELED": 4,
    "PARTIALLY_CANCELED": 5,
}
_TYPES = {
    "LIMIT": 1,
    "LIMIT_MAKER": 2,
    "IMMEDIATE_OR_CANCEL": 3,
    "FILL_OR_KILL": 4,
    "MARKET": 5,
}

_REASONS = {
    EntryKind.DEPOSIT: "DEPOSIT",
    EntryKind.HOLD: "ENTRUST_PLACE",
    EntryKind.RELEASE: "ENTRUST_CANCEL",
    EntryKind.TRADE: "ENTRUST",
}
_OTHER_REASON = "WITHDRAW"
"""What leaves the account, or comes back."""

ACCOUNT, DEALS, ORDERS = (
    Channel(private_name(kind), kind) for kind in (Kind.ACCOUNT, Kind.OWN_DEALS, Kind.ORDERS)
)


class News(NamedTuple):
    """A frame of a private channel."""

    channel: Channel
    push: Push[None]


class AccountNews(AccountWords[News]):
    """What accounts are told."""

    def tell(self, transaction: Transaction, account_id: int) -> Iterable[News]:
        """See `AccountWords`."""
        after = transaction.after_each(account_id)
        for place, event in enumerate(transaction.events):
            if account_of(event) == account_id:
                yield from _of_orders(event)
            yield from _of_balances(event, account_id, after[place])

    def symbol_of(self, push: News) -> str | None:
        """See `AccountWords`."""
        return push.push.symbol

    def event_of(self, push: News) -> Event | None:
        """See `AccountWords`."""
        return push.push.event


def _of_orders(event: Event) -> Iterator[News]:
    fill = event.fill if isinstance(event, OrderFilled) else None
    for order in orders_in(event):
        body = order_body(order, fill)
        yield _news(ORDERS, order.symbol, order.updated_ms, "privateOrders", body, event)
    if fill is not None:
        yield _news(DEALS, fill.symbol, fill.time_ms, "privateDeals", deal_body(fill), event)


def _of_balances(event: Event, account_id: int, after: dict[str, Balance]) -> Iterator[News]:
    """One for each asset that the event moved."""
    moved: dict[str, tuple[Decimal, Decimal]] = {}
    for leg in legs_in(event, account_id):
        available, locked = moved.get(leg.asset, (ZERO, ZERO))
        moved[leg.asset] = available + leg.available, locked + leg.locked
    for asset, change in moved.items():
        entry = entries_of(event)[-1]
        body = {
            "vcoinName": asset,
            "coinId": asset,
            "balanceAmount": plain(after[asset].available),
            "balanceAmountChange": plain(change[0]),
            "frozenAmount": plain(after[asset].locked),
            "frozenAmountChange": plain(change[1]),
            "type": _REASONS.get(entry.kind, _OTHER_REASON),
            "time": entry.time_ms,
        }
        yield _news(ACCOUNT, None, entry.time_ms, "privateAccount", body, event)


def order_body(order: Order, fill: Fill | None) -> Body:
    """An order as it stands after the fill, if it was one."""
    price, filled = order.price or ZERO, order.filled
    remaining = order.quantity - filled
    amount = order.quote_quantity or price * order.quantity
    body = {
        "id": str(order.id),
        "clientId": order.client_order_id or "",
        "price": plain(price),
        "quantity": plain(order.quantity),
        "amount": plain(amount),
        "avgPrice": plain(order.notional / filled) if filled else "0",
        "orderType": _TYPES[type_word(order)],
        "tradeType": _side(order.side),
        "isMaker": fill is not None and fill.liquidity is Liquidity.MAKER,
        "remainAmount": plain(max(ZERO, amount - order.notional)),
        "remainQuantity": plain(max(ZERO, remaining)),
        "cumulativeQuantity": plain(filled),
        "cumulativeAmount": plain(order.notional),
        "status": _STATUSES[status_word(order)],
        "createTime": order.created_ms,
    }
    return body if fill is None else {**body, "lastDealQuantity": plain(fill.quantity)}


def deal_body(fill: Fill) -> Body:
    """One order's half of a trade."""
    return {
        "price": plain(fill.price),
        "quantity": plain(fill.quantity),
        "amount": plain(fill.notional),
        "tradeType": _side(fill.side),
        "isMaker": fill.liquidity is Liquidity.MAKER,
        "isSelfTrade": False,
        "tradeId": str(fill.id),
        "clientOrderId": fill.client_order_id or "",
        "orderId": str(fill.order_id),
        "feeAmount": plain(fill.fee),
        "feeCurrency": fill.fee_asset,
        "time": fill.time_ms,
    }


def _side(side: Side) -> int:
    return BUY if side is Side.BUY else SELL


def _news(
    channel: Channel, symbol: str | None, time_ms: int, name: str, body: Body, event: Event
) -> News:
    market = None if symbol is None else name_of(symbol)
    write = partial(_write, channel.name, market, time_ms, name, body)
    return News(channel, Push(write, symbol, event if symbol else None))


def _write(
    channel: str, market: str | None, time_ms: int, name: str, body: Body, kind: None
) -> bytes:
    del kind
    return frame(channel, market, time_ms, name, body)
