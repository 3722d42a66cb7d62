"""An account's share of a transaction: its events, and what they may have changed."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hypersim.account.entries import Balance
from hypersim.dialects.binance.numbers import execution_id
from hypersim.dialects.binance.user_data.reports import OrderNews
from hypersim.service.transaction import Transaction, account_of, legs_in, numbers_of
from hypersim.trading.events import (
    FundsMoved,
    HalfRefused,
    OrderAccepted,
    OrderAmended,
    OrderClosed,
    OrderListChanged,
)
from hypersim.trading.order import CloseReason

AccountEvent = OrderNews | OrderListChanged | HalfRefused | FundsMoved


class Executed(NamedTuple):
    """An event under a number that no other one has; `place`: where the transaction has it."""

    execution_id: int
    place: int
    event: AccountEvent


class Share(NamedTuple):
    """What concerns the account, in order."""

    account_id: int
    transaction: Transaction
    executed: list[Executed]
    after: Mapping[str, Balance] | None = None
    """What the account had after it; None: after all of the transaction."""

    def steps(self) -> list["Share"]:
        """What is told with balances of its own: each order that was placed, canceled or amended by
        this transaction, with what followed from it."""
        if not any(type(one.event) in _STEPS for one in self.executed[1:]):
            return [self] if self.executed else []
        steps: list[Share] = []
        lists: set[int] = set()
        for one in self.executed:
            list_id = _list_id(one.event)
            if not steps or _is_step(one.event, list_id in lists):
                steps.append(Share(self.account_id, self.transaction, []))
                lists.clear()
            steps[-1].executed.append(one)
            if list_id is not None:
                lists.add(list_id)
        if len(steps) <= 1:
            return [self]
        # Once for all of them: a cancel of all may have thousands.
        after = self.transaction.after_each(self.account_id)
        return [step._replace(after=after[step.executed[-1].place]) for step in steps]

    def balances(self, fee_asset: str | None) -> dict[str, Balance]:
        """As it left them, if it changed any: the base, the quote and the fee asset of the orders,
        besides what moved. `fee_asset` is what the account pays fees in, if that is an asset of its
        own."""
        after: Mapping[str, Balance]
        moved: Iterable[str]
        if self.after is None:
            moved = after = self.transaction.left(self.account_id)
        else:
            after = self.after
            moved = [
                leg.asset for one in self.executed for leg in legs_in(one.event, self.account_id)
            ]
        if not moved:
            return {}
        symbols = {
            one.event.order.symbol for one in self.executed if isinstance(one.event, OrderNews)
        }
        first = [asset for symbol in sorted(symbols) for asset in symbol.split("/")]
        if first and fee_asset is not None:
            first.append(fee_asset)
        return {asset: after[asset] for asset in dict.fromkeys([*first, *moved]) if asset in after}


def share_of(transaction: Transaction, account_id: int) -> Share:
    """What the account is told of it."""
    share = Share(account_id, transaction, [])
    seq = transaction.seq - sum(map(numbers_of, transaction.events))
    for place, event in enumerate(transaction.events):
        numbers = numbers_of(event)
        seq += numbers
        if isinstance(event, AccountEvent) and account_of(event) == account_id:
            number = execution_id(seq, is_recorded=numbers > 0)
            share.executed.append(Executed(number, place, event))
    return share


_STEPS: frozenset[type] = frozenset(
    (FundsMoved, OrderAccepted, OrderAmended, OrderListChanged, OrderClosed)
)
"""What can begin another step. Of an order and its fills, nothing does."""


def _is_step(event: AccountEvent, is_list_known: bool) -> bool:
    match event:
        case FundsMoved():
            return True
        case OrderAccepted() | OrderAmended() | OrderListChanged():
            return not is_list_known
        case OrderClosed(reason=CloseReason.BY_USER):
            return not is_list_known
        case _:
            return False


def _list_id(event: AccountEvent) -> int | None:
    match event:
        case FundsMoved() | HalfRefused():
            return None
        case OrderListChanged(order_list=order_list):
            return order_list.id
        case _:
            return event.order.list_id
