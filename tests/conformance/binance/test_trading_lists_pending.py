"""Lists whose other orders wait for a working one."""

from typing import Any

import pytest

from tests.conformance.binance.order_lists import OTO, OTOCO, listed, place, statuses
from tests.support.binance_trading import Trader
from tests.support.native_client import AdminClient


def test_a_pending_order_waits_for_the_working_one(trader: Trader, admin: AdminClient) -> None:
    placed = place(trader, "orderList/oto", OTO)
    working, pending = placed["orderReports"]
    assert placed["contingencyType"] == "OTO"
    assert (working["status"], pending["status"]) == ("NEW", "PENDING_NEW")
    assert pending["workingTime"] == -1
    assert trader.balance("BTC") == ("10.00000000", "0.00000000")
    assert statuses(trader, placed) == ["NEW", "PENDING_NEW"]
    admin.set_price("49400")
    assert statuses(trader, placed) == ["FILLED", "NEW"]
    assert trader.balance("BTC")[1] == "1.00000000"
    assert listed(trader, placed)["listOrderStatus"] == "EXECUTING"
    admin.set_price("52100")
    assert statuses(trader, placed) == ["FILLED", "FILLED"]
    assert listed(trader, placed)["listStatusType"] == "ALL_DONE"


def test_a_list_that_fills_at_once_still_shows_its_pending_order_as_pending(
    trader: Trader,
) -> None:
    placed = place(
        trader, "orderList/oto", {**OTO, "workingPrice": "50000"}, newOrderRespType="FULL"
    )
    working, pending = placed["orderReports"]
    assert (working["status"], pending["status"]) == ("FILLED", "PENDING_NEW")
    assert len(working["fills"]) == 1
    assert statuses(trader, placed) == ["FILLED", "NEW"]


@pytest.mark.parametrize(
    ("path", "terms", "waiting"), [("orderList/oto", OTO, 1), ("orderList/otoco", OTOCO, 2)]
)
def test_pending_orders_that_are_refused_at_once_still_show_as_pending_in_the_answer(
    trader: Trader, path: str, terms: dict[str, Any], waiting: int
) -> None:
    placed = place(trader, path, {**terms, "workingPrice": "50000", "pendingQuantity": "100"})
    shown = [report["status"] for report in placed["orderReports"]]
    assert shown == ["FILLED", *["PENDING_NEW"] * waiting]
    assert placed["listOrderStatus"] == "EXECUTING"
    assert statuses(trader, placed) == ["FILLED", *["EXPIRED"] * waiting]


def test_a_working_order_that_expires_takes_the_pending_one_with_it(trader: Trader) -> None:
    placed = place(trader, "orderList/oto", {**OTO, "workingTimeInForce": "IOC"})
    assert statuses(trader, placed) == ["EXPIRED", "EXPIRED"]
    pending = trader.order(placed["orders"][1]["orderId"])
    assert pending["expiryReason"] == "OTO_PHASE_ONE_EXPIRED"


@pytest.mark.parametrize("which", [0, 1])
def test_canceling_either_order_cancels_the_list(trader: Trader, which: int) -> None:
    placed = place(trader, "orderList/oto", OTO)
    trader.ask("DELETE", "order", orderId=placed["orders"][which]["orderId"])
    assert set(statuses(trader, placed)) <= {"CANCELED", "EXPIRED"}
    assert trader.open() == []


def test_a_filled_working_order_places_a_pair(trader: Trader, admin: AdminClient) -> None:
    placed = place(trader, "orderList/otoco", OTOCO)
    assert [one["type"] for one in placed["orderReports"]] == [
        "LIMIT",
        "STOP_LOSS",
        "LIMIT_MAKER",
    ]
    assert statuses(trader, placed) == ["NEW", "PENDING_NEW", "PENDING_NEW"]
    admin.set_price("49400")
    assert statuses(trader, placed) == ["FILLED", "NEW", "NEW"]
    admin.set_price("48300")
    assert statuses(trader, placed) == ["FILLED", "FILLED", "EXPIRED"]


@pytest.mark.parametrize(("path", "terms"), [("orderList/opo", OTO), ("orderList/opoco", OTOCO)])
def test_what_the_working_order_bought_is_what_the_others_sell(
    trader: Trader, admin: AdminClient, path: str, terms: dict[str, Any]
) -> None:
    terms = {name: value for name, value in terms.items() if name != "pendingQuantity"}
    placed = place(trader, path, terms)
    assert placed["contingencyType"] == "OTO"
    assert all("origQty" not in one for one in placed["orderReports"][1:])
    admin.set_price("49400")
    quantities = [trader.order(one["orderId"])["origQty"] for one in placed["orders"]]
    assert quantities[0] == "1.00000000"
    assert set(quantities[1:]) <= {"1.00000000", "0.99900000"}
    assert set(statuses(trader, placed)[1:]) == {"NEW"}
