"""Every fault of orders, in every dialect, over REST, the WebSocket API and streams."""

import asyncio
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from hypersim.trading.order import Order, OrderStatus
from tests.conformance.faults.asking import clear, place
from tests.conformance.faults.roads import (
    Road,
    account_listener,
)
from tests.conformance.faults.test_requests import arm, on_time
from tests.support.dialects.adapter import adapter_of
from tests.support.dialects.stand import ALICE, AT_MARKET, BOB, PRICE, RESTING, Stand, stand_of
from tests.support.dialects.words import State, Wanted
from tests.support.restartable_record import RestartableRecord

CROSSING = Wanted("buy", "0.5", "50100")
EXPIRED, OPEN = OrderStatus.EXPIRED, OrderStatus.OPEN
PARTLY = OrderStatus.PARTIALLY_FILLED
HALTED = {"native": (400, "MARKET_HALTED"), "binance": (400, -1013), "mexc": (400, 30016)}
OK = {"native": (201, None), "binance": (200, None), "mexc": (200, None)}


class Cell(NamedTuple):
    """What is answered by dialect, and as what the order then stands: its status, how much of it
    is filled, and what it holds."""

    order: Wanted
    answer: dict[str, tuple[int, Any]]
    stands: tuple[OrderStatus, str, str] | None


ORDER: list[tuple[dict[str, Any], Cell]] = [
    ({"order": "cancel"}, Cell(RESTING, OK, (EXPIRED, "0", "0"))),
    ({"order": "cancel"}, Cell(AT_MARKET, OK, (OrderStatus.FILLED, "0.5", "0"))),
    (
        {"order": {"reject": "INSUFFICIENT_BALANCE"}},
        Cell(
            RESTING,
            {
                "native": (400, "INSUFFICIENT_BALANCE"),
                "binance": (400, -2010),
                "mexc": (400, 30004),
            },
            None,
        ),
    ),
    ({"order": {"reject": "MARKET_HALTED"}}, Cell(AT_MARKET, HALTED, None)),
    ({"order": {"fillThenStall": "0.4"}}, Cell(CROSSING, OK, (PARTLY, "0.2", "15030"))),
    ({"order": {"fillThenStall": "0.4"}}, Cell(AT_MARKET, OK, (EXPIRED, "0.2", "0"))),
    ({"order": {"acknowledgeAfterMs": 700}}, Cell(RESTING, OK, (OPEN, "0", "20000"))),
]
MATCH = {"symbol": "BTC/USDT"}


def last_order(stand: Stand) -> Order | None:
    """As the exchange has it."""
    orders = stand.exchange.engine.view.orders
    return orders[max(orders)] if orders else None


@pytest.mark.parametrize(("do", "cell"), ORDER, ids=lambda one: str(one)[:60])
async def test_an_order_fares_so(stand: Stand, road: Road, do: dict[str, Any], cell: Cell) -> None:
    name = stand.adapter.dialect.name
    await arm(stand, {"do": do, "match": {"user": "alice@example.com", "times": 1, **MATCH}})
    # What is asked is no order, and is not hit.
    await stand.holdings(ALICE)
    answer = await on_time(stand, lambda: place(stand, road, cell.order))
    assert answer == cell.answer[name]
    order = last_order(stand)
    found = None if order is None else (order.status, order.filled, order.hold)
    wanted = cell.stands
    assert found == (wanted and (wanted[0], Decimal(wanted[1]), Decimal(wanted[2])))
    locked = (await stand.holdings(ALICE))["USDT"][1]
    assert locked == (Decimal(wanted[2]) if wanted else 0)
    listed = (await stand.exchange.admin.get("/admin/faults")).json()["faults"]
    assert [fault["hits"] for fault in listed] == [1]
    # Once is once.
    assert await place(stand, road, RESTING._replace(client_id="again")) == OK[name]


async def test_an_order_that_stalled_goes_on_once_the_fault_is_cleared(stand: Stand) -> None:
    await arm(stand, {"do": {"order": {"fillThenStall": "0.4"}}})
    order = await stand.place(ALICE, CROSSING)
    for price in (PRICE - 5, PRICE - 10):
        await stand.move(price)
        assert stand.adapter.order_of(await stand.query(ALICE, order.id)).filled == Decimal("0.2")
    await clear(stand)
    seen = stand.adapter.order_of(await stand.query(ALICE, order.id))
    assert (seen.state, seen.filled) == (State.FILLED, Decimal("0.5"))
    money = await stand.holdings(ALICE)
    assert money["USDT"][1] == 0


async def test_what_stalled_can_be_canceled(stand: Stand) -> None:
    await arm(stand, {"do": {"order": {"fillThenStall": "0.4"}}})
    order = await stand.place(ALICE, CROSSING)
    assert (await stand.cancel(ALICE, order.id)).status == 200
    assert (await stand.holdings(ALICE))["USDT"][1] == 0


async def test_what_is_asked_about_orders_is_refused_where_it_is_named(stand: Stand) -> None:
    do = {"order": {"reject": "ORDER_NOT_FOUND"}}
    one, other = [await stand.place(trader, RESTING) for trader in (ALICE, BOB)]
    # Without an endpoint it is about new orders.
    await arm(stand, {"do": do})
    assert (await stand.cancel(ALICE, one.id)).status == 200
    await clear(stand)
    await arm(stand, {"do": do, "match": {"method": "DELETE"}})
    refused = await stand.cancel(BOB, other.id)
    assert refused.status in (400, 404)
    assert stand.adapter.order_of(await stand.query(BOB, other.id)).state is State.OPEN


async def test_a_restart_forgets_the_fault_and_the_order_goes_on() -> None:
    record = RestartableRecord()
    async with stand_of(adapter_of("binance"), record) as stand:
        await arm(stand, {"do": {"order": {"fillThenStall": "0.4"}}})
        order = await stand.place(ALICE, CROSSING)
        assert order.filled == Decimal("0.2")
    async with stand_of(adapter_of("binance"), record) as stand:
        await stand.move(PRICE - 1)
        seen = stand.adapter.order_of(await stand.query(ALICE, order.id))
        assert (seen.state, seen.filled) == (State.FILLED, Decimal("0.5"))
        assert (await stand.holdings(ALICE))["USDT"][1] == 0


ENDED = {State.EXPIRED: State.CANCELED}

STREAMED: list[tuple[dict[str, Any], list[tuple[State, str]]]] = [
    ({"order": "cancel"}, [(State.OPEN, "0"), (State.EXPIRED, "0")]),
    ({"order": {"reject": "INSUFFICIENT_BALANCE"}}, []),
    ({"order": {"fillThenStall": "0.4"}}, [(State.OPEN, "0"), (State.OPEN, "0.2")]),
    ({"order": {"acknowledgeAfterMs": 700}}, [(State.OPEN, "0")]),
]


@pytest.mark.parametrize(("do", "told"), STREAMED, ids=str)
async def test_a_stream_tells_of_it(
    stand: Stand, do: dict[str, Any], told: list[tuple[State, str]]
) -> None:
    listener = await account_listener(stand, Road.STREAM)
    await listener.heard()
    await arm(stand, {"do": do})
    order = CROSSING if "fillThenStall" in str(do) else RESTING
    is_late = "acknowledge" in str(do)
    asking = place(stand, Road.REST, order)
    if not is_late:
        await asking
    else:
        began_ms = stand.clock.now_ms()
        await on_time(stand, lambda: asking)
        assert stand.clock.now_ms() - began_ms >= 700
    seen = [push.order for push in await listener.heard() if push.order is not None]
    distinct = list(dict.fromkeys((one.state, one.filled) for one in seen))
    if stand.adapter.dialect.name == "mexc":
        # It has one word for whatever ends an order that is not filled (spot_v3_en.md, "Enums").
        told = [(ENDED.get(state, state), filled) for state, filled in told]
    assert distinct == [(state, Decimal(filled)) for state, filled in told]


async def test_nothing_is_told_of_an_order_before_it_is_acknowledged(stand: Stand) -> None:
    listener = await account_listener(stand, Road.STREAM)
    await listener.heard()
    await arm(stand, {"do": {"order": {"acknowledgeAfterMs": 700}}})
    done = stand.exchange.engine.bus.subscribe()
    asking = asyncio.ensure_future(place(stand, Road.REST, RESTING))
    await done.next()
    done.close()
    assert last_order(stand) is not None
    await stand.pass_time(600)
    assert not await listener.heard()
    assert not asking.done()
    await stand.pass_time(100)
    assert await asking == OK[stand.adapter.dialect.name]
    assert [push.order for push in await listener.heard() if push.order is not None]
