"""Every fault of orders, accounts and markets, in every dialect, over REST, the WebSocket API and
streams."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from hypersim.market.instrument import TradingStatus
from hypersim.trading.order import Order, OrderStatus
from tests.conformance.faults.roads import (
    NO_LISTEN_KEYS,
    NO_WEBSOCKET_API,
    NO_WITHDRAWALS,
    Road,
    account_listener,
)
from tests.conformance.faults.test_requests import arm, code_of, on_time, over_websocket
from tests.support.binance_client import signature_of
from tests.support.dialects.stand import ALICE, AT_MARKET, BOB, PRICE, RESTING, Stand
from tests.support.dialects.words import OrderSeen, Push, Request, State, Wanted

CROSSING = Wanted("buy", "0.5", "50100")
EXPIRED, OPEN = OrderStatus.EXPIRED, OrderStatus.OPEN
PARTLY = OrderStatus.PARTIALLY_FILLED
HALTED = {"native": (400, "MARKET_HALTED"), "binance": (400, -1013)}
OK = {"native": (201, None), "binance": (200, None)}


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
            {"native": (400, "INSUFFICIENT_BALANCE"), "binance": (400, -2010)},
            None,
        ),
    ),
    ({"order": {"reject": "MARKET_HALTED"}}, Cell(AT_MARKET, HALTED, None)),
    ({"order": {"fillThenStall": "0.4"}}, Cell(CROSSING, OK, (PARTLY, "0.2", "15030"))),
    ({"order": {"fillThenStall": "0.4"}}, Cell(AT_MARKET, OK, (EXPIRED, "0.2", "0"))),
    ({"order": {"acknowledgeAfterMs": 700}}, Cell(RESTING, OK, (OPEN, "0", "20000"))),
]
SYMBOL: list[tuple[dict[str, Any], TradingStatus, str]] = [
    ({"symbol": "halt"}, TradingStatus.HALTED, "HALT"),
    ({"symbol": "cancelOnly"}, TradingStatus.CANCEL_ONLY, "BREAK"),
    ({"symbol": "delist"}, TradingStatus.CANCEL_ONLY, "BREAK"),
]
MATCH = {"symbol": "BTC/USDT"}


@pytest.fixture(params=[Road.REST, Road.WEBSOCKET_API])
def road(request: pytest.FixtureRequest, stand: Stand) -> Road:
    """How requests come."""
    name = stand.adapter.dialect.name
    if request.param is Road.WEBSOCKET_API and name in NO_WEBSOCKET_API:
        pytest.skip(NO_WEBSOCKET_API[name])
    chosen: Road = request.param
    return chosen


async def place(stand: Stand, road: Road, order: Wanted) -> tuple[int, Any]:
    """(status, code) of the answer."""
    if road is Road.WEBSOCKET_API:
        told: tuple[int, Any] = await over_websocket(stand, order)
        return told
    answer = await stand.ask(stand.adapter.place(stand.signer(ALICE), order))
    return answer.status, code_of(answer.body)


def last_order(stand: Stand) -> Order | None:
    """As the exchange has it."""
    orders = stand.exchange.engine.view.orders
    return orders[max(orders)] if orders else None


async def clear(stand: Stand) -> None:
    """Nothing is armed any more."""
    assert (await stand.exchange.admin.delete("/admin/faults")).status_code == 200


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
    order = await stand.place(ALICE, RESTING)
    await arm(stand, {"do": {"order": {"reject": "ORDER_NOT_FOUND"}}})
    # Without an endpoint it is about new orders.
    first = await stand.cancel(ALICE, order.id)
    assert first.status == 200
    order = await stand.place(BOB, RESTING) if await cleared(stand) else order
    await arm(
        stand,
        {"do": {"order": {"reject": "ORDER_NOT_FOUND"}}, "match": {"method": "DELETE"}},
    )
    refused = await stand.cancel(BOB, order.id)
    assert refused.status in (400, 404)


async def cleared(stand: Stand) -> bool:
    """Whether nothing is armed now."""
    await clear(stand)
    return True


async def heard_orders(pushes: Sequence[Push]) -> list[OrderSeen]:
    """What they tell of orders."""
    return [push.order for push in pushes if push.order is not None]


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
    seen = await heard_orders(await listener.heard())
    distinct = list(dict.fromkeys((one.state, one.filled) for one in seen))
    assert distinct == [(state, Decimal(filled)) for state, filled in told]


async def test_nothing_is_told_of_an_order_before_it_is_acknowledged(stand: Stand) -> None:
    listener = await account_listener(stand, Road.STREAM)
    await listener.heard()
    await arm(stand, {"do": {"order": {"acknowledgeAfterMs": 700}}})
    begun_ms = stand.clock.now_ms()
    heard: list[int] = []

    async def ask() -> None:
        await place(stand, Road.REST, RESTING)

    async def listen() -> None:
        for _ in range(6):
            if await listener.heard():
                heard.append(stand.clock.now_ms() - begun_ms)

    await on_time(stand, ask)
    await listen()
    assert heard and heard[0] >= 700


@pytest.mark.parametrize(("do", "status", "word"), SYMBOL, ids=str)
async def test_a_market_is_closed_until_the_fault_is_cleared(
    stand: Stand, road: Road, do: dict[str, Any], status: TradingStatus, word: str
) -> None:
    name = stand.adapter.dialect.name
    order = await stand.place(ALICE, RESTING)
    await arm(stand, {"do": do, "match": MATCH})
    instrument = stand.exchange.engine.view.instruments["BTC/USDT"]
    assert instrument.status is status
    if name == "binance":
        path = "/api/v3/exchangeInfo?symbol=BTCUSDT"
        told = await stand.done(stand.adapter.time()._replace(target=path))
        assert told.body["symbols"][0]["status"] == word
    assert await place(stand, road, AT_MARKET) == HALTED[name]
    seen = stand.adapter.order_of(await stand.query(ALICE, order.id))
    if do["symbol"] == "delist":
        assert seen.state is State.EXPIRED
    else:
        # Nobody trades there, but orders can be canceled.
        await stand.move(Decimal(40_000))
        assert stand.adapter.order_of(await stand.query(ALICE, order.id)).state is State.OPEN
        assert (await stand.cancel(ALICE, order.id)).status == 200
        await stand.move(PRICE)
    await clear(stand)
    assert await place(stand, road, AT_MARKET) == OK[name]


async def test_a_grid_is_another_one_for_so_long(stand: Stand, road: Road) -> None:
    name = stand.adapter.dialect.name
    before = stand.exchange.engine.view.instruments["BTC/USDT"]
    grid = {"tickSize": "10", "stepSize": "0.1", "minNotional": "50"}
    await arm(stand, {"do": {"symbol": grid}, "match": {**MATCH, "until": "+10m"}})
    told = await place(stand, road, Wanted("buy", "0.5", "40001"))
    assert told == {"native": (400, "INVALID_PRICE"), "binance": (400, -1013)}[name]
    assert await place(stand, road, Wanted("buy", "0.5", "40000")) == OK[name]
    await stand.pass_time(600_000)
    await stand.exchange.engine.settled()
    assert stand.exchange.engine.view.instruments["BTC/USDT"] == before


async def test_a_halted_market_is_resumed(stand: Stand, road: Road) -> None:
    name = stand.adapter.dialect.name
    await stand.exchange.admin.post("/admin/halt", json={"symbol": "BTC/USDT"})
    await arm(stand, {"do": {"symbol": "resume"}, "match": MATCH})
    assert await place(stand, road, AT_MARKET) == OK[name]
    await clear(stand)
    assert await place(stand, road, AT_MARKET) == HALTED[name]


@pytest.mark.parametrize("match", [{"user": "alice@example.com"}, {"symbol": "BTC/USDT"}, {}])
async def test_fees_are_others_for_so_long(stand: Stand, match: dict[str, str]) -> None:
    async def paid(trader: Any) -> Decimal:
        return (await stand.place(trader, AT_MARKET)).fees["BTC"]

    listener = await account_listener(stand, Road.STREAM)
    usual = await paid(ALICE)
    await arm(stand, {"do": {"fees": {"maker": "0.01", "taker": "0.02"}}, "match": match})
    assert await paid(ALICE) == Decimal("0.01")
    told = [push.fill_fees["BTC"] for push in await listener.heard() if push.fill_fees]
    assert told == [usual, Decimal("0.01")]
    assert (await paid(BOB) == usual) is ("user" in match)
    await clear(stand)
    assert await paid(ALICE) == usual


async def test_of_two_that_change_the_same_the_last_one_counts(stand: Stand) -> None:
    async def paid() -> Decimal:
        return (await stand.place(ALICE, AT_MARKET)).fees["BTC"]

    usual = await paid()
    for taker in ("0.02", "0.04"):
        await arm(stand, {"do": {"fees": {"maker": "0", "taker": taker}}, "match": MATCH})
    assert await paid() == Decimal("0.02")
    await stand.exchange.admin.delete("/admin/faults/1")
    assert await paid() == Decimal("0.02")
    await stand.exchange.admin.delete("/admin/faults/2")
    assert await paid() == usual


async def test_withdrawals_are_refused_in_the_venues_words(stand: Stand) -> None:
    if stand.adapter.dialect.name == "native":
        pytest.skip(NO_WITHDRAWALS)
    coins = "GET /sapi/v1/capital/config/getall"
    assert await _are_open(stand, coins)
    await arm(stand, {"do": {"withdrawals": "freeze"}, "match": {"user": "alice@example.com"}})
    asked = {"coin": "USDT", "address": "somewhere", "amount": "100", "network": "ETH"}
    refused = await stand.ask(_signed(stand, "POST /sapi/v1/capital/withdraw/apply", asked))
    assert (refused.status, code_of(refused.body)) == (400, -4019)
    assert not await _are_open(stand, coins)
    assert (await stand.holdings(ALICE))["USDT"][0] == 1_000_000
    await clear(stand)
    assert await _are_open(stand, coins)
    await stand.done(_signed(stand, "POST /sapi/v1/capital/withdraw/apply", asked))
    assert (await stand.holdings(ALICE))["USDT"][0] == 999_900


async def _are_open(stand: Stand, coins: str) -> bool:
    told = {coin["coin"]: coin for coin in (await stand.done(_signed(stand, coins, {}))).body}
    usdt = told["USDT"]
    (is_open,) = {
        usdt["withdrawAllEnable"],
        *(one["withdrawEnable"] for one in usdt["networkList"]),
    }
    assert isinstance(is_open, bool)
    return is_open


def _signed(stand: Stand, endpoint: str, params: dict[str, str]) -> Request:
    method, path = endpoint.split()
    query = urlencode({**params, "timestamp": stand.signer(ALICE).stamp_ms})
    target = f"{path}?{query}&signature={signature_of(ALICE.secret, query)}"
    return Request(method, target, {"X-MBX-APIKEY": ALICE.key})


async def test_listen_keys_end_before_their_time(stand: Stand) -> None:
    if stand.adapter.dialect.name == "native":
        pytest.skip(NO_LISTEN_KEYS)
    listener = await account_listener(stand, Road.STREAM)
    await arm(stand, {"do": {"listenKeys": "expire"}, "match": {"user": "bob@example.com"}})
    assert not await listener.heard()
    await arm(stand, {"do": {"listenKeys": "expire"}, "match": {"key": ALICE.key}})
    told = [push.frame["e"] for push in await listener.heard()]
    assert told == ["listenKeyExpired"]
    await stand.place(ALICE, RESTING)
    assert not await listener.heard()
    hits = (await stand.exchange.admin.get("/admin/faults")).json()["faults"]
    assert [one["hits"] for one in hits] == [0, 1]
    # The next one is as good as ever.
    again = await account_listener(stand, Road.STREAM)
    await stand.place(ALICE, RESTING._replace(client_id="next"))
    assert await again.heard()
