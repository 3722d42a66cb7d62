"""Whether what was loaded agrees with itself: who is named is there, numbers were given out, and
what orders hold is what is locked. Nothing after a start checks that again."""

from collections import defaultdict
from decimal import Decimal

from hypersim.account.entries import HOUSE_ACCOUNTS, TRANSIT_ACCOUNT, funding_account
from hypersim.account.withdrawal import Withdrawal
from hypersim.storage.contradiction import contradiction, reading
from hypersim.trading.following import as_command
from hypersim.trading.order import Order, OrderStatus, OrderType
from hypersim.trading.order_list import OrderList
from hypersim.trading.recorded import Recorded
from hypersim.trading.settlement import held_asset, hold_for

ICEBERG_PARTS_MAX = 100_000
"""More parts than any instrument allows; matching meets each of them."""


def check(recorded: Recorded) -> None:
    """All of it. Raises DatabaseUnavailable."""
    _check_directory(recorded)
    _check_orders(recorded)
    for order_list in recorded.lists.values():
        if problem := _problem_of_list(recorded, order_list):
            raise contradiction(f"order list {order_list.id} {problem}")
    for order in recorded.orders.values():
        if order.status is OrderStatus.NEW and not _is_awaited(recorded, order):
            raise contradiction(f"order {order.id} waits for another, but nobody will start it")
    _check_locked(recorded)
    _check_withdrawals(recorded)


def _check_directory(recorded: Recorded) -> None:
    users, last_id = recorded.users, recorded.counters.account_id
    for user in users.values():
        if not 0 < user.id <= last_id:
            raise contradiction(
                f"user {user.id} is not one of the {last_id} that the checkpoint counts"
            )
    for key in recorded.keys.values():
        if key.account_id not in users:
            raise contradiction(f"the API key {key.key!r} is of user {key.account_id}, who is gone")
    accounts = {account for user_id in users for account in (user_id, funding_account(user_id))}
    for account_id, asset in recorded.balances:
        if account_id not in accounts and account_id not in HOUSE_ACCOUNTS:
            raise contradiction(f"a balance of {asset} is of user {account_id}, who is gone")


def _check_orders(recorded: Recorded) -> None:
    names: dict[tuple[int, str, str], int] = {}
    for order in recorded.orders.values():
        if problem := _problem(recorded, order) or _problem_of_open(recorded, order):
            raise contradiction(f"order {order.id}, which is {order.status}, {problem}")
        if order.client_order_id is not None:
            name = (order.account_id, order.symbol, order.client_order_id)
            if other := names.setdefault(name, order.id) - order.id:
                raise contradiction(
                    f"orders {order.id + other} and {order.id} are open under one client order id"
                )
    for order in recorded.ended:
        problem = _problem(recorded, order)
        if problem is None and (not order.status.is_terminal or order.hold):
            problem = f"has ended, but holds {order.hold}"
        if problem is not None:
            raise contradiction(f"order {order.id}, which is {order.status}, {problem}")


def _check_withdrawals(recorded: Recorded) -> None:
    """Those that have not ended, and what is on its way."""
    on_its_way: defaultdict[str, Decimal] = defaultdict(Decimal)
    for withdrawal in recorded.withdrawals.values():
        if problem := _problem_of_withdrawal(recorded, withdrawal):
            raise contradiction(f"withdrawal {withdrawal.id} {problem}")
        on_its_way[withdrawal.asset] += withdrawal.amount
    for (account_id, asset), balance in recorded.balances.items():
        if account_id == TRANSIT_ACCOUNT and balance.available != on_its_way.pop(asset, 0):
            raise contradiction(f"the {asset} on its way out is not what withdrawals say")
    for asset in on_its_way:
        raise contradiction(f"the {asset} of withdrawals is not on its way")


def _problem_of_withdrawal(recorded: Recorded, withdrawal: Withdrawal) -> str | None:
    if withdrawal.account_id not in recorded.users:
        return f"is of user {withdrawal.account_id}, who is gone"
    if not 0 < withdrawal.id <= recorded.counters.withdrawal_id:
        return "has a number that was never given out"
    amount, fee = withdrawal.amount, withdrawal.fee
    if not (amount.is_finite() and fee.is_finite() and 0 <= fee < amount):
        return f"is of {amount}, with a fee of {fee}"
    return None


def _problem(recorded: Recorded, order: Order) -> str | None:
    """What no order can have."""
    counters = recorded.counters
    if order.account_id not in recorded.users:
        return f"is of user {order.account_id}, who is gone"
    if order.symbol not in recorded.instruments:
        return f"is in {order.symbol!r}, which is not listed"
    if not (0 < order.id <= counters.order_id and 0 <= order.rank <= counters.rank):
        return "has a number that was never given out"
    amounts = (order.quantity, order.filled, order.prevented, order.hold, order.notional, order.fee)
    prices = (order.price, order.trigger_price, order.trailing_price, order.peg_limit)
    some = (*prices, order.quote_quantity, order.iceberg_quantity, order.shown)
    for amount in (*amounts, *(number for number in some if number is not None)):
        if not amount.is_finite() or amount < 0:
            return f"has the amount or price {amount}"
    if order.remaining < 0:
        return "has traded more than it was for"
    # A pegged order has none until it works.
    may_lack_price = order.peg_basis is not None and not order.is_working
    if (order.type is OrderType.LIMIT) != (order.price is not None) and not may_lack_price:
        return "has a price that it should not have, or none"
    return None


def _problem_of_open(recorded: Recorded, order: Order) -> str | None:
    """What no open order can have."""
    has_work = order.remaining or (order.list_id is not None and not order.quantity)
    if order.status.is_terminal or not has_work:
        return "has no end, but nothing left to do"
    if (order.status is OrderStatus.PARTIALLY_FILLED) != (order.filled > 0):
        return f"has traded {order.filled}"
    instrument = recorded.instruments[order.symbol]
    if order.working_ms is None:
        with reading(f"order {order.id}"):
            as_command(instrument, order, None)
        return _problem_of_waiting(order)
    if order.status is OrderStatus.NEW:
        return "works already"
    if order.price is None or not order.price:
        return "rests without a price"
    if order.hold < hold_for(instrument, order.side, order.price, order.remaining):
        return f"holds {order.hold}, which does not pay for the rest of it"
    if (order.iceberg_quantity is None) != (order.shown is None):
        return "is an iceberg order in part"
    if order.shown is not None and not 0 < order.shown <= order.remaining:
        return f"shows {order.shown}"
    part = order.iceberg_quantity
    if part is not None and part * ICEBERG_PARTS_MAX < order.remaining:
        return f"shows {part} at a time"
    return None


def _problem_of_waiting(order: Order) -> str | None:
    if order.shown is not None:
        return f"shows {order.shown}"
    if order.status is OrderStatus.NEW:
        return f"holds {order.hold} already" if order.hold else None
    if order.trigger is None or not (order.trigger_price or order.trailing_delta):
        return "waits for no price"
    if order.trailing_price is not None and order.trailing_delta is None:
        return "trails without a distance"
    if order.trailing_delta is not None and not 0 < order.trailing_delta < 10_000:
        return f"trails by {order.trailing_delta} basis points"
    return None


def _problem_of_list(recorded: Recorded, order_list: OrderList) -> str | None:
    if order_list.account_id not in recorded.users or order_list.symbol not in recorded.instruments:
        return "is of a user or a symbol that is gone"
    if not 0 < order_list.id <= recorded.counters.list_id:
        return "has a number that was never given out"
    if len(order_list.order_ids) != order_list.kind.size:
        return f"has {len(order_list.order_ids)} orders"
    own = [recorded.orders.get(order_id) for order_id in order_list.order_ids]
    open_ones = [order for order in own if order is not None]
    is_waiting = not order_list.kind.is_pair_only and order_list.activated_ms is None
    needed = order_list.order_ids if is_waiting else order_list.pair_ids
    if not open_ones or not all(order_id in recorded.orders for order_id in needed):
        return "is open, but not all of its orders are"
    for order in open_ones:
        if (order.account_id, order.symbol, order.list_id) != (
            order_list.account_id,
            order_list.symbol,
            order_list.id,
        ):
            return f"names order {order.id}, which is not its own"
    if not order_list.hold.is_finite() or order_list.hold < 0:
        return f"holds {order_list.hold}"
    return None


def _is_awaited(recorded: Recorded, order: Order) -> bool:
    order_list = recorded.lists.get(order.list_id or 0)
    if order_list is None or order_list.activated_ms is not None:
        return False
    return order.id in order_list.waiting_ids and order_list.working_id in recorded.orders


def _check_locked(recorded: Recorded) -> None:
    held: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for order in recorded.orders.values():
        instrument = recorded.instruments[order.symbol]
        held[order.account_id, held_asset(order.side, instrument)] += order.hold
    for order_list in recorded.lists.values():
        base = recorded.instruments[order_list.symbol].base
        held[order_list.account_id, base] += order_list.hold
    for (account_id, asset), balance in recorded.balances.items():
        if balance.locked != held.pop((account_id, asset), 0):
            raise contradiction(
                f"the locked {asset} of account {account_id} is not what its orders hold"
            )
    for (account_id, asset), amount in held.items():
        if amount:
            raise contradiction(f"account {account_id} holds {asset} that it does not have")
