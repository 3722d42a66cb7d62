"""Amounts add up at the precision that is announced, however crooked prices and sizes are."""

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypersim.trading.commands import AmendOrder, CancelOrder, Command
from hypersim.trading.events import OrderFilled
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import Side, TimeInForce
from hypersim.trading.rules import Matching
from tests.support.builders import ALICE, BOB, by_cost, depth, exchange, instrument, place
from tests.support.invariants import check_books, check_money

TICK, STEP, UNIT = 5, 4, 8
"""Decimals of a price, of a quantity, of every amount."""

TENTHS = 10
"""A tick times a step is a tenth of a unit."""

MARKET = instrument(
    tick_size=Decimal("0.00001"),
    step_size=Decimal("0.0001"),
    min_price=Decimal("0.00001"),
    min_quantity=Decimal("0.0001"),
    min_notional=Decimal(0),
    maker_fee_rate=Decimal("0.00075"),
    taker_fee_rate=Decimal("0.001"),
)

accounts, sides = st.sampled_from((ALICE, BOB)), st.sampled_from(Side)
ticks, steps = st.integers(2_990, 3_006), st.integers(1, 900)
levels = st.lists(st.tuples(st.integers(0, 9), steps), max_size=4, unique_by=lambda one: one[0])


def number(units: int, places: int) -> str:
    return f"{Decimal(units).scaleb(-places):f}"


@st.composite
def moves(draw: st.DrawFn) -> Command:
    ask = draw(ticks)
    asks, bids = sorted(draw(levels)), sorted(draw(levels))
    return depth(
        [(number(ask - 1 - away, TICK), number(size, STEP)) for away, size in bids],
        [(number(ask + away, TICK), number(size, STEP)) for away, size in asks],
    )


@st.composite
def orders(draw: st.DrawFn) -> Command:
    account, side = draw(accounts), draw(sides)
    match draw(st.sampled_from(("limit", "limit", "market", "cost"))):
        case "limit":
            patience = draw(st.sampled_from((TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC)))
            quantity, price = number(draw(steps), STEP), number(draw(ticks), TICK)
            return place(side, account, quantity, price, time_in_force=patience)
        case "market":
            return place(side, account, number(draw(steps), STEP), None)
        case _:
            return by_cost(side, account, number(draw(st.integers(1, 10**6)), UNIT))


changes = st.builds(CancelOrder, accounts, st.integers(1, 12)) | st.builds(
    AmendOrder, accounts, st.integers(1, 12), steps.map(lambda one: Decimal(number(one, STEP)))
)


def whole(amount: Decimal) -> int:
    """In units of the announced precision; it has no finer part."""
    units = amount.scaleb(UNIT)
    count = int(units)
    assert units == count, amount
    return count


def worth(price: Decimal, quantity: Decimal) -> int:
    """By the rule: the product of whole ticks and whole steps, cut to whole units."""
    return int(price.scaleb(TICK)) * int(quantity.scaleb(STEP)) // TENTHS


def balances(target: Exchange) -> dict[tuple[int, str], int]:
    """Free and locked in whole units, together."""
    ledger = target.state.ledger
    return {
        (account, asset): whole(ledger.available(account, asset))
        + whole(ledger.locked(account, asset))
        for account in (ALICE, BOB)
        for asset in ("BTC", "USDT")
    }


@pytest.mark.parametrize("matching", Matching)
@settings(deadline=None)
@given(commands=st.lists(moves() | orders() | orders() | changes, min_size=5, max_size=25))
def test_amounts_add_up_at_the_announced_precision(
    matching: Matching, commands: list[Command]
) -> None:
    target = exchange(
        matching=matching, accounts=2, money={"BTC": "3", "USDT": "0.1"}, market=MARKET
    )
    traded: defaultdict[int, int] = defaultdict(int)
    for command in commands:
        before = balances(target)
        events, _ = target.execute(command, 1_700_000_000_000)
        for fill in (event.fill for event in events if isinstance(event, OrderFilled)):
            cost, sign = whole(fill.notional), 1 if fill.side is Side.BUY else -1
            assert cost == worth(fill.price, fill.quantity)
            traded[fill.order_id] += cost
            before[fill.account_id, "USDT"] -= sign * cost
            before[fill.account_id, "BTC"] += sign * whole(fill.quantity)
            before[fill.account_id, fill.fee_asset] -= whole(fill.fee)
        assert balances(target) == before
        for order in target.state.orders.values():
            assert whole(order.notional) == traded[order.id]
            if order.side is Side.BUY and order.price is not None:
                assert whole(order.hold) == worth(order.price, order.remaining)
        check_money(target.state)
        check_books(target.state)
