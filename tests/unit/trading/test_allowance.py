"""What an account may have open in all symbols together, and trade of an asset in one order."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from hypersim.trading.commands import (
    AmendOrder,
    Command,
    ListInstrument,
    PlaceOrder,
    PlaceOrderList,
    ReplaceOrder,
)
from hypersim.trading.commands import CancelOrder as Cancel
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import OrderType, Side, Trigger
from hypersim.trading.order_list import ListKind
from hypersim.trading.rejections import Rejection
from hypersim.trading.rules import AccountLimits
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    by_cost,
    done,
    exchange,
    instrument,
    place,
    quote,
    reason,
    sell,
)

ELSEWHERE = "ETH/USDT"
STOP: dict[str, Any] = {"trigger": Trigger.STOP_LOSS, "trigger_price": Decimal(110)}
BERG: dict[str, Any] = {"iceberg_quantity": Decimal(1)}


def two_markets(limits: AccountLimits, **changes: Any) -> Exchange:
    made = exchange(limits=limits, market=instrument(**changes))
    done(made, ListInstrument(instrument(symbol=ELSEWHERE, base="ETH")))
    done(made, quote("99", "101"))
    return made


def elsewhere(command: PlaceOrder) -> PlaceOrder:
    return replace(command, symbol=ELSEWHERE)


def pair(**changes: Any) -> PlaceOrderList:
    orders = (buy(ALICE, "1", **STOP), buy(ALICE, "1", "90", post_only=True))
    return PlaceOrderList(ALICE, SYMBOL, ListKind.OCO, orders, **changes)


@pytest.mark.parametrize(
    ("limits", "one", "too_many"),
    [
        (AccountLimits(orders=1), buy(ALICE, "1", "90"), Rejection.TOO_MANY_OPEN_ORDERS_IN_ALL),
        (
            AccountLimits(conditional=1),
            buy(ALICE, "1", **STOP),
            Rejection.TOO_MANY_CONDITIONAL_ORDERS_IN_ALL,
        ),
        (
            AccountLimits(icebergs=1),
            buy(ALICE, "2", "90", **BERG),
            Rejection.TOO_MANY_ICEBERG_ORDERS_IN_ALL,
        ),
    ],
)
def test_an_account_s_orders_are_counted_over_all_symbols(
    limits: AccountLimits, one: PlaceOrder, too_many: Rejection
) -> None:
    target = two_markets(limits)
    done(target, one)
    assert reason(target, elsewhere(one)) is too_many
    assert reason(target, one) is too_many
    done(target, elsewhere(replace(one, account_id=BOB)))
    done(target, Cancel(ALICE, 1))
    done(target, elsewhere(one))
    assert reason(target, one) is too_many


def test_an_account_s_lists_are_counted_over_all_symbols() -> None:
    target = two_markets(AccountLimits(lists=1))
    done(target, pair())
    orders = tuple(elsewhere(order) for order in pair().orders)
    there = PlaceOrderList(ALICE, ELSEWHERE, ListKind.OCO, orders)
    assert reason(target, there) is Rejection.TOO_MANY_ORDER_LISTS_IN_ALL
    assert reason(target, pair()) is Rejection.TOO_MANY_ORDER_LISTS_IN_ALL
    done(target, Cancel(ALICE, 1))
    done(target, pair())


def test_both_orders_of_a_list_need_room() -> None:
    target = two_markets(AccountLimits(orders=2))
    done(target, elsewhere(buy(ALICE, "1", "90")))
    assert reason(target, pair()) is Rejection.TOO_MANY_OPEN_ORDERS_IN_ALL
    position = two_markets(AccountLimits(), position_max=Decimal("1001.9"))
    assert reason(position, pair()) is Rejection.POSITION_TOO_LARGE


def test_a_replacement_is_measured_beside_the_order_that_it_replaces() -> None:
    target = two_markets(AccountLimits(), position_max=Decimal(1_001))
    done(target, buy(ALICE, "1", "90"))
    swap = ReplaceOrder(Cancel(ALICE, 1), buy(ALICE, "1", "91"), continues_on_failure=False)
    assert reason(target, swap) is Rejection.POSITION_TOO_LARGE


def test_an_order_grows_no_further_than_its_account_may() -> None:
    limits = AccountLimits(assets={"USDT": Decimal(500)})
    target = two_markets(limits, position_max=Decimal(1_003))
    done(target, buy(ALICE, "2", "90"))
    larger = AmendOrder(ALICE, 1, quantity=Decimal("3.1"))
    assert reason(target, larger) is Rejection.POSITION_TOO_LARGE
    done(target, AmendOrder(ALICE, 1, quantity=Decimal(3)))
    done(target, sell(ALICE, "2", "110"))
    richer = AmendOrder(ALICE, 2, quantity=Decimal(5))
    assert reason(target, richer) is Rejection.ASSET_AMOUNT_TOO_LARGE


@pytest.mark.parametrize(
    ("asset", "most", "command"),
    [
        ("BTC", "1", buy(ALICE, "1.1", "90")),
        ("BTC", "1", sell(ALICE, "1.1")),
        ("BTC", "1", by_cost(Side.BUY, ALICE, "111.1")),
        ("BTC", "1", by_cost(Side.SELL, ALICE, "108.9")),
        ("BTC", "1", sell(ALICE, "1.1", trigger=Trigger.STOP_LOSS, trigger_price=Decimal(90))),
        ("USDT", "90", buy(ALICE, "1", "91")),
        ("USDT", "90", sell(ALICE, "1")),
        ("USDT", "90", by_cost(Side.BUY, ALICE, "90.1")),
        ("USDT", "100", buy(ALICE, "1", **STOP)),
        ("USDT", "100", pair()),
        ("BTC", "0.9", pair()),
    ],
)
def test_one_order_trades_no_more_of_an_asset_than_is_allowed(
    asset: str, most: str, command: Command
) -> None:
    target = two_markets(AccountLimits(assets={asset: Decimal(most)}))
    assert reason(target, command) is Rejection.ASSET_AMOUNT_TOO_LARGE
    done(two_markets(AccountLimits(assets={asset: Decimal(1_000)})), command)


def test_an_order_that_waits_for_another_is_bounded_like_others() -> None:
    target = two_markets(AccountLimits(assets={"BTC": Decimal(1)}))
    waiting = place(Side.SELL, ALICE, "1.1", "120")
    orders = (buy(ALICE, "1", "90"), waiting)
    asked = PlaceOrderList(ALICE, SYMBOL, ListKind.OTO, orders)
    assert reason(target, asked) is Rejection.ASSET_AMOUNT_TOO_LARGE
    assert waiting.type is OrderType.LIMIT


def test_what_may_be_tested_of_an_order_is_its_size_and_not_what_else_is_open() -> None:
    limits = AccountLimits(orders=0, assets={"BTC": Decimal(1)})
    target = two_markets(limits, position_max=Decimal(1))
    assert target.check(buy(ALICE, "1", "90"), START_MS) is None
    too_large = target.check(buy(ALICE, "1.1", "90"), START_MS)
    assert too_large and too_large.reason is Rejection.ASSET_AMOUNT_TOO_LARGE


def test_only_amendments_that_are_counted_have_a_number() -> None:
    target = two_markets(AccountLimits(), order_amends_max=2)
    done(target, buy(ALICE, "9", "90"))
    for quantity in (8, 7):
        done(target, AmendOrder(ALICE, 1, quantity=Decimal(quantity), keeps_place=True))
    third = AmendOrder(ALICE, 1, quantity=Decimal(6))
    assert reason(target, replace(third, keeps_place=True)) is Rejection.TOO_MANY_AMENDMENTS
    done(target, third)
