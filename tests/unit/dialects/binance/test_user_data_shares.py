"""What an account is told of a transaction, and what it had after it."""

from decimal import Decimal

import pytest

from hypersim.account.entries import Balance
from hypersim.dialects.binance.user_data.shares import Share, share_of
from hypersim.service.transaction import Transaction
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import CancelAllOrders, CancelOrder, Command
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import TimeInForce
from hypersim.trading.rules import FeeDiscount
from tests.support.builders import (
    ALICE,
    BOB,
    buy,
    depth,
    done,
    exchange,
    instrument,
    quote,
    sell,
    transaction,
)


def shares(target: Exchange, *commands: Command) -> list[Share]:
    """What Alice is told of each command."""
    found: list[Share] = []
    for command in commands:
        found.append(share_of(transaction(done(target, command), target.state), ALICE))
    return found


def balances(target: Exchange, *commands: Command) -> list[dict[str, Balance]]:
    """What she has after each of them, where it says so."""
    return [step.balances(None) for share in shares(target, *commands) for step in share.steps()]


def test_an_order_and_its_fills_are_told_together() -> None:
    target = exchange()
    done(target, depth([("99", "5")], [("100", "1"), ("101", "5")]))
    (share,) = shares(target, buy(ALICE, "3"))
    assert len(share.executed) == 3
    assert share.balances(None) == {
        "USDT": Balance(Decimal("99698"), Decimal(0)),
        "BTC": Balance(Decimal("1003"), Decimal(0)),
    }


def test_every_event_has_a_number_of_its_own_that_goes_up() -> None:
    target = exchange()
    done(target, depth([("99", "5")], [("100", "1"), ("101", "5")]))
    told = shares(target, buy(ALICE, "3"), buy(ALICE, "1", "90"), CancelAllOrders(ALICE))
    numbers = [one.execution_id for share in told for one in share.executed]
    assert numbers == sorted(set(numbers))


def test_balances_are_those_after_each_command() -> None:
    after = balances(
        exchange(),
        buy(ALICE, "1", "100"),
        sell(ALICE, "2", "200"),
        CancelOrder(ALICE, 1),
        Deposit(ALICE, "BTC", Decimal(1)),
        Deposit(ALICE, "BTC", Decimal(1)),
    )
    assert after == [
        {
            "BTC": Balance(Decimal("1000"), Decimal("0")),
            "USDT": Balance(Decimal("99900"), Decimal("100")),
        },
        {
            "BTC": Balance(Decimal("998"), Decimal("2")),
            "USDT": Balance(Decimal("99900"), Decimal("100")),
        },
        {
            "BTC": Balance(Decimal("998"), Decimal("2")),
            "USDT": Balance(Decimal("100000"), Decimal("0")),
        },
        {"BTC": Balance(Decimal("999"), Decimal("2"))},
        {"BTC": Balance(Decimal("1000"), Decimal("2"))},
    ]


def test_each_order_of_a_cancel_of_all_is_a_step_with_its_balances() -> None:
    target = exchange()
    done(target, buy(ALICE, "1", "100"))
    done(target, buy(ALICE, "1", "101"))
    assert balances(target, CancelAllOrders(ALICE)) == [
        {
            "BTC": Balance(Decimal("1000"), Decimal("0")),
            "USDT": Balance(Decimal("99899"), Decimal("101")),
        },
        {
            "BTC": Balance(Decimal("1000"), Decimal("0")),
            "USDT": Balance(Decimal("100000"), Decimal("0")),
        },
    ]


def test_fills_that_a_market_makes_at_once_are_told_together() -> None:
    target = exchange()
    done(target, quote("99", "100"))
    done(target, sell(ALICE, "1", "105"))
    done(target, sell(ALICE, "1", "106"))
    (share,) = shares(target, quote("110", "111"))
    assert len(share.executed) == 2


def test_other_accounts_halves_of_a_trade_change_nothing() -> None:
    target = exchange(matching="shared")
    done(target, quote("90", "110"))
    done(target, sell(BOB, "1", "100"))
    assert balances(target, buy(ALICE, "1", "100")) == [
        {
            "USDT": Balance(Decimal("99900"), Decimal(0)),
            "BTC": Balance(Decimal("1001"), Decimal(0)),
        }
    ]


def test_an_order_names_the_asset_of_its_fee_too() -> None:
    target = exchange(discount=FeeDiscount("BNB", Decimal("0.25")))
    done(target, Deposit(ALICE, "BNB", Decimal(7)))
    order, deposit = shares(target, buy(ALICE, "1", "100"), Deposit(ALICE, "BTC", Decimal(1)))
    told = order.balances("BNB")
    assert list(told) == ["BTC", "USDT", "BNB"]
    assert told["BNB"] == Balance(Decimal(7), Decimal(0))
    assert list(deposit.balances("BNB")) == ["BTC"]


def test_an_order_that_moves_no_money_changes_no_balance() -> None:
    target = exchange()
    done(target, quote("99", "100"))
    (share,) = shares(target, buy(ALICE, "1", "90", time_in_force=TimeInForce.IOC))
    assert len(share.executed) == 2
    assert share.balances(None) == {}


def test_what_is_of_another_account_is_no_share_of_ones_own() -> None:
    target = exchange()
    happened = transaction(done(target, buy(ALICE, "1", "100")), target.state)
    assert share_of(happened, BOB).steps() == []


def test_balances_of_many_steps_are_walked_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    target = exchange(market=instrument(open_orders_max=100))
    for _ in range(100):
        done(target, buy(ALICE, "1", "100"))
    walks: list[int] = []
    walk = Transaction.after_each

    def counted(self: Transaction, account_id: int) -> list[dict[str, Balance]]:
        walks.append(account_id)
        return walk(self, account_id)

    monkeypatch.setattr(Transaction, "after_each", counted)
    assert len(balances(target, CancelAllOrders(ALICE))) == 100
    assert walks == [ALICE]
