"""What an account is told beside its orders: balances, transfers, order lists."""

from collections.abc import Iterable, Mapping

from hypersim.account.entries import Balance
from hypersim.account.ledger import legs_of
from hypersim.dialects.binance.numbers import PLACES, fixed
from hypersim.dialects.binance.user_data.events import (
    AccountPosition,
    BalanceUpdate,
    Holding,
    ListedOrder,
    ListStatusEvent,
)
from hypersim.dialects.binance.user_data.formats import Stamp
from hypersim.dialects.binance.user_data.reports import reject_reason
from hypersim.dialects.binance.words import words_of
from hypersim.trading.events import FundsMoved
from hypersim.trading.order_list import OrderList


def account_position(
    balances: Mapping[str, Balance], updated_ms: int, places: Mapping[str, int], stamp: Stamp
) -> AccountPosition:
    """The assets that changed, as they are now."""
    return AccountPosition(
        time=stamp.now,
        updated=stamp.time(updated_ms),
        holdings=[
            Holding(
                asset,
                fixed(balance.available, places.get(asset, PLACES)),
                fixed(balance.locked, places.get(asset, PLACES)),
            )
            for asset, balance in balances.items()
        ],
    )


def balance_update(event: FundsMoved, places: Mapping[str, int], stamp: Stamp) -> BalanceUpdate:
    """Money that came or went."""
    leg = next(leg for leg in legs_of(event.entry) if leg.account_id == event.account_id)
    return BalanceUpdate(
        time=stamp.now,
        asset=leg.asset,
        change=fixed(leg.available + leg.locked, places.get(leg.asset, PLACES)),
        cleared=stamp.time(event.entry.time_ms),
    )


def list_status(
    order_list: OrderList, symbol: str, client_order_ids: Iterable[str], stamp: Stamp
) -> ListStatusEvent:
    """An order list as it stands; `client_order_ids` are those of its orders."""
    words = words_of(order_list)
    return ListStatusEvent(
        time=stamp.now,
        symbol=symbol,
        list_id=order_list.id,
        contingency=words.contingency,
        status_type=words.status_type,
        status=words.status,
        reject_reason=reject_reason(order_list.refusal),
        client_list_id=words.name,
        transaction_time=stamp.time(order_list.updated_ms),
        orders=[
            ListedOrder(symbol, order_id, name)
            for order_id, name in zip(order_list.order_ids, client_order_ids, strict=True)
        ],
    )
