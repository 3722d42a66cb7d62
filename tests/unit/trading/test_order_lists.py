"""What stories cannot show: the values and events that a dialect reads."""

from decimal import Decimal
from typing import Any

import pytest

from hypersim.market.events import TradePrinted
from hypersim.trading.account_commands import Withdraw
from hypersim.trading.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrderList,
    PlaceOrder,
    PlaceOrderList,
    ReplaceOrder,
)
from hypersim.trading.events import (
    Event,
    HalfRefused,
    OrderAccepted,
    OrderActivated,
    OrderClosed,
    OrderDecremented,
    OrderFilled,
    OrderListChanged,
    OrderTriggered,
)
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import (
    CloseReason,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    Trigger,
)
from hypersim.trading.order_list import ListKind, ListStatus, ListStatusType
from hypersim.trading.rejections import Rejection
from tests.support.builders import (
    ALICE,
    START_MS,
    SYMBOL,
    buy,
    done,
    exchange,
    moved,
    quote,
    reason,
    sell,
)
from tests.support.invariants import fingerprint

STOP: dict[str, Any] = {"trigger": Trigger.STOP_LOSS, "trigger_price": Decimal(95)}


def oco(goal: PlaceOrder, stop: PlaceOrder, name: str | None = None) -> PlaceOrderList:
    return PlaceOrderList(ALICE, SYMBOL, ListKind.OCO, (goal, stop), name)


def oto(working: PlaceOrder, waiting: PlaceOrder) -> PlaceOrderList:
    return PlaceOrderList(ALICE, SYMBOL, ListKind.OTO, (working, waiting))


def priced() -> Exchange:
    """The last price is 100."""
    target = exchange()
    done(target, quote("99", "101"))
    done(target, printed("100"))
    return target


def printed(price: str, time_ms: int = START_MS) -> Any:
    return moved(TradePrinted(SYMBOL, time_ms, Decimal(price), Decimal(1), False))


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


def test_a_list_is_told_before_its_orders_and_its_end_after_them() -> None:
    target = priced()
    placed = done(target, oco(sell(ALICE, "1", "110", post_only=True), sell(ALICE, "1", **STOP)))
    assert kinds(placed) == [OrderListChanged, OrderAccepted, OrderAccepted]
    assert isinstance(placed[0], OrderListChanged)
    new = placed[0].order_list
    assert (new.id, new.order_ids, new.status) == (1, (1, 2), ListStatus.EXECUTING)
    assert (new.working_id, new.waiting_ids, new.pair_ids) == (None, (), (1, 2))
    over = done(target, CancelOrderList(ALICE, 1), START_MS + 5)
    assert kinds(over) == [OrderClosed, OrderClosed, OrderListChanged]
    assert isinstance(over[2], OrderListChanged)
    last = over[2].order_list
    assert (last.status_type, last.status) == (ListStatusType.DONE, ListStatus.DONE)
    assert (last.created_ms, last.updated_ms) == (START_MS, START_MS + 5)
    assert not target.state.lists and not target.state.open_counts.in_all(ALICE).lists


def test_a_waiting_order_is_new_and_works_from_its_activation_on() -> None:
    target = priced()
    placed = done(target, oto(buy(ALICE, "1", "98"), sell(ALICE, "1", "110")))
    working, waiting = (e.order for e in placed if isinstance(e, OrderAccepted))
    assert (working.status, working.working_ms) == (OrderStatus.OPEN, START_MS)
    assert (waiting.status, waiting.working_ms) == (OrderStatus.NEW, None)
    assert not waiting.hold
    assert waiting.list_id == working.list_id == 1
    filled = done(target, quote("97", "98"), START_MS + 5)
    (activated,) = (event.order for event in filled if isinstance(event, OrderActivated))
    assert (activated.status, activated.working_ms) == (OrderStatus.OPEN, START_MS + 5)
    assert activated.rank > waiting.rank
    assert target.state.lists[1].activated_ms == START_MS + 5


def test_an_oto_that_fills_at_once_is_first_told_with_its_waiting_order() -> None:
    target = priced()
    events = done(target, oto(buy(ALICE, "1", "101"), sell(ALICE, "1")))
    assert kinds(events) == [
        OrderListChanged,
        OrderAccepted,
        OrderAccepted,
        OrderFilled,
        OrderListChanged,
        OrderActivated,
        OrderFilled,
        OrderListChanged,
    ]


def test_a_conditional_order_works_from_its_trigger_on() -> None:
    target = priced()
    (accepted,) = done(
        target, sell(ALICE, "1", "90", strategy_id=7, strategy_type=1_000_001, **STOP)
    )
    assert isinstance(accepted, OrderAccepted)
    order = accepted.order
    assert (order.strategy_id, order.strategy_type) == (7, 1_000_001)
    assert (order.status, order.is_working, order.is_resting) == (OrderStatus.OPEN, False, False)
    events = done(target, printed("95"), START_MS + 9)
    (triggered,) = (event.order for event in events if isinstance(event, OrderTriggered))
    assert (triggered.working_ms, triggered.updated_ms) == (START_MS + 9, START_MS + 9)
    assert target.state.markets[SYMBOL].triggers.count == 0


def test_an_order_says_why_it_ended() -> None:
    target = priced()
    done(target, oto(buy(ALICE, "1", "98"), sell(ALICE, "900", "110")))
    done(target, Withdraw(ALICE, "BTC", Decimal(500)))
    events = done(target, quote("97", "98"))
    (closed,) = (event for event in events if isinstance(event, OrderClosed))
    assert (closed.order.status, closed.order.close_reason) == (
        OrderStatus.EXPIRED,
        CloseReason.REFUSED,
    )
    assert closed.refusal is Rejection.INSUFFICIENT_BALANCE


def test_a_prevented_match_is_told_with_both_orders() -> None:
    target = exchange()
    done(target, buy(ALICE, "6", "100"))
    decrement = SelfTradePrevention.DECREMENT
    events = done(target, sell(ALICE, "2", "100", self_trade_prevention=decrement))
    assert kinds(events) == [OrderAccepted, OrderDecremented, OrderClosed]
    _, reduced, closed = events
    assert isinstance(reduced, OrderDecremented) and isinstance(closed, OrderClosed)
    assert reduced.match == closed.match
    match = reduced.match
    assert (match.id, match.taker_order_id, match.maker_order_id) == (1, 2, 1)
    assert {match.quantity, match.taker_quantity, match.maker_quantity} == {Decimal(2)}
    assert (reduced.order.prevented, reduced.order.remaining) == (Decimal(2), Decimal(4))
    assert closed.order.close_reason is CloseReason.SELF_TRADE
    assert reduced.order.prevented_match_id == closed.order.prevented_match_id == 1
    assert target.state.counters.prevented_match_id == 1


def test_a_replacement_tells_each_half_that_was_refused() -> None:
    target = exchange()
    (accepted,) = done(target, buy(ALICE, "1", "100"))
    assert isinstance(accepted, OrderAccepted)
    cancel = CancelOrder(ALICE, accepted.order.id)
    too_dear = buy(ALICE, "1000", "5000")
    canceled, refused = done(target, ReplaceOrder(cancel, too_dear))
    assert isinstance(canceled, OrderClosed) and isinstance(refused, HalfRefused)
    assert (refused.order_id, refused.rejected.reason) == (None, Rejection.INSUFFICIENT_BALANCE)
    seq = target.state.counters.seq
    events = done(target, ReplaceOrder(cancel, too_dear, continues_on_failure=True))
    assert [e.order_id for e in events if isinstance(e, HalfRefused)] == [accepted.order.id, None]
    assert target.state.counters.seq == seq


def test_an_order_of_another_symbol_is_not_replaced() -> None:
    target = exchange()
    done(target, buy(ALICE, "1", "100"))
    other = PlaceOrder(ALICE, "ETHUSDT", Side.BUY, OrderType.LIMIT, Decimal(1), price=Decimal(1))
    assert reason(target, ReplaceOrder(CancelOrder(ALICE, 1), other)) is Rejection.UNKNOWN_SYMBOL


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (buy(ALICE, "1", "100"), None),
        (buy(ALICE, "1"), None),
        (buy(ALICE, "1", "100.5"), Rejection.PRICE_OFF_TICK),
        (sell(ALICE, "1", "100", **STOP), None),
        (oto(buy(ALICE, "1", "98"), sell(ALICE, "1", "110")), None),
        (oto(buy(ALICE, "1", "98"), sell(ALICE, "1", "110.5")), Rejection.PRICE_OFF_TICK),
        (buy(ALICE, "900", "100"), None),
        (sell(ALICE, "1", "100", **(STOP | {"trigger_price": Decimal(120)})), None),
        (buy(ALICE, "1", "101", post_only=True), None),
        (ReplaceOrder(CancelOrder(ALICE, 7), buy(ALICE, "1", "98")), None),
        (
            ReplaceOrder(CancelOrder(ALICE, 7), buy(ALICE, "0.05", "98")),
            Rejection.QUANTITY_TOO_SMALL,
        ),
    ],
)
def test_checking_a_placement_tells_of_its_form_alone_and_changes_nothing(
    command: Any, expected: Rejection | None
) -> None:
    target = priced()
    before = fingerprint(target.state)
    refusal = target.check(command, START_MS)
    assert (refusal.reason if refusal else None) is expected
    assert fingerprint(target.state) == before


def test_amendments_are_counted_and_rename_the_order() -> None:
    target = exchange()
    done(target, buy(ALICE, "3", "100", client_order_id="old", is_retry_safe=False))
    for number in (1, 2):
        done(target, AmendOrder(ALICE, 1, Decimal(3 - number), client_order_id=f"new-{number}"))
    ids = target.state.client_order_ids
    assert target.state.orders[1].amendments == 2
    assert (
        ids.find(ALICE, "BTC/USDT", "old") is None and ids.find(ALICE, "BTC/USDT", "new-1") is None
    )
    use = ids.find(ALICE, "BTC/USDT", "new-2")
    assert use is not None and use.order_id == 1 and use.is_open
