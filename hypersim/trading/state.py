"""The exchange's whole state: what the record is loaded into and what `apply` changes.

Nothing here decides. Ids and ranks are counters, so that equal inputs give equal ids.
"""

from enum import StrEnum

import msgspec

from hypersim.account.ledger import Ledger
from hypersim.account.user import ApiKey, User
from hypersim.market.instrument import Instrument, spellings
from hypersim.trading.book import OrderBook
from hypersim.trading.deadlines import Deadlines
from hypersim.trading.fees import FeeModel
from hypersim.trading.fills import FillModel
from hypersim.trading.order import Order
from hypersim.trading.recent import ClientOrderIds, RecentOrders
from hypersim.trading.reference import ReferenceMarket

SHARED_POOL = 0
"""The one pool of shared matching; account ids start at 1."""


class Matching(StrEnum):
    """Whether accounts see each other's orders."""

    ISOLATED = "isolated"
    SHARED = "shared"


class Rules(msgspec.Struct, frozen=True):
    """How this exchange works; chosen at the start and never changed while it runs."""

    fills: FillModel
    fees: FeeModel
    matching: Matching = Matching.ISOLATED


class Counters(msgspec.Struct):
    """The last number given out of each kind. `seq` counts events that change the record."""

    seq: int = 0
    account_id: int = 0
    order_id: int = 0
    trade_id: int = 0
    ledger_seq: int = 0
    rank: int = 0


class Market:
    """One symbol: its instrument, the reference market, and a book per pool."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.reference = ReferenceMarket()
        self.books: dict[int, OrderBook] = {}

    def book(self, pool_id: int) -> OrderBook:
        """The pool's book, made when first asked for."""
        book = self.books.get(pool_id)
        if book is None:
            book = self.books[pool_id] = OrderBook()
        return book


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
        self.orders: dict[int, Order] = {}
        self.open_by_account: dict[int, dict[int, Order]] = {}
        self.deadlines = Deadlines()
        self.client_order_ids = ClientOrderIds()
        self.recent = RecentOrders()
        self._symbols: dict[str, Market] = {}

    def market(self, symbol: str) -> Market | None:
        """The market that `symbol` names in any spelling."""
        return self._symbols.get(symbol)

    def list_instrument(self, instrument: Instrument) -> None:
        """Add a market, or give an existing one new rules."""
        market = self.markets.get(instrument.symbol)
        if market is not None:
            market.instrument = instrument
            return
        market = self.markets[instrument.symbol] = Market(instrument)
        for spelling in spellings(instrument):
            self._symbols[spelling] = market

    def pool_of(self, account_id: int) -> int:
        """Whose liquidity and whose book the account trades with."""
        return SHARED_POOL if self.rules.matching is Matching.SHARED else account_id

    def book_of(self, order: Order) -> OrderBook:
        """The book in which the order rests."""
        return self.markets[order.symbol].book(self.pool_of(order.account_id))

    def open_orders(self, account_id: int) -> dict[int, Order]:
        """The account's open orders by id; do not change it."""
        return self.open_by_account.get(account_id, {})

    def put_open(self, order: Order) -> None:
        """Enter a new open order, or its next version, wherever open orders are kept."""
        self.orders[order.id] = order
        own = self.open_by_account.get(order.account_id)
        if own is None:
            own = self.open_by_account[order.account_id] = {}
        own[order.id] = order
        if order.price is not None:
            self.book_of(order).side(order.side).put(order)

    def drop_open(self, before: Order, after: Order) -> None:
        """Take an order that ended out of the open ones."""
        del self.orders[before.id]
        del self.open_by_account[before.account_id][before.id]
        if before.price is not None:
            self.book_of(before).side(before.side).remove(before)
        self.deadlines.discard(before.id)
        self.client_order_ids.close(after)
        self.recent.add(after)
