"""The exchange's whole state: what the record is loaded into and what `apply` changes.

Nothing here decides. Whatever is kept beside what the record holds is entered by one function for
each kind, which `apply` and `restore` share.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from hypersim.account.ledger import Ledger
from hypersim.account.user import ApiKey, User
from hypersim.market.instrument import Instrument, spellings
from hypersim.trading.counters import Counters
from hypersim.trading.deadlines import Deadlines
from hypersim.trading.market import Market
from hypersim.trading.open_counts import OpenCounts
from hypersim.trading.open_lists import OpenLists
from hypersim.trading.open_withdrawals import OpenWithdrawals
from hypersim.trading.order import Order
from hypersim.trading.order_list import OrderList
from hypersim.trading.recent import ClientOrderIds, RecentOrders
from hypersim.trading.recorded import Recorded
from hypersim.trading.rules import Matching, Rules


class ExchangeState:
    """Everything that `decide` reads."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.counters = Counters()
        self.ledger = Ledger()
        self.users: dict[int, User] = {}
        self.account_ids: dict[str, int] = {}
        self.keys: dict[str, ApiKey] = {}
        self.markets: dict[str, Market] = {}
        self.markets_by_spelling: dict[str, Market] = {}
        self.orders: dict[int, Order] = {}
        self.lists = OpenLists()
        self.open_by_account: defaultdict[int, dict[int, Order]] = defaultdict(dict)
        self.deadlines = Deadlines()
        self.withdrawals = OpenWithdrawals()
        self.open_counts = OpenCounts()
        self.client_order_ids = ClientOrderIds()
        self.recent = RecentOrders()
        self._key_counts: Counter[int] = Counter()

    @classmethod
    def restore(cls, rules: Rules, recorded: Recorded) -> "ExchangeState":
        """The state of which the record tells; markets have no prices yet."""
        state = cls(rules)
        state.counters = replace(recorded.counters)
        for key, balance in recorded.balances.items():
            state.ledger.restore(*key, balance)
        for user in recorded.users.values():
            state.put_user(user)
        for issued in recorded.keys.values():
            state.put_key(issued)
        for instrument in recorded.instruments.values():
            state.list_instrument(instrument)
        for order in sorted(recorded.orders.values(), key=lambda order: order.rank):
            state.enter(order)
        # They stand by their rank, and are listed by their number.
        state.orders = dict(sorted(state.orders.items()))
        for account_id, own in state.open_by_account.items():
            state.open_by_account[account_id] = dict(sorted(own.items()))
        for order_list in recorded.lists.values():
            state.put_list(order_list)
        for withdrawal in recorded.withdrawals.values():
            state.withdrawals.put(withdrawal)
        for name, use in recorded.used_ids:
            state.client_order_ids.end(name, use)
        state.recent.add_all(recorded.ended)
        return state

    def next_generation(self, generation: int) -> "ExchangeState":
        """Nothing but the markets, as the feed shows them; `seq`, time and feed go on."""
        before = self.counters
        fresh = ExchangeState(self.rules)
        fresh.counters = Counters(before.seq, generation)
        fresh.counters.go_on_to(before)
        for symbol, market in self.markets.items():
            fresh.list_instrument(market.instrument)
            fresh.markets[symbol].reference = market.reference.untouched()
        return fresh

    def list_instrument(self, instrument: Instrument) -> None:
        """Add a market, or give an existing one new rules."""
        fees = self.rules.fees_of(instrument)
        market = self.markets.get(instrument.symbol)
        if market is not None:
            market.change(instrument, fees)
            return
        limits = self.rules.account_limits.assets
        is_shared = self.rules.matching is Matching.SHARED
        market = Market(instrument, limits, fees, is_shared=is_shared)
        self.markets[instrument.symbol] = market
        for spelling in spellings(instrument):
            # BTC/USDT and BTCU/SDT would both be BTCUSDT: it stays what it was first.
            self.markets_by_spelling.setdefault(spelling, market)

    def unlist(self, symbol: str) -> None:
        """Forget a market in which there are no orders."""
        market = self.markets.pop(symbol)
        for spelling in spellings(market.instrument):
            if self.markets_by_spelling[spelling] is market:
                del self.markets_by_spelling[spelling]

    def put_user(self, user: User) -> None:
        """Enter a user or its next version."""
        self.users[user.id] = user
        self.open_by_account.setdefault(user.id, {})
        self.account_ids[user.email] = user.id

    def put_key(self, key: ApiKey) -> None:
        """Enter an API key or its next version."""
        before = self.keys.get(key.key)
        was_in_use = before is not None and before.revoked_ms is None
        self._key_counts[key.account_id] += (key.revoked_ms is None) - was_in_use
        self.keys[key.key] = key

    def count_keys(self, account_id: int) -> int:
        """How many of the account's API keys are in use."""
        return self._key_counts[account_id]

    def open_orders(self, account_id: int) -> dict[int, Order]:
        """The account's open orders by id; do not change it."""
        return self.open_by_account.get(account_id, {})

    def next_deadline_ms(self) -> int | None:
        """When something happens by itself next."""
        order_ms, withdrawal_ms = self.deadlines.next_ms, self.withdrawals.deadlines.next_ms
        if order_ms is None or withdrawal_ms is None:
            return withdrawal_ms if order_ms is None else order_ms
        return min(order_ms, withdrawal_ms)

    def put_list(self, order_list: OrderList) -> None:
        """Enter an order list or its next version; one that is over is forgotten."""
        change = order_list.is_open - (order_list.id in self.lists)
        if change:
            self.open_counts.count_list(order_list, change)
        self.lists.put(order_list)

    def enter(self, order: Order) -> None:
        """A new open order: it is listed after those before it, and stands behind them."""
        self.open_counts.count(order, 1)
        self.orders[order.id] = order
        self.open_by_account[order.account_id][order.id] = order
        self.client_order_ids.add(order)
        if order.expires_ms is not None:
            self.deadlines.add(order.id, order.expires_ms)
        self.markets[order.symbol].put(order)

    def put_open(self, order: Order) -> None:
        """Enter the next version of an open order."""
        self.open_counts.change(self.orders[order.id], order)
        self.orders[order.id] = order
        self.open_by_account[order.account_id][order.id] = order
        self.markets[order.symbol].put(order)

    def advance(self, before: Order, after: Order) -> None:
        """Enter an open order after a fill, or its end."""
        if after.status.is_terminal:
            self.drop_open(before, after)
            return
        if after.rank != before.rank:
            self.counters.rank = after.rank
            self.leave(before)
        self.put_open(after)

    def move_on(self, order: Order) -> None:
        """An open order stands somewhere else now, or for something else."""
        before = self.orders[order.id]
        self.counters.rank = max(self.counters.rank, order.rank)
        if not before.is_resting or order.rank != before.rank:
            self.leave(before)
        self.put_open(order)

    def amend(self, before: Order, after: Order) -> None:
        """Enter an open order under other terms, or another name."""
        if after.rank != before.rank:
            self.counters.rank = after.rank
            self.leave(before)
        self.put_open(after)
        if after.client_order_id != before.client_order_id:
            self.client_order_ids.rename(before, after)

    def limit_fills(self, symbol: str, order_id: int, most: Decimal | None) -> None:
        """An open order finds nobody to trade with beyond so much (base), or does again."""
        stalls = self.markets[symbol].stalls
        if most is None:
            stalls.pop(order_id, None)
        else:
            stalls[order_id] = most

    def leave(self, order: Order) -> None:
        """Take an order out of the book in which it rests, or from where it waits for its price."""
        self.markets[order.symbol].remove(order)

    def drop_open(self, before: Order, after: Order) -> None:
        """Take an order that ended out of the open ones."""
        del self.orders[before.id]
        del self.open_by_account[before.account_id][before.id]
        self.open_counts.count(before, -1)
        self.leave(before)
        self.markets[before.symbol].stalls.pop(before.id, None)
        self.deadlines.discard(before.id)
        self.client_order_ids.close(after)
        self.recent.add(after)

    def pass_through(self, ended: Order) -> None:
        """An order that ended as it came: nobody ever saw it open."""
        self.client_order_ids.close(ended)
        self.recent.add(ended)

    def drop_together(self, account_id: int, ended: Sequence[Order]) -> None:
        """The same for many orders of one account."""
        own = self.open_by_account[account_id]
        by_symbol: dict[str, list[Order]] = {}
        for after in ended:
            before = self.orders.pop(after.id)
            del own[after.id]
            by_symbol.setdefault(before.symbol, []).append(before)
            if before.expires_ms is not None:
                self.deadlines.discard(before.id)
            self.client_order_ids.close(after)
        for symbol, orders in by_symbol.items():
            self.open_counts.leave_all(orders)
            self.markets[symbol].remove_all(account_id, orders)
            for order in orders:
                self.markets[symbol].stalls.pop(order.id, None)
        self.recent.add_all(ended)
