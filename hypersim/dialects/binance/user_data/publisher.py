"""User data: tells accounts what happened to their orders and balances, as it is committed.

One follower tells everybody. It relies on the read side standing where the last of what was heard
left it, so nothing until the last push may await.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from hypersim.api.services import Services
from hypersim.api.sockets.socket import OUTBOX_FRAMES_MAX
from hypersim.dialects.binance.user_data.audience import Audience, News, Writer
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
from hypersim.dialects.binance.user_data.session import Session
from hypersim.dialects.binance.user_data.shares import Share, account_of, shares_of
from hypersim.dialects.binance.user_data.subscriptions import Subscriptions
from hypersim.dialects.binance.user_data.telling import Form, form_of, places_of
from hypersim.dialects.binance.words import client_order_id
from hypersim.service.transaction import Transaction
from hypersim.trading.events import (
    FundsMoved,
    HalfRefused,
    InstrumentChanged,
    KeyChanged,
    OrderListChanged,
    OrdersClosed,
)
from hypersim.trading.order_list import OrderList

_RARE = (KeyChanged, InstrumentChanged)


class UserData:
    """Who listens to which account, and what tells them. Who cannot be told everything is hung up
    on."""

    name = "user data clients"

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._view = services.engine.view
        self.audience = Audience(self._view.keys)
        self.listen_keys = ListenKeys(
            self.audience, services.engine.clock, lambda: services.engine.view.generation
        )
        self._subscriptions: dict[Session, Subscriptions] = {}
        self._places: Mapping[str, int] = {}
        self._forms: Mapping[str, Form] = {}

    def subscriptions_of(self, session: Session) -> Subscriptions:
        """Those of a connection to the WebSocket API."""
        found = self._subscriptions.get(session)
        if found is None:
            found = Subscriptions(session, self.audience, self._engine.clock)
            self._subscriptions[session] = found
            session.on_close.append(self._forget)
        return found

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """See `Follower`."""
        has_rare = False
        for transaction in transactions:
            for event in transaction.events:
                has_rare = has_rare or isinstance(event, _RARE)
        if has_rare or not self._forms:
            self._read_instruments()
        if has_rare:
            self._end_unrightful()
        if not self.audience.accounts:
            return
        flooded = self._flooded(transactions)
        for transaction in transactions:
            for share in shares_of(transaction, self.audience.accounts):
                if share.account_id not in flooded:
                    self._push_share(share)

    def begin_again(self) -> None:
        """See `Follower`. Whoever heard of the accounts before hears that it is over."""
        self._end_unrightful()

    def miss(self) -> None:
        """See `Follower`."""
        self._forms = {}
        for ear in self.audience.all():
            ear.drop()

    def _forget(self, session: Session) -> None:
        self._subscriptions.pop(session, None)

    def _flooded(self, transactions: Sequence[Transaction]) -> set[int]:
        """Accounts of which there is more than anybody's outbox takes, so it need not be written;
        who listens to them is dropped."""
        events = [event for one in transactions for event in one.events]
        flooded = {event.account_id for event in events if isinstance(event, OrdersClosed)}
        if len(events) > OUTBOX_FRAMES_MAX:
            counts = Counter(map(account_of, events))
            flooded |= {
                account_id
                for account_id in self.audience.accounts
                if counts[account_id] > OUTBOX_FRAMES_MAX
            }
        for account_id in flooded:
            for ear in self.audience.of(account_id):
                ear.drop()
        return flooded

    def _push_share(self, share: Share) -> None:
        ears = self.audience.of(share.account_id)
        if not ears:
            return
        told_ms = max(self._engine.clock.now_ms(), share.transaction.time_ms)
        for step in share.steps():
            for write in self._writers(step):
                news = News(write, told_ms)
                for ear in ears:
                    ear.hear(news)

    def _writers(self, share: Share) -> Iterator[Writer]:
        """What there is to tell, in order."""
        for execution_id, _, event in share.executed:
            match event:
                case FundsMoved():
                    yield partial(balance_update, event, self._places)
                case OrderListChanged(order_list=order_list):
                    yield self._list_writer(order_list)
                case HalfRefused(placement=None):
                    # A cancel that failed is no news of the order.
                    pass
                case HalfRefused():
                    yield self._refusal_writer(event, execution_id)
                case _:
                    yield self._order_writer(event, execution_id)
        balances = share.balances(self._fee_asset(share.account_id))
        if balances:
            yield partial(account_position, balances, share.transaction.time_ms, self._places)

    def _fee_asset(self, account_id: int) -> str | None:
        rule, user = self._engine.rules.discount, self._view.users.get(account_id)
        return rule.asset if rule and user and user.wants_discount else None

    def _order_writer(self, event: OrderNews, execution_id: int) -> Writer:
        return partial(execution_report, event, self._forms[event.order.symbol], execution_id)

    def _refusal_writer(self, event: HalfRefused, execution_id: int) -> Writer:
        assert event.placement is not None
        symbol = self._view.symbol(event.placement.symbol)
        assert symbol is not None
        return partial(refusal_report, event, self._forms[symbol], execution_id)

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
