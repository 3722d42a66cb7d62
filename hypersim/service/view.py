"""The read side: what has been committed, in memory. Reads never wait for the writer.

Open orders are all here, ended ones up to a limit; older ones are in the record.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

from hypersim.account.entries import NO_BALANCE, Balance, BalanceKey
from hypersim.account.user import ApiKey, User
from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.market.candle import Candle
from hypersim.market.data import MarketData
from hypersim.market.events import DepthUpdated, MarketEvent, QuoteUpdated, TradePrinted
from hypersim.market.instrument import Instrument, spellings
from hypersim.market.tape import RecordedTrade
from hypersim.service.changes import Changes
from hypersim.service.order_names import OrderNames
from hypersim.service.shown_book import ShownBook
from hypersim.service.transaction import Transaction
from hypersim.trading.counters import Counters
from hypersim.trading.events import MarketMoved, OrderFilled
from hypersim.trading.order import Fill, Liquidity, Order
from hypersim.trading.order_list import OrderList
from hypersim.trading.reference import SHARED_POOL, ReferenceMarket
from hypersim.trading.rules import AccountLimits

ENDED_ORDERS_MAX = 10_000
"""Ended orders, with their fills, that can be read without asking the record."""

ENDED_LISTS_MAX = 10_000
"""Order lists that are over and can be read without asking the record."""

NO_LISTS: dict[int, OrderList] = {}
NO_ORDERS: dict[int, Order] = {}


class View:
    """Committed users, keys, balances, orders and market data, and unfinished withdrawals.

    `account_limits` is what every account may have at most, to be told."""

    def __init__(
        self, *, shows_users_orders: bool, account_limits: AccountLimits | None = None
    ) -> None:
        self.account_limits = account_limits or AccountLimits()
        self.generation = 0
        self.seq = 0
        """Of the last transaction that is shown."""
        self.counters = Counters()
        """As they were last recorded."""
        self.users: dict[int, User] = {}
        self.account_ids: dict[str, int] = {}
        self.keys: dict[str, ApiKey] = {}
        self.balances: dict[BalanceKey, Balance] = {}
        self.assets_by_account: dict[int, dict[str, None]] = {}
        self.instruments: dict[str, Instrument] = {}
        self.markets: dict[str, MarketData] = {}
        self.orders: dict[int, Order] = {}
        self.order_names = OrderNames()
        self.open_by_account: dict[int, dict[int, Order]] = {}
        self.fills_by_order: dict[int, list[Fill]] = {}
        self.lists: dict[int, OrderList] = {}
        self.open_lists_by_account: dict[int, dict[int, OrderList]] = {}
        self.withdrawals: dict[int, Withdrawal] = {}
        self.shown = ShownBook() if shows_users_orders else None
        self.references: dict[str, ReferenceMarket] = {}
        self.unrepeatable: list[RecordedTrade] = []
        """Public trades that only the record will know, since these were last taken."""
        self.shown_seq: Callable[[], int] = lambda: self.seq
        """Up to which event the record can be read, which may trail what is committed."""
        self._ended: deque[tuple[int, int]] = deque()
        self._ended_lists: deque[tuple[int, int]] = deque()
        self._symbols: dict[str, str] = {}

    def apply(
        self, changes: Changes, transactions: Sequence[Transaction]
    ) -> list[tuple[str, Candle]]:
        """Take in a committed batch; returns the minutes (symbol, candle) that it closed."""
        if changes.is_reset:
            self._forget_accounts()
            self.generation = changes.counters.generation
        if transactions:
            self.seq = transactions[-1].seq
        if changes.counters.seq:
            self.counters = changes.counters
        for user in changes.users.values():
            self.users[user.id] = user
            self.account_ids[user.email] = user.id
        self.keys.update(changes.keys)
        for instrument in changes.instruments.values():
            self.put_instrument(instrument)
        self._put_balances(changes.balances)
        self._put_orders(changes)
        for order_list in changes.lists.values():
            self.put_list(order_list)
        for withdrawal in changes.withdrawals.values():
            self._put_withdrawal(withdrawal)
        return self._market_news(transactions)

    def _put_balances(self, balances: Mapping[BalanceKey, Balance]) -> None:
        """Also told is what might have moved; an asset that an account never had is not listed."""
        for key, balance in balances.items():
            if balance is not NO_BALANCE:
                if key not in self.balances:
                    self.assets_by_account.setdefault(key[0], {})[key[1]] = None
                self.balances[key] = balance

    def _market_news(self, transactions: Sequence[Transaction]) -> list[tuple[str, Candle]]:
        closed: list[tuple[str, Candle]] = []
        for transaction in transactions:
            for event in transaction.events:
                if type(event) is OrderFilled:
                    closed += self._filled(event)
                elif type(event) is MarketMoved:
                    closed += self._market_moved(event.event)
        return closed

    def symbol(self, spelling: str) -> str | None:
        """BTC/USDT for any spelling of it."""
        return self._symbols.get(spelling)

    def open_orders(self, account_id: int) -> dict[int, Order]:
        """The account's open orders by id, oldest first; do not change it."""
        return self.open_by_account.get(account_id, NO_ORDERS)

    def count_open_orders(self) -> int:
        """Of all accounts."""
        return sum(map(len, self.open_by_account.values()))

    def open_lists(self, account_id: int) -> dict[int, OrderList]:
        """The account's open order lists by id, oldest first; do not change it."""
        return self.open_lists_by_account.get(account_id, NO_LISTS)

    def balances_of(self, account_id: int) -> dict[str, Balance]:
        """What the account has or ever had, by asset."""
        assets = self.assets_by_account.get(account_id, {})
        return {asset: self.balances[account_id, asset] for asset in assets}

    def listed_balances_of(self, account_id: int) -> dict[str, Balance]:
        """The same, and zero of every other asset that is traded here."""
        return self.no_balances() | self.balances_of(account_id)

    def no_balances(self) -> dict[str, Balance]:
        """Zero of every asset that is traded here."""
        listed = self.instruments.values()
        return {asset: NO_BALANCE for one in listed for asset in (one.quote, one.base)}

    def _forget_accounts(self) -> None:
        """Empty everything but the markets."""
        for kept in (self.users, self.account_ids, self.keys, self.withdrawals):
            kept.clear()
        for held in (self.balances, self.assets_by_account, self.fills_by_order, self._ended):
            held.clear()
        for placed in (self.orders, self.order_names, self.open_by_account):
            placed.clear()
        for listed in (self.lists, self.open_lists_by_account, self._ended_lists):
            listed.clear()
        if self.shown is not None:
            self.shown = ShownBook()
            for symbol, reference in self.references.items():
                untouched = self.references[symbol] = reference.untouched()
                self.markets[symbol].show(*untouched.left())

    def put_instrument(self, instrument: Instrument) -> None:
        """List an instrument, or change it."""
        self.instruments[instrument.symbol] = instrument
        if instrument.symbol not in self.markets:
            self.markets[instrument.symbol] = MarketData(instrument.symbol)
            self.references[instrument.symbol] = ReferenceMarket(instrument)
            for spelling in spellings(instrument):
                self._symbols[spelling] = instrument.symbol
        self.references[instrument.symbol].instrument = instrument

    def unlist(self, symbol: str) -> None:
        """Forget a market in which there are no orders."""
        for spelling in spellings(self.instruments.pop(symbol)):
            if self._symbols[spelling] == symbol:
                del self._symbols[spelling]
        del self.markets[symbol], self.references[symbol]

    def _put_orders(self, changes: Changes) -> None:
        """Changes come as orders ended; those that are open are listed as they came."""
        still_open: list[Order] = []
        ended: list[Order] = []
        for order in changes.orders.values():
            (ended if order.status.is_terminal else still_open).append(order)
        if len(still_open) > 1:
            still_open.sort(key=attrgetter("id"))
        for order in still_open:
            self.put_order(order)
        done = 0
        for together in changes.together:
            for order in ended[done : together.before]:
                self.put_order(order)
            self._put_together(together.orders)
            done = together.before
        for order in ended[done:]:
            self.put_order(order)

    def _put_together(self, orders: Sequence[Order]) -> None:
        """Many orders of one account ended, and nothing else happened to them; they stay at hand
        until the record shows them."""
        own, kept, seq = self.open_by_account[orders[0].account_id], self.orders, self.seq
        for order in orders:
            del own[order.id]
            if self.shown is not None:
                self.shown.replace(kept[order.id], order)
                self.markets[order.symbol].update_id += 1
            kept[order.id] = order
        self._ended.extend([(order.id, seq) for order in orders])

    def put_order(self, order: Order) -> None:
        """Enter an order or its next version."""
        before = self.orders.get(order.id)
        self.order_names.put(before, order)
        if self.shown is not None:
            self.shown.replace(before, order)
            # The public book has changed, though no feed said so.
            self.markets[order.symbol].update_id += 1
        self.orders[order.id] = order
        own = self.open_by_account.setdefault(order.account_id, {})
        if not order.status.is_terminal:
            own[order.id] = order
            return
        own.pop(order.id, None)
        self._ended.append((order.id, self.seq))
        while len(self._ended) > ENDED_ORDERS_MAX and self._ended[0][1] <= self.shown_seq():
            oldest, _ = self._ended.popleft()
            self.order_names.forget(self.orders.pop(oldest))
            self.fills_by_order.pop(oldest, None)

    def put_list(self, order_list: OrderList) -> None:
        """Enter an order list or its next version."""
        self.lists[order_list.id] = order_list
        own = self.open_lists_by_account.setdefault(order_list.account_id, {})
        if order_list.is_open:
            own[order_list.id] = order_list
            return
        own.pop(order_list.id, None)
        ended = self._ended_lists
        ended.append((order_list.id, self.seq))
        while len(ended) > ENDED_LISTS_MAX and ended[0][1] <= self.shown_seq():
            oldest, _ = ended.popleft()
            del self.lists[oldest]

    def _put_withdrawal(self, withdrawal: Withdrawal) -> None:
        if withdrawal.status is WithdrawalStatus.PROCESSING:
            self.withdrawals[withdrawal.id] = withdrawal
        else:
            self.withdrawals.pop(withdrawal.id, None)

    def put_fill(self, fill: Fill) -> None:
        """Keep a fill beside its order."""
        self.fills_by_order.setdefault(fill.order_id, []).append(fill)

    def _market_moved(self, event: MarketEvent) -> list[tuple[str, Candle]]:
        reference = self.references[event.symbol]
        reference.apply(event)
        if self.shown is not None and isinstance(event, QuoteUpdated | DepthUpdated):
            # Where there is one pool for all, what anybody ate is gone for everybody.
            inside = event.trades_at if isinstance(event, DepthUpdated) else None
            event = DepthUpdated(event.symbol, event.time_ms, *reference.left(), inside)
        data = self.markets[event.symbol]
        closed = data.apply(event)
        if isinstance(event, TradePrinted) and event.venue_id is None:
            self.unrepeatable.append(data.last_recorded())
        return [(event.symbol, candle) for candle in closed]

    def _filled(self, event: OrderFilled) -> list[tuple[str, Candle]]:
        """A trade between two users is public where they see each other's orders; one with the
        reference market is not, nor is one of an account with itself where it is alone."""
        fill = event.fill
        if event.order.id in self.orders:
            self.put_fill(fill)
        if self.shown is not None and event.taken:
            reference = self.references[fill.symbol]
            reference.eat(fill.side, SHARED_POOL, event.taken)
            self.markets[fill.symbol].show(*reference.left())
        is_private = self.shown is None or fill.counter_order_id is None
        if is_private or fill.liquidity is Liquidity.MAKER:
            return []
        self.references[fill.symbol].trade(fill.time_ms, fill.price, fill.quantity)
        data = self.markets[fill.symbol]
        closed = data.add_trade(
            fill.time_ms,
            fill.price,
            fill.quantity,
            buyer_is_maker=fill.side == "sell",
            taker_order_id=fill.order_id,
        )
        self.unrepeatable.append(data.last_recorded())
        return [(fill.symbol, candle) for candle in closed]
