"""The private half of `/v1/ws`: an account's orders, fills and balances, to its own keys only."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from hypersim.account.entries import Balance
from hypersim.api.streams.accounts import AccountWords
from hypersim.api.streams.push import Push
from hypersim.dialects.native.orders.bodies import balance_body, order_body, trade_body
from hypersim.dialects.native.orders.told import fills_known_to
from hypersim.dialects.native.streams.topics import Channel, Topic, push_of
from hypersim.service.transaction import Transaction, account_of, entries_of, legs_in
from hypersim.service.view import View
from hypersim.trading.events import Event, OrderFilled, orders_in
from hypersim.trading.order import Fill, Order

BALANCES = Topic(Channel.BALANCES)


class News(NamedTuple):
    """A frame under a topic; `seq` is its transaction's."""

    topic: Topic
    seq: int
    push: Push[None]


class Standing:
    """What an account had after the transaction `seq`, by asset."""

    __slots__ = ("balances", "seq")

    def __init__(self, seq: int, balances: dict[str, Balance]) -> None:
        self.seq = seq
        self.balances = balances


class AccountNews(AccountWords[News]):
    """What accounts are told."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._held: dict[int, Standing] = {}

    def show(self, account_id: int, now_ms: int) -> tuple[int, bytes]:
        """The number of the last transaction, and all that the account has after it; from now on
        it is told how that changes."""
        standing = Standing(self._view.seq, self._view.balances_of(account_id))
        self._held.setdefault(account_id, standing)
        return standing.seq, self._frame(standing, now_ms)

    def tell(self, transaction: Transaction, account_id: int) -> Iterable[News]:
        """See `AccountWords`."""
        seq, standing = transaction.seq, self._held.get(account_id)
        if standing is not None and standing.seq >= seq:
            standing = None
        after = transaction.after_each(account_id) if standing else []
        for place, event in enumerate(transaction.events):
            if account_of(event) == account_id:
                yield from self._of_orders(event, seq)
            if standing is not None and legs_in(event, account_id):
                standing.seq = seq
                standing.balances |= after[place]
                time_ms = entries_of(event)[-1].time_ms
                push = Push(partial(self._frame, standing, time_ms))
                yield News(BALANCES, seq, push)

    def symbol_of(self, push: News) -> str | None:
        """See `AccountWords`."""
        return push.topic.symbol

    def event_of(self, push: News) -> Event | None:
        """See `AccountWords`."""
        return push.push.event

    def forget(self, account_id: int) -> None:
        """See `AccountWords`."""
        self._held.pop(account_id, None)

    def _of_orders(self, event: Event, seq: int) -> Iterator[News]:
        for order in orders_in(event):
            yield self._of_order(order, event, seq)
        if isinstance(event, OrderFilled):
            fill = event.fill
            topic = Topic(Channel.FILLS, fill.symbol)
            push = Push[None](lambda _: push_of(topic, trade_body(fill)), None, event)
            yield News(topic, seq, push)

    def _of_order(self, order: Order, event: Event, seq: int) -> News:
        topic = Topic(Channel.ORDERS, order.symbol)
        fills = self._view.fills_by_order.get(order.id, ())
        push = Push(partial(_order_frame, topic, order, fills), None, event)
        return News(topic, seq, push)

    def _frame(self, standing: Standing, time_ms: int, kind: None = None) -> bytes:
        del kind
        balances = self._view.no_balances() | standing.balances
        return push_of(BALANCES, balance_body(balances, time_ms))


def _order_frame(topic: Topic, order: Order, fills: Iterable[Fill], kind: None) -> bytes:
    del kind
    return push_of(topic, order_body(order, fills_known_to(order, fills)))
