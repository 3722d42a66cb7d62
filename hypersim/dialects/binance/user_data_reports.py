"""From what happened on the exchange to what the account is told: pure translation."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, assert_never

from msgspec import UNSET

from hypersim.account.ledger import Balance, legs_of
from hypersim.dialects.binance.text import (
    NO_NUMBER,
    PLACES,
    TimeUnit,
    digits_of,
    fixed,
    fixed_or_zero,
)
from hypersim.dialects.binance.user_data_events import (
    AccountPosition,
    BalanceUpdate,
    ExecutionReport,
    Holding,
)
from hypersim.dialects.binance.user_data_words import (
    PREVENTIONS,
    expiry_word,
    status_word,
    time_in_force_word,
    type_word,
)
from hypersim.market.instrument import Instrument
from hypersim.trading.events import (
    CloseReason,
    FundsMoved,
    OrderAccepted,
    OrderAmended,
    OrderClosed,
    OrderEvent,
    OrderFilled,
)
from hypersim.trading.order import Fill, Liquidity, OrderStatus


class Telling(NamedTuple):
    """When the news is told, and how: `unit` is what the reader counts time in."""

    now_ms: int
    unit: TimeUnit = TimeUnit.MILLISECOND

    def time(self, time_ms: int) -> int:
        """A time as the reader wants it."""
        return time_ms * self.unit

    @property
    def now(self) -> int:
        """The time of the event."""
        return self.time(self.now_ms)


OrderNews = OrderEvent


def execution_report(
    event: OrderNews,
    instrument: Instrument,
    execution_id: int,
    cancel_id: str | None,
    telling: Telling,
) -> ExecutionReport:
    """What the account is told about its order.

    `cancel_id` is the client's own id of the request that canceled the order, if it had one.
    """
    order = event.order
    price_places, places, quote_places = digits_of(instrument)
    fields: dict[str, Any] = {
        "time": telling.now,
        "symbol": instrument.id,
        "client_order_id": order.client_order_id or "",
        "side": order.side.name,
        "type": type_word(order),
        "time_in_force": time_in_force_word(order),
        "quantity": fixed(order.quantity, places),
        "price": fixed_or_zero(order.price, price_places),
        "trigger_price": NO_NUMBER,
        "iceberg_quantity": NO_NUMBER,
        "status": status_word(order),
        "order_id": order.id,
        "filled": fixed(order.filled, places),
        "transaction_time": telling.time(order.updated_ms),
        "execution_id": execution_id,
        "is_working": not order.status.is_terminal,
        "created": telling.time(order.created_ms),
        "notional": fixed(order.notional, quote_places),
        "working_time": telling.time(order.created_ms),
        "quote_quantity": fixed_or_zero(order.quote_quantity, quote_places),
        "prevention": PREVENTIONS[order.self_trade_prevention],
    }
    news = _news(event, instrument, cancel_id)
    return ExecutionReport(**(fields | news))


def places_of(instruments: Iterable[Instrument]) -> dict[str, int]:
    """How many decimals an asset's balances are printed with."""
    places: dict[str, int] = {}
    for instrument in instruments:
        _, base_places, quote_places = digits_of(instrument)
        for asset, own in ((instrument.base, base_places), (instrument.quote, quote_places)):
            places[asset] = max(own, places.get(asset, PLACES))
    return places


def account_position(
    balances: Mapping[str, Balance], updated_ms: int, places: Mapping[str, int], telling: Telling
) -> AccountPosition:
    """The assets that changed, as they are now."""
    return AccountPosition(
        time=telling.now,
        updated=telling.time(updated_ms),
        holdings=[
            Holding(
                asset,
                fixed(balance.available, places.get(asset, PLACES)),
                fixed(balance.locked, places.get(asset, PLACES)),
            )
            for asset, balance in balances.items()
        ],
    )


def balance_update(event: FundsMoved, places: Mapping[str, int], telling: Telling) -> BalanceUpdate:
    """Money that came or went."""
    leg = next(leg for leg in legs_of(event.entry) if leg.account_id == event.account_id)
    return BalanceUpdate(
        time=telling.now,
        asset=leg.asset,
        change=fixed(leg.available + leg.locked, places.get(leg.asset, PLACES)),
        cleared=telling.time(event.entry.time_ms),
    )


def _news(event: OrderNews, instrument: Instrument, cancel_id: str | None) -> dict[str, Any]:
    """What an event says beyond the order as it stands."""
    match event:
        case OrderAccepted():
            return {"execution": "NEW"}
        case OrderFilled(fill=fill):
            return _trade(fill, instrument)
        case OrderAmended(previous=previous):
            return {
                "execution": "REPLACED",
                "original_client_order_id": previous.client_order_id or "",
            }
        case OrderClosed():
            return _end(event, cancel_id)
        case _:
            assert_never(event)


def _trade(fill: Fill, instrument: Instrument) -> dict[str, Any]:
    price_places, places, quote_places = digits_of(instrument)
    fee_places = quote_places if fill.fee_asset == instrument.quote else places
    return {
        "execution": "TRADE",
        "last_quantity": fixed(fill.quantity, places),
        "last_price": fixed(fill.price, price_places),
        "fee": fixed(fill.fee, fee_places),
        "fee_asset": fill.fee_asset,
        "trade_id": fill.id,
        "is_maker": fill.liquidity is Liquidity.MAKER,
        "ignored": True,
        "last_notional": fixed(fill.notional, quote_places),
    }


def _end(event: OrderClosed, cancel_id: str | None) -> dict[str, Any]:
    order = event.order
    if order.status is OrderStatus.CANCELED:
        own = order.client_order_id or ""
        return {
            "execution": "CANCELED",
            "client_order_id": cancel_id or own,
            "original_client_order_id": own,
        }
    if event.reason is CloseReason.SELF_TRADE:
        return {
            "execution": "TRADE_PREVENTION",
            "status": status_word(order, is_self_trade=True),
        }
    return {
        "execution": "EXPIRED",
        "expiry_reason": expiry_word(order, event.reason) or UNSET,
    }
