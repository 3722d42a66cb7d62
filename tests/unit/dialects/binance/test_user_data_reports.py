"""What an account is told about its orders and money, field by field."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hypersim.account.entries import Balance
from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.user_data.formats import Stamp, format_of, places_of
from hypersim.dialects.binance.user_data.news import account_position, balance_update
from hypersim.dialects.binance.user_data.reports import execution_report
from hypersim.trading.account_commands import Deposit, Withdraw
from hypersim.trading.commands import AmendOrder, CancelOrder
from hypersim.trading.events import FundsMoved, OrderAccepted
from hypersim.trading.order import SelfTradePrevention, Side, TimeInForce
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    buy,
    by_cost,
    depth,
    done,
    exchange,
    instrument,
    quote,
    sell,
)

NOW_MS = START_MS + 7
MARKET = instrument(maker_fee_rate=Decimal("0.001"), taker_fee_rate=Decimal("0.002"))

FIELDS = list("eEscSofqpPFgCxXrilzLnNTtIwmMOZYQWV")


def told(event: Any, unit: TimeUnit = TimeUnit.MILLISECOND) -> dict[str, Any]:
    """The report as a client reads it."""
    report = execution_report(event, format_of(MARKET), 42, Stamp(NOW_MS, unit))
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(report))
    return body


def reports(events: Any) -> list[dict[str, Any]]:
    """Those of all events that change orders."""
    return [told(event) for event in events if hasattr(event, "order")]


def short(report: dict[str, Any]) -> tuple[Any, ...]:
    """(x, X, z)"""
    return report["x"], report["X"], report["z"]


def test_a_new_order_is_told_with_every_field_in_the_documented_order() -> None:
    target = exchange(market=MARKET)
    (accepted,) = done(target, buy(ALICE, "1.5", "100", client_order_id="mine"))
    report = told(accepted)
    assert list(report) == FIELDS
    assert report == {
        "e": "executionReport",
        "E": NOW_MS,
        "s": "BTCUSDT",
        "c": "mine",
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "1.50000000",
        "p": "100.00000000",
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": "NEW",
        "X": "NEW",
        "r": "NONE",
        "i": 1,
        "l": "0.00000000",
        "z": "0.00000000",
        "L": "0.00000000",
        "n": "0",
        "N": None,
        "T": START_MS,
        "t": -1,
        "I": 42,
        "w": True,
        "m": False,
        "M": False,
        "O": START_MS,
        "Z": "0.00000000",
        "Y": "0.00000000",
        "Q": "0.00000000",
        "W": START_MS,
        "V": "EXPIRE_MAKER",
    }


def test_all_times_are_in_microseconds_for_who_wants_that() -> None:
    target = exchange(market=MARKET)
    (accepted,) = done(target, buy(ALICE, "1", "100"))
    report = told(accepted, TimeUnit.MICROSECOND)
    assert report["E"] == NOW_MS * 1_000
    assert {report[name] for name in "TOW"} == {START_MS * 1_000}


def test_each_fill_of_a_taker_is_told_with_what_it_cost() -> None:
    target = exchange(market=MARKET)
    done(target, depth([("99", "5")], [("100", "1"), ("101", "5")]))
    new, first, second = reports(done(target, buy(ALICE, "3")))
    assert short(new) == ("NEW", "NEW", "0.00000000")
    assert (new["o"], new["p"], new["w"]) == ("MARKET", "0.00000000", True)
    assert short(first) == ("TRADE", "PARTIALLY_FILLED", "1.00000000")
    assert (first["l"], first["L"], first["Y"]) == ("1.00000000", "100.00000000", "100.00000000")
    assert (first["n"], first["N"], first["t"]) == ("0.00200000", "BTC", 1)
    assert (first["w"], first["m"], first["M"]) == (True, False, True)
    assert short(second) == ("TRADE", "FILLED", "3.00000000")
    assert (second["Z"], second["Y"], second["t"]) == ("302.00000000", "202.00000000", 2)
    assert second["w"] is False
    assert list(second) == FIELDS


def test_a_maker_is_told_that_it_was_one_and_pays_in_what_it_receives() -> None:
    target = exchange(market=MARKET)
    done(target, quote("99", "100"))
    done(target, sell(ALICE, "2", "105"))
    (report,) = reports(done(target, quote("106", "107")))
    assert short(report) == ("TRADE", "FILLED", "2.00000000")
    assert report["m"] is True
    assert (report["n"], report["N"]) == ("0.21000000", "USDT")


def test_a_cancel_names_the_request_and_the_order_that_it_ended() -> None:
    target = exchange(market=MARKET)
    done(target, buy(ALICE, "1", "100", client_order_id="mine"))
    done(target, buy(ALICE, "1", "100", client_order_id="other"))
    (closed,) = done(target, CancelOrder(ALICE, 1, cancel_id="cancel-1"))
    report = told(closed)
    assert short(report) == ("CANCELED", "CANCELED", "0.00000000")
    assert (report["c"], report["C"]) == ("cancel-1", "mine")
    assert (report["r"], report["w"]) == ("NONE", False)
    (closed,) = done(target, CancelOrder(ALICE, 2))
    unnamed = told(closed)
    assert (unnamed["c"], unnamed["C"]) == ("other", "other")


@pytest.mark.parametrize(
    ("time_in_force", "price", "reason"),
    [
        (TimeInForce.IOC, "100", "UNFILLED_IOC_QUANTITY_EXPIRED"),
        (TimeInForce.FOK, "100", "UNFILLED_FOK_ORDER_EXPIRED"),
        (TimeInForce.GTC, None, "INSUFFICIENT_LIQUIDITY"),
    ],
)
def test_what_finds_no_liquidity_expires_and_says_why(
    time_in_force: TimeInForce, price: str | None, reason: str
) -> None:
    target = exchange(market=MARKET)
    done(target, depth([("99", "1")], [("100", "1")]))
    told_all = reports(done(target, buy(ALICE, "3", price, time_in_force=time_in_force)))
    last = told_all[-1]
    assert (last["x"], last["X"], last["eR"], last["r"]) == ("EXPIRED", "EXPIRED", reason, "NONE")
    assert list(last) == [*FIELDS, "eR"]
    assert last["f"] == time_in_force.name


def test_self_trade_prevention_is_told_to_the_order_that_it_ended() -> None:
    target = exchange(market=MARKET)
    done(target, quote("90", "110"))
    done(target, sell(ALICE, "1", "100"))
    mode = SelfTradePrevention.EXPIRE_TAKER
    told_all = reports(done(target, buy(ALICE, "1", "100", self_trade_prevention=mode)))
    assert short(told_all[-1]) == ("TRADE_PREVENTION", "EXPIRED_IN_MATCH", "0.00000000")
    assert told_all[-1]["V"] == "EXPIRE_TAKER"
    assert "eR" not in told_all[-1]


def test_an_amendment_keeps_the_order_and_shows_its_new_quantity() -> None:
    target = exchange(market=MARKET)
    done(target, buy(ALICE, "2", "100", client_order_id="mine"))
    (report,) = reports(done(target, AmendOrder(ALICE, 1, Decimal("1.5"))))
    assert short(report) == ("REPLACED", "NEW", "0.00000000")
    assert (report["q"], report["C"], report["i"]) == ("1.50000000", "mine", 1)


def test_orders_by_cost_post_only_and_good_till_a_date_have_binances_words() -> None:
    target = exchange(market=MARKET)
    done(target, quote("99", "100"))
    assert reports(done(target, by_cost(Side.BUY, ALICE, "500")))[0]["Q"] == "500.00000000"
    assert reports(done(target, buy(ALICE, "1", "98", post_only=True)))[0]["o"] == "LIMIT_MAKER"
    dated = buy(ALICE, "1", "98", time_in_force=TimeInForce.GTD, expires_ms=START_MS + 1)
    assert reports(done(target, dated))[0]["f"] == "GTC"


def test_money_that_comes_and_goes_is_told_with_its_sign() -> None:
    target = exchange(market=MARKET)
    events = [
        *done(target, Deposit(BOB, "BTC", Decimal("0.5"))),
        *done(target, Withdraw(BOB, "USDT", Decimal("12.25"))),
    ]
    told_all = [
        msgspec.to_builtins(balance_update(event, {}, Stamp(NOW_MS)))
        for event in events
        if isinstance(event, FundsMoved)
    ]
    common = {"e": "balanceUpdate", "E": NOW_MS, "T": START_MS}
    assert told_all == [
        {**common, "a": "BTC", "d": "0.50000000"},
        {**common, "a": "USDT", "d": "-12.25000000"},
    ]
    assert list(told_all[0]) == ["e", "E", "a", "d", "T"]


def test_a_position_shows_what_is_free_and_what_is_locked() -> None:
    balances = {"USDT": Balance(Decimal("99900"), Decimal("100.5"))}
    position = account_position(balances, START_MS, {}, Stamp(NOW_MS))
    assert msgspec.to_builtins(position) == {
        "e": "outboundAccountPosition",
        "E": NOW_MS,
        "u": START_MS,
        "B": [{"a": "USDT", "f": "99900.00000000", "l": "100.50000000"}],
    }


def test_finer_grids_than_eight_decimals_are_shown_whole() -> None:
    fine = instrument(
        tick_size=Decimal("0.0000000001"),
        min_price=Decimal("0.0000000001"),
        min_notional=Decimal(0),
        quote_places=10,
    )
    target = exchange(market=fine)
    (accepted,) = done(target, buy(ALICE, "1", "0.0000000123"))
    assert isinstance(accepted, OrderAccepted)
    report = execution_report(accepted, format_of(fine), 1, Stamp(NOW_MS))
    assert report.price == "0.0000000123"
    assert places_of([MARKET, fine]) == {"BTC": 8, "USDT": 10}
