"""The end of very many orders at once: one event, and one line of the ledger for each asset, as
what is done for each of them adds up."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from operator import attrgetter

from msgspec.structs import replace

from hypersim.account.entries import EntryKind, LedgerEntry, Posting
from hypersim.account.ledger import available, locked
from hypersim.market.number import ZERO
from hypersim.trading.events import OrderClosed, OrdersClosed
from hypersim.trading.execution import close
from hypersim.trading.order import TRANSITIONS, CloseReason, Order, OrderStatus, Side
from hypersim.trading.settlement import held_asset
from hypersim.trading.state import ExchangeState

TOGETHER_MIN = 10_001
"""So many orders of an account end together. Fewer end one by one, each with a line of the ledger
and an event of its own, as whoever listens to the account can still be told of each."""


def close_all(
    state: ExchangeState,
    orders: Sequence[Order],
    status: OrderStatus,
    reason: CloseReason,
    now_ms: int,
    *,
    cancel_id: str | None = None,
) -> Iterator[OrderClosed | OrdersClosed]:
    """End open orders of one account, in this order; what they held is released."""
    if len(orders) < TOGETHER_MIN:
        for order in orders:
            yield close(state, order, status, reason, now_ms, cancel_id=cancel_id)
        return
    for before in {order.status for order in orders}:
        assert status in TRANSITIONS[before], (before, status)
    ended = tuple([ended_as(order, status, reason, now_ms) for order in orders])
    entries = _releases(state, orders, now_ms)
    yield OrdersClosed(orders[0].account_id, ended, reason, entries)


def ended_as(order: Order, status: OrderStatus, reason: CloseReason | None, now_ms: int) -> Order:
    """What is left of an open order that does nothing but end."""
    return replace(order, status=status, hold=ZERO, updated_ms=now_ms, close_reason=reason)


def _releases(
    state: ExchangeState, orders: Sequence[Order], now_ms: int
) -> tuple[LedgerEntry, ...]:
    """One for each asset, in the order in which the assets are met."""
    account_id, reference = orders[0].account_id, f"orders:{orders[0].id}-{orders[-1].id}"
    alike: dict[tuple[str, Side], list[Order]] = {}
    for order in orders:
        alike.setdefault((order.symbol, order.side), []).append(order)
    held: dict[str, Decimal] = {}
    for (symbol, _), some in alike.items():
        asset = held_asset(some[0].side, state.markets[symbol].instrument)
        held[asset] = sum(map(attrgetter("hold"), some), held.get(asset, ZERO))
    released = [(asset, amount) for asset, amount in held.items() if amount]
    return tuple(
        LedgerEntry(
            seq,
            EntryKind.RELEASE,
            reference,
            now_ms,
            (Posting(locked(account_id, asset), available(account_id, asset), amount),),
        )
        for seq, (asset, amount) in enumerate(released, state.counters.ledger_seq + 1)
    )
