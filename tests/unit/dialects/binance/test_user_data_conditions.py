"""What only some orders tell: conditional ones, icebergs, members of lists, prevented ones."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hypersim.dialects.binance.user_data.formats import Stamp, format_of
from hypersim.dialects.binance.user_data.news import list_status
from hypersim.dialects.binance.user_data.reports import (
    REJECT_REASONS,
    OrderNews,
    execution_report,
    refusal_report,
)
from hypersim.trading.events import (
    HalfRefused,
    OrderAccepted,
    OrderActivated,
    OrderAmended,
    OrderClosed,
    OrderDecremented,
    OrderTriggered,
)
from hypersim.trading.order import (
    CloseReason,
    Order,
    OrderStatus,
    OrderType,
    PreventedMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.order_list import ListKind, ListStatus, ListStatusType, OrderList
from hypersim.trading.rejections import Rejected, Rejection
from tests.support.builders import ALICE, START_MS, SYMBOL, buy, instrument

MARKET = instrument()
MATCH = PreventedMatch(
    3,
    ALICE,
    SYMBOL,
    taker_order_id=7,
    maker_order_id=5,
    mode=SelfTradePrevention.DECREMENT,
    price=Decimal("100.5"),
    quantity=Decimal(2),
    taker_quantity=Decimal(2),
    maker_quantity=None,
    time_ms=START_MS,
)


def order(status: OrderStatus = OrderStatus.OPEN, **more: Any) -> Order:
    """A sell of 5 at 100, or what is said."""
    fields: dict[str, Any] = {
        "id": 7,
        "account_id": ALICE,
        "symbol": SYMBOL,
        "side": Side.SELL,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "quantity": Decimal(5),
        "price": Decimal(100),
        "created_ms": START_MS,
        "updated_ms": START_MS + 2,
        "rank": 1,
        "status": status,
        "working_ms": START_MS + 1,
    }
    return Order(**(fields | more))


def told(event: OrderNews) -> dict[str, Any]:
    """The report as a client reads it."""
    report = execution_report(event, format_of(MARKET), 1, Stamp(START_MS + 3))
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(report))
    return body


def parts(report: dict[str, Any], letters: str) -> list[Any]:
    return [report.get(letter) for letter in letters.split()]


@pytest.mark.parametrize(
    ("trigger", "order_type", "word"),
    [
        (Trigger.STOP_LOSS, OrderType.MARKET, "STOP_LOSS"),
        (Trigger.STOP_LOSS, OrderType.LIMIT, "STOP_LOSS_LIMIT"),
        (Trigger.TAKE_PROFIT, OrderType.MARKET, "TAKE_PROFIT"),
        (Trigger.TAKE_PROFIT, OrderType.LIMIT, "TAKE_PROFIT_LIMIT"),
    ],
)
def test_a_conditional_order_does_not_work_until_it_is_triggered(
    trigger: Trigger, order_type: OrderType, word: str
) -> None:
    waiting = order(
        type=order_type, trigger=trigger, trigger_price=Decimal("95.5"), working_ms=None
    )
    report = told(OrderAccepted(waiting, None))
    assert parts(report, "x X o P w W") == ["NEW", "NEW", word, "95.50000000", False, None]
    triggered = msgspec.structs.replace(waiting, working_ms=START_MS + 9)
    report = told(OrderTriggered(triggered, None))
    assert parts(report, "x X o w W") == ["NEW", "NEW", word, True, START_MS + 9]


def test_a_trailing_order_tells_its_delta_and_since_when_it_follows() -> None:
    trailing = order(trigger=Trigger.STOP_LOSS, trailing_delta=25, working_ms=None)
    report = told(OrderAccepted(trailing, None))
    assert report["d"] == 25
    assert "D" not in report
    begun = msgspec.structs.replace(trailing, trailing_ms=START_MS + 5)
    report = told(OrderAccepted(begun, None))
    assert parts(report, "d D") == [25, START_MS + 5]
    names = list(report)
    assert names[names.index("P") : names.index("F") + 1] == ["P", "d", "F"]


def test_an_iceberg_and_a_strategy_are_told() -> None:
    report = told(
        OrderAccepted(order(iceberg_quantity=Decimal(1), strategy_id=4, strategy_type=0), None)
    )
    assert parts(report, "F j J") == ["1.00000000", 4, 0]
    plain = told(OrderAccepted(order(), None))
    assert plain.keys().isdisjoint({"d", "D", "j", "J", "v", "A", "B", "U", "u", "Cs", "pl", "eR"})


def test_an_order_of_a_list_waits_and_is_then_activated() -> None:
    waiting = order(OrderStatus.NEW, list_id=12, working_ms=None)
    report = told(OrderAccepted(waiting, None))
    assert parts(report, "g x X w") == [12, "NEW", "PENDING_NEW", False]
    report = told(OrderActivated(order(list_id=12), None))
    assert parts(report, "g x X w") == [12, "NEW", "NEW", True]


def test_an_order_that_is_decremented_stays_open() -> None:
    smaller = order(prevented=Decimal(2), prevented_match_id=3)
    report = told(OrderDecremented(smaller, MATCH, None))
    assert parts(report, "x X r l L Y t") == [
        "TRADE_PREVENTION",
        "NEW",
        "NONE",
        "0.00000000",
        "0.00000000",
        "0.00000000",
        -1,
    ]
    assert parts(report, "v A B u U Cs pl pL pY") == [
        3,
        "2.00000000",
        "2.00000000",
        -1,
        5,
        "BTCUSDT",
        "2.00000000",
        "100.50000000",
        "201.00000000",
    ]
    later = told(OrderAmended(smaller, None, smaller))
    assert later["A"] == "2.00000000"
    assert later.keys().isdisjoint({"v", "B", "U", "pl"})


def test_an_order_that_ended_in_a_match_with_its_own_account_names_the_other() -> None:
    ended = order(
        OrderStatus.EXPIRED, id=5, prevented=Decimal(5), close_reason=CloseReason.SELF_TRADE
    )
    match = msgspec.structs.replace(MATCH, maker_quantity=Decimal(5))
    report = told(OrderClosed(ended, CloseReason.SELF_TRADE, None, match))
    assert parts(report, "x X v U B A w") == [
        "TRADE_PREVENTION",
        "EXPIRED_IN_MATCH",
        3,
        7,
        "5.00000000",
        "5.00000000",
        False,
    ]
    assert "eR" not in report


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (CloseReason.SIBLING_STARTED, "OCO_TRIGGER"),
        (CloseReason.WORKING_ENDED, "OTO_PHASE_ONE_EXPIRED"),
        (CloseReason.REFUSED, "REJECTED"),
        (CloseReason.EXPIRY, "EXCHANGE_CANCELED"),
    ],
)
def test_an_order_that_expires_says_why(reason: CloseReason, word: str) -> None:
    ended = order(OrderStatus.EXPIRED, close_reason=reason)
    report = told(OrderClosed(ended, reason, None))
    assert parts(report, "x X r eR") == ["EXPIRED", "EXPIRED", "NONE", word]


def test_an_order_that_could_not_be_carried_out_says_what_was_against_it() -> None:
    ended = order(OrderStatus.EXPIRED, close_reason=CloseReason.REFUSED)
    for refusal in Rejection:
        event = OrderClosed(ended, CloseReason.REFUSED, None, refusal=refusal)
        assert told(event)["r"] == REJECT_REASONS.get(refusal, "NONE")
    event = OrderClosed(ended, CloseReason.REFUSED, None, refusal=Rejection.INSUFFICIENT_BALANCE)
    assert told(event)["r"] == "INSUFFICIENT_BALANCES"


def test_an_amendment_names_both_client_order_ids() -> None:
    event = OrderAmended(order(client_order_id="new"), None, order(client_order_id="old"))
    assert parts(told(event), "x c C") == ["REPLACED", "new", "old"]


def test_an_order_that_could_not_take_anothers_place_is_told_without_a_number() -> None:
    placement = buy(ALICE, "1", "100", client_order_id="mine", strategy_id=3)
    rejected = Rejected(Rejection.WOULD_TAKE_LIQUIDITY, "It would trade")
    event = HalfRefused(ALICE, None, rejected, placement)
    report = msgspec.to_builtins(refusal_report(event, format_of(MARKET), 9, Stamp(START_MS + 3)))
    assert parts(report, "x X r i I c w") == [
        "REJECTED",
        "REJECTED",
        "WOULD_MATCH_IMMEDIATELY",
        -1,
        9,
        "mine",
        False,
    ]
    assert parts(report, "S o f q p z j T") == [
        "BUY",
        "LIMIT",
        "GTC",
        "1.00000000",
        "100.00000000",
        "0.00000000",
        3,
        START_MS + 3,
    ]
    assert "W" not in report


def test_an_order_list_is_told_with_its_orders() -> None:
    order_list = OrderList(
        12,
        ALICE,
        SYMBOL,
        ListKind.OTOCO,
        (7, 8, 9),
        created_ms=START_MS,
        updated_ms=START_MS + 2,
        client_list_id="list",
    )
    body = msgspec.to_builtins(
        list_status(order_list, MARKET.id, ["a", "b", "c"], Stamp(START_MS + 3))
    )
    assert body == {
        "e": "listStatus",
        "E": START_MS + 3,
        "s": "BTCUSDT",
        "g": 12,
        "c": "OTO",
        "l": "EXEC_STARTED",
        "L": "EXECUTING",
        "r": "NONE",
        "C": "list",
        "T": START_MS + 2,
        "O": [
            {"s": "BTCUSDT", "i": 7, "c": "a"},
            {"s": "BTCUSDT", "i": 8, "c": "b"},
            {"s": "BTCUSDT", "i": 9, "c": "c"},
        ],
    }
    assert list(body) == list("eEsgclLrCTO")
    done = msgspec.structs.replace(
        order_list,
        kind=ListKind.OCO,
        order_ids=(7, 8),
        status_type=ListStatusType.DONE,
        status=ListStatus.DONE,
        refusal=Rejection.INSUFFICIENT_BALANCE,
    )
    body = msgspec.to_builtins(list_status(done, MARKET.id, ["a", "b"], Stamp(START_MS)))
    assert [body[letter] for letter in "clLr"] == [
        "OCO",
        "ALL_DONE",
        "ALL_DONE",
        "INSUFFICIENT_BALANCES",
    ]
