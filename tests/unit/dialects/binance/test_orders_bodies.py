"""Orders in Binance's fields: which ones there are, in which order, and what they say."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.orders.answers import Detail, placed
from hypersim.dialects.binance.orders.printer import Printer
from hypersim.dialects.binance.words import expiry_word, status_word, type_word
from hypersim.trading.events import (
    Event,
    OrderAccepted,
    OrderActivated,
    OrderClosed,
    OrderFilled,
)
from hypersim.trading.order import (
    CloseReason,
    OrderStatus,
    OrderType,
    TimeInForce,
    Trigger,
)
from tests.support.builders import START_MS, instrument
from tests.support.orders_to_print import FILL, MARKET, MATCH, PLAIN, STOP

PRINTER = Printer(MARKET, TimeUnit.MILLISECOND)


def printed(body: object) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(body))
    return fields


def test_a_new_order_in_short() -> None:
    assert printed(PRINTER.ack(PLAIN)) == {
        "symbol": "BTCUSDT",
        "orderId": 7,
        "orderListId": -1,
        "clientOrderId": "mine",
        "transactTime": START_MS,
    }


def test_a_new_order_in_full_is_as_documented() -> None:
    body = printed(PRINTER.placed(PLAIN, [FILL]))
    assert list(body.items()) == [
        ("symbol", "BTCUSDT"),
        ("orderId", 7),
        ("orderListId", -1),
        ("clientOrderId", "mine"),
        ("transactTime", START_MS),
        ("price", "100.00000000"),
        ("origQty", "2.00000000"),
        ("executedQty", "0.00000000"),
        ("origQuoteOrderQty", "0.00000000"),
        ("cummulativeQuoteQty", "0.00000000"),
        ("status", "NEW"),
        ("timeInForce", "GTC"),
        ("type", "LIMIT"),
        ("side", "BUY"),
        ("workingTime", START_MS),
        (
            "fills",
            [
                {
                    "price": "99.00000000",
                    "qty": "0.50000000",
                    "commission": "0.00050000",
                    "commissionAsset": "BTC",
                    "tradeId": 3,
                }
            ],
        ),
        ("selfTradePreventionMode", "EXPIRE_MAKER"),
    ]
    assert "fills" not in printed(PRINTER.placed(PLAIN))
    assert printed(PRINTER.placed(PLAIN, []))["fills"] == []


def test_conditional_fields_appear_where_they_apply() -> None:
    body = printed(PRINTER.placed(STOP))
    assert {name: body[name] for name in body if name not in printed(PRINTER.placed(PLAIN))} == {
        "stopPrice": "110.00000000",
        "trailingDelta": 100,
        "trailingTime": -1,
        "icebergQty": "0.50000000",
        "strategyId": 1,
        "strategyType": 1_000_000,
    }
    assert (body["workingTime"], body["orderListId"]) == (-1, 9)
    canceled = printed(PRINTER.canceled(STOP, "cancel"))
    assert "workingTime" not in canceled
    assert (canceled["origClientOrderId"], canceled["clientOrderId"]) == ("mine", "cancel")
    assert canceled["transactTime"] == STOP.updated_ms
    assert {"stopPrice", "trailingDelta", "icebergQty", "strategyId"} <= canceled.keys()


def test_a_queried_order_always_shows_stop_price_and_iceberg() -> None:
    body = printed(PRINTER.queried(PLAIN))
    assert list(body) == [
        "symbol",
        "orderId",
        "orderListId",
        "clientOrderId",
        "price",
        "origQty",
        "executedQty",
        "cummulativeQuoteQty",
        "status",
        "timeInForce",
        "type",
        "side",
        "stopPrice",
        "icebergQty",
        "time",
        "updateTime",
        "isWorking",
        "workingTime",
        "origQuoteOrderQty",
        "selfTradePreventionMode",
    ]
    assert (body["stopPrice"], body["icebergQty"]) == ("0.00000000", "0.00000000")
    assert body["isWorking"] is True
    waiting = printed(PRINTER.queried(STOP))
    assert (waiting["isWorking"], waiting["workingTime"]) == (False, -1)


def test_times_are_in_the_unit_that_the_client_wants() -> None:
    body = printed(Printer(MARKET, TimeUnit.MICROSECOND).queried(STOP))
    assert (body["time"], body["workingTime"], body["trailingTime"]) == (START_MS * 1_000, -1, -1)


def test_finer_grids_print_all_their_decimals() -> None:
    fine = instrument(tick_size=Decimal("0.000000000001"), min_price=Decimal("0.000000000001"))
    body = printed(
        Printer(fine, TimeUnit.MILLISECOND).queried(replace(PLAIN, price=Decimal("0.000000000123")))
    )
    assert body["price"] == "0.000000000123"


def test_an_order_that_pays_has_no_quantity_until_it_is_paid() -> None:
    unpaid = replace(PLAIN, quantity=Decimal(0), status=OrderStatus.NEW)
    body = printed(PRINTER.placed(unpaid))
    assert "origQty" not in body
    assert body["status"] == "PENDING_NEW"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "LIMIT"),
        ({"post_only": True}, "LIMIT_MAKER"),
        ({"type": OrderType.MARKET}, "MARKET"),
        ({"trigger": Trigger.STOP_LOSS}, "STOP_LOSS_LIMIT"),
        ({"trigger": Trigger.TAKE_PROFIT}, "TAKE_PROFIT_LIMIT"),
        ({"type": OrderType.MARKET, "trigger": Trigger.STOP_LOSS}, "STOP_LOSS"),
        ({"type": OrderType.MARKET, "trigger": Trigger.TAKE_PROFIT}, "TAKE_PROFIT"),
    ],
)
def test_every_kind_of_order_has_its_type(changes: dict[str, Any], word: str) -> None:
    assert type_word(replace(PLAIN, **changes)) == word


@pytest.mark.parametrize(
    ("changes", "status", "expiry"),
    [
        ({}, "NEW", None),
        ({"status": OrderStatus.CANCELED, "close_reason": CloseReason.BY_USER}, "CANCELED", None),
        ({"close_reason": CloseReason.SELF_TRADE}, "EXPIRED_IN_MATCH", None),
        (
            {"close_reason": CloseReason.TIME_IN_FORCE, "time_in_force": TimeInForce.IOC},
            "EXPIRED",
            "UNFILLED_IOC_QUANTITY_EXPIRED",
        ),
        (
            {"close_reason": CloseReason.TIME_IN_FORCE, "time_in_force": TimeInForce.FOK},
            "EXPIRED",
            "UNFILLED_FOK_ORDER_EXPIRED",
        ),
        (
            {"close_reason": CloseReason.TIME_IN_FORCE, "type": OrderType.MARKET},
            "EXPIRED",
            "INSUFFICIENT_LIQUIDITY",
        ),
        ({"close_reason": CloseReason.SIBLING_STARTED}, "EXPIRED", "OCO_TRIGGER"),
        ({"close_reason": CloseReason.WORKING_ENDED}, "EXPIRED", "OTO_PHASE_ONE_EXPIRED"),
        ({"close_reason": CloseReason.REFUSED}, "EXPIRED", "REJECTED"),
        ({"close_reason": CloseReason.EXPIRY}, "EXPIRED", "EXCHANGE_CANCELED"),
    ],
)
def test_the_end_of_an_order_says_why(
    changes: dict[str, Any], status: str, expiry: str | None
) -> None:
    if "close_reason" in changes:
        changes = {"status": OrderStatus.EXPIRED, **changes}
    order = replace(PLAIN, **changes)
    assert (status_word(order), expiry_word(order)) == (status, expiry)
    for body in (PRINTER.queried(order), PRINTER.placed(order)):
        assert printed(body).get("expiryReason") == expiry


def test_a_prevented_order_names_its_match() -> None:
    order = replace(PLAIN, prevented=Decimal(1), prevented_match_id=4)
    for body in (PRINTER.queried(order), PRINTER.canceled(order, "c"), PRINTER.placed(order)):
        shown = printed(body)
        assert (shown["preventedMatchId"], shown["preventedQuantity"]) == (4, "1.00000000")


def test_an_answer_tells_what_the_placement_itself_did() -> None:
    other = replace(PLAIN, id=5, status=OrderStatus.EXPIRED, close_reason=CloseReason.SELF_TRADE)
    filled = replace(PLAIN, filled=Decimal("0.5"), status=OrderStatus.PARTIALLY_FILLED)
    pending = replace(PLAIN, id=8, status=OrderStatus.NEW)
    entry: Any = None
    events: list[Event] = [
        OrderAccepted(PLAIN, None),
        OrderAccepted(pending, None),
        OrderClosed(other, CloseReason.SELF_TRADE, None, match=MATCH),
        OrderFilled(filled, FILL, entry),
        OrderActivated(replace(pending, status=OrderStatus.OPEN), None),
        OrderClosed(replace(pending, status=OrderStatus.EXPIRED), CloseReason.TIME_IN_FORCE, None),
    ]
    first, second = placed(events)
    body = printed(first.body(PRINTER, Detail.FULL))
    assert (body["status"], len(body["fills"])) == ("PARTIALLY_FILLED", 1)
    assert body["preventedMatches"] == [
        {
            "preventedMatchId": 4,
            "makerOrderId": 5,
            "price": "99.00000000",
            "makerPreventedQuantity": "3.00000000",
        }
    ]
    assert printed(second.body(PRINTER, Detail.RESULT))["status"] == "PENDING_NEW"
    assert printed(first.body(PRINTER, Detail.ACK)).keys() == printed(PRINTER.ack(PLAIN)).keys()


def test_routed_orders_say_so() -> None:
    body = printed(PRINTER.placed(PLAIN, [FILL], uses_sor=True))
    assert (body["usedSor"], body["workingFloor"]) == (True, "EXCHANGE")
