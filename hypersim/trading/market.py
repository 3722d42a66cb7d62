"""One symbol at work: what stands in it, and where."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.trading.book import OrderBook
from hypersim.trading.fees import FeeModel
from hypersim.trading.fills import FillModel
from hypersim.trading.order import Order, OrderStatus, Side
from hypersim.trading.reference import SHARED_POOL, ReferenceMarket
from hypersim.trading.triggers import Triggers

_NEW = OrderStatus.NEW


_EMPTY_BOOK = OrderBook()


class Market:
    """One symbol: its instrument, the reference market, who rests in it, and who waits for a price.

    `everyone` is the book of all resting orders. Where matching `is_shared` it is the one book;
    else each account has a book of its own besides, and `everyone` only serves to find what the
    reference market reaches without asking each account. `asset_limits` are those of the exchange,
    by asset; `fees` is the fee model in force.
    """

    def __init__(
        self,
        instrument: Instrument,
        asset_limits: Mapping[str, Decimal],
        fees: FeeModel,
        *,
        is_shared: bool,
    ) -> None:
        self.instrument = instrument
        self.largest = _largest_of(instrument)
        """What one order can trade at most of either asset, rounded up."""
        self.asset_limits = asset_limits
        self.fees = fees
        self.is_shared = is_shared
        self.reference = ReferenceMarket(instrument)
        self.everyone = OrderBook()
        self.triggers = Triggers()
        self.stalls: dict[int, Decimal] = {}
        """How far (base) orders fill that find nobody to trade with beyond it, by their number."""
        self._to_be_pegged: set[int] = set()
        self._books: defaultdict[int, OrderBook] = defaultdict(OrderBook)

    def change(self, instrument: Instrument, fees: FeeModel) -> None:
        """Go on by other rules."""
        self.instrument = self.reference.instrument = instrument
        self.largest = _largest_of(instrument)
        self.fees = fees

    @property
    def can_trigger(self) -> bool:
        """Whether prices count now: while it is halted or stale, conditional orders wait on."""
        return self.instrument.status is TradingStatus.TRADING and not self.reference.is_stale

    @property
    def has_orders(self) -> bool:
        """Whether anything rests here or waits for a price."""
        return bool(self.everyone.bids or self.everyone.asks or self.triggers.count)

    def needs_levels(self, fills: FillModel) -> bool:
        """Whether an open order needs the levels behind the best prices, to be filled or to be
        pegged to one when it begins to work."""
        return self.has_orders if fills.reads_levels else bool(self._to_be_pegged)

    def pool_of(self, account_id: int) -> int:
        """Whose liquidity the account trades with."""
        return SHARED_POOL if self.is_shared else account_id

    def book(self, account_id: int) -> OrderBook:
        """The orders that the account meets; to be read only."""
        return self.everyone if self.is_shared else self._books.get(account_id, _EMPTY_BOOK)

    def fillable(self, order: Order) -> Order:
        """The order as far as it finds somebody to trade with."""
        most = self.stalls.get(order.id)
        if most is None:
            return order
        return replace(order, quantity=min(order.quantity, most + order.prevented))

    def put(self, order: Order) -> None:
        """Let an open order rest or wait for its price, or replace it in its place; one that waits
        for another order, or will not rest, stands nowhere."""
        if order.peg_offset:
            waiting = self._to_be_pegged
            (waiting.add if order.working_ms is None else waiting.discard)(order.id)
        if order.working_ms is None:
            if order.status is not _NEW:
                self.triggers.put(order)
        elif order.hold:
            self.everyone.sides[order.side].put(order)
            if not self.is_shared:
                self._books[order.account_id].sides[order.side].put(order)

    def remove(self, order: Order) -> None:
        """Take an order out from where it was put."""
        if order.peg_offset:
            self._to_be_pegged.discard(order.id)
        if order.working_ms is None:
            if order.status is not _NEW:
                self.triggers.remove(order)
        elif order.hold:
            self.everyone.sides[order.side].remove(order)
            if not self.is_shared:
                self._books[order.account_id].sides[order.side].remove(order)

    def remove_all(self, account_id: int, orders: Sequence[Order]) -> None:
        """The same for many orders of one account."""
        resting: dict[Side, dict[Decimal, list[int]]] = {Side.BUY: {}, Side.SELL: {}}
        for order in orders:
            if order.is_resting:
                assert order.price is not None, order
                resting[order.side].setdefault(order.price, []).append(order.id)
            else:
                self.remove(order)
        for side, leaving in resting.items():
            if leaving:
                self.everyone.sides[side].remove_all(leaving)
            if leaving and not self.is_shared:
                self._books[account_id].sides[side].remove_all(leaving)


def _largest_of(instrument: Instrument) -> int:
    return int(max(instrument.max_quantity, instrument.max_notional)) + 1
