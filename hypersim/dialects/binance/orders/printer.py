"""Orders in Binance's fields and figures."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from msgspec import UNSET, UnsetType

from hypersim.dialects.binance.numbers import (
    ZEROS,
    TimeUnit,
    asset_digits,
    digits_of,
    fixed,
    fixed_or_zero,
)
from hypersim.dialects.binance.orders.bodies import (
    AckBody,
    AmendedBody,
    FillBody,
    PlacedBody,
    PreventedBody,
    QueriedBody,
)
from hypersim.dialects.binance.words import (
    PEG_OFFSET_TYPE,
    PEG_WORDS,
    PREVENTION_WORDS,
    SIDE_WORDS,
    TIME_IN_FORCE_WORDS,
    client_order_id,
    expiry_word,
    status_word,
    type_word,
)
from hypersim.market.instrument import Instrument
from hypersim.trading.order import Fill, Order, PegBasis, PreventedMatch

B = TypeVar("B", PlacedBody, QueriedBody, AmendedBody)

NO_LIST = -1
NO_TIME = -1


class Printer:
    """Prints one symbol's orders, with times in the unit that the client wants."""

    __slots__ = ("_amount", "_instrument", "_price", "_quantity", "_symbol", "_unit")

    def __init__(self, instrument: Instrument, unit: TimeUnit) -> None:
        self._instrument = instrument
        self._symbol = instrument.id
        self._unit = unit
        self._price, self._quantity, self._amount = digits_of(instrument)

    def ack(self, order: Order) -> AckBody:
        """A new order, in short."""
        return AckBody(
            self._symbol,
            order.id,
            NO_LIST if order.list_id is None else order.list_id,
            client_order_id(order),
            order.created_ms * self._unit,
        )

    def placed(
        self,
        order: Order,
        fills: Iterable[Fill] | None = None,
        matches: Sequence[PreventedMatch] = (),
        *,
        uses_sor: bool = False,
    ) -> PlacedBody:
        """A new order as its placement left it; with `fills` in full."""
        is_prevented = order.prevented_match_id is not None
        stop_price, trailing_delta, trailing_time = self._trigger(order)
        iceberg, strategy_id, strategy_type = self._notes(order)
        body = PlacedBody(
            self._symbol,
            UNSET,
            order.id,
            NO_LIST if order.list_id is None else order.list_id,
            client_order_id(order),
            order.created_ms * self._unit,
            fixed_or_zero(order.price, self._price),
            fixed(order.quantity, self._quantity) if order.quantity else UNSET,
            fixed(order.filled, self._quantity) if order.filled else ZEROS[self._quantity],
            fixed_or_zero(order.quote_quantity, self._amount),
            fixed(order.notional, self._amount) if order.notional else ZEROS[self._amount],
            status_word(order),
            TIME_IN_FORCE_WORDS[order.time_in_force],
            type_word(order),
            SIDE_WORDS[order.side],
            stop_price,
            trailing_delta,
            trailing_time,
            NO_TIME if order.working_ms is None else order.working_ms * self._unit,
            iceberg,
            strategy_id,
            strategy_type,
            UNSET if fills is None else list(map(self._fill, fills)),
            [self._match(match) for match in matches] if matches else UNSET,
            "EXCHANGE" if uses_sor else UNSET,
            PREVENTION_WORDS[order.self_trade_prevention],
            True if uses_sor else UNSET,
            UNSET if order.prevented_match_id is None else order.prevented_match_id,
            fixed(order.prevented, self._quantity) if is_prevented else UNSET,
            UNSET if order.close_reason is None else expiry_word(order) or UNSET,
        )
        return body if order.peg_basis is None else self._pegged(order.peg_basis, order, body)

    def canceled(self, order: Order, name: str) -> PlacedBody:
        """A canceled order; `name` is the cancel's own client order id."""
        body = self.placed(order)
        body.orig_client_order_id, body.client_order_id = body.client_order_id, name
        body.transact_time = order.updated_ms * self._unit
        body.executed_qty = fixed(order.filled, self._quantity)
        body.cummulative_quote_qty = fixed(order.notional, self._amount)
        body.working_time = body.expiry_reason = UNSET
        return body

    def queried(self, order: Order) -> QueriedBody:
        """An order as it stands."""
        is_prevented = order.prevented_match_id is not None
        _, trailing_delta, trailing_time = self._trigger(order)
        body = QueriedBody(
            self._symbol,
            order.id,
            NO_LIST if order.list_id is None else order.list_id,
            client_order_id(order),
            fixed_or_zero(order.price, self._price),
            fixed(order.quantity, self._quantity),
            fixed(order.filled, self._quantity),
            fixed(order.notional, self._amount),
            status_word(order),
            TIME_IN_FORCE_WORDS[order.time_in_force],
            type_word(order),
            SIDE_WORDS[order.side],
            fixed_or_zero(order.trigger_price, self._price),
            trailing_delta,
            trailing_time,
            fixed_or_zero(order.iceberg_quantity, self._quantity),
            order.created_ms * self._unit,
            order.updated_ms * self._unit,
            order.is_working,
            self._time(order.working_ms),
            fixed_or_zero(order.quote_quantity, self._amount),
            _or_unset(order.strategy_id),
            _or_unset(order.strategy_type),
            PREVENTION_WORDS[order.self_trade_prevention],
            _or_unset(order.prevented_match_id),
            fixed(order.prevented, self._quantity) if is_prevented else UNSET,
            expiry_word(order) or UNSET,
        )
        return body if order.peg_basis is None else self._pegged(order.peg_basis, order, body)

    def amended(self, order: Order, previous: Order) -> AmendedBody:
        """An order after an amendment, with the name that it had before."""
        body = AmendedBody(
            self._symbol,
            order.id,
            NO_LIST if order.list_id is None else order.list_id,
            client_order_id(previous),
            client_order_id(order),
            fixed_or_zero(order.price, self._price),
            fixed(order.quantity, self._quantity),
            fixed(order.filled, self._quantity),
            fixed(order.prevented, self._quantity),
            fixed_or_zero(order.quote_quantity, self._amount),
            fixed(order.notional, self._amount),
            status_word(order),
            TIME_IN_FORCE_WORDS[order.time_in_force],
            type_word(order),
            SIDE_WORDS[order.side],
            *self._trigger(order),
            UNSET if order.working_ms is None else order.working_ms * self._unit,
            *self._notes(order),
            PREVENTION_WORDS[order.self_trade_prevention],
        )
        return body if order.peg_basis is None else self._pegged(order.peg_basis, order, body)

    def price(self, price: Decimal | None) -> str:
        """A price."""
        return fixed_or_zero(price, self._price)

    def quantity(self, quantity: Decimal) -> str:
        """An amount of base."""
        return fixed(quantity, self._quantity)

    def amount(self, amount: Decimal | None) -> str:
        """An amount of quote."""
        return fixed_or_zero(amount, self._amount)

    def fee(self, fill: Fill) -> str:
        """What a fill cost, in the asset of the fee."""
        return fixed(fill.fee, asset_digits(self._instrument, fill.fee_asset))

    def _pegged(self, basis: PegBasis, order: Order, body: B) -> B:
        """The body of a pegged order says how its price is chosen; its `price` is the limit."""
        body.price = fixed_or_zero(order.peg_limit, self._price)
        body.peg_price_type = PEG_WORDS[basis]
        if order.peg_offset:
            body.peg_offset_type = PEG_OFFSET_TYPE
            body.peg_offset_value = order.peg_offset
        if order.is_working:
            body.pegged_price = fixed_or_zero(order.price, self._price)
        return body

    def _trigger(self, order: Order) -> tuple[str | UnsetType, int | UnsetType, int | UnsetType]:
        """stopPrice, trailingDelta, trailingTime."""
        if order.trigger is None:
            return UNSET, UNSET, UNSET
        # An order that trails from the beginning on has no stop price.
        price = order.trigger_price
        stop_price = UNSET if price is None else fixed(price, self._price)
        if order.trailing_delta is None:
            return stop_price, UNSET, UNSET
        return stop_price, order.trailing_delta, self._time(order.trailing_ms)

    def _notes(self, order: Order) -> tuple[str | UnsetType, int | UnsetType, int | UnsetType]:
        """icebergQty, strategyId, strategyType."""
        iceberg = order.iceberg_quantity
        if iceberg is None and order.strategy_id is None and order.strategy_type is None:
            return UNSET, UNSET, UNSET
        return (
            UNSET if iceberg is None else fixed(iceberg, self._quantity),
            _or_unset(order.strategy_id),
            _or_unset(order.strategy_type),
        )

    def _time(self, time_ms: int | None) -> int:
        return NO_TIME if time_ms is None else time_ms * self._unit

    def _fill(self, fill: Fill) -> FillBody:
        return FillBody(
            fixed(fill.price, self._price),
            fixed(fill.quantity, self._quantity),
            self.fee(fill),
            fill.fee_asset,
            fill.id,
        )

    def _match(self, match: PreventedMatch) -> PreventedBody:
        taker, maker = match.taker_quantity, match.maker_quantity
        return PreventedBody(
            match.id,
            match.maker_order_id,
            fixed(match.price, self._price),
            UNSET if taker is None else self.quantity(taker),
            UNSET if maker is None else self.quantity(maker),
        )


def _or_unset(number: int | None) -> int | UnsetType:
    return UNSET if number is None else number
