"""How stories write orders, and how they tell what became of them."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from hypersim.market.number import plain
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import (
    Event,
    HalfRefused,
    OrderAccepted,
    OrderActivated,
    OrderAmended,
    OrderClosed,
    OrderDecremented,
    OrderFilled,
    OrderListChanged,
    OrderTrailed,
    OrderTriggered,
)
from hypersim.trading.order import Order, SelfTradePrevention, Side, TimeInForce, Trigger
from hypersim.trading.order_list import ListStatusType
from hypersim.trading.rejections import Rejected
from tests.support.builders import place

NUMBER = r"[\d.]+"
ORDER = (
    rf"(?P<verb>buys|sells)(?: (?P<cost>for))? (?P<amount>{NUMBER}|all)"
    rf"(?: @ (?P<price>{NUMBER}))?(?P<options>.*)"
)
PREVENTIONS = {
    "maker": SelfTradePrevention.EXPIRE_MAKER,
    "taker": SelfTradePrevention.EXPIRE_TAKER,
    "both": SelfTradePrevention.EXPIRE_BOTH,
    "less": SelfTradePrevention.DECREMENT,
    "nobody": SelfTradePrevention.NONE,
}

_FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "id": ("client_order_id", str),
    "expiring": ("self_trade_prevention", PREVENTIONS.__getitem__),
    "at": ("trigger_price", Decimal),
    "trailing": ("trailing_delta", int),
    "showing": ("iceberg_quantity", Decimal),
}
_FLAGS: dict[str, dict[str, Any]] = {
    "post-only": {"post_only": True},
    "stop": {"trigger": Trigger.STOP_LOSS},
    "profit": {"trigger": Trigger.TAKE_PROFIT},
}


class Asked(NamedTuple):
    """An order and the name that the story gives it."""

    command: PlaceOrder
    label: str | None


def order_of(text: str, account_id: int, now_ms: int, **more: Any) -> Asked:
    """`buys 1 @ 100 post-only as first`, or `sells all` of what another order brings."""
    match = re.fullmatch(ORDER, text.strip())
    assert match is not None, f"no order: {text}"
    asked, label = _options(match["options"], now_ms)
    asked |= more
    side = Side.BUY if match["verb"] == "buys" else Side.SELL
    amount = "0" if match["amount"] == "all" else match["amount"]
    if match["cost"]:
        asked["quote_quantity"] = Decimal(amount)
    quantity = None if match["cost"] else amount
    return Asked(place(side, account_id, quantity, match["price"], **asked), label)


def _options(text: str, now_ms: int) -> tuple[dict[str, Any], str | None]:
    asked: dict[str, Any] = {}
    words = iter(text.split())
    label = None
    for word in words:
        if word == "as":
            label = next(words)
        elif word in _FIELDS:
            field, read = _FIELDS[word]
            asked[field] = read(next(words))
        elif word in _FLAGS:
            asked |= _FLAGS[word]
        elif word == "for":
            asked["time_in_force"] = TimeInForce.GTD
            asked["expires_ms"] = now_ms + 1_000 * int(next(words).rstrip("s"))
        else:
            asked["time_in_force"] = TimeInForce(word)
    return asked, label


class Teller:
    """Says what happened in the story's names."""

    def __init__(
        self, accounts: Mapping[str, int], orders: Mapping[str, int], lists: Mapping[str, int]
    ) -> None:
        self._accounts = accounts
        self._orders = orders
        self._lists = lists

    def told(self, event: Event) -> str | None:
        """None for what stories do not tell."""
        match event:
            case OrderAccepted():
                return "accepted"
            case OrderFilled(fill=fill):
                verb = "bought" if fill.side is Side.BUY else "sold"
                text = f"{_key_of(self._accounts, fill.account_id)} {verb} {plain(fill.quantity)}"
                fee = f" (fee {plain(fill.fee)} {fill.fee_asset})" if fill.fee else ""
                return f"{text} @ {plain(fill.price)}{fee}"
            case OrderAmended(order=order):
                return f"{self._title(order)} amended"
            case OrderClosed(order=order, reason=reason, refusal=refusal):
                because = f" {refusal}" if refusal else ""
                return f"{self._title(order)} {order.status} {reason}{because}"
            case _:
                return self._told_rarer(event)

    def _told_rarer(self, event: Event) -> str | None:
        match event:
            case OrderActivated(order=order):
                return f"{self._title(order)} placed"
            case OrderTriggered(order=order):
                return f"{self._title(order)} triggered"
            case OrderTrailed(order=order):
                assert order.trailing_price is not None
                return f"{self._title(order)} trails {plain(order.trailing_price)}"
            case OrderDecremented(order=order, match=match):
                return f"{self._title(order)} less {plain(match.quantity)}"
            case OrderListChanged(order_list=order_list):
                word = order_list.status_type.value
                because = f" {order_list.refusal}" if order_list.refusal else ""
                if order_list.status_type is ListStatusType.STARTED and order_list.hold:
                    word = f"keeps {plain(order_list.hold)}"
                return f"{_key_of(self._lists, order_list.id)} {word}{because}"
            case HalfRefused(placement=placement, rejected=rejected):
                half = "cancel" if placement is None else "order"
                return f"{half} {self.refused(rejected)}"
            case _:
                return None

    def refused(self, rejected: Rejected) -> str:
        """The reason with its figures, and the order that was answered with."""
        figures = ", ".join(f"{name} {value}" for name, value in rejected.details.items())
        labels = [label for label, id_ in self._orders.items() if id_ == rejected.order_id]
        first = f" and answered with {labels[0]}" if labels else ""
        return f"refused: {rejected.reason}{first}" + (f" ({figures})" if figures else "")

    def _title(self, order: Order) -> str:
        labels = [label for label, order_id in self._orders.items() if order_id == order.id]
        return labels[0] if labels else f"{_key_of(self._accounts, order.account_id)}'s order"


def _key_of(names: Mapping[str, int], wanted: int) -> str:
    return next((name for name, id_ in names.items() if id_ == wanted), f"number {wanted}")
