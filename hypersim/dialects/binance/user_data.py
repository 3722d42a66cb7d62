"""User data: tells accounts what happened to their orders and balances, as it is committed.

One task follows the bus for everybody. Once `Subscription.next_events` returns, the read side
stands exactly where the last of these events left it, so nothing between there and the last push
may await.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import cast

import structlog

from hypersim.api.services import Services
from hypersim.api.sockets import OUTBOX_FRAMES_MAX
from hypersim.dialects.binance.orders_words import client_order_id
from hypersim.dialects.binance.session import Session
from hypersim.dialects.binance.user_data_ears import Audience, News, Writer
from hypersim.dialects.binance.user_data_listen_keys import ListenKeys
from hypersim.dialects.binance.user_data_news import (
    account_position,
    balance_update,
    list_status,
)
from hypersim.dialects.binance.user_data_reports import (
    OrderNews,
    execution_report,
    refusal_report,
)
from hypersim.dialects.binance.user_data_subscriptions import Subscriptions
from hypersim.dialects.binance.user_data_telling import Form, form_of, places_of
from hypersim.dialects.binance.user_data_transactions import (
    AccountEvent,
    Transaction,
    account_of,
    transactions,
)
from hypersim.trading.events import (
    Event,
    ExchangeReset,
    FundsMoved,
    HalfRefused,
    InstrumentChanged,
    KeyChanged,
    OrderListChanged,
    OrdersClosed,
)
from hypersim.trading.order_list import OrderList

log = structlog.get_logger(__name__)


class UserData:
    """Who listens to which account, and the task that tells them."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._view = services.engine.view
        self.audience = Audience(self._view.keys)
        self.listen_keys = ListenKeys(
            self.audience, services.engine.clock, lambda: services.engine.view.generation
        )
        self._subscriptions: dict[Session, Subscriptions] = {}
        self._cancel_ids: dict[int, str] = {}
        self._places: Mapping[str, int] = {}
        self._forms: Mapping[str, Form] = {}
        # Begins where no earlier run of the server can have got to.
        self._executions = services.engine.clock.now_ms() * 1_000

    def subscriptions_of(self, session: Session) -> Subscriptions:
        """Those of a connection to the WebSocket API."""
        found = self._subscriptions.get(session)
        if found is None:
            found = Subscriptions(session, self.audience, self._engine.clock)
            self._subscriptions[session] = found
            session.on_close.append(self._forget)
        return found

    @contextlib.contextmanager
    def naming_cancels(self, names: Mapping[int, str]) -> Iterator[None]:
        """While a cancel is submitted: the client's own id of the request, by order id."""
        self._cancel_ids.update(names)
        try:
            yield
        finally:
            # Whoever awaits a commit is woken after this module's task, which has told it by now.
            for order_id in names:
                self._cancel_ids.pop(order_id, None)

    async def run(self) -> None:
        """Tell until canceled. Who cannot be told everything is hung up on."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.listen_keys.expire())
            tasks.create_task(self._tell())

    def _forget(self, session: Session) -> None:
        self._subscriptions.pop(session, None)

    async def _tell(self) -> None:
        while True:
            try:
                await self._follow()
                log.warning("user data clients dropped: too many events at once")
            except Exception as bug:
                log.error("user data clients dropped", exc_info=bug)
            for ear in self.audience.all():
                ear.drop()

    async def _follow(self) -> None:
        """Tell until there was too much to keep."""
        subscription = self._engine.bus.subscribe()
        self._read_instruments()
        try:
            while True:
                events = await subscription.next_events()
                if subscription.overflowed:
                    return
                self._push(events)
        finally:
            subscription.close()

    def _push(self, events: Sequence[Event]) -> None:
        own: dict[int, list[AccountEvent]] = {}
        flooded: dict[int, None] = {}
        has_rare = False
        listened = self.audience.accounts
        for event in events:
            account_id = account_of(event)
            if account_id is not None:
                if account_id in listened:
                    own.setdefault(account_id, []).append(cast(AccountEvent, event))
            elif isinstance(event, OrdersClosed):
                flooded[event.account_id] = None
            elif isinstance(event, KeyChanged | InstrumentChanged | ExchangeReset):
                has_rare = True
                if isinstance(event, ExchangeReset):
                    # Whoever heard of these accounts hears that it is over, and nothing else.
                    own.clear()
                    flooded.clear()
        if has_rare:
            self._read_instruments()
            self._end_unrightful()
        for account_id in flooded:
            self._flooded(account_id)
        for account_id, concerned in own.items():
            self._push_account(account_id, concerned)

    def _flooded(self, account_id: int) -> None:
        """Nobody's outbox takes that many events, so they need not be written."""
        for ear in self.audience.of(account_id):
            ear.drop()

    def _push_account(self, account_id: int, events: Sequence[AccountEvent]) -> None:
        if len(events) > OUTBOX_FRAMES_MAX:
            self._flooded(account_id)
            return
        ears = self.audience.of(account_id)
        if not ears:
            return
        now_ms = self._engine.clock.now_ms()
        for transaction in transactions(
            account_id, events, self._view.balances, self._fee_asset(account_id)
        ):
            told_ms = max(now_ms, transaction.time_ms)
            for write in self._writers(transaction):
                news = News(write, told_ms)
                for ear in ears:
                    ear.hear(news)

    def _writers(self, transaction: Transaction) -> Iterator[Writer]:
        """What there is to tell, in order."""
        for event in transaction.events:
            match event:
                case FundsMoved():
                    yield partial(balance_update, event, self._places)
                case OrderListChanged(order_list=order_list):
                    yield self._list_writer(order_list)
                case HalfRefused(placement=None):
                    # A cancel that failed is no news of the order.
                    pass
                case HalfRefused():
                    yield self._refusal_writer(event)
                case _:
                    yield self._order_writer(event)
        if transaction.balances:
            balances, updated_ms = transaction.balances, transaction.time_ms
            yield partial(account_position, balances, updated_ms, self._places)

    def _fee_asset(self, account_id: int) -> str | None:
        rule, user = self._engine.rules.discount, self._view.users.get(account_id)
        return rule.asset if rule and user and user.wants_discount else None

    def _order_writer(self, event: OrderNews) -> Writer:
        order = event.order
        self._executions += 1
        return partial(
            execution_report,
            event,
            self._forms[order.symbol],
            self._executions,
            self._cancel_ids.get(order.id),
        )

    def _refusal_writer(self, event: HalfRefused) -> Writer:
        assert event.placement is not None
        symbol = self._view.symbol(event.placement.symbol)
        assert symbol is not None
        self._executions += 1
        return partial(refusal_report, event, self._forms[symbol], self._executions)

    def _list_writer(self, order_list: OrderList) -> Writer:
        orders = map(self._view.orders.get, order_list.order_ids)
        # One that ended long ago is not at hand.
        names = [client_order_id(order) if order else "" for order in orders]
        symbol = self._forms[order_list.symbol].symbol
        return partial(list_status, order_list, symbol, names)

    def _read_instruments(self) -> None:
        instruments = self._view.instruments
        self._places = places_of(instruments.values())
        self._forms = {symbol: form_of(listed) for symbol, listed in instruments.items()}

    def _end_unrightful(self) -> None:
        self.listen_keys.end_unrightful()
        for ear in self.audience.all():
            if not self.audience.is_rightful(ear.keys):
                ear.end()
