"""Sessions with conditional orders, pairs and orders that place others go as the oracle says."""

from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from hypersim.market.events import TradePrinted
from hypersim.trading import fills as fill_models
from hypersim.trading.commands import CancelOrderList, PlaceOrder, PlaceOrderList
from hypersim.trading.order import OrderType, SelfTradePrevention, Side, TimeInForce, Trigger
from hypersim.trading.order_list import ListKind
from hypersim.trading.rules import Matching
from tests.property.inputs import (
    OPEN_ORDERS_MAX,
    accounts,
    any_index,
    limit,
    preventions,
    prices,
    sides,
    sizes,
)
from tests.property.session import Session, play
from tests.support.builders import SYMBOL, moved
from tests.support.oracle import Oracle
from tests.support.oracle_lists import ListOracle
from tests.support.oracle_orders import Entry

triggers = st.integers(96, 104).map(Decimal)
patience = st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK])

NO_ORDER = Entry(
    0, 1, Side.BUY, None, Decimal(1), 0, SelfTradePrevention.NONE, post_only=False, expires_ms=None
)


def conditional(
    account: int,
    side: Side,
    kind: Trigger,
    at: Decimal,
    quantity: Decimal,
    price: Decimal | None,
    *,
    time_in_force: TimeInForce = TimeInForce.GTC,
    prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER,
) -> PlaceOrder:
    """With a limit price, or at market."""
    return PlaceOrder(
        account,
        SYMBOL,
        side,
        OrderType.MARKET if price is None else OrderType.LIMIT,
        quantity,
        price=price,
        time_in_force=TimeInForce.GTC if price is None else time_in_force,
        self_trade_prevention=prevention,
        trigger=kind,
        trigger_price=at,
    )


class ListSession(Session):
    """One session; orders that wait meet those that do not."""

    def new_oracle(self) -> Oracle:
        self.lists = ListOracle(self.fills, self.matching, OPEN_ORDERS_MAX)
        return self.lists

    def pick_amended(self, index: int) -> Entry:
        """What waits or belongs to others can only shrink: stories show that."""
        plain = [e for e in self.lists.resting() if self.lists.chain_of(e) is None]
        return plain[index % len(plain)] if plain else NO_ORDER

    @rule(
        account=accounts,
        side=sides,
        kind=st.sampled_from(Trigger),
        at=triggers,
        quantity=sizes,
        price=st.none() | prices,
        time_in_force=patience,
        prevention=preventions,
    )
    def place_conditional(
        self,
        account: int,
        side: Side,
        kind: Trigger,
        at: Decimal,
        quantity: Decimal,
        price: Decimal | None,
        time_in_force: TimeInForce,
        prevention: SelfTradePrevention,
    ) -> None:
        order = conditional(
            account,
            side,
            kind,
            at,
            quantity,
            price,
            time_in_force=time_in_force,
            prevention=prevention,
        )
        self.place(order)

    @rule(
        account=accounts,
        side=sides,
        far=st.integers(1, 4),
        near=st.integers(1, 4),
        quantity=sizes,
        price=st.none() | prices,
    )
    def place_pair(
        self,
        account: int,
        side: Side,
        far: int,
        near: int,
        quantity: Decimal,
        price: Decimal | None,
    ) -> None:
        sign = 1 if side is Side.SELL else -1
        goal = limit(account, side, Decimal(100 + sign * far), quantity, post_only=True)
        at = Decimal(100 - sign * near)
        stop = conditional(account, side, Trigger.STOP_LOSS, at, quantity, price)
        command = PlaceOrderList(account, SYMBOL, ListKind.OCO, (goal, stop))
        assert self.run(command) == self.lists.place_pair(goal, stop)

    @rule(
        account=accounts,
        side=sides,
        price=prices,
        exit_side=sides,
        exit_price=prices,
        quantity=sizes,
        more=sizes,
        is_stop=st.booleans(),
        post_only=st.booleans(),
    )
    def place_two(
        self,
        account: int,
        side: Side,
        price: Decimal,
        exit_side: Side,
        exit_price: Decimal,
        quantity: Decimal,
        more: Decimal,
        is_stop: bool,
        post_only: bool,
    ) -> None:
        first = limit(
            account,
            side,
            price,
            quantity,
            time_in_force=TimeInForce.IOC if post_only and is_stop else TimeInForce.GTC,
        )
        second = limit(account, exit_side, exit_price, more, post_only=post_only)
        if is_stop:
            second = conditional(account, exit_side, Trigger.STOP_LOSS, exit_price, more, None)
        command = PlaceOrderList(account, SYMBOL, ListKind.OTO, (first, second))
        assert self.run(command) == self.lists.place_two(first, second)

    @rule(price=triggers)
    def market_prints(self, price: Decimal) -> None:
        self.run(moved(TradePrinted(SYMBOL, self.now_ms, price, Decimal(1), False)))
        self.lists.print_trade(price)

    @precondition(lambda self: any(chain.is_open for chain in self.lists.chains))
    @rule(index=any_index)
    def cancel_list(self, index: int) -> None:
        ids = list(self.exchange.state.lists)
        assert len(ids) == sum(chain.is_open for chain in self.lists.chains)
        list_id = ids[index % len(ids)]
        order_list = self.exchange.state.lists[list_id]
        entry = self.oracle.orders[order_list.order_ids[0] - 1]
        assert self.run(CancelOrderList(order_list.account_id, list_id))
        chain = self.lists.chain_of(entry)
        assert chain is not None
        self.oracle.cancel(entry)


@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("fills", fill_models.names())
def test_a_session_of_orders_that_wait_goes_as_the_oracle_says(
    fills: str, matching: Matching
) -> None:
    play(ListSession, fills, matching, steps=40)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("fills", fill_models.names())
def test_a_thousand_sessions_of_orders_that_wait_go_as_the_oracle_says(
    fills: str, matching: Matching
) -> None:
    play(ListSession, fills, matching, examples=1_000, steps=60)
