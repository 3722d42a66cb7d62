"""User data: what accounts are told of their orders and balances, and who listens."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import msgspec

from hypersim.api.services import Services
from hypersim.api.streams.accounts import Accounts, AccountWords
from hypersim.api.streams.push import Push
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.user_data.formats import (
    Stamp,
    SymbolFormat,
    format_of,
    places_of,
    push_of,
)
from hypersim.dialects.binance.user_data.listen_keys import ListenKeys
from hypersim.dialects.binance.user_data.news import (
    account_position,
    balance_update,
    list_status,
)
from hypersim.dialects.binance.user_data.reports import (
    OrderNews,
    execution_report,
    refusal_report,
)
from hypersim.dialects.binance.user_data.shares import Share, share_of
from hypersim.dialects.binance.words import client_order_id
from hypersim.service.transaction import Transaction
from hypersim.trading.events import Event, FundsMoved, HalfRefused, OrderListChanged
from hypersim.trading.order_list import OrderList

Writer = Callable[[Stamp], msgspec.Struct]
"""Makes one event, as one reader wants it."""


class News(NamedTuple):
    """One event: of which symbol, and what happened to an order of it."""

    symbol: str | None
    write: Writer
    event: Event | None = None


class UserData:
    """Who listens to which account; `accounts` follow what is committed."""

    def __init__(self, services: Services) -> None:
        clock, view = services.engine.clock, services.engine.view
        self.accounts: Accounts[Push[TimeUnit]] = Accounts(
            services, UserDataWords(services), "user data clients"
        )
        self.listen_keys = ListenKeys(self.accounts, clock, lambda: view.generation)
        services.faults.on_lapse.append(self.listen_keys.lapse)


class UserDataWords(AccountWords[Push[TimeUnit]]):
    """What accounts are told."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._view = services.engine.view
        self._places: Mapping[str, int] = {}
        self._formats: Mapping[str, SymbolFormat] = {}

    def tell(self, transaction: Transaction, account_id: int) -> Iterable[Push[TimeUnit]]:
        """See `AccountWords`."""
        told_ms = max(self._engine.clock.now_ms(), transaction.time_ms)
        for step in share_of(transaction, account_id).steps():
            for symbol, write, event in self._news(step):
                yield push_of(write, told_ms, symbol, event)

    def symbol_of(self, push: Push[TimeUnit]) -> str | None:
        """See `AccountWords`."""
        return push.symbol

    def event_of(self, push: Push[TimeUnit]) -> Event | None:
        """See `AccountWords`."""
        return push.event

    def instruments_changed(self) -> None:
        """See `AccountWords`."""
        instruments = self._view.instruments
        self._places = places_of(instruments.values())
        self._formats = {symbol: format_of(listed) for symbol, listed in instruments.items()}

    def _news(self, share: Share) -> Iterator[News]:
        """What there is to tell, in order."""
        for execution_id, _, event in share.executed:
            match event:
                case FundsMoved():
                    yield News(None, partial(balance_update, event, self._places))
                case OrderListChanged(order_list=order_list):
                    yield News(order_list.symbol, self._list_writer(order_list))
                case HalfRefused(placement=None):
                    # A cancel that failed is no news of the order.
                    pass
                case HalfRefused():
                    yield self._refused(event, execution_id)
                case _:
                    yield News(event.order.symbol, self._order_writer(event, execution_id), event)
        balances = share.balances(self._fee_asset(share.account_id))
        if balances:
            time_ms = share.transaction.time_ms
            yield News(None, partial(account_position, balances, time_ms, self._places))

    def _fee_asset(self, account_id: int) -> str | None:
        rule, user = self._engine.rules.discount, self._view.users.get(account_id)
        return rule.asset if rule and user and user.wants_discount else None

    def _order_writer(self, event: OrderNews, execution_id: int) -> Writer:
        return partial(execution_report, event, self._formats[event.order.symbol], execution_id)

    def _refused(self, event: HalfRefused, execution_id: int) -> News:
        assert event.placement is not None
        symbol = self._view.symbol(event.placement.symbol)
        assert symbol is not None
        return News(symbol, partial(refusal_report, event, self._formats[symbol], execution_id))

    def _list_writer(self, order_list: OrderList) -> Writer:
        orders = map(self._view.orders.get, order_list.order_ids)
        # One that ended long ago is not at hand.
        names = [client_order_id(order) if order else "" for order in orders]
        symbol = self._formats[order_list.symbol].symbol
        return partial(list_status, order_list, symbol, names)
