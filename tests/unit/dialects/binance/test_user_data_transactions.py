"""Which events belong together, and what an account had after them."""

from collections.abc import Sequence
from decimal import Decimal

from hypersim.account.ledger import Balance
from hypersim.dialects.binance.user_data_transactions import (
    AccountEvent,
    Transaction,
    account_of,
    transactions,
)
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import CancelAllOrders, CancelOrder, Command
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import TimeInForce
from tests.support.builders import ALICE, BOB, START_MS, buy, depth, done, exchange, quote, sell


def run(target: Exchange, *commands: Command, now_ms: int = START_MS) -> list[AccountEvent]:
    """What Alice is told of; everything came in one go."""
    events = [event for command in commands for event in done(target, command, now_ms)]
    return [
        event for event in events if isinstance(event, AccountEvent) and account_of(event) == ALICE
    ]


def grouped(target: Exchange, events: Sequence[AccountEvent]) -> list[Transaction]:
    ledger = target.state.ledger
    now = {
        (account_id, asset): Balance(
            ledger.available(account_id, asset), ledger.locked(account_id, asset)
        )
        for account_id in (ALICE, BOB)
        for asset in ("BTC", "USDT")
    }
    return transactions(ALICE, events, now)


def shape(target: Exchange, events: Sequence[AccountEvent]) -> list[int]:
    """How many events each transaction has."""
    return [len(transaction.events) for transaction in grouped(target, events)]


def test_an_order_and_its_fills_are_one_transaction() -> None:
    target = exchange()
    done(target, depth([("99", "5")], [("100", "1"), ("101", "5")]))
    events = run(target, buy(ALICE, "3"))
    (transaction,) = grouped(target, events)
    assert len(transaction.events) == 3
    assert transaction.time_ms == START_MS
    assert transaction.balances == {
        "USDT": Balance(Decimal("99698"), Decimal(0)),
        "BTC": Balance(Decimal("1003"), Decimal(0)),
    }


def test_commands_of_one_moment_are_told_apart() -> None:
    target = exchange()
    events = run(
        target,
        buy(ALICE, "1", "100"),
        sell(ALICE, "2", "200"),
        CancelOrder(ALICE, 1),
        Deposit(ALICE, "BTC", Decimal(1)),
        Deposit(ALICE, "BTC", Decimal(1)),
    )
    balances = [dict(transaction.balances) for transaction in grouped(target, events)]
    assert balances == [
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


def test_each_order_of_a_cancel_of_all_is_a_transaction() -> None:
    target = exchange()
    done(target, buy(ALICE, "1", "100"))
    done(target, buy(ALICE, "1", "101"))
    events = run(target, CancelAllOrders(ALICE))
    assert [dict(one.balances) for one in grouped(target, events)] == [
        {
            "BTC": Balance(Decimal("1000"), Decimal("0")),
            "USDT": Balance(Decimal("99899"), Decimal("101")),
        },
        {
            "BTC": Balance(Decimal("1000"), Decimal("0")),
            "USDT": Balance(Decimal("100000"), Decimal("0")),
        },
    ]


def test_fills_that_a_market_makes_at_once_are_one_transaction() -> None:
    target = exchange()
    done(target, quote("99", "100"))
    done(target, sell(ALICE, "1", "105"))
    done(target, sell(ALICE, "1", "106"))
    assert shape(target, run(target, quote("110", "111"))) == [2]
    done(target, sell(ALICE, "1", "120"))
    done(target, sell(ALICE, "1", "130"))
    later = run(target, quote("121", "122"), now_ms=START_MS + 1)
    later += run(target, quote("131", "132"), now_ms=START_MS + 2)
    assert shape(target, later) == [1, 1]


def test_other_accounts_halves_of_a_trade_change_nothing() -> None:
    target = exchange(matching="shared")
    done(target, quote("90", "110"))
    done(target, sell(BOB, "1", "100"))
    (transaction,) = grouped(target, run(target, buy(ALICE, "1", "100")))
    assert transaction.balances == {
        "USDT": Balance(Decimal("99900"), Decimal(0)),
        "BTC": Balance(Decimal("1001"), Decimal(0)),
    }


def test_an_order_names_the_asset_of_its_fee_too() -> None:
    target = exchange()
    events = run(target, buy(ALICE, "1", "100"), Deposit(ALICE, "BTC", Decimal(1)))
    now = {(ALICE, "BNB"): Balance(Decimal(7), Decimal(0))}
    order, deposit = transactions(ALICE, events, now, "BNB")
    assert list(order.balances) == ["BTC", "USDT", "BNB"]
    assert order.balances["BNB"] == now[ALICE, "BNB"]
    assert list(deposit.balances) == ["BTC"]


def test_an_order_that_moves_no_money_changes_no_balance() -> None:
    target = exchange()
    done(target, quote("99", "100"))
    unfilled = buy(ALICE, "1", "90", time_in_force=TimeInForce.IOC)
    (transaction,) = grouped(target, run(target, unfilled))
    assert len(transaction.events) == 2
    assert transaction.balances == {}
    assert grouped(target, []) == []
